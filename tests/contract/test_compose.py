"""The compose file starts every role, safely, on a machine that has only Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rasid import contract
from rasid.settings import load

ROOT = Path(__file__).resolve().parents[2]
ENV_FILE = ROOT / "config" / "development.env"
SERVERS = {"redis", "postgres"}
ROLES = {"control", "fetch", "parse", "beat", "flower", "metrics", "web"}


def _compose() -> list[str]:
    """The command of Docker Compose here; where there is none, skips, or in CI fails."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            found = subprocess.run([*command, "version"], capture_output=True, check=False)
            if found.returncode == 0:
                return command
    if os.environ.get("CI"):
        pytest.fail("Docker Compose is not installed, and .ci/run should have seen to that")
    pytest.skip("Docker Compose is not installed here")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The compose file as Docker Compose reads it: merged, filled in, valid."""
    profiles = [word for name in ("flower", "metrics", "web") for word in ("--profile", name)]
    command = [*_compose(), *profiles, "config", "--format", "json"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no warnings"
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def _variables() -> dict[str, str]:
    lines = ENV_FILE.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_role_is_a_service(project: dict[str, Any]) -> None:
    assert set(project["services"]) == {*SERVERS, *ROLES, "migrate"}


def test_every_queue_has_a_worker(project: dict[str, Any]) -> None:
    served = [
        queue
        for service in project["services"].values()
        if "--stages" in (command := service["command"])
        for queue in command[command.index("--stages") + 1].split(",")
    ]
    assert sorted(served) == sorted(contract.QUEUES)


def test_services_can_be_scaled(project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        assert "container_name" not in service, name
        assert "hostname" not in service, name
    assert not any("ports" in project["services"][name] for name in ("control", "fetch", "parse", "migrate"))


def test_everything_is_published_on_the_loopback_address_alone(project: dict[str, Any]) -> None:
    ports = [port for service in project["services"].values() for port in service.get("ports", ())]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_what_stops_is_started_again_and_looked_after(project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        if name != "migrate":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name
        assert service["stop_grace_period"], name


def test_roles_start_after_their_servers_and_the_schema(project: dict[str, Any]) -> None:
    for name in ROLES:
        waits = {other: each["condition"] for other, each in project["services"][name]["depends_on"].items()}
        assert waits == {
            "redis": "service_healthy",
            "postgres": "service_healthy",
            "migrate": "service_completed_successfully",
        }
    assert project["services"]["migrate"]["restart"] == "no"


def test_roles_have_one_image_and_no_rights_to_spare(project: dict[str, Any]) -> None:
    roles = [project["services"][name] for name in (*ROLES, "migrate")]
    assert len({role["image"] for role in roles}) == 1
    for role in roles:
        assert role["read_only"]
        assert role["cap_drop"] == ["ALL"]
        assert role["security_opt"] == ["no-new-privileges:true"]


def test_no_queue_is_lost_to_a_restart_or_to_eviction(project: dict[str, Any]) -> None:
    command = project["services"]["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    for name, target in (("redis", "/data"), ("postgres", "/var/lib/postgresql")):
        volumes = {each["target"]: each["type"] for each in project["services"][name]["volumes"]}
        assert volumes == {target: "volume"}


def test_variables_are_settings_that_rasid_knows() -> None:
    ours = {name: value for name, value in _variables().items() if name.startswith("RASID_")}
    settings = load(ours)
    assert settings.broker_url == ours["RASID_BROKER_URL"]
    assert settings.database_url == ours["RASID_DATABASE_URL"]
    assert settings.flower_password


def test_passwords_agree_with_the_addresses() -> None:
    variables = _variables()
    assert variables["VALKEY_EXTRA_FLAGS"] == f"--requirepass {variables['VALKEY_PASSWORD']}"
    assert f":{variables['VALKEY_PASSWORD']}@redis:" in variables["RASID_BROKER_URL"]
    user, password, name = (variables[f"POSTGRES_{part}"] for part in ("USER", "PASSWORD", "DB"))
    assert variables["RASID_DATABASE_URL"] == f"postgresql://{user}:{password}@postgres:5432/{name}"


def test_the_builder_is_sent_all_that_the_image_copies_and_no_password() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert names == {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert "config/*.env" in ignore
    assert all((ROOT / name).exists() for name in names)


def test_the_image_runs_as_a_user_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    user = [line.split()[1] for line in lines if line.startswith("USER ")][-1]
    assert int(user.split(":")[0]) >= 1000

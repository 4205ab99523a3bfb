"""The web role as a process of its own, and what the commands say of hubs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any
from urllib.request import urlopen

from sqlalchemy import Engine, text

from rasid.settings import Settings
from rasid.store import subscriptions
from rasid.store.engine import transaction
from workers.local import roles


def test_it_serves_until_a_signal(database_url: str, port: int, tmp_path: Any) -> None:
    env = {**os.environ, "RASID_DATABASE_URL": database_url, "RASID_HOME": str(tmp_path)}
    env |= {"RASID_WEB_URL": "https://news.example.org/", "RASID_WEB_BIND": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "rasid", "web"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        assert served.stderr.readline() == f"web: 127.0.0.1:{port}, reached as https://news.example.org\n"
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            assert answer.read() == b"ok"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers
        taken = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        served.send_signal(signal.SIGTERM)
    assert served.returncode == 0
    assert taken.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in taken.stderr


def test_without_a_public_address_it_says_what_to_set(cli: Any) -> None:
    done = cli("web")
    assert done.code == 2


def test_it_is_part_of_the_local_stack_where_a_public_address_is_set() -> None:
    def names(settings: Settings) -> list[str]:
        return [role.name for role in roles(settings, concurrency=1, flower_port=None)]

    assert "web" not in names(Settings())
    assert "web" in names(Settings(web_url="https://news.example.org"))


def test_how_channels_stand_with_their_hubs_is_shown(cli: Any, engine: Engine) -> None:
    url = "https://sada.example/feed"
    assert cli("sources", "add", url, "--kind", "websub", "--no-check", "--id", "sada", "--json").code == 0
    with transaction(engine) as conn:
        channel = conn.execute(text("SELECT id FROM channels")).scalar_one()
        subscriptions.announce(conn, channel, ["https://hub.example/"], url)
        row = subscriptions.of_channel(conn, channel)
    assert row is not None
    (outlet,) = cli("sources", "list", "sada", "--json").lines
    assert outlet["channels"][0]["kind"] == "websub"
    assert outlet["channels"][0]["push"]["state"] == "announced"
    assert outlet["channels"][0].keys() >= {"items_a_day", "due_at", "due_why"}
    assert cli("status", "--json").one["push"] == {"announced": 1}
    for command in (("sources", "list", "sada"), ("status",)):
        told = cli(*command)
        assert "announced" in told.out
        assert row.token not in told.out
        assert row.secret not in told.out

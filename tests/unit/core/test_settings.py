"""Settings: read strictly, with the origin of each value."""

from __future__ import annotations

from pathlib import Path

import pytest

from rasid import settings
from rasid.errors import SettingsError


def test_defaults_hold_without_an_environment() -> None:
    assert settings.load({}).host_delay == 2.0
    assert settings.load({}).database_url is None


def test_an_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match="RASID_HOST_DELAI is unknown; did you mean RASID_HOST_DELAY"):
        settings.load({"RASID_HOST_DELAI": "3"})


def test_a_value_that_cannot_be_read_names_its_variable() -> None:
    with pytest.raises(SettingsError, match=r"RASID_BATCH \(environment\).*got 'many'"):
        settings.load({"RASID_BATCH": "many"})


@pytest.mark.parametrize("url", ["mysql://x/y", "valkey://x", "localhost:6379"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    name = "RASID_DATABASE_URL" if url.startswith("mysql") else "RASID_BROKER_URL"
    with pytest.raises(SettingsError, match=name):
        settings.load({name: url})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "rasid.toml"
    file.write_text("host_delay = 7\nbatch = 3\n")
    environ = {"RASID_CONFIG": str(file), "RASID_BATCH": "9"}
    lines = {line.name: line for line in settings.describe(environ)}
    assert settings.load(environ).batch == 9
    assert (lines["RASID_HOST_DELAY"].value, lines["RASID_HOST_DELAY"].origin) == (7.0, str(file))
    assert lines["RASID_BATCH"].origin == "environment"
    assert lines["RASID_USER_AGENT"].origin == "default"


@pytest.mark.parametrize(
    ("content", "what"), [("host_delai = 1", "unknown"), ("host_delay = = 1", "not TOML"), (None, "cannot read")]
)
def test_a_bad_file_is_named(tmp_path: Path, content: str | None, what: str) -> None:
    file = tmp_path / "rasid.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=what) as caught:
        settings.load({"RASID_CONFIG": str(file)})
    assert str(file) in str(caught.value)


def test_secrets_are_not_shown() -> None:
    environ = {"RASID_DATABASE_URL": "postgresql://me:pw1@db/rasid", "RASID_FLOWER_PASSWORD": "pw2"}
    shown = str([line.value for line in settings.describe(environ)])
    assert "pw1" not in shown
    assert "pw2" not in shown
    assert "postgresql://me:***@db/rasid" in shown


def test_every_setting_tells_its_unit_and_its_use() -> None:
    for line in settings.describe({}):
        assert line.unit, line.name
        assert len(line.description) > 10, line.name


def test_the_login_of_a_proxy_is_not_shown() -> None:
    environ = {"RASID_PROXY": "socks5://renter77:pw3@proxy.example:1080"}
    (line,) = [line for line in settings.describe(environ) if line.name == "RASID_PROXY"]
    assert line.value == "socks5://***@proxy.example:1080"
    with pytest.raises(SettingsError, match=r"RASID_PROXY \(environment\): .*want http://") as caught:
        settings.load({"RASID_PROXY": "socks4://renter77:pw3@proxy.example:1080"})
    assert "renter77" not in str(caught.value)
    assert "pw3" not in str(caught.value)
    assert settings.load({"RASID_PROXY": ""}).proxy is None


@pytest.mark.parametrize(
    "url",
    [
        "socks5://h:1",
        "http://u:p%40@h.example:3128/",
        "socks5h://u@[::1]:9",
        "http://[::1]:1",
        "http://سوريا.example:1",
    ],
)
def test_addresses_of_proxies_are_taken(url: str) -> None:
    assert settings.load({"RASID_PROXY": url}).proxy == url


@pytest.mark.parametrize(
    "url", ["http://h", "https://h:1", "h:1", "socks5://u:p/w@h:1", "http://h:1/path", "http://@h:1"]
)
def test_other_addresses_of_proxies_are_refused_at_once(url: str) -> None:
    with pytest.raises(SettingsError, match="RASID_PROXY"):
        settings.load({"RASID_PROXY": url})

"""Commands on a home whose server does not run: started for them, stopped after them, shared between them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from rasid.cli import session
from rasid.embedded import Home, Postgres
from rasid.store.engine import check


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that every user may enter, with a space and Arabic letters in its path."""
    folder = Path(tempfile.mkdtemp(prefix="commands-"))
    folder.chmod(0o755)
    home = folder / "غرفة الأخبار" / "my home"
    yield home
    Postgres(home).stop()
    shutil.rmtree(folder)
    shutil.rmtree(f"/var/lib/rasid-{Home(home).key}", ignore_errors=True)  # where root works in a folder of its own


def _start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RASID_")}
    return subprocess.Popen(
        [sys.executable, "-m", "rasid", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**kept, "RASID_HOME": str(home)},
    )


def _run(home: Path, *arguments: str) -> tuple[int, str, str]:
    process = _start(home, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out.decode(), err.decode()


def test_a_home_that_was_never_set_up_stays_untouched(home: Path) -> None:
    code, out, err = _run(home, "stories")
    assert (code, out) == (1, "")
    assert "nothing here yet" in err
    assert not home.exists()


def test_commands_share_a_server_and_the_last_one_stops_it(home: Path) -> None:
    """Of several commands at once each does its work, and afterwards no server is left."""
    assert _run(home, "db", "upgrade")[0] == 0
    assert not Postgres(home).running()
    urls = [f"https://sada.example/{number}" for number in range(4)]
    for process in [_start(home, "submit", url) for url in urls]:
        assert process.wait(120) == 0, process.communicate()[1].decode()
        process.communicate()
    assert not Postgres(home).running()
    code, out, _ = _run(home, "status", "--json")
    assert (code, json.loads(out)["links"]["found"]) == (1, 4), "told, though nothing runs"
    assert not Postgres(home).running()


def test_a_server_that_ran_before_keeps_running(home: Path) -> None:
    assert _run(home, "db", "upgrade")[0] == 0
    with Postgres(home) as server:
        assert _run(home, "stories")[0] == 0
        assert server.running()


def test_a_server_that_was_ending_when_the_command_came_is_not_left_behind(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first look it still answers, at the start it is gone: the command starts one, and stops it."""
    assert _run(home, "db", "upgrade")[0] == 0
    monkeypatch.setenv("RASID_HOME", str(home))
    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as seen:
        seen.setattr(Postgres, "running", lambda _: True)
        with session.database() as context:
            check(context.engine)
    signal.signal(signal.SIGTERM, before)
    assert not Postgres(home).running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("supervised", [False, True])
def test_a_command_that_is_stopped_leaves_a_server_only_to_a_supervisor(
    home: Path, number: signal.Signals, supervised: bool
) -> None:
    """A command started the server; another process may hold the home by the time that the command ends."""
    assert _run(home, "db", "upgrade")[0] == 0
    command = _start(home, "status", "--watch", "60", "--json")
    assert command.stdout is not None
    assert command.stdout.readline()
    with Home(home).lock() if supervised else nullcontext():
        command.send_signal(number)
        _, err = command.communicate(timeout=60)
        assert (command.returncode, err) == (128 + number, b"")
        assert Postgres(home).running() == supervised

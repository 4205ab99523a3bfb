"""A signal may arrive at any moment, between any two lines: the supervisor stops all the same."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rasid.embedded import Guardian, Home
from workers.local import Supervisor

from .conftest import ROOT, environment, kill, until

pytestmark = pytest.mark.stack

NOWHERE = "postgresql+psycopg://rasid@/rasid?host=/nowhere"

#: Asks the supervisor to stop at the nth line that its watch runs, here or in a library, as a signal handler would.
PROGRAM = """
import faulthandler, sys
from pathlib import Path
from workers.local import Supervisor

nowhere = "postgresql+psycopg://rasid@/rasid?host=/nowhere"
for nth in range(12):
    supervisor = Supervisor([], servers=[], logs_folder=Path(), database_url=nowhere, guardian=None)
    seen = 0

    def trace(frame, event, argument):
        global seen
        seen += event == "line"
        if seen == nth + 1:
            supervisor.ask_to_stop()
        return trace

    faulthandler.dump_traceback_later(30, exit=True)
    sys.settrace(trace)
    supervisor.watch()
    sys.settrace(None)
    faulthandler.cancel_dump_traceback_later()
"""


def test_it_may_be_asked_to_stop_at_any_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_it_starts_its_guardian_again(base: Path) -> None:
    place = Home(base / "home")
    place.prepare()
    with Guardian(lock_file=place.lock_file, log=place.logs / "guardian.log") as guardian:
        supervisor = Supervisor([], servers=[], logs_folder=place.logs, database_url=NOWHERE, guardian=guardian)
        watch = threading.Thread(target=supervisor.watch)
        watch.start()
        first = guardian.pid
        kill(first)
        until(lambda: guardian.pid != first, "the guardian is started again")
        supervisor.ask_to_stop()
        watch.join()


def test_ready_is_said_once_in_one_line_when_every_worker_works(base: Path) -> None:
    """And what to type next: there is no outlet yet."""
    home = base / "up"
    out, err = base / "up.out", base / "up.err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "rasid", "up", "-c", "1"],
            cwd=ROOT, env=environment(RASID_HOME=str(home)), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
        )  # fmt: skip
    try:
        until(lambda: out.read_text("utf-8").endswith("\n") or process.poll() is not None, "it says that it is up")
    finally:
        process.terminate()
        process.wait(timeout=60)
    told = out.read_text("utf-8")
    assert told.count("\n") == 1, err.read_text("utf-8")
    assert told.startswith("rasid is up (control, fetch, read, beat): database under ")
    assert str(home) in told
    assert "rasid sources load seeds" in told

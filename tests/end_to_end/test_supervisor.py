"""A signal may arrive at any moment, between any two lines: the supervisor stops all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import ROOT, environment

pytestmark = pytest.mark.stack

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

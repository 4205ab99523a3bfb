"""The command: a state file when ready, answers on the control port, a clean end however it is told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rasid.newsroom.__main__ import main

COMMAND = [sys.executable, "-m", "rasid.newsroom", "--articles", "60", "--seed", "2"]


def _wait_for(happened: Callable[[], bool], *, what: str) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_stops_when_told(tmp_path: Path, ask: Callable[..., Any], number: signal.Signals) -> None:
    state_file = tmp_path / "state.json"
    process = subprocess.Popen([*COMMAND, "--state", str(state_file)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(state_file.exists, what="the state file")
        state = json.loads(state_file.read_text())
        assert len(state["outlets"]) == len(state["ports"]) == 10
        assert state["truth"]["articles"] == 60
        assert ask(state["outlets"][0]["channels"][0][1]).status == 200
        control = state["control"]
        assert [r["status"] for r in json.loads(ask(f"{control}/__newsroom__/log").body)] == [200]
        assert json.loads(ask(f"{control}/__newsroom__/advance", method="POST").body)["step"] == 1
        assert json.loads(ask(f"{control}/__newsroom__/truth").body)["step"] == 1
        assert ask(f"{control}/__newsroom__/advance").status == 404
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def test_it_stops_when_its_parent_is_gone(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    code = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen({[*COMMAND, '--state', str(state_file)]!r}, stderr=subprocess.DEVNULL)\n"
        f"while not os.path.exists({str(state_file)!r}): time.sleep(0.05)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    pid = json.loads(state_file.read_text())["pid"]
    _wait_for(lambda: not _runs(pid), what="the end of the orphan")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


@pytest.mark.parametrize(
    "wrong",
    [["--articles", "3"], ["--now", "yesterday"], ["--now", "2026-01-01"], ["--map", "x"], ["--pages", "/nowhere.tar"]],
)
def test_wrong_usage_ends_with_two_and_says_why(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert main(wrong) == 2
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert capsys.readouterr().err.startswith("newsroom: ")

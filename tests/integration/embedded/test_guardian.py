"""Servers do not outlive a supervisor that was killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rasid.embedded import Guardian, Home, Postgres, Valkey
from rasid.embedded.guardian import _alive, find

#: Starts both servers, a worker and a guardian, then says so and waits to be killed.
SUPERVISOR = """
import contextlib, subprocess, sys, time
from rasid.embedded import Guardian, Home, Postgres, Valkey
home = Home(sys.argv[1])
postgres, valkey = Postgres(home.path), Valkey(home.path)
with home.lock() if sys.argv[2] == "lock" else contextlib.nullcontext():
    postgres.start(); valkey.start()
    worker = subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; sleep 600"] if sys.argv[3] == "deaf" else
                              ["/bin/sleep", "600"], start_new_session=True)
    guardian = Guardian(postgres.target, valkey.target, lock_file=home.lock_file, log=home.logs / "guardian.log",
                        worker_seconds=1)
    guardian.watch(worker.pid)
    print(guardian.pid, worker.pid, flush=True)
    time.sleep(600)
"""


@contextmanager
def supervisor(home: Path, lock: str = "lock", worker: str = "good") -> Iterator[tuple[int, int]]:
    """Run the supervisor and kill it hard at the end of the block; its guardian's and its worker's pid."""
    command: list[str | Path] = [sys.executable, "-c", SUPERVISOR, home, lock, worker]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        guardian, child = map(int, process.stdout.readline().split())
        try:
            yield guardian, child
        finally:
            process.kill()


def wait_for_end(pid: int) -> None:
    """The test's own time limit bounds the wait."""
    while _alive(pid):
        time.sleep(0.02)


def test_servers_and_workers_end_when_the_supervisor_is_killed(home: Path) -> None:
    with supervisor(home) as (guardian, worker):
        assert Postgres(home).running()
        assert Valkey(home).running()
    wait_for_end(guardian)
    assert not _alive(worker)
    assert find(Postgres(home).target) is None
    assert find(Valkey(home).target) is None
    assert "database system is shut down" in (home / "logs" / "postgres.log").read_text(), "in good order"


def test_next_supervisor_waits_for_the_tidying_up(home: Path) -> None:
    with supervisor(home):
        pass
    with Home(home).lock(), Postgres(home) as server:
        assert server.running()
        time.sleep(1)
        assert server.running()


def test_servers_stay_where_another_supervisor_has_taken_over(home: Path) -> None:
    with Home(home).lock():
        with supervisor(home, "no lock") as (guardian, worker):
            pass
        wait_for_end(guardian)
        assert not _alive(worker)
        assert Postgres(home).running()
        assert Valkey(home).running()


def test_a_released_guardian_leaves_without_a_trace(home: Path) -> None:
    place = Home(home)
    with place.lock(), Valkey(home) as server:
        with Guardian(server.target, lock_file=place.lock_file, log=place.logs / "guardian.log") as guardian:
            assert _alive(guardian.pid)
        assert not _alive(guardian.pid)
        assert server.running()
    assert (place.logs / "guardian.log").read_text() == ""


def test_a_guardian_that_died_does_no_harm(home: Path) -> None:
    place = Home(home)
    with place.lock(), Valkey(home) as server:
        guardian = Guardian(server.target, lock_file=place.lock_file, log=place.logs / "guardian.log")
        guardian._process.kill()
        guardian._process.wait()
        guardian.watch(1)
        guardian.release()
        assert server.running()


def test_a_guardian_that_was_killed_is_started_again_and_knows_its_workers(home: Path) -> None:
    place = Home(home)
    place.prepare()
    worker, ended = (subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) for _ in range(2))
    with place.lock():
        guardian = Guardian(lock_file=place.lock_file, log=place.logs / "guardian.log", worker_seconds=5)
        guardian.watch(worker.pid)
        guardian.watch(ended.pid)
        assert guardian.mend() is False, "it lives"
        guardian._process.kill()
        guardian._process.wait()
        guardian.forget(ended.pid)
        assert guardian.mend() is True
        # As when the supervisor is killed: its end of the pipe closes.
        assert guardian._process.stdin
        guardian._process.stdin.close()
        guardian._process.wait()
    assert worker.wait() == -15
    assert ended.poll() is None
    ended.kill()
    ended.wait()


def test_a_worker_that_ended_is_left_alone(home: Path) -> None:
    """Its number may be another process's by the time the supervisor dies."""
    place = Home(home)
    place.prepare()
    stranger = subprocess.Popen(["/bin/sleep", "600"])
    with place.lock():
        guardian = Guardian(lock_file=place.lock_file, log=place.logs / "guardian.log")
        guardian.watch(stranger.pid)
        guardian.forget(stranger.pid)
        assert guardian._process.stdin
        guardian._process.stdin.close()
        guardian._process.wait()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_deaf_worker_is_killed_and_the_servers_still_stop(home: Path) -> None:
    with supervisor(home, worker="deaf") as (guardian, worker):
        pass
    wait_for_end(guardian)
    assert not _alive(worker)
    assert find(Postgres(home).target) is None

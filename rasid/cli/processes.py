"""Child processes of a command: the local stack, started by name and stopped with the command, however that ends."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rasid.errors import ServiceError, UsageError

_START_SECONDS = 120.0
_STOP_SECONDS = 45.0


def require_checkout(command: str) -> None:
    """Make sure that the processes can be started from here.

    Raises:
        UsageError: only the library is installed.
    """
    if find_spec("workers") is None and not Path("workers/run.py").is_file():
        raise UsageError(
            f"`rasid {command}` runs workers, which come with the checkout or the image, not with the library: "
            "run it in the checkout's folder"
        )


@contextlib.contextmanager
def local_stack(
    environment: Mapping[str, str], *arguments: str, log: Path, waiting: Callable[[], None] = lambda: None
) -> Iterator[dict[str, Any]]:
    """The local stack as a child process, ready; stopped at the end, and by itself should we be killed.

    Args:
        environment: of the child.
        arguments: of ``python -m workers.local``.
        log: where the child's own words go.
        waiting: called a few times a second until it is ready.

    Yields:
        What the stack says of itself: ``database_url``, ``broker_url``, ``pid``, ``roles``.

    Raises:
        ServiceError: it did not start; the message has its last words.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    ready_read, ready_write = os.pipe()
    life_read, life_write = os.pipe()
    command = [
        sys.executable,
        "-m",
        "workers.local",
        f"--ready-fd={ready_write}",
        f"--while-fd={life_read}",
        *arguments,
    ]
    with log.open("ab") as sink:
        start = sink.tell()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=dict(environment),
            pass_fds=(ready_write, life_read),
            start_new_session=True,
        )
    os.close(ready_write)
    os.close(life_read)
    try:
        yield _await_ready(child, ready_read, waiting, lambda: _words(log, start))
    finally:
        os.close(life_write)
        stop(child)


def _await_ready(
    child: subprocess.Popen[bytes], fd: int, waiting: Callable[[], None], words: Callable[[], str]
) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    said = b""
    with os.fdopen(fd, "rb", buffering=0) as pipe:
        while not said.endswith(b"\n"):
            waiting()
            if time.monotonic() > deadline:
                raise ServiceError(f"the stack did not start within {_START_SECONDS:g} s: {words()}")
            if select.select([pipe], [], [], 0.2)[0]:
                part = pipe.read(65_536)
                if not part:
                    child.wait()
                    raise ServiceError(f"the stack did not start: {words()}")
                said += part
    ready: dict[str, Any] = json.loads(said)
    return ready


def _words(log: Path, start: int, *, lines: int = 4) -> str:
    """The last lines that were written to a log after `start`."""
    with log.open("rb") as file:
        file.seek(start)
        said = file.read().decode("utf-8", "replace").strip().splitlines()
    return " | ".join(line.strip()[:300] for line in said[-lines:]) or f"it said nothing (see {log})"


def stop(child: subprocess.Popen[bytes]) -> None:
    """Ask a child to end, and end it where it does not."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

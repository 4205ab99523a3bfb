"""Stop servers by their pid files; run as a program, do so once the process that started it is gone.

The program holds one end of a pipe whose other end only its parent has. The pipe ends when the parent does, by
``kill -9`` too. It then ends the processes that the parent had named to it (workers first: they lean on the servers),
and stops the servers, unless another supervisor has taken the home over.

Imports the standard library alone and is started by its path, so that the program costs 9 MB of memory and not what
the whole package costs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    import argparse

_TICK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Target:
    """A server to stop.

    Attributes:
        kind: ``postgres`` or ``valkey``.
        folder: its data.
        pid_file: a file whose first line is its pid.
        mark: what its command line holds. A pid file may outlive its server and the pid be another process's by then.
        signals: what to send, and for how many seconds to wait for the end after each.
    """

    kind: str
    folder: Path
    pid_file: Path
    mark: Path
    signals: tuple[tuple[signal.Signals, float], ...]


def postgres_target(data: Path) -> Target:
    """The server over the data folder `data`: first asked to roll back and close, then to drop everything."""
    signals = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
    return Target("postgres", data, data / "postmaster.pid", data, signals)


def valkey_target(folder: Path) -> Target:
    """The server whose data, settings and pid file lie in `folder`."""
    signals = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))
    return Target("valkey", folder, folder / "valkey.pid", folder / "valkey.conf", signals)


def find(target: Target) -> int | None:
    """The pid of the running server, None where it does not run."""
    pid = _named_pid(target)
    return pid if pid and os.fsencode(target.mark) in _command_line(pid) else None


def is_recycled(target: Target) -> bool:
    """Whether the pid file names a process that is not the server: its pid was given to another since.

    False where there is none, and where the system hides what it is.
    """
    pid = _named_pid(target)
    if not pid or not _exists(pid):
        return False
    words = _command_line(pid)
    return (bool(words) and os.fsencode(target.mark) not in words) or _is_zombie(pid)


def end(target: Target) -> bool:
    """Stop the server and wait for it, ever more firmly.

    Returns:
        False where it did not run, or outlived every signal.
    """
    pid = find(target)
    if pid is None:
        return False
    return any(_signal_and_wait(pid, number, seconds) for number, seconds in target.signals)


class Guardian:
    """The guardian process of the calling process. A context manager: leaving it lets the servers live.

    The calling process must keep its end of the pipe to itself: children that it forks without exec share it, and
    hold the guardian back for as long as they live.
    """

    def __init__(self, *targets: Target, lock_file: Path, log: Path, worker_seconds: float = 15.0) -> None:
        """Start it.

        Args:
            targets: the servers to stop once we are gone.
            lock_file: of the home; the servers stay where somebody else holds its lock by then.
            log: what the guardian did is written to its end.
            worker_seconds: what workers get to finish what they hold, before they are killed.
        """
        stops = [f"--stop-{target.kind}={target.folder}" for target in targets]
        options = [f"--lock={lock_file}", f"--worker-seconds={worker_seconds}", *stops]
        self._command = [sys.executable, "-I", "-S", __file__, *options]
        self._log = log
        self._workers: set[int] = set()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as sink:
            return subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=sink, stderr=sink, cwd="/", start_new_session=True
            )

    def mend(self) -> bool:
        """Start the guardian again where it was killed, and name to it all that it watched. Whether that was needed."""
        if self._process.poll() is None:
            return False
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process = self._start()
        for pid in sorted(self._workers):
            self._say(f"+{pid}\n")
        return True

    @property
    def pid(self) -> int:
        """Of the guardian process."""
        return self._process.pid

    def watch(self, pid: int) -> None:
        """End the child process `pid` too, before the servers, should we vanish."""
        self._workers.add(pid)
        self._say(f"+{pid}\n")

    def forget(self, pid: int) -> None:
        """The child `pid` has ended and its number may become another's."""
        self._workers.discard(pid)
        self._say(f"-{pid}\n")

    def release(self) -> None:
        """Let the guardian go; the servers are ours to stop again."""
        self._say("release\n")
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait(timeout=30)

    def _say(self, line: str) -> None:
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError, ValueError):
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def main(arguments: Sequence[str] | None = None) -> int:
    """Wait for the end of standard input, then stop what is named."""
    options = _options(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Shutdowns signal everybody at once: the parent must get its orderly end before we lend a hand.
        signal.signal(number, signal.SIG_IGN)
    workers = _listen(sys.stdin.buffer)
    if workers is None:
        return 0
    print(f"guardian {os.getpid()}: the supervisor is gone, stopping what it left behind", flush=True)
    _end_workers(workers, options.worker_seconds)
    with options.lock.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("guardian: another supervisor has taken over; the servers stay", flush=True)
            return 0
        lock.truncate(0)
        print(os.getpid(), "guardian", file=lock, flush=True)
        for target in (*map(valkey_target, options.valkey), *map(postgres_target, options.postgres)):
            print(f"guardian: {target.kind} in {target.folder}: {'stopped' if end(target) else 'was not running'}")
        lock.truncate(0)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    import argparse  # Only the program needs it; workers import this module for an address alone.

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", type=Path, required=True, help="lock file of the home")
    parser.add_argument("--worker-seconds", type=float, default=15.0, help="until workers are killed")
    parser.add_argument("--stop-postgres", dest="postgres", type=Path, action="append", default=[], metavar="DATA")
    parser.add_argument("--stop-valkey", dest="valkey", type=Path, action="append", default=[], metavar="FOLDER")
    return parser.parse_args(arguments)


def _listen(pipe: IO[bytes]) -> set[int] | None:
    """The workers to end once `pipe` ends; None where the parent let us go."""
    workers: set[int] = set()
    for line in pipe:
        if line == b"release\n":
            return None
        if line[:1] in b"+-" and line[1:].strip().isdigit():
            (workers.add if line[:1] == b"+" else workers.discard)(int(line[1:]))
    return workers


def _end_workers(pids: Iterable[int], seconds: float) -> None:
    left = {pid for pid in pids if _signal(pid, signal.SIGTERM)}
    until = time.monotonic() + seconds
    while left and time.monotonic() < until:
        time.sleep(_TICK_SECONDS)
        left = {pid for pid in left if _alive(pid)}
    for pid in left:
        print(f"guardian: worker {pid} did not end in {seconds:.0f} s, killed", flush=True)
        _kill_group(pid)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(OSError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _signal_and_wait(pid: int, number: signal.Signals, seconds: float) -> bool:
    """Whether the process is gone within `seconds` of the signal."""
    if not _signal(pid, number):
        return True
    until = time.monotonic() + seconds
    while _alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(_TICK_SECONDS)
    return True


def _signal(pid: int, number: signal.Signals) -> bool:
    """Whether there was a process to signal."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    # A container without an init never buries its dead; they hold nothing any more.
    return _exists(pid) and not _is_zombie(pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _named_pid(target: Target) -> int:
    """The pid in the pid file, 0 where there is none that a server could have."""
    try:
        pid = int(target.pid_file.read_bytes().split(b"\n", 1)[0])
    except (OSError, ValueError):
        return 0
    return pid if pid > 1 else 0


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def _command_line(pid: int) -> bytes:
    """The arguments of a process; empty where there is none, or only a zombie."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""
    found = subprocess.run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    return found.stdout


if __name__ == "__main__":
    sys.exit(main())

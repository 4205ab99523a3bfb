"""The whole of rasid as its users run it: the demo's program, or the local stack over a newsroom of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid import urls
from rasid.cli import processes
from rasid.embedded import Home
from rasid.model import WAITING
from rasid.newsroom import Newsroom
from rasid.store import outlets, summary
from rasid.store.engine import make_engine, transaction
from tests.conftest import ROOT, open_folder

#: One time for every newsroom of a run, so that all of them write the same articles under the same paths.
NOW = datetime.now(UTC).replace(microsecond=0)
#: What a run gets before it counts as hung. None of the tests asks how fast a machine is.
PATIENCE = 150.0
#: Time enough for whatever stops in good order, and more than twice what the stack gives its own children.
GONE_SECONDS = 30.0

#: What the stack of a test runs with: mended while the test waits, and asking slowly enough to be caught at it.
SETTINGS = {
    "RASID_HOST_DELAY": "0.2",
    "RASID_DISPATCH_SECONDS": "0.4",
    "RASID_UPKEEP_SECONDS": "2",
    "RASID_RETRY_BASE_SECONDS": "1",
    "RASID_RESEND_SECONDS": "10",
    "RASID_LEASE_SECONDS": "30",
    "RASID_DISCOVER_INTERVAL": "3600",
    "RASID_FETCH_READ_SECONDS": "6",
    "RASID_FETCH_MAX_BYTES": "4000000",
}


def environment(**more: str) -> dict[str, str]:
    """The environment of a program: ours, without what it says of rasid, and what the test adds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RASID_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def until(seen: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> Any:
    """Ask a few times a second until the answer is true; the answer."""
    deadline = time.monotonic() + seconds
    while not (answer := seen()):
        if time.monotonic() > deadline:
            pytest.fail(f"not after {seconds:g} s: {what}")
        time.sleep(0.05)
    return answer


# --- processes


@dataclass(frozen=True)
class Found:
    """A process that names a folder in its command line or its environment."""

    pid: int
    parent: int
    command: str


def processes_of(folder: Path) -> list[Found]:
    """All processes that name `folder`, zombies and the test's own process left out."""
    mark, found = os.fsencode(folder), []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            state, parent = (entry / "stat").read_bytes().rpartition(b")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes()
            if state != b"Z" and (mark in command or mark in (entry / "environ").read_bytes()):
                found.append(Found(int(entry.name), int(parent), os.fsdecode(command.replace(b"\0", b" "))))
    return found


def assert_all_gone(folder: Path) -> None:
    """Nothing that names `folder` runs any more, at once or within `GONE_SECONDS`."""
    deadline = time.monotonic() + GONE_SECONDS
    while left := processes_of(folder):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kill(pid: int) -> None:
    """End a process as a crash would."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder for homes, under a name that programs trip over; nothing that names it outlives the test."""
    yield from home_folder()


@pytest.fixture(scope="module")
def module_base() -> Iterator[Path]:
    """As `base`, for the tests of a module."""
    yield from home_folder()


def home_folder() -> Iterator[Path]:
    """See `base`."""
    with open_folder() as folder:
        made = folder / "غرفة الأخبار 1"
        made.mkdir()
        try:
            yield made
        finally:
            left = processes_of(folder)
            for one in left:
                kill(one.pid)
            for home in made.glob("*/"):
                _forget(home)
        assert left == [], "something outlived its test"


def _forget(home: Path) -> None:
    """Remove what a home has elsewhere: sockets, and for root what its PostgreSQL keeps outside."""
    key = Home(home).key
    for elsewhere in (*Path("/tmp").glob(f"rasid-*-{key}-*"), Path(f"/var/lib/rasid-{key}")):
        shutil.rmtree(elsewhere, ignore_errors=True)


# --- the demo


@dataclass
class Demo:
    """A demo that runs in the background. `home` is where it stores."""

    process: subprocess.Popen[bytes]
    home: Path
    out: Path
    err: Path

    def end(self) -> dict[str, Any]:
        """Wait for its end, which must be a good one; its summary."""
        code = self.process.wait(timeout=PATIENCE)
        assert code == 0, f"exit code {code}: {self.said()}"
        told: dict[str, Any] = json.loads(self.out.read_text("utf-8"))
        return told

    def said(self) -> str:
        """What it wrote for people."""
        return self.err.read_text("utf-8", "replace")

    def stack(self) -> dict[str, Any]:
        """What its supervisor said when it was ready: ``pid`` and ``roles``."""
        lines = (self.home / "logs" / "stack.log").read_text("utf-8").splitlines()
        told: dict[str, Any] = json.loads(next(line for line in lines if '"stack.ready"' in line))
        return told


@contextmanager
def demo(base: Path, *arguments: str, home: str, **options: Any) -> Iterator[Demo]:
    """``rasid demo`` with `arguments`; killed at the end of the block should it still run."""
    out, err = base / f"{home}.out", base / f"{home}.err"
    command = [sys.executable, "-m", "rasid", "demo", *arguments]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=ROOT,
            env=environment(RASID_HOME=str(base)),
            start_new_session=True,
            **options,
        )
    try:
        yield Demo(process, base / home, out, err)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


# --- the stack over a newsroom of the test's own


@dataclass
class Stack:
    """A running local stack and its newsroom. `ready` is what the stack says of itself."""

    home: Path
    env: dict[str, str]
    engine: Engine
    ready: dict[str, Any]
    newsroom: Newsroom

    def watch(self) -> None:
        """Give it the newsroom's outlets."""
        kinds = {"html": "section", "sitemap": "sitemap", "sitemapindex": "sitemap"}
        with transaction(self.engine) as conn:
            outlets.put(
                conn,
                [
                    outlets.NewOutlet(
                        id=one.id,
                        name=one.name,
                        family=one.family,
                        country=one.country,
                        language=one.language,
                        time_zone=one.time_zone,
                        home=one.base_url,
                        channels=tuple(outlets.NewChannel(kinds.get(kind, "feed"), url) for kind, url in one.channels),
                    )
                    for one in self.newsroom.outlets
                ],
            )

    def busy(self) -> bool:
        """Whether anything still waits."""
        with transaction(self.engine) as conn:
            states = summary.states(conn)
            unvisited = summary.unvisited_channels(conn)
            return bool(unvisited or sum(states[s] for s in WAITING) or summary.unsent(conn))

    def finish(self) -> None:
        """Wait until every channel is read and every link has ended."""
        until(lambda: not self.busy(), "the newsroom is read")

    def count(self, sql: str) -> int:
        """One number from the database."""
        with transaction(self.engine) as conn:
            return int(conn.execute(text(sql)).scalar_one())

    def column(self, sql: str) -> list[Any]:
        """The first column of what `sql` finds."""
        with transaction(self.engine) as conn:
            return list(conn.execute(text(sql)).scalars())

    def articles(self) -> Counter[str]:
        """How often each article of the newsroom is stored, under whichever of its addresses, by its key."""
        truth = {urls.normalise(url): one.key for url, one in self.newsroom.truth().urls.items()}
        with transaction(self.engine) as conn:
            stored = conn.execute(text("SELECT url FROM articles")).scalars().all()
        keys = {url: truth.get(urls.normalise(url)) for url in stored}
        assert None not in keys.values(), f"no article of the newsroom: {[u for u, key in keys.items() if not key]}"
        return Counter(str(keys[url]) for url in stored)


@contextmanager
def stack(home: Path, *, articles: int = 60, **settings: str) -> Iterator[Stack]:
    """The local stack under `home` beside a newsroom that it may read."""
    with Newsroom(seed=1, now=NOW, articles=articles) as newsroom:
        allowed = ",".join(f"127.0.0.1:{port}" for port in newsroom.ports.values())
        env = environment(**{**SETTINGS, "RASID_HOME": str(home), "RASID_FETCH_ALLOW": allowed, **settings})
        with processes.local_stack(env, log=home / "logs" / "stack.log") as ready:
            engine = make_engine(ready["database_url"], pool_size=2)
            try:
                yield Stack(home, env, engine, ready, newsroom)
            finally:
                engine.dispose()


@dataclass(frozen=True)
class Undisturbed:
    """What a run left that nothing went wrong in: the articles stored, by key, and what was asked for."""

    articles: Counter[str]
    requests: tuple[Any, ...]
    truth: Mapping[str, Any]


@pytest.fixture(scope="session")
def undisturbed() -> Iterator[Undisturbed]:
    """One run of the stack with one fetch worker and no trouble but the newsroom's own."""
    folders = home_folder()
    with stack(next(folders) / "calm") as calm:
        calm.watch()
        calm.finish()
        found = Undisturbed(calm.articles(), calm.newsroom.log.requests(), calm.newsroom.truth().urls)
    yield found
    next(folders, None)

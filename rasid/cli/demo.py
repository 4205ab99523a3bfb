"""`rasid demo`: the main job on the sample newsroom, or on saved pages, from nothing to a summary."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from rasid import settings as settings_module
from rasid import urls
from rasid.cli import demo_truth, demo_view, processes
from rasid.embedded.home import Home, refusal
from rasid.errors import ServiceError, UsageError
from rasid.model import WAITING, State
from rasid.store import outlets, summary, watches
from rasid.store.engine import make_engine, transaction

#: The whole job ends within a fraction of this on two cores; past it the demo says what still waits.
_LIMIT_SECONDS = 600.0
#: Nothing may have waited for so long before the job counts as done: a retry may be due in a moment.
_QUIET_SECONDS = 1.0

#: What the demo's workers run with, where the environment says nothing else: a newsroom on this machine can be asked
#: faster than an outlet, and a fault should be seen to be mended while one watches.
_SETTINGS = {
    "RASID_HOST_DELAY": "0.1",
    "RASID_DISPATCH_SECONDS": "0.4",
    "RASID_UPKEEP_SECONDS": "2",
    "RASID_RETRY_BASE_SECONDS": "1",
    "RASID_RESEND_SECONDS": "20",
    "RASID_LEASE_SECONDS": "60",
    "RASID_DISCOVER_INTERVAL": "60",
    "RASID_FETCH_READ_SECONDS": "6",
    "RASID_FETCH_MAX_BYTES": "4000000",
}
#: The newsroom tells the format of a channel; an outlet declares only what it is for. All others are feeds.
_KINDS = {"html": "section", "sitemap": "sitemap", "sitemapindex": "sitemap"}
#: Ports that a newsroom takes, one an outlet.
_ROW = 10
_WATCHES = (
    ("القامشلي والحسكة", "القامشلي OR الحسكة"),
    ("Aid", 'lang:en "aid" OR "relief"'),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; see ``rasid demo --help``."""

    once: bool
    as_json: bool
    seed: int
    articles: int
    pages: Path | None
    map_file: Path | None
    fresh: bool


@dataclass(slots=True)
class _Result:
    totals: dict[str, int]
    seconds: float
    new_articles: int
    states: dict[State, int]
    problems: list[str] | None
    endings: dict[str, int]
    stories: list[dict[str, Any]] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        rate = self.new_articles / self.seconds if self.seconds else 0.0
        names = ("discovered", "fetched", "articles", "copies", "stories", "entities", "alerts", "parked")
        return {
            **{name: self.totals[name] for name in names},
            "seconds": round(self.seconds, 1),
            "articles_per_second": round(rate, 1),
            "new_articles": self.new_articles,
            "states": {state.value: n for state, n in self.states.items()},
            "truths_met": None if self.problems is None else not self.problems,
            "problems": self.problems or [],
        }


def run(
    *,
    once: bool,
    as_json: bool,
    seed: int,
    articles: int,
    pages: Path | None,
    map_file: Path | None,
    fresh: bool,
) -> int:
    """Run the demo. Returns the exit code: 0 where the job ended and every truth was met.

    Raises:
        UsageError, ServiceError: it could not be run; the message says what to do.
    """
    options = Options(once, as_json, seed, articles, pages, map_file, fresh)
    processes.require_checkout("demo")
    stays = not once and sys.stdout.isatty()
    with _quit_on_term():
        return _run(options, stays=stays)


def _run(options: Options, *, stays: bool) -> int:
    home = _home(options)
    view = demo_view.View(stays=stays)
    with _alone(home), view:
        if options.fresh:
            _clear(home)
        return _stage(options, home, view, stays=stays)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep everybody else out of a home before anything is made or cleared away there.

    The lock lies beside the home, since a fresh start removes the home itself.

    Raises:
        UsageError: a demo, or another stack, runs in it; or it cannot be written.
    """
    beside = home.with_name(f"{home.name}.lock")
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = beside.open("a")
    except OSError as error:
        raise refusal(error, home) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another demo is running in {home}: stop that one first, or choose another RASID_HOME"
            ) from None
        # Held for a moment only, for the stack needs it: nobody else's stack is running here.
        with Home(home).lock():
            pass
        yield


def _stage(options: Options, home: Path, view: demo_view.View, *, stays: bool) -> int:
    home.mkdir(parents=True, exist_ok=True)
    with _newsroom(options, home, view) as newsroom:
        environment = _environment(home, newsroom)
        flower = _free_port() if stays else None
        arguments = [f"--flower-port={flower}"] if flower else []
        view.say("starting PostgreSQL, Valkey, the workers and beat")
        with processes.local_stack(
            environment, *arguments, log=home / "logs" / "stack.log", waiting=view.tick
        ) as ready:
            engine = make_engine(ready["database_url"], pool_size=2)
            try:
                result = _job(engine, newsroom, view)
                view.close()
                _report(result, options, home)
                if stays:
                    demo_view.explore(home, flower, _login(home))
                    _wait_for_the_user()
            finally:
                engine.dispose()
        return 0 if not result.problems else 1


# --- the job ------------------------------------------------------------------------------------------------------


def _job(engine: Engine, newsroom: Mapping[str, Any], view: demo_view.View) -> _Result:
    with transaction(engine) as conn:
        before = summary.totals(conn)["articles"]
        outlets.put(conn, [_outlet(one) for one in newsroom["outlets"]])
        if "step" in newsroom["truth"] and not watches.all_watches(conn):
            for name, query in _WATCHES:
                watches.put(conn, name=name, query=query, via="log", target=None)
        outlets.make_due(conn)
    started = time.monotonic()
    view.say("reading every channel of the newsroom, and all that they name")
    _until_done(engine, view)
    truths = [newsroom["truth"]]
    if "step" in newsroom["truth"]:
        view.say("the newsroom edits, adds and withdraws articles; looking again")
        truths.append(_post(newsroom["control"] + "/__newsroom__/advance"))
        with transaction(engine) as conn:
            outlets.make_due(conn)
        _until_done(engine, view)
    seconds = time.monotonic() - started - _QUIET_SECONDS * len(truths)
    return _result(engine, truths, max(seconds, 0.1), before)


def _until_done(engine: Engine, view: demo_view.View) -> None:
    """Wait until every channel has been read, no link waits, and every alert is sent."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    quiet_since: float | None = None
    while True:
        with transaction(engine) as conn:
            states = summary.states(conn)
            waiting = sum(states[state] for state in WAITING)
            channels = summary.unvisited_channels(conn)
            unsent = summary.unsent(conn)
            view.show(states, summary.totals(conn), channels=channels)
        busy = waiting or channels or unsent
        now = time.monotonic()
        quiet_since = None if busy else quiet_since or now
        if quiet_since is not None and now - quiet_since >= _QUIET_SECONDS:
            return
        if now > deadline:
            raise ServiceError(
                f"not done after {_LIMIT_SECONDS:g} s: {waiting} links, {channels} channels and {unsent} alerts still "
                "wait; the logs folder says why"
            )
        time.sleep(0.2)


def _outlet(one: Mapping[str, Any]) -> outlets.NewOutlet:
    channels = tuple(outlets.NewChannel(_KINDS.get(kind, "feed"), url) for kind, url in one["channels"])
    return outlets.NewOutlet(
        id=one["id"],
        name=one["name"],
        family=one.get("family"),
        country=one.get("country"),
        language=one.get("language"),
        time_zone=one.get("time_zone"),
        home=one.get("base_url"),
        delay_seconds=one.get("delay_seconds"),
        channels=channels,
    )


def _result(engine: Engine, truths: Sequence[Mapping[str, Any]], seconds: float, before: int) -> _Result:
    with transaction(engine) as conn:
        totals, states = summary.totals(conn), summary.states(conn)
        found = summary.links_by_url(conn)
        result = _Result(
            totals=totals,
            seconds=seconds,
            new_articles=totals["articles"] - before,
            states=states,
            problems=None,
            endings=dict(summary.endings(conn)),
            stories=summary.stories(conn, limit=5),
            places=summary.places(conn, limit=6),
        )
    if "step" in truths[0]:
        truth = _merged([one["urls"] for one in truths])
        result.problems = demo_truth.compare(truth, found, {state.value: n for state, n in states.items()})
    return result


def _merged(truths: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """What is true of each URL at any step, by the form in which links are stored.

    What a page was first is what it is; where a later step says otherwise (a withdrawn article), both ends are right:
    a link that has ended is looked at again when its channel says that it changed.
    """
    found: dict[str, dict[str, Any]] = {}
    for step in truths:
        for one in step:
            url = urls.normalise(one["url"]) or one["url"]
            known = found.setdefault(url, {**one, "accept": []})
            known["accept"] = [*known["accept"], *(one["accept"] or [one["expected"]])]
    return found


# --- the newsroom -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _newsroom(options: Options, home: Path, view: demo_view.View) -> Iterator[dict[str, Any]]:
    """The sample newsroom, or a server of saved pages, as a child process; what it says of itself.

    It keeps the ports and the clock of the run before: the same addresses are the same articles. Where another
    program has taken the ports since, it moves, and what was stored under the old addresses is cleared away.
    """
    state = home / "newsroom.json"
    former = _former(state)
    if former is not None and not _are_free(former["port"], len(former["ports"])):
        view.say("another program has taken the newsroom's ports: it moves, and starts anew")
        _clear(home)
        home.mkdir(parents=True)
        former = None
    port = former["port"] if former is not None else _free_row(_ROW)
    command = [sys.executable, "-m", "rasid.newsroom", "--state", str(state), f"--first-port={port}"]
    command += ["--now", former["now"]] if former is not None else []
    if options.pages is not None:
        command += ["--pages", str(options.pages)]
        command += ["--map", str(options.map_file)] if options.map_file else []
    else:
        command += ["--seed", str(options.seed), "--articles", str(options.articles)]
    state.unlink(missing_ok=True)
    log = home / "newsroom.log"
    with log.open("wb") as sink:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True)
    try:
        told = _await_state(child, state, log)
        _say_what_is_left_out(told["truth"].get("refused", ()), view)
        yield told
    finally:
        processes.stop(child)


def _say_what_is_left_out(refused: Sequence[Sequence[str]], view: demo_view.View) -> None:
    """What an archive of pages held and the newsroom does not serve, with the reasons."""
    if refused:
        reasons = Counter(reason for _, reason in refused)
        told = ", ".join(f"{n} {reason}" for reason, n in reasons.most_common())
        view.note(f"{len(refused)} entries of the archive are left out: {told}")


def _former(state: Path) -> dict[str, Any] | None:
    """Ports and clock of the run before; None where there was none."""
    try:
        told = json.loads(state.read_text("utf-8"))
        ports = [int(port) for port in told["ports"].values()]
        return {"port": min(ports), "ports": ports, "now": str(told["now"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _are_free(first: int, n: int) -> bool:
    with contextlib.ExitStack() as held:
        try:
            for port in range(first, first + n):
                probe = held.enter_context(socket.socket())
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _free_row(n: int) -> int:
    """The first of `n` free ports in a row, below those that the system hands out by itself.

    Two demos that start at the same moment begin to look at different places, or both would take the same row.
    """
    rows = range(18_200, 32_000, n)
    for step in range(len(rows)):
        first = rows[(os.getpid() + step) % len(rows)]
        if _are_free(first, n):
            return first
    raise ServiceError(f"no {n} free ports in a row on the loopback address")


def _await_state(child: subprocess.Popen[bytes], state: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        if state.is_file():
            told: dict[str, Any] = json.loads(state.read_text("utf-8"))
            return told
        if child.poll() is not None:
            words = log.read_text("utf-8", "replace").strip().splitlines()
            message = words[-1] if words else f"the newsroom did not start (see {log})"
            raise UsageError(message) if child.returncode == 2 else ServiceError(message)
        time.sleep(0.05)
    raise ServiceError(f"the newsroom did not start in time (see {log})")


def _post(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=30) as answer:
        told: dict[str, Any] = json.loads(answer.read())
        return told


# --- around it ----------------------------------------------------------------------------------------------------


def _home(options: Options) -> Path:
    """One folder for each newsroom, so that what is stored is always what this newsroom holds."""
    base = settings_module.load().home.expanduser().resolve()
    if options.pages is not None:
        name = blake2b(os.fsencode(options.pages.expanduser().resolve()), digest_size=4).hexdigest()
        return base / f"demo-pages-{name}"
    if (options.seed, options.articles) == (1, 340):
        return base / "demo"
    return base / f"demo-{options.seed}-{options.articles}"


def _clear(home: Path) -> None:
    import shutil

    from rasid.embedded.postgres import Postgres
    from rasid.embedded.valkey import Valkey

    if home.is_dir():
        # A server that a crash left behind would go on writing into a folder that is no longer there.
        for server in (Postgres(home), Valkey(home)):
            server.stop()
        shutil.rmtree(home)


def _environment(home: Path, newsroom: Mapping[str, Any]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("RASID_BROKER_URL", "RASID_DATABASE_URL", "RASID_HOME")
    }
    ours = ",".join(f"127.0.0.1:{port}" for port in newsroom["ports"].values())
    allowed = ",".join(part for part in (kept.get("RASID_FETCH_ALLOW", ""), ours) if part)
    return {**_SETTINGS, **kept, "RASID_HOME": str(home), "RASID_FETCH_ALLOW": allowed}


def _report(result: _Result, options: Options, home: Path) -> None:
    if options.as_json:
        print(json.dumps(result.as_json(), ensure_ascii=False), flush=True)
    else:
        demo_view.report(
            result.as_json(), result.endings, result.stories, result.places, pages=options.pages is not None
        )
        if options.once or not sys.stdout.isatty():
            demo_view.afterwards(home)
    if result.problems:
        for problem in result.problems[:20]:
            print(f"rasid demo: {problem}", file=sys.stderr)


def _free_port() -> int:
    """Flower's usual port, or where that is taken another."""
    for wanted in (settings_module.load().flower_port, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            port: int = probe.getsockname()[1]
            return port
    raise ServiceError("no free port on the loopback address")


def _login(home: Path) -> str:
    settings = settings_module.load()
    if settings.flower_password:
        return f"{settings.flower_user} and your RASID_FLOWER_PASSWORD"
    file = home / "flower.password"
    deadline = time.monotonic() + 10.0
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    return f"{settings.flower_user} / {file.read_text('utf-8').strip()}" if file.is_file() else settings.flower_user


@contextlib.contextmanager
def _quit_on_term() -> Iterator[None]:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does: everything that was started is stopped."""

    def quit_now(*_: object) -> None:
        raise KeyboardInterrupt

    former: list[tuple[int, Any]] = [(n, signal.signal(n, quit_now)) for n in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in former:
            signal.signal(number, handler)


def _wait_for_the_user() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)

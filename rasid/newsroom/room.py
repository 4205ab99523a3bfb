"""The sample newsroom as an object: ten outlets on ten local ports, their truth, their log, and time moving on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

from rasid.errors import UsageError
from rasid.newsroom.outlets import PLANS, Outlet
from rasid.newsroom.request_log import Gap, RequestLog
from rasid.newsroom.resource import Resource, route
from rasid.newsroom.server import HostServer
from rasid.newsroom.site import Laid, lay_out
from rasid.newsroom.truth import Truth
from rasid.newsroom.writing import Article, write_all

FEWEST, MOST = 60, 600


class Newsroom:
    """A local news site with ten outlets, for trying things out and for tests.

    Ports are taken when the object is made, so that `outlets` and `truth` are known before `start`; `stop` gives
    them back. Use it as a context manager::

        with Newsroom(seed=1) as newsroom:
            for outlet in newsroom.outlets: ...

    Args:
        seed: the same seed and `now` give the same texts, copies and faults (ports apart).
        now: the time that it is in the newsroom, aware; None takes the clock. Articles are up to three days older.
        articles: how many there are at first, copies included; from 60 to 600.
        first_port: the first of ten ports in a row; None takes any free ones.

    Raises:
        UsageError: a number out of range, a naive `now`, or a port that is taken.
    """

    def __init__(
        self, seed: int = 1, now: datetime | None = None, articles: int = 340, *, first_port: int | None = None
    ) -> None:
        if not FEWEST <= articles <= MOST:
            raise UsageError(f"articles is {articles}: take a number from {FEWEST} to {MOST}")
        if now is not None and now.tzinfo is None:
            raise UsageError("now has no time zone: give an aware datetime")
        self.seed = seed
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        self.log = RequestLog()
        self._articles: tuple[Article, ...] = write_all(seed=seed, now=self.now, total=articles)
        self._step = 0
        self._lock = threading.Lock()
        self._servers = self._open(first_port)
        self.outlets: tuple[Outlet, ...] = tuple(_outlet(plan.id, self._servers) for plan in PLANS)
        self._laid = self._lay_out()

    def _open(self, first_port: int | None) -> dict[str, HostServer]:
        servers: dict[str, HostServer] = {}
        try:
            for index, plan in enumerate(PLANS):
                port = 0 if first_port is None else first_port + index
                servers[plan.id] = HostServer(plan.id, find=partial(self.find, plan.id), log=self.log, port=port)
        except UsageError:
            for server in servers.values():
                server.stop()
            raise
        return servers

    def _lay_out(self) -> Laid:
        bases = {outlet.id: outlet.base_url for outlet in self.outlets}
        return lay_out(self._articles, seed=self.seed, step=self._step, now=self.now, bases=bases)

    # --- life

    def start(self) -> Self:
        """Begin to answer."""
        for server in self._servers.values():
            server.start()
        return self

    def stop(self) -> None:
        """Stop answering and give the ports back; harmless when called twice."""
        for server in self._servers.values():
            server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what it knows

    def truth(self) -> Truth:
        """What is true of each URL at the present step."""
        return self._laid.truth

    @property
    def ports(self) -> Mapping[str, int]:
        """Port of each outlet by its id."""
        return {name: server.port for name, server in self._servers.items()}

    @property
    def step(self) -> int:
        """0 at first, one more with each `advance`."""
        return self._step

    def advance(self) -> Truth:
        """Let time pass: two articles are edited, one is withdrawn (410), two are new. From the second call on
        nothing changes further. One feed (that of mizan) keeps its old validators although it has changed.
        """
        with self._lock:
            self._step += 1
            self._laid = self._lay_out()
            return self._laid.truth

    def find(self, outlet: str, target: str) -> Resource | None:
        """What `outlet` answers for the target of a request line; None where it has nothing."""
        return self._laid.resources[outlet].get(route(target))

    def closest_gap(self, host: str) -> Gap | None:
        """As `RequestLog.closest_gap`; `host` is an authority or the id of an outlet."""
        return self.log.closest_gap(host)

    def overlaps(self, host: str) -> int:
        """As `RequestLog.overlaps`."""
        return self.log.overlaps(host)


def _outlet(plan_id: str, servers: Mapping[str, HostServer]) -> Outlet:
    plan = next(plan for plan in PLANS if plan.id == plan_id)
    base = servers[plan_id].base_url
    return Outlet(
        id=plan.id,
        name=plan.name,
        family=plan.family,
        country=plan.country,
        language=plan.language,
        time_zone=plan.time_zone,
        base_url=base,
        channels=tuple((kind, base + path) for kind, path in plan.channels),
        delay_seconds=plan.delay_seconds,
    )

"""A turn at a host: taken by one worker, paced, obedient to robots.txt, given back with what was learned.

Every request that rasid makes to an outlet goes through a turn; there is no other way to the network.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from rasid import urls
from rasid.context import Context
from rasid.errors import ItemError, Retry, Skip
from rasid.http.robots import Robots, Ruling
from rasid.http.status import verdict
from rasid.http.walls import refuse_walls
from rasid.model import Answer
from rasid.store import hosts
from rasid.store.engine import transaction

#: Codes that say that the host, or the proxy on the way to it, is away: its links wait for it, however long that takes.
OUTAGE_CODES = frozenset(
    {"connect_timeout", "connection_refused", "connect_failure", "host_unreachable", "dns_failure", "tls_failure",
     "robots_unreachable", "proxy_failed"}
)  # fmt: skip
#: Codes that speak of the host and not of one page: the turn ends, and the host is left alone for a while.
HOST_CODES = OUTAGE_CODES | {"http_429", "http_503"}
#: Codes of an answer that did not come in time, which says as much of a host's speed as one that came late.
_TOO_SLOW = frozenset({"read_timeout", "deadline"})
#: Characters of an address that are kept with what robots.txt says of it.
_SHOWN = 500
#: First pause after a host failed, as a share of `retry_base_seconds`; doubled with each failure in a row.
_BLOCK_SHARE = 0.5
_BLOCK_CEILING = 3_600.0
#: A robots.txt that cannot be had now: one that was read less than a day ago still holds (RFC 9309, 2.4).
_ROBOTS_STALE = timedelta(hours=24)


class Turn:
    """Exclusive access to one host, as a context manager. Make it with `take`."""

    def __init__(self, context: Context, view: hosts.HostView, token: UUID) -> None:
        self._context = context
        self._view = view
        self._token = token
        self._asked = 0
        self._last_end: float | None = None
        self._status: int | None = None
        self._latency: float | None = view.latency_ms
        self._began = 0.0
        self._allowed = self._refused = 0
        self._rulings: list[dict[str, object]] = []
        self._robots: Robots | None = None
        self._no_robots: ItemError | None = None
        self._learned_robots: tuple[int, bytes, float | None] | None = None
        self._block: tuple[float, str] | None = None
        self._delay = view.delay

    @property
    def blocked(self) -> bool:
        """Whether the host has failed in this turn, so that nothing more should be asked of it now."""
        return self._block is not None

    @property
    def asked(self) -> int:
        """Requests made in this turn, robots.txt and redirects included."""
        return self._asked

    def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """Ask for `url`, after robots.txt and after the host's pause. 304 and redirects to other hosts are answers too.

        Raises:
            Skip: robots.txt or the address guard refuses.
            Park: ``blocked`` where a wall stands behind a refusal; see `rasid.http.walls`.
            Retry, Park, Gone: what the answer, or the lack of one, means; see `rasid.http.status`.
        """
        try:
            self._obey_robots(url)
            answer = self._ask(url, etag=etag, last_modified=last_modified)
            refuse_walls(answer)
            verdict(answer, datetime.now(UTC))
        except Retry as error:
            self._note_failure(error)
            raise
        return answer

    def _ask(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer:
        self._pause()
        try:
            answer = self._context.http.get(url, etag=etag, last_modified=last_modified, on_hop=self._hop)
        except Retry as error:
            if error.code in _TOO_SLOW:
                self._note_seconds(time.monotonic() - self._began)
            raise
        finally:
            self._asked += 1
            self._last_end = time.monotonic()
        self._status = answer.status
        self._note_seconds(answer.seconds)
        return answer

    def _note_seconds(self, seconds: float) -> None:
        """Take into account how long an answer took: a slow host is asked more slowly within this turn already."""
        s = self._context.settings
        self._latency = hosts.smoothed(self._latency, seconds * 1000.0)
        pause = hosts.slowed(self._latency, factor=s.host_latency_factor, ceiling=s.host_delay_ceiling)
        self._delay = max(self._delay, pause)

    def _hop(self, url: str) -> None:
        """Before a redirect on the same host is followed: the pause and robots.txt hold for it as well."""
        self._asked += 1
        self._last_end = time.monotonic()
        self._check(url)
        self._pause()

    def _pause(self) -> None:
        if self._last_end is not None:
            time.sleep(max(0.0, self._last_end + self._delay - time.monotonic()))
        self._began = time.monotonic()

    def _obey_robots(self, url: str) -> None:
        if self._robots is None:
            self._robots = self._load_robots(url)
        self._check(url)

    def _check(self, url: str) -> None:
        if self._robots is None:
            return
        ruling = self._robots.ruling(url, self._context.settings.user_agent)
        self._note_ruling(url, ruling)
        if not ruling.allowed:
            evidence: dict[str, object] = {"rule": ruling.rule, "line": ruling.line, "agent": ruling.agent}
            raise Skip("robots_refused", f"robots.txt refuses it: {ruling.rule}", evidence=evidence)

    def _note_ruling(self, url: str, ruling: Ruling) -> None:
        """Keep what robots.txt said of an address, for whoever asks why it was fetched or was not."""
        self._allowed += ruling.allowed
        self._refused += not ruling.allowed
        note = {"url": url[:_SHOWN], "at": datetime.now(UTC).isoformat(), **asdict(ruling)}
        self._rulings = [note, *self._rulings[: 2 * hosts.KEPT_RULINGS - 1]]

    def _load_robots(self, url: str) -> Robots:
        view = self._view
        age = datetime.now(UTC) - view.robots_at if view.robots_at else None
        known = None
        if age is not None and view.robots_body is not None and view.robots_status is not None:
            known = Robots.parse(bytes(view.robots_body), status=view.robots_status)
        if known is not None and age is not None and age.total_seconds() < self._context.settings.robots_ttl:
            return known
        fresh = self._fetch_robots(url)
        if fresh is not None:
            return fresh
        if known is not None and age is not None and age < _ROBOTS_STALE:
            return known
        if self._no_robots is not None and self._no_robots.code in ("dns_failure", "proxy_failed"):
            # A name that leads nowhere says nothing of robots.txt, and a proxy that fails nothing of the host.
            raise self._no_robots
        raise Retry("robots_unreachable", "robots.txt cannot be read, so nothing may be fetched for now")

    def _fetch_robots(self, url: str) -> Robots | None:
        """robots.txt as it is now; None where the host gives none and no refusal (a server error, no answer)."""
        parts = urlsplit(url)
        try:
            answer = self._ask(f"{parts.scheme}://{parts.netloc}/robots.txt")
        except Skip:
            # The guard refuses the host altogether: that is the answer for the page as well.
            raise
        except ItemError as error:
            self._no_robots = error
            return None
        if answer.status >= 500:
            return None
        # A robots.txt that lives on another host is not followed: 3xx counts as none at all (RFC 9309, 2.3.1.2 allows).
        status = answer.status if answer.status < 300 or answer.status >= 400 else 404
        robots = Robots.parse(answer.body, status=status)
        crawl_delay = robots.crawl_delay(self._context.settings.user_agent)
        self._learned_robots = (status, answer.body[:512_000], crawl_delay)
        if crawl_delay is not None:
            self._delay = max(self._delay, min(crawl_delay, self._context.settings.host_delay_ceiling))
        return robots

    def _note_failure(self, error: Retry) -> None:
        if error.code not in HOST_CODES:
            return
        s = self._context.settings
        pause = min(_BLOCK_SHARE * s.retry_base_seconds * 2.0 ** min(self._view.failures, 20), _BLOCK_CEILING)
        self._block = (pause if error.after_seconds is None else error.after_seconds, error.code)

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *_: object) -> None:
        s = self._context.settings
        learned = hosts.Release(
            requests=self._asked,
            status=self._status,
            latency_ms=self._latency,
            allowed=self._allowed,
            refused=self._refused,
            rulings=self._rulings,
            failed=self._block is not None,
            block_seconds=self._block[0] if self._block else None,
            block_code=self._block[1] if self._block else None,
            robots=self._learned_robots,
        )
        with transaction(self._context.engine) as conn:
            hosts.release(
                conn,
                self._view.host,
                learned,
                token=self._token,
                delay=s.host_delay,
                ceiling=s.host_delay_ceiling,
                factor=s.host_latency_factor,
            )


def take(context: Context, host: str, *, token: UUID) -> Turn | float:
    """Take a turn at `host`, or learn in how many seconds it may be free."""
    s = context.settings
    with transaction(context.engine) as conn:
        view = hosts.take(
            conn,
            host,
            token=token,
            worker=context.worker,
            seconds=s.lease_seconds,
            delay=s.host_delay,
            ceiling=s.host_delay_ceiling,
            factor=s.host_latency_factor,
        )
        return Turn(context, view, token) if view is not None else hosts.free_at(conn, host)


def other_host(answer: Answer, host: str) -> str | None:
    """Where an answer redirects to on another host; None where it does not."""
    if not 300 <= answer.status < 400 or answer.status == 304:
        return None
    target = answer.headers.get("location")
    href = urls.normalise(target, answer.url) if target else None
    return href if href is not None and urls.host(href) != host else None

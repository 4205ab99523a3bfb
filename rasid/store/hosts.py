"""Hosts: what we know of one authority, and whose turn it is to talk to it.

A host is taken by one worker at a time. The pause runs from the end of the last answer to the next request, so that
two requests are never closer than the delay, however slow the way to the host is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from rasid.store.tables import Host


@dataclass(frozen=True, slots=True)
class HostView:
    """A host as the fetcher sees it. `delay` in seconds is the one to keep now; robots fields are None before the
    first visit of robots.txt."""

    host: str
    delay: float
    robots_status: int | None
    robots_body: bytes | None
    robots_at: datetime | None
    failures: int
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class Release:
    """What a worker learned of a host while it had it.

    `latency_ms`: smoothed over the requests of the turn and those before it (`smoothed`); None where none was answered.
    `block_seconds`: nobody may ask this host for so long; None where it answered well.
    `robots`: (status, body, crawl delay in seconds or None) where robots.txt was fetched.
    `allowed`, `refused`: how many addresses robots.txt let through and kept back. `rulings`: some of them, the latest
    first, each with ``url at allowed rule line agent``.
    """

    requests: int
    status: int | None = None
    latency_ms: float | None = None
    failed: bool = False
    block_seconds: float | None = None
    block_code: str | None = None
    robots: tuple[int, bytes, float | None] | None = None
    allowed: int = 0
    refused: int = 0
    rulings: Sequence[dict[str, Any]] = ()


def ensure(conn: Connection, hosts: Iterable[str]) -> None:
    """Make a row for each host that has none."""
    names = sorted(set(hosts))
    if names:
        statement = insert(Host).values([{"host": name} for name in names]).on_conflict_do_nothing()
        conn.execute(statement)


#: Part of a new answer's time in the smoothed latency: one slow answer counts, three settle it.
_NEWEST = 0.3
#: A host that answers faster is not under strain, and its pause is what was set. Milliseconds.
STRAINED_MS = 500.0
#: Rulings of robots.txt that are kept of each kind, so that a thousand allowed pages do not wash out a refusal.
KEPT_RULINGS = 10


def smoothed(known: float | None, latest: float) -> float:
    """The smoothed latency once `latest` has come, both in the same unit; `known` None before the first answer."""
    return latest if known is None else (1.0 - _NEWEST) * known + _NEWEST * latest


def slowed(latency_ms: float | None, *, factor: float, ceiling: float) -> float:
    """Seconds of pause that a host's latency asks for: `factor` times it, up to `ceiling`; 0 where it is quick."""
    if latency_ms is None or latency_ms < STRAINED_MS:
        return 0.0
    return min(latency_ms / 1000.0 * factor, ceiling)


def _delay_sql(*, crawl: str = "crawl_delay", latency: str = "latency_ms") -> str:
    # PostgreSQL's least() and greatest() pass over NULL, so what is not there must not meet the ceiling.
    return (
        f"greatest(coalesce(greatest(delay_seconds, CASE WHEN {crawl} IS NOT NULL THEN least({crawl}, :ceiling) END), "
        f":delay), CASE WHEN {latency} >= {STRAINED_MS} THEN least({latency} / 1000.0 * :factor, :ceiling) END)"
    )


#: The delay that holds: the larger of an operator's and robots.txt's (up to the ceiling), else the default; and for a
#: slow host at least :factor times what an answer of it takes, as `slowed` has it.
DELAY_SQL = _delay_sql()


def take(
    conn: Connection,
    host: str,
    *,
    token: UUID,
    worker: str,
    seconds: float,
    delay: float,
    ceiling: float,
    factor: float = 0.0,
) -> HostView | None:
    """Take a host for at most `seconds`. None: it is busy, blocked, or its next slot has not come.

    `delay`, `ceiling`, `factor`: the default pause, the longest one that a site can ask for, and how many times its
    latency a slow host is left alone (`DELAY_SQL`).
    """
    row = conn.execute(
        text(
            f"""
            UPDATE hosts SET busy_by = :token, busy_worker = :worker,
                             busy_until = now() + make_interval(secs => :seconds)
            WHERE host = :host AND next_slot_at <= now() AND (blocked_until IS NULL OR blocked_until <= now())
              AND (busy_by IS NULL OR busy_until < now())
            RETURNING host, {DELAY_SQL} AS delay, robots_status, robots_body, robots_at, failures, latency_ms
            """
        ),
        {
            "host": host,
            "token": token,
            "worker": worker,
            "seconds": seconds,
            "delay": delay,
            "ceiling": ceiling,
            "factor": factor,
        },
    ).one_or_none()
    return HostView(**row._mapping) if row is not None else None


_CRAWL = "CASE WHEN :robots THEN CAST(:crawl AS float8) ELSE crawl_delay END"
_LATENCY = "coalesce(CAST(:latency AS float8), latency_ms)"
#: The newest of each kind, among those that came and those that were kept.
_RULINGS = """
    (SELECT coalesce(jsonb_agg(r ORDER BY r ->> 'at' DESC), '[]') FROM (
        SELECT r, row_number() OVER (PARTITION BY r -> 'allowed', r ->> 'url' ORDER BY r ->> 'at' DESC) AS again,
               dense_rank() OVER (PARTITION BY r -> 'allowed' ORDER BY r ->> 'at' DESC, r ->> 'url') AS nth
        FROM jsonb_array_elements(CAST(:rulings AS jsonb) || rulings) AS r
    ) AS ranked WHERE again = 1 AND nth <= :kept)
"""


def release(
    conn: Connection,
    host: str,
    learned: Release,
    *,
    token: UUID,
    delay: float,
    ceiling: float,
    factor: float = 0.0,
) -> None:
    """Give a host back; its next slot is one delay from now. Nothing happens where another has taken it over."""
    status, body, crawl = learned.robots or (None, None, None)
    # The delay is reckoned with what was just learned; by the clock, since a transaction's now() stands still.
    conn.execute(
        text(
            f"""
            UPDATE hosts SET busy_by = NULL, busy_until = NULL, busy_worker = NULL,
                requests = requests + :requests, asked_at = CASE WHEN :requests > 0 THEN now() ELSE asked_at END,
                status = coalesce(CAST(:status AS bigint), status),
                latency_ms = {_LATENCY},
                failures = CASE WHEN :failed THEN failures + 1 WHEN :requests > 0 THEN 0 ELSE failures END,
                blocked_until = CASE WHEN CAST(:block AS float8) IS NULL
                                     THEN CASE WHEN :requests > 0 THEN NULL ELSE blocked_until END
                                     ELSE now() + make_interval(secs => CAST(:block AS float8)) END,
                blocked_code = CASE WHEN CAST(:block AS float8) IS NULL THEN NULL ELSE CAST(:block_code AS text) END,
                robots_status = CASE WHEN :robots THEN CAST(:robots_status AS bigint) ELSE robots_status END,
                robots_body = CASE WHEN :robots THEN CAST(:robots_body AS bytea) ELSE robots_body END,
                robots_at = CASE WHEN :robots THEN now() ELSE robots_at END,
                crawl_delay = {_CRAWL},
                robots_allowed = robots_allowed + :allowed, robots_refused = robots_refused + :refused,
                rulings = CASE WHEN :rulings = '[]'::jsonb THEN rulings ELSE {_RULINGS} END,
                next_slot_at = clock_timestamp()
                    + make_interval(secs => {_delay_sql(crawl=_CRAWL, latency=_LATENCY)})
            WHERE host = :host AND busy_by = :token
            """
        ).bindparams(bindparam("rulings", type_=JSONB)),
        {
            "host": host,
            "token": token,
            "requests": learned.requests,
            "status": learned.status,
            "latency": learned.latency_ms,
            "failed": learned.failed,
            "block": learned.block_seconds,
            "block_code": learned.block_code,
            "robots": learned.robots is not None,
            "robots_status": status,
            "robots_body": body,
            "crawl": crawl,
            "allowed": learned.allowed,
            "refused": learned.refused,
            "rulings": list(learned.rulings),
            "kept": KEPT_RULINGS,
            "delay": delay,
            "ceiling": ceiling,
            "factor": factor,
        },
    )


def free_at(conn: Connection, host: str) -> float:
    """Seconds until the host may be asked again as far as is known now; 0 where it is free."""
    seconds = conn.execute(
        text(
            """
            SELECT extract(epoch FROM greatest(next_slot_at, blocked_until,
                                               CASE WHEN busy_by IS NOT NULL THEN busy_until END) - now())
            FROM hosts WHERE host = :host
            """
        ),
        {"host": host},
    ).scalar()
    return max(float(seconds or 0.0), 0.0)


def set_delay(conn: Connection, hosts: Sequence[str], seconds: float | None) -> None:
    """Set an operator's delay for hosts; None takes it away."""
    ensure(conn, hosts)
    conn.execute(
        text("UPDATE hosts SET delay_seconds = :seconds WHERE host = ANY(:hosts)"),
        {"hosts": list(hosts), "seconds": seconds},
    )


def robots_of(conn: Connection, host: str) -> tuple[int, bytes] | None:
    """Status and body of a host's robots.txt as it was read last; None where it never was."""
    row = conn.execute(text("SELECT robots_status, robots_body FROM hosts WHERE host = :host"), {"host": host}).first()
    return (row.robots_status, bytes(row.robots_body or b"")) if row and row.robots_status is not None else None


def listing(conn: Connection, *, host: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """Hosts for an operator, those that waiting work is for first."""
    rows = conn.execute(
        text(
            """
            SELECT h.host, h.delay_seconds, h.crawl_delay, h.robots_status, h.robots_at, h.next_slot_at,
                   h.blocked_until, h.blocked_code, h.failures, h.latency_ms, h.requests, h.status, h.asked_at,
                   h.busy_worker, h.robots_allowed, h.robots_refused,
                   CASE WHEN CAST(:host AS text) IS NOT NULL THEN h.rulings END AS rulings,
                   (SELECT count(*) FROM links l WHERE l.host = h.host AND l.state = 'found') AS waiting,
                   CASE WHEN CAST(:host AS text) IS NOT NULL THEN convert_from(h.robots_body, 'LATIN1') END AS robots
            FROM hosts h WHERE CAST(:host AS text) IS NULL OR h.host = :host
            ORDER BY waiting DESC, h.requests DESC, h.host LIMIT :limit
            """
        ),
        {"host": host, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]

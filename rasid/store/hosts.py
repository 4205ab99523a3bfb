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

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

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

    `block_seconds`: nobody may ask this host for so long; None where it answered well.
    `robots`: (status, body, crawl delay in seconds or None) where robots.txt was fetched.
    """

    requests: int
    status: int | None = None
    latency_ms: float | None = None
    failed: bool = False
    block_seconds: float | None = None
    block_code: str | None = None
    robots: tuple[int, bytes, float | None] | None = None


def ensure(conn: Connection, hosts: Iterable[str]) -> None:
    """Make a row for each host that has none."""
    names = sorted(set(hosts))
    if names:
        statement = insert(Host).values([{"host": name} for name in names]).on_conflict_do_nothing()
        conn.execute(statement)


#: The delay that holds: the larger of an operator's and robots.txt's (up to the ceiling), else the default.
#: PostgreSQL's least() and greatest() pass over NULL, so a crawl_delay that is not there must not meet the ceiling.
DELAY_SQL = (
    "coalesce(greatest(delay_seconds, CASE WHEN crawl_delay IS NOT NULL THEN least(crawl_delay, :ceiling) END), :delay)"
)


def take(
    conn: Connection, host: str, *, token: UUID, worker: str, seconds: float, delay: float, ceiling: float
) -> HostView | None:
    """Take a host for at most `seconds`. None: it is busy, blocked, or its next slot has not come."""
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
        {"host": host, "token": token, "worker": worker, "seconds": seconds, "delay": delay, "ceiling": ceiling},
    ).one_or_none()
    return HostView(**row._mapping) if row is not None else None


def release(conn: Connection, host: str, learned: Release, *, token: UUID, delay: float, ceiling: float) -> None:
    """Give a host back; its next slot is one delay from now. Nothing happens where another has taken it over."""
    status, body, crawl = learned.robots or (None, None, None)
    conn.execute(
        text(
            """
            UPDATE hosts SET busy_by = NULL, busy_until = NULL, busy_worker = NULL,
                requests = requests + :requests, asked_at = CASE WHEN :requests > 0 THEN now() ELSE asked_at END,
                status = coalesce(CAST(:status AS bigint), status),
                latency_ms = coalesce(0.7 * latency_ms + 0.3 * CAST(:latency AS float8),
                                      CAST(:latency AS float8), latency_ms),
                failures = CASE WHEN :failed THEN failures + 1 WHEN :requests > 0 THEN 0 ELSE failures END,
                blocked_until = CASE WHEN CAST(:block AS float8) IS NULL
                                     THEN CASE WHEN :requests > 0 THEN NULL ELSE blocked_until END
                                     ELSE now() + make_interval(secs => CAST(:block AS float8)) END,
                blocked_code = CASE WHEN CAST(:block AS float8) IS NULL THEN NULL ELSE CAST(:block_code AS text) END,
                robots_status = CASE WHEN :robots THEN CAST(:robots_status AS bigint) ELSE robots_status END,
                robots_body = CASE WHEN :robots THEN CAST(:robots_body AS bytea) ELSE robots_body END,
                robots_at = CASE WHEN :robots THEN now() ELSE robots_at END,
                crawl_delay = CASE WHEN :robots THEN CAST(:crawl AS float8) ELSE crawl_delay END
            WHERE host = :host AND busy_by = :token
            """
        ),
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
        },
    )
    # A second statement, so that the delay is reckoned with the crawl-delay that was just learned; and by the clock
    # at its end, since a transaction's now() stands still.
    conn.execute(
        text(
            f"UPDATE hosts SET next_slot_at = clock_timestamp() + make_interval(secs => {DELAY_SQL}) WHERE host = :host"
        ),
        {"host": host, "delay": delay, "ceiling": ceiling},
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
                   h.busy_worker, (SELECT count(*) FROM links l WHERE l.host = h.host AND l.state = 'found') AS waiting,
                   CASE WHEN CAST(:host AS text) IS NOT NULL THEN convert_from(h.robots_body, 'LATIN1') END AS robots
            FROM hosts h WHERE CAST(:host AS text) IS NULL OR h.host = :host
            ORDER BY waiting DESC, h.requests DESC, h.host LIMIT :limit
            """
        ),
        {"host": host, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]

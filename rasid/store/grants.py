"""Grants: which due channels and links may be asked for now, host by host. Only the dispatcher calls this."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from rasid.store.hosts import DELAY_SQL

#: All dispatchers take this lock: one at a time, wherever they run.
_LOCK = 7_245_772


@dataclass(frozen=True, slots=True)
class Grants:
    """What was granted: ids of channels, and (id, host) of links, those of one host side by side."""

    channels: list[int]
    links: list[tuple[int, str]]


def alone(conn: Connection) -> bool:
    """Whether this transaction is the only dispatcher now; the lock goes with the transaction."""
    return bool(conn.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar())


def grant(
    conn: Connection,
    *,
    channels: int,
    links: int,
    delay: float,
    ceiling: float,
    run_seconds: float,
    resend_seconds: float,
    behind: bool = True,
    factor: float = 0.0,
) -> Grants:
    """Grant due work to hosts that are free, and mark both as under way.

    A host gets one channel, or one run of links: as many as its delay lets through in `run_seconds`, at least one.

    Args:
        channels, links: the most of each.
        delay, ceiling: default delay, and the longest crawl-delay that is honoured, in seconds.
        resend_seconds: after this time without a sign of life the work may be granted again.
        factor: how many times its latency a slow host is left alone (`rasid.store.hosts.DELAY_SQL`).
        behind: whether links that are not fresh may go too; at each host they follow the fresh ones.
    """
    numbers = {
        "delay": delay,
        "ceiling": ceiling,
        "factor": factor,
        "run": run_seconds,
        "resend": resend_seconds,
        "lane": 32_767 if behind else 0,
    }
    granted_channels = _channels(conn, channels, numbers) if channels > 0 else []
    granted_links = _links(conn, links, numbers) if links > 0 else []
    return Grants(granted_channels, granted_links)


_FREE = """
    next_slot_at <= now() AND (blocked_until IS NULL OR blocked_until <= now())
    AND (busy_until IS NULL OR busy_until < now())
"""


def _channels(conn: Connection, limit: int, numbers: dict[str, float]) -> list[int]:
    rows = conn.execute(
        text(
            f"""
            WITH due AS (
                SELECT DISTINCT ON (c.host) c.id, c.host, c.due_at
                FROM channels c JOIN hosts h USING (host)
                WHERE c.due_at <= now() AND (c.lease_until IS NULL OR c.lease_until < now()) AND {_FREE}
                ORDER BY c.host, c.due_at, c.id
            ), chosen AS (SELECT * FROM due ORDER BY due_at LIMIT :limit),
            marked AS (
                UPDATE hosts SET busy_until = now() + make_interval(secs => :resend)
                WHERE host IN (SELECT host FROM chosen)
            )
            UPDATE channels SET lease_until = now() + make_interval(secs => :resend), lease_by = NULL
            WHERE id IN (SELECT id FROM chosen) RETURNING id
            """
        ),
        {**numbers, "limit": limit},
    ).scalars()
    return sorted(rows)


def _links(conn: Connection, limit: int, numbers: dict[str, float]) -> list[tuple[int, str]]:
    rows = conn.execute(
        text(
            f"""
            WITH free AS MATERIALIZED (
                SELECT host, greatest(1, least(20, floor(:run / greatest({DELAY_SQL}, 0.01))))::int AS run
                FROM hosts WHERE {_FREE}
            ), due AS MATERIALIZED (
                SELECT l.id, free.host
                FROM free CROSS JOIN LATERAL (
                    SELECT id, lane, due_at FROM links
                    WHERE links.host = free.host AND state = 'found' AND lane <= :lane AND due_at <= now()
                      AND (lease_until IS NULL OR lease_until < now())
                    ORDER BY lane, due_at, id LIMIT free.run
                ) l
                ORDER BY l.lane, l.due_at LIMIT :limit
            ), marked AS (
                UPDATE hosts SET busy_until = now() + make_interval(secs => :resend)
                WHERE host IN (SELECT host FROM due)
            ), granted AS (
                UPDATE links SET lease_until = now() + make_interval(secs => :resend), lease_by = NULL
                WHERE id IN (SELECT id FROM due) RETURNING id, host
            )
            SELECT id, host FROM granted ORDER BY host, id
            """
        ),
        {**numbers, "limit": limit},
    )
    return [(row.id, row.host) for row in rows]

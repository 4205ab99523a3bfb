"""Watches, what they matched, and the deliveries with a small ledger of their own."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True, slots=True)
class SavedWatch:
    """A saved query. `via` is ``log``, ``file`` or ``webhook``; `target` its path or URL, None for the log."""

    id: int
    name: str
    query: str
    via: str
    target: str | None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """An alert that is to be sent now. `attempts` counts this try."""

    id: int
    via: str
    target: str | None
    payload: dict[str, Any]
    attempts: int


def put(conn: Connection, *, name: str, query: str, via: str, target: str | None) -> int:
    """Save a watch under its name, in place of one that had it. Returns its id."""
    row = conn.execute(
        text(
            """
            INSERT INTO watches (name, query, via, target) VALUES (:name, :query, :via, :target)
            ON CONFLICT (name) DO UPDATE SET query = excluded.query, via = excluded.via, target = excluded.target
            RETURNING id
            """
        ),
        {"name": name, "query": query, "via": via, "target": target},
    ).one()
    return int(row.id)


def remove(conn: Connection, name: str) -> bool:
    """Take a watch away, with its matches and deliveries. False where it is unknown."""
    return conn.execute(text("DELETE FROM watches WHERE name = :name"), {"name": name}).rowcount > 0


def all_watches(conn: Connection) -> list[SavedWatch]:
    """Every watch, oldest first."""
    rows = conn.execute(text("SELECT id, name, query, via, target FROM watches ORDER BY id"))
    return [SavedWatch(**row._mapping) for row in rows]


def listing(conn: Connection) -> list[dict[str, Any]]:
    """Watches for an operator, with what they matched and sent."""
    rows = conn.execute(
        text(
            """
            SELECT w.id, w.name, w.query, w.via, w.target, w.created_at,
                   (SELECT count(*) FROM matches m WHERE m.watch_id = w.id) AS matches,
                   (SELECT count(*) FROM deliveries d WHERE d.watch_id = w.id AND d.state = 'sent') AS sent,
                   (SELECT count(*) FROM deliveries d WHERE d.watch_id = w.id AND d.state <> 'sent') AS unsent,
                   (SELECT max(sent_at) FROM deliveries d WHERE d.watch_id = w.id) AS sent_at
            FROM watches w ORDER BY w.name
            """
        )
    )
    return [dict(row._mapping) for row in rows]


def match(conn: Connection, rows: Sequence[dict[str, Any]], *, quiet: Container[int] = ()) -> list[int]:
    """Write matches and the deliveries that follow from them.

    Args:
        rows: ``watch_id``, ``article_id``, ``story_id``, ``payload``, ``part`` and ``told`` each; ``part`` None
            matches without an alert.
        quiet: ids of articles that match without an alert: what comes from an archive is no news.

    Returns:
        The ids of new deliveries: at most one for each watch, story and part, ever.
    """
    if not rows:
        return []
    conn.execute(
        text("INSERT INTO matches (watch_id, article_id) VALUES (:watch_id, :article_id) ON CONFLICT DO NOTHING"),
        [{"watch_id": row["watch_id"], "article_id": row["article_id"]} for row in rows],
    )
    new = []
    for row in rows:
        if row["article_id"] in quiet or row["part"] is None:
            continue
        found = conn.execute(_DELIVERY, row).scalar()
        if found is not None:
            new.append(int(found))
    return new


def last_told(conn: Connection, story_ids: Sequence[int]) -> dict[tuple[int, int], tuple[int, dict[str, Any] | None]]:
    """Of what watches were told last about stories: part and what the story said then, by (watch, story)."""
    rows = conn.execute(
        text(
            """
            SELECT DISTINCT ON (watch_id, story_id) watch_id, story_id, part, told FROM deliveries
            WHERE story_id = ANY(:ids) ORDER BY watch_id, story_id, part DESC
            """
        ),
        {"ids": sorted(set(story_ids))},
    )
    return {(row.watch_id, row.story_id): (row.part, row.told) for row in rows}


_DELIVERY = text(
    """
    INSERT INTO deliveries (watch_id, story_id, article_id, payload, part, told)
    VALUES (:watch_id, :story_id, :article_id, :payload, :part, :told)
    ON CONFLICT (watch_id, story_id, part) DO NOTHING RETURNING id
    """
).bindparams(bindparam("payload", type_=JSONB), bindparam("told", type_=JSONB))


def due(conn: Connection) -> int:
    """How many deliveries are due and in nobody's hands."""
    return int(
        conn.execute(
            text(
                "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND due_at <= now() "
                "AND (lease_until IS NULL OR lease_until < now())"
            )
        ).scalar_one()
    )


def claim_due(conn: Connection, *, limit: int, seconds: float) -> list[DueDelivery]:
    """Take deliveries that are due, for `seconds`."""
    rows = conn.execute(
        text(
            """
            UPDATE deliveries d SET attempts = d.attempts + 1, lease_until = now() + make_interval(secs => :seconds)
            FROM watches w
            WHERE w.id = d.watch_id AND d.id IN (
                SELECT id FROM deliveries WHERE state = 'waiting' AND due_at <= now()
                  AND (lease_until IS NULL OR lease_until < now())
                ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING d.id, w.via, w.target, d.payload, d.attempts
            """
        ),
        {"limit": limit, "seconds": seconds},
    )
    return [DueDelivery(**row._mapping) for row in rows]


def settle(
    conn: Connection, delivery_id: int, *, sent: bool, parked: bool = False, after_seconds: float = 0.0,
    code: str | None = None, message: str | None = None,
) -> None:  # fmt: skip
    """Write down how a delivery went: sent, parked, or to be tried again after a pause."""
    state = "sent" if sent else "parked" if parked else "waiting"
    conn.execute(
        text(
            """
            UPDATE deliveries SET state = :state, lease_until = NULL, code = :code, message = :message,
                   due_at = now() + make_interval(secs => :after), sent_at = CASE WHEN :sent THEN now() END
            WHERE id = :id
            """
        ),
        {"id": delivery_id, "state": state, "code": code, "message": message, "after": after_seconds, "sent": sent},
    )

"""Parked work: what an operator sees of it, and the two ways out: try again, or drop. Each leaves a crumb.

Parked are links (a stage gave them up) and deliveries (an alert that could not be sent).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, text

from rasid.model import MOVES, Outcome, State
from rasid.pipeline import BY_STATE
from rasid.store import links
from rasid.store.tables import Crumb

#: States into which parked work may go back.
_BACK = sorted(state.value for state in MOVES[State.PARKED] if state is not State.SKIPPED)
_STAGES = {state.value: step.stage.value for state, step in BY_STATE.items()}


def listing(
    conn: Connection, *, code: str | None = None, stage: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Parked links, the newest first. `stage` is the one that gave them up."""
    rows = conn.execute(
        text(
            """
            SELECT l.id, l.url, l.outlet_id AS source, l.parked_from, l.code, l.message, l.attempts, l.evidence,
                   l.changed_at AS parked_at, l.page_id AS page, l.article_id AS article
            FROM links l
            WHERE l.state = 'parked' AND (CAST(:code AS text) IS NULL OR l.code = :code)
              AND (CAST(:state AS text) IS NULL OR l.parked_from = :state)
            ORDER BY l.changed_at DESC, l.id DESC LIMIT :limit
            """
        ),
        {"code": code, "state": _state_of(stage), "limit": limit},
    )
    return [{**row._mapping, "stage": _STAGES.get(row.parked_from or "")} for row in rows]


def deliveries(conn: Connection, *, code: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Parked deliveries, the newest first."""
    rows = conn.execute(
        text(
            """
            SELECT d.id, w.name AS watch, w.via, w.target, d.story_id AS story, d.article_id AS article, d.code,
                   d.message, d.attempts, d.created_at, d.due_at AS parked_at
            FROM deliveries d JOIN watches w ON w.id = d.watch_id
            WHERE d.state = 'parked' AND (CAST(:code AS text) IS NULL OR d.code = :code)
            ORDER BY d.due_at DESC, d.id DESC LIMIT :limit
            """
        ),
        {"code": code, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def retry(
    conn: Connection,
    ids: Sequence[int] | None,
    *,
    code: str | None = None,
    stage: str | None = None,
    refetch: bool = False,
    worker: str = "cli",
) -> list[dict[str, Any]]:
    """Put parked links back into the state that they were parked from, as if they had not been tried.

    Args:
        ids: which ones; None takes all that `code` and `stage` leave.
        refetch: back to the very start: the page is fetched again.

    Returns:
        ``id``, ``url`` and the new ``state`` of each that was parked.
    """
    rows = conn.execute(
        text(
            """
            UPDATE links l SET state = CASE WHEN NOT :refetch AND l.parked_from = ANY(:back) THEN l.parked_from
                                            ELSE 'found' END,
                attempts = 0, due_at = now(), changed_at = now(), code = NULL, message = NULL, evidence = NULL,
                parked_from = NULL, lease_until = NULL, lease_by = NULL, lease_worker = NULL
            FROM (SELECT id, code, message FROM links
                  WHERE state = 'parked' AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(:ids))
                    AND (CAST(:code AS text) IS NULL OR code = :code)
                    AND (CAST(:state AS text) IS NULL OR parked_from = :state)
                  ORDER BY id FOR UPDATE) old
            WHERE l.id = old.id RETURNING l.id, l.url, l.state, old.code
            """
        ),
        {"refetch": refetch, "back": _BACK, **_which(ids, code, stage)},
    ).all()
    links.begin_anew(conn, [row.id for row in rows])
    _crumbs(
        conn,
        [
            (row.id, _STAGES[row.state], Outcome.RETRY, "retried", f"put back by an operator: {row.code}")
            for row in rows
        ],
        worker,
    )
    return [{"id": row.id, "url": row.url, "state": row.state} for row in rows]


def drop(conn: Connection, ids: Sequence[int], *, worker: str = "cli") -> list[dict[str, Any]]:
    """Give parked links up for good: they are skipped with the code ``dropped``, and keep their evidence."""
    rows = conn.execute(
        text(
            """
            UPDATE links l SET state = 'skipped', code = 'dropped', changed_at = now(), parked_from = NULL,
                message = left(concat_ws(': ', 'dropped by an operator', old.code, old.message), 500)
            FROM (SELECT id, code, message, parked_from FROM links WHERE state = 'parked' AND id = ANY(:ids)
                  ORDER BY id FOR UPDATE) old
            WHERE l.id = old.id RETURNING l.id, l.url, l.state, old.code, old.parked_from
            """
        ),
        {"ids": list(ids)},
    ).all()
    _crumbs(
        conn,
        [
            (row.id, _STAGES.get(row.parked_from or "", "fetch"), Outcome.SKIPPED, "dropped",
             f"dropped by an operator: {row.code}")
            for row in rows
        ],
        worker,
    )  # fmt: skip
    return [{"id": row.id, "url": row.url, "state": row.state} for row in rows]


def retry_deliveries(conn: Connection, ids: Sequence[int] | None, *, code: str | None = None) -> list[int]:
    """Let parked deliveries be sent again, as if they had not been tried. `ids` None takes all of `code`."""
    rows = conn.execute(
        text(
            """
            UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = now(), lease_until = NULL, code = NULL,
                   message = NULL
            WHERE state = 'parked' AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(:ids))
              AND (CAST(:code AS text) IS NULL OR code = :code)
            RETURNING id
            """
        ),
        {"ids": None if ids is None else list(ids), "code": code},
    ).scalars()
    return sorted(rows)


def drop_deliveries(conn: Connection, ids: Sequence[int], *, worker: str = "cli") -> list[int]:
    """Give parked deliveries up for good. They stay, as ``dropped``, so that their story is not told again."""
    rows = conn.execute(
        text(
            """
            UPDATE deliveries d SET state = 'dropped' FROM articles a
            WHERE d.state = 'parked' AND d.id = ANY(:ids) AND a.id = d.article_id
            RETURNING d.id, a.link_id, d.code
            """
        ),
        {"ids": list(ids)},
    ).all()
    left = [
        (row.link_id, "alert", Outcome.SKIPPED, "dropped", f"delivery {row.id} dropped by an operator: {row.code}")
        for row in rows
    ]
    _crumbs(conn, left, worker)
    return sorted(row.id for row in rows)


def _which(ids: Sequence[int] | None, code: str | None, stage: str | None) -> dict[str, Any]:
    return {"ids": None if ids is None else list(ids), "code": code, "state": _state_of(stage)}


def _state_of(stage: str | None) -> str | None:
    """The state that a stage takes: links that it gave up were parked from there."""
    return next((state for state, name in _STAGES.items() if name == stage), "") if stage else None


def _crumbs(conn: Connection, left: Sequence[tuple[int, str, Outcome, str, str]], worker: str) -> None:
    if not left:
        return
    conn.execute(
        insert(Crumb),
        [
            {
                "link_id": link_id,
                "stage": stage,
                "outcome": outcome.value,
                "code": code,
                "message": message,
                "worker": worker,
            }
            for link_id, stage, outcome, code, message in left
        ],
    )

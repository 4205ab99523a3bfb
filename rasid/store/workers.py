"""Workers: who runs, and who has fallen silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text


def tick(conn: Connection, *, name: str, pid: int, queues: Sequence[str]) -> None:
    """Note that a worker has just taken a message from its own queue."""
    conn.execute(
        text(
            """
            INSERT INTO workers (name, pid, queues) VALUES (:name, :pid, :queues)
            ON CONFLICT (name) DO UPDATE SET tick_at = now(), queues = excluded.queues, pid = excluded.pid,
                started_at = CASE WHEN workers.pid = excluded.pid THEN workers.started_at ELSE now() END
            """
        ),
        {"name": name, "pid": pid, "queues": list(queues)},
    )


def forget(conn: Connection, name: str) -> None:
    """A worker has stopped in good order."""
    conn.execute(text("DELETE FROM workers WHERE name = :name"), {"name": name})


def listing(conn: Connection) -> list[dict[str, Any]]:
    """Known workers with the age of their last tick in seconds."""
    rows = conn.execute(
        text(
            "SELECT name, pid, queues, started_at, extract(epoch FROM now() - tick_at)::float8 AS silent_seconds "
            "FROM workers ORDER BY name"
        )
    )
    return [dict(row._mapping) for row in rows]


def silent(conn: Connection, *, seconds: float) -> list[str]:
    """Names of workers that have not ticked for so long, each told once; a later tick makes it a worker again."""
    rows = conn.execute(
        text(
            "UPDATE workers SET pid = 0 WHERE tick_at < now() - make_interval(secs => :seconds) AND pid <> 0 "
            "RETURNING name"
        ),
        {"seconds": seconds},
    ).scalars()
    return list(rows)


def forget_old(conn: Connection, *, days: int = 1) -> list[str]:
    """Forget workers that have been silent for days, and give their names."""
    rows = conn.execute(
        text("DELETE FROM workers WHERE tick_at < now() - make_interval(days => :days) RETURNING name"), {"days": days}
    ).scalars()
    return list(rows)

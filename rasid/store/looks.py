"""Second looks at articles: when each is due, and what looks at an outlet's articles found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.model import Lane


@dataclass(frozen=True, slots=True)
class DueLook:
    """A link whose article is to be looked at now; `age` is seconds since it was found."""

    id: int
    outlet_id: str | None
    age: float


def due(conn: Connection, *, limit: int) -> list[DueLook]:
    """Links whose look is due, the most overdue first, locked until the transaction ends."""
    rows = conn.execute(
        text(
            """
            SELECT id, outlet_id, extract(epoch FROM now() - found_at)::float8 AS age FROM links
            WHERE look_at <= now() AND state IN ('done', 'gone') AND lease_until IS NULL
            ORDER BY look_at LIMIT :limit FOR UPDATE SKIP LOCKED
            """
        ),
        {"limit": limit},
    )
    return [DueLook(row.id, row.outlet_id, row.age) for row in rows]


def begin(conn: Connection, next_ages: Mapping[int, float | None]) -> None:
    """Send links to be fetched again, behind what is fresh, and note when the look after this one is due.

    Args:
        next_ages: by link the age, in seconds since it was found, at which it is looked at next; None: never again.
    """
    if next_ages:
        conn.execute(
            text(
                """
                UPDATE links SET state = 'found', lane = :lane, due_at = now(), attempts = 0,
                    look_at = links.found_at + make_interval(secs => v.age)
                FROM jsonb_to_recordset(:rows) AS v(id bigint, age float8) WHERE links.id = v.id
                """
            ).bindparams(bindparam("rows", type_=JSONB)),
            {"lane": Lane.REVISIT, "rows": [{"id": id, "age": age} for id, age in next_ages.items()]},
        )


def plan(conn: Connection, ages: Mapping[int, float]) -> None:
    """Set when links are looked at first, by their age in seconds then."""
    if ages:
        conn.execute(
            text(
                """
                UPDATE links SET look_at = links.found_at + make_interval(secs => v.age)
                FROM jsonb_to_recordset(:rows) AS v(id bigint, age float8) WHERE links.id = v.id
                """
            ).bindparams(bindparam("rows", type_=JSONB)),
            {"rows": [{"id": id, "age": age} for id, age in ages.items()]},
        )


def count(conn: Connection, rows: Sequence[tuple[str, int, int, int]]) -> None:
    """Add (outlet, rung, looks, changes) to what is known."""
    for outlet_id, rung, looks, changes in sorted(rows):
        conn.execute(
            text(
                """
                INSERT INTO outlet_looks (outlet_id, rung, looks, changes) VALUES (:outlet, :rung, :looks, :changes)
                ON CONFLICT (outlet_id, rung) DO UPDATE SET looks = outlet_looks.looks + excluded.looks,
                    changes = outlet_looks.changes + excluded.changes
                """
            ),
            {"outlet": outlet_id, "rung": rung, "looks": looks, "changes": changes},
        )


def known(conn: Connection, outlet_ids: Sequence[str]) -> dict[str, dict[int, tuple[int, int]]]:
    """By outlet and rung: (looks, changes)."""
    rows = conn.execute(
        text("SELECT outlet_id, rung, looks, changes FROM outlet_looks WHERE outlet_id = ANY(:ids)"),
        {"ids": list(outlet_ids)},
    )
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row.outlet_id, {})[row.rung] = (row.looks, row.changes)
    return found


def ages(conn: Connection, link_ids: Sequence[int]) -> dict[int, tuple[str | None, float]]:
    """By link: its outlet, and seconds since it was found."""
    rows = conn.execute(
        text(
            "SELECT id, outlet_id, extract(epoch FROM now() - found_at)::float8 AS age FROM links WHERE id = ANY(:ids)"
        ).bindparams(bindparam("ids", type_=ARRAY(BigInteger))),
        {"ids": list(link_ids)},
    )
    return {row.id: (row.outlet_id, row.age) for row in rows}

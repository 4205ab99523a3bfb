"""Clearing away: what is older than the settings keep."""

from __future__ import annotations

from sqlalchemy import Connection, text

# The newest page of each link stays: a second look needs its validators, a parked link its evidence. So does a page
# that is the dictionary of others.
_PAGES = """
    DELETE FROM pages WHERE id IN (
        SELECT p.id FROM pages p WHERE p.fetched_at < now() - make_interval(days => :days)
          AND NOT EXISTS (SELECT 1 FROM links l WHERE l.page_id = p.id)
          AND NOT EXISTS (SELECT 1 FROM pages q WHERE q.dictionary_id = p.id)
          AND NOT EXISTS (SELECT 1 FROM page_dictionaries d WHERE d.page_id = p.id) LIMIT :limit)
    RETURNING body_ref
"""
_CRUMBS = """
    DELETE FROM crumbs WHERE id IN (
        SELECT id FROM crumbs WHERE at < now() - make_interval(days => :days) ORDER BY at LIMIT :limit)
"""


def clear_crumbs(conn: Connection, *, days: int, limit: int = 20_000) -> int:
    """Delete up to `limit` crumbs that are older than `days`. Returns how many."""
    return conn.execute(text(_CRUMBS), {"days": days, "limit": limit}).rowcount


def clear_pages(conn: Connection, *, days: int, limit: int = 20_000) -> tuple[int, list[str]]:
    """Delete up to `limit` pages that are older than `days` and not the newest of their link.

    Returns:
        How many, and the references of bodies outside the database that no other page needs: `PageStore.remove` them
        when the deletion is committed.
    """
    gone = conn.execute(text(_PAGES), {"days": days, "limit": limit}).scalars().all()
    refs = {ref for ref in gone if ref is not None}
    if refs:
        needed = conn.execute(
            text("SELECT DISTINCT body_ref FROM pages WHERE body_ref = ANY(:refs)"), {"refs": [*refs]}
        )
        refs -= set(needed.scalars())
    return len(gone), sorted(refs)


#: Tallies that are older are kept by the day: the totals of years stay cheap to add up.
_BY_DAY = 35


def fold_tallies(conn: Connection) -> int:
    """Add the tallies of each past hour up into one row a stage, outcome and code; those of each day, once it is five
    weeks old. Returns how many rows went."""
    return _fold(conn, "hour", "now()") + _fold(conn, "day", f"now() - interval '{_BY_DAY} days'")


def _fold(conn: Connection, unit: str, before: str) -> int:
    folded: int = conn.execute(
        text(
            f"""
            WITH gone AS (
                DELETE FROM tallies WHERE at < date_trunc('{unit}', {before}) AND at <> date_trunc('{unit}', at)
                RETURNING at, stage, outcome, code, n
            ), folded AS (
                INSERT INTO tallies (at, stage, outcome, code, n)
                SELECT date_trunc('{unit}', at), stage, outcome, code, sum(n) FROM gone GROUP BY 1, 2, 3, 4
            )
            SELECT count(*) FROM gone
            """
        )
    ).scalar_one()
    return folded

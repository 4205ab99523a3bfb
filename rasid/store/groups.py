"""Groups of copies: fingerprints, the index that finds them, and whose copy each article is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.store import parts

#: Two workers that meet the same text at the same moment must see each other: saving takes turns.
_LOCK = 7_245_773


@dataclass(frozen=True, slots=True)
class Print:
    """A stored fingerprint. `data` is opaque here: the dedupe stage packs and unpacks it.

    `bands` is by what it is found; empty where it was read as a candidate.
    """

    article_id: int
    group_id: int
    outlet_id: str | None
    agency: str | None
    version: int
    exact: bytes
    data: bytes
    seen_at: datetime
    bands: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """An article's place in its group. `group_id` is its own id where it is the first."""

    article_id: int
    group_id: int
    relation: str
    score: float
    agency: str | None
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An article that looks for others: by what they are found, and seen since when."""

    article_id: int
    bands: tuple[int, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """A group: when its first was seen, and how many articles it has of late, up to what was asked for."""

    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an article stands: its group (None: it was never judged), and whether it is the first of copies."""

    group_id: int | None
    leads: bool


@dataclass(frozen=True, slots=True)
class Move:
    """All of a group goes to another; of its first is told what it is there."""

    old: int
    new: int
    relation: str
    score: float
    why: dict[str, Any] = field(default_factory=dict)


def take_turn(conn: Connection) -> None:
    """Wait until this transaction is the only one that changes groups."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


# --- finding ------------------------------------------------------------------------------------------------------

# A part that was just made has no statistics: left to itself the planner would read all of a band and sort it.
_BY_INDEX = text(
    "SELECT set_config('enable_bitmapscan', :on, true), set_config('enable_seqscan', :on, true), "
    "set_config('enable_sort', :on, true)"
)
# The limit within each band bounds the work: what half of all articles share finds its newest alone, and of the
# parts only those are opened that are needed for it.
_NEAR = text(
    """
    WITH hits AS (
        SELECT w.n, h.article_id, h.seen_at, 1.0::float8 / count(*) OVER (PARTITION BY w.n, w.band) AS weight
        FROM unnest(CAST(:n AS int[]), CAST(:bands AS bigint[]), CAST(:since AS timestamptz[])) AS w(n, band, since)
        CROSS JOIN LATERAL (
            SELECT b.article_id, b.seen_at FROM bands b WHERE b.band = w.band AND b.seen_at >= w.since
            ORDER BY b.seen_at DESC LIMIT :bucket
        ) h
    ), ranked AS (
        SELECT n, article_id, seen_at, row_number() OVER (PARTITION BY n ORDER BY sum(weight) DESC, article_id) AS place
        FROM hits WHERE NOT article_id = ANY(CAST(:but AS bigint[])) GROUP BY n, article_id, seen_at
    )
    SELECT n, article_id, seen_at FROM ranked WHERE place <= :most ORDER BY n, place
    """
)
# LIMIT keeps the planner from reading a whole table where it misjudges how many are asked for.
_PRINTS = text(
    """
    SELECT f.article_id, coalesce(a.group_id, a.id) AS group_id, a.outlet_id, a.agency, f.version, f.exact, f.data,
           f.seen_at
    FROM unnest(CAST(:ids AS bigint[]), CAST(:seen AS timestamptz[])) AS w(id, seen_at)
    CROSS JOIN LATERAL (SELECT * FROM fingerprints p WHERE p.article_id = w.id AND p.seen_at = w.seen_at LIMIT 1) f
    CROSS JOIN LATERAL (SELECT id, group_id, outlet_id, agency FROM articles WHERE id = w.id LIMIT 1) a
    WHERE f.version = :version
    """
)


def near(
    conn: Connection, wanted: Sequence[Wanted], *, but: Sequence[int], version: int, bucket: int, most: int
) -> dict[int, list[Print]]:
    """Stored fingerprints that share most bands with each article that few others have, best first, by article.

    Args:
        but: articles that are left out.
        bucket: newest articles that are looked at under one band.
        most: fingerprints for one article.
    """
    asked = [(n, band, one.since) for n, one in enumerate(wanted) for band in one.bands]
    if not asked:
        return {}
    n, bands, since = (list(column) for column in zip(*asked, strict=True))
    conn.execute(_BY_INDEX, {"on": "off"})
    hits = conn.execute(
        _NEAR, {"n": n, "bands": bands, "since": since, "bucket": bucket, "but": list(but), "most": most}
    ).all()
    conn.execute(_BY_INDEX, {"on": "on"})
    seen = {row.article_id: row.seen_at for row in hits}
    rows = conn.execute(_PRINTS, {"ids": list(seen), "seen": list(seen.values()), "version": version})
    prints = {row.article_id: _print(row) for row in rows}
    found: dict[int, list[Print]] = {}
    for row in hits:
        if row.article_id in prints:
            found.setdefault(wanted[row.n].article_id, []).append(prints[row.article_id])
    return found


def _print(row: Any) -> Print:
    return Print(
        row.article_id, row.group_id, row.outlet_id, row.agency, row.version, bytes(row.exact), bytes(row.data),
        row.seen_at,
    )  # fmt: skip


def heads(conn: Connection, group_ids: Sequence[int], *, since: datetime, most: int) -> dict[int, Head]:
    """Groups by id; of the members of each, up to `most` of the newest count, where they were seen since `since`."""
    rows = conn.execute(
        text(
            """
            SELECT f.id, f.first_seen_at, m.size FROM unnest(CAST(:ids AS bigint[])) AS g(id)
            CROSS JOIN LATERAL (SELECT id, first_seen_at FROM articles WHERE id = g.id LIMIT 1) f
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE first_seen_at >= :since) AS size FROM (
                    SELECT first_seen_at FROM articles WHERE group_id = g.id ORDER BY id DESC LIMIT :most) n
            ) m
            """
        ),
        {"ids": list(group_ids), "since": since, "most": most},
    )
    return {row.id: Head(row.first_seen_at, row.size) for row in rows}


def standing(conn: Connection, ids: Sequence[int]) -> dict[int, Standing]:
    """Where articles stand, by id."""
    rows = conn.execute(
        text(
            """
            SELECT a.id, a.group_id,
                   EXISTS (SELECT 1 FROM articles m WHERE m.group_id = a.id AND m.id <> a.id) AS leads
            FROM articles a WHERE a.id = ANY(:ids)
            """
        ),
        {"ids": list(ids)},
    )
    return {row.id: Standing(row.group_id, row.leads) for row in rows}


# --- keeping ------------------------------------------------------------------------------------------------------

_PLACE = text(
    "UPDATE articles SET group_id = :group, relation = :relation, group_score = :score, group_why = :why, "
    "agency = :agency WHERE id = :id"
).bindparams(bindparam("why", type_=JSONB))
_MOVE = text("UPDATE articles SET group_id = :new WHERE group_id = :old")
_DEMOTE = text(
    "UPDATE articles SET relation = :relation, group_score = :score, group_why = :why WHERE id = :old"
).bindparams(bindparam("why", type_=JSONB))


def keep(conn: Connection, prints: Sequence[Print], *, since: datetime, days: int) -> None:
    """Store fingerprints, each in place of what its article had; one seen before `since` is found by nobody any more.

    Args:
        days: length of a part that has to be made, see `rasid.store.parts`.
    """
    forget(conn, {print_.article_id: print_.seen_at for print_ in prints})
    fresh = [print_ for print_ in prints if print_.seen_at >= since]
    if not fresh:
        return
    parts.ensure(conn, (print_.seen_at for print_ in fresh), days=days)
    conn.execute(_PRINT, [_print_row(print_) for print_ in fresh])
    bands = [(band, one.seen_at, one.article_id) for one in fresh for band in sorted({*one.bands})]
    if bands:
        conn.execute(_BANDS, _columns(bands))


def forget(conn: Connection, seen: Mapping[int, datetime]) -> None:
    """Take fingerprints out, by article and when that was first seen."""
    rows = conn.execute(
        text(
            """
            DELETE FROM fingerprints f USING unnest(CAST(:ids AS bigint[]), CAST(:seen AS timestamptz[])) AS w(id, seen)
            WHERE f.article_id = w.id AND f.seen_at = w.seen RETURNING f.article_id, f.seen_at, f.bands
            """
        ),
        {"ids": list(seen), "seen": list(seen.values())},
    )
    bands = [(band, row.seen_at, row.article_id) for row in rows for band in row.bands]
    if bands:
        conn.execute(
            text(
                "DELETE FROM bands b USING unnest(CAST(:bands AS bigint[]), CAST(:seen AS timestamptz[]), "
                "CAST(:ids AS bigint[])) AS w(band, seen, id) "
                "WHERE b.band = w.band AND b.seen_at = w.seen AND b.article_id = w.id"
            ),
            _columns(bands),
        )


_PRINT = text(
    "INSERT INTO fingerprints (article_id, seen_at, version, exact, data, bands) "
    "VALUES (:id, :seen_at, :version, :exact, :data, CAST(:bands AS bigint[]))"
)
_BANDS = text(
    "INSERT INTO bands (band, seen_at, article_id) SELECT * FROM unnest(CAST(:bands AS bigint[]), "
    "CAST(:seen AS timestamptz[]), CAST(:ids AS bigint[]))"
)


def _columns(bands: Sequence[tuple[int, datetime, int]]) -> dict[str, list[Any]]:
    return dict(zip(("bands", "seen", "ids"), map(list, zip(*bands, strict=True)), strict=True))


def _print_row(print_: Print) -> dict[str, Any]:
    return {
        "id": print_.article_id, "seen_at": print_.seen_at, "version": print_.version, "exact": print_.exact,
        "data": print_.data, "bands": sorted({*print_.bands}),
    }  # fmt: skip


def place(conn: Connection, memberships: Sequence[Membership]) -> None:
    """Write whose copies articles are."""
    if memberships:
        conn.execute(_PLACE, [_place_row(member) for member in memberships])


def _place_row(member: Membership) -> dict[str, Any]:
    return {
        "id": member.article_id,
        "group": member.group_id,
        "relation": member.relation,
        "score": member.score,
        "why": member.why,
        "agency": member.agency,
    }


def move(conn: Connection, moves: Sequence[Move]) -> None:
    """Make groups part of others, in this order."""
    for one in moves:
        conn.execute(_MOVE, {"old": one.old, "new": one.new})
        conn.execute(_DEMOTE, {"old": one.old, "relation": one.relation, "score": one.score, "why": one.why})

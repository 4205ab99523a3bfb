"""Groups of copies: fingerprints, the index that finds them, and whose copy each article is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.store import parts

#: Before everything.
EVER = datetime(1, 1, 1, tzinfo=UTC)
#: Two workers that meet the same text at the same moment must see each other: saving takes turns.
_LOCK = 7_245_773


@dataclass(frozen=True, slots=True)
class Print:
    """A stored fingerprint. `data` is opaque here: the dedupe stage packs and unpacks it.

    `bands` is by what it is found; empty where it was read as a candidate. `address`: that of an article which it was
    read for, where it is its own too.
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
    address: int | None = None


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
    """An article that looks for others: by what they are found, one of which is its address, and seen since when."""

    article_id: int
    bands: tuple[int, ...]
    address: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """A group: when its first was seen, and how many articles it has of late, up to what was asked for."""

    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an article stands: its group (None: it was never judged), whether it is the first of copies, and the ruling
    that put it there (None: none does).
    """

    group_id: int | None
    leads: bool
    ruling: int | None = None


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
        FROM unnest(CAST(:n AS int[]), CAST(:bands AS bigint[])) AS w(n, band)
        CROSS JOIN LATERAL (
            SELECT b.article_id, b.seen_at FROM bands b
            WHERE b.band = w.band AND b.seen_at >= (CAST(:since AS timestamptz[]))[w.n]
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
           f.seen_at, (SELECT band FROM unnest(f.bands) AS band WHERE band = ANY(CAST(:addresses AS bigint[])) LIMIT 1)
    AS address FROM unnest(CAST(:ids AS bigint[]), CAST(:seen AS timestamptz[])) AS w(id, seen_at)
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
    asked = [(n, band) for n, one in enumerate(wanted, 1) for band in one.bands]
    if not asked:
        return {}
    values = {
        "n": _array(n for n, _ in asked), "bands": _array(band for _, band in asked),
        "since": [one.since for one in wanted], "bucket": bucket, "but": list(but), "most": most,
    }  # fmt: skip
    conn.execute(_BY_INDEX, {"on": "off"})
    hits = conn.execute(_NEAR, values).all()
    conn.execute(_BY_INDEX, {"on": "on"})
    seen = {row.article_id: row.seen_at for row in hits}
    addresses = _array(one.address for one in wanted if one.address is not None)
    rows = conn.execute(
        _PRINTS, {"ids": list(seen), "seen": list(seen.values()), "version": version, "addresses": addresses}
    )
    prints = {row.article_id: _print(row) for row in rows}
    found: dict[int, list[Print]] = {}
    for row in hits:
        if row.article_id in prints:
            found.setdefault(wanted[row.n - 1].article_id, []).append(prints[row.article_id])
    return found


def _print(row: Any) -> Print:
    return Print(
        row.article_id, row.group_id, row.outlet_id, row.agency, row.version, bytes(row.exact), bytes(row.data),
        row.seen_at, address=row.address,
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
                   EXISTS (SELECT 1 FROM articles m WHERE m.group_id = a.id AND m.id <> a.id) AS leads,
                   (SELECT r.id FROM rulings r
                    WHERE r.id = CAST(a.group_why ->> 'ruling' AS bigint) AND r.ended_at IS NULL) AS ruling
            FROM articles a WHERE a.id = ANY(:ids)
            """
        ),
        {"ids": list(ids)},
    )
    return {row.id: Standing(row.group_id, row.leads, row.ruling) for row in rows}


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
    _each_band(conn, _ADD, [(one.article_id, one.seen_at, sorted({*one.bands})) for one in fresh])


def outdated(conn: Connection, *, version: int, limit: int) -> dict[int, datetime]:
    """Articles whose fingerprints are of a version before `version`, the newest first, and when each was first seen."""
    rows = conn.execute(
        text(
            "SELECT article_id, seen_at FROM fingerprints WHERE version < :version ORDER BY seen_at DESC LIMIT :limit"
        ),
        {"version": version, "limit": limit},
    )
    return {row.article_id: row.seen_at for row in rows}


def still_outdated(conn: Connection, ids: Sequence[int], *, version: int) -> set[int]:
    """Those of some articles whose fingerprints are of a version before `version`."""
    rows = conn.execute(
        text("SELECT article_id FROM fingerprints WHERE article_id = ANY(:ids) AND version < :version"),
        {"ids": list(ids), "version": version},
    )
    return set(rows.scalars())


def counts(conn: Connection, *, version: int) -> dict[str, int]:
    """How many fingerprints are kept, about, and how many of them are of a version before `version`."""
    row = conn.execute(
        text(
            """
            SELECT (SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
                    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE i.inhparent = 'fingerprints'::regclass) AS about,
                   (SELECT count(*) FROM fingerprints WHERE version < :version) AS outdated
            """
        ),
        {"version": version},
    ).one()
    return {"fingerprints": max(row.about, row.outdated), "outdated": row.outdated}


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
    _each_band(conn, _TAKE, [(row.article_id, row.seen_at, row.bands) for row in rows])


_PRINT = text(
    "INSERT INTO fingerprints (article_id, seen_at, version, exact, data, bands) "
    "VALUES (:id, :seen_at, :version, :exact, :data, CAST(:bands AS bigint[]))"
)
_EACH = (
    "SELECT w.band, (CAST(:seen AS timestamptz[]))[w.n] AS seen_at, (CAST(:ids AS bigint[]))[w.n] AS article_id "
    "FROM unnest(CAST(:bands AS bigint[]), CAST(:n AS int[])) AS w(band, n)"
)
_ADD = text(f"INSERT INTO bands (band, seen_at, article_id) {_EACH}")
_TAKE = text(
    f"DELETE FROM bands b USING ({_EACH}) AS w "
    "WHERE b.band = w.band AND b.seen_at = w.seen_at AND b.article_id = w.article_id"
)


def _each_band(conn: Connection, statement: TextClause, prints: Sequence[tuple[int, datetime, Sequence[int]]]) -> None:
    """Run a statement over all bands of fingerprints: article, when it was seen, bands."""
    asked = [(band, n) for n, (_, _, bands) in enumerate(prints, 1) for band in bands]
    if asked:
        values = {
            "bands": _array(band for band, _ in asked), "n": _array(n for _, n in asked),
            "seen": [seen for _, seen, _ in prints], "ids": [id for id, _, _ in prints],
        }  # fmt: skip
        conn.execute(statement, values)


def _array(numbers: Iterable[int]) -> str:
    """Numbers as PostgreSQL writes an array: the driver takes ten times as long over a list of many."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _print_row(print_: Print) -> dict[str, Any]:
    return {
        "id": print_.article_id, "seen_at": print_.seen_at, "version": print_.version, "exact": print_.exact,
        "data": print_.data, "bands": _array(sorted({*print_.bands})),
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


# --- by hand ------------------------------------------------------------------------------------------------------


def members(conn: Connection, group_id: int) -> list[int]:
    """The articles of a group, in the order in which they were first seen."""
    rows = conn.execute(
        text("SELECT id FROM articles WHERE group_id = :group ORDER BY first_seen_at, id"), {"group": group_id}
    )
    return list(rows.scalars())


def story_of(conn: Connection, article_id: int) -> int | None:
    """The story of an article; None where it is in none."""
    found: int | None = conn.execute(
        text("SELECT story_id FROM articles WHERE id = :id"), {"id": article_id}
    ).scalar_one_or_none()
    return found


def regroup(conn: Connection, article_ids: Sequence[int], first: int, *, why: dict[str, Any]) -> None:
    """Let articles be the group of `first`, one of them."""
    conn.execute(
        text(
            """
            UPDATE articles SET group_id = :first, group_why = :why,
                   relation = CASE WHEN id = :first THEN 'original' ELSE 'near' END
            WHERE id = ANY(:ids)
            """
        ).bindparams(bindparam("why", type_=JSONB)),
        {"ids": list(article_ids), "first": first, "why": why},
    )


def mark(conn: Connection, group_id: int, *, ruling: int) -> None:
    """Write at all articles of a group that a ruling decides on their place."""
    conn.execute(
        text(
            "UPDATE articles SET group_why = coalesce(group_why, '{}') || jsonb_build_object('ruling', :ruling) "
            "WHERE group_id = :group"
        ).bindparams(bindparam("ruling", type_=BigInteger)),
        {"group": group_id, "ruling": ruling},
    )


def send_on(conn: Connection, article_ids: Sequence[int]) -> None:
    """Let articles that are firsts now go through the stages after this one; those on their way go there anyhow."""
    conn.execute(
        text(
            """
            UPDATE links SET state = 'deduped', due_at = now(), attempts = 0, lease_until = NULL, changed_at = now()
            WHERE state = 'done' AND article_id = ANY(:ids)
            """
        ),
        {"ids": list(article_ids)},
    )

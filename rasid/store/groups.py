"""Groups of copies: fingerprints, the band index, and whose copy each article is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, LargeBinary, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: Two workers that meet the same text at the same moment must see each other: saving takes turns.
_LOCK = 7_245_773


@dataclass(frozen=True, slots=True)
class Print:
    """A stored fingerprint. `data` is opaque here: the dedupe stage packs and unpacks it."""

    article_id: int
    group_id: int
    outlet_id: str | None
    agency: str | None
    version: int
    exact: bytes
    data: bytes
    bands: tuple[int, ...] = ()
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """An article's place in its group. `group_id` is its own id where it is the first."""

    article_id: int
    group_id: int
    relation: str
    score: float
    agency: str | None
    why: dict[str, Any]


def take_turn(conn: Connection) -> None:
    """Wait until this transaction is the only one that changes groups."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


_CANDIDATES = text(
    """
    WITH near AS (
        SELECT f.article_id FROM fingerprints f WHERE f.exact = ANY(:exacts) AND f.seen_at >= :since
        UNION
        SELECT b.article_id FROM bands b WHERE b.band = ANY(:bands) AND b.seen_at >= :since
    )
    SELECT f.article_id, coalesce(a.group_id, a.id) AS group_id, a.outlet_id, a.agency, f.version, f.exact, f.data,
           ARRAY(SELECT band FROM bands WHERE bands.article_id = f.article_id AND band = ANY(:bands)) AS bands,
           f.seen_at
    FROM near JOIN fingerprints f USING (article_id) JOIN articles a ON a.id = f.article_id
    WHERE f.version = :version AND NOT f.article_id = ANY(:but)
    ORDER BY f.article_id LIMIT :limit
    """
).bindparams(
    bindparam("exacts", type_=ARRAY(LargeBinary)),
    bindparam("bands", type_=ARRAY(BigInteger)),
    bindparam("but", type_=ARRAY(BigInteger)),
)


def candidates(
    conn: Connection,
    *,
    exacts: Sequence[bytes],
    bands: Sequence[int],
    but: Sequence[int],
    version: int,
    since: datetime,
    limit: int = 5_000,
) -> list[Print]:
    """Stored fingerprints that share an exact hash or a band with a batch, seen since `since`, leaving out `but`.

    `Print.bands` holds only the bands that the batch asked for.
    """
    rows = conn.execute(
        _CANDIDATES,
        {
            "exacts": list(exacts),
            "bands": list(bands),
            "but": list(but),
            "version": version,
            "since": since,
            "limit": limit,
        },
    )
    return [
        Print(
            row.article_id,
            row.group_id,
            row.outlet_id,
            row.agency,
            row.version,
            bytes(row.exact),
            bytes(row.data),
            tuple(row.bands),
            row.seen_at,
        )
        for row in rows
    ]


def leading(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that are the first of copies."""
    rows = conn.execute(
        text("SELECT DISTINCT group_id FROM articles WHERE group_id = ANY(:ids) AND id <> group_id"), {"ids": list(ids)}
    ).scalars()
    return set(rows)


def save(conn: Connection, prints: Sequence[Print], memberships: Sequence[Membership]) -> None:
    """Store the fingerprints of a batch and its articles' places; an article that had some gets these instead."""
    if not prints:
        return
    ids = [print_.article_id for print_ in prints]
    conn.execute(text("DELETE FROM bands WHERE article_id = ANY(:ids)"), {"ids": ids})
    conn.execute(_PRINT, [_print_row(print_) for print_ in prints])
    bands = [
        {"band": band, "id": print_.article_id, "seen_at": print_.seen_at}
        for print_ in prints
        for band in dict.fromkeys(print_.bands)
    ]
    if bands:
        conn.execute(
            text("INSERT INTO bands (band, article_id, seen_at) VALUES (:band, :id, :seen_at) ON CONFLICT DO NOTHING"),
            bands,
        )
    conn.execute(_MEMBER, [_member_row(member) for member in memberships])


_PRINT = text(
    """
    INSERT INTO fingerprints (article_id, version, exact, data, seen_at) VALUES (:id, :version, :exact, :data, :seen_at)
    ON CONFLICT (article_id) DO UPDATE SET version = excluded.version, exact = excluded.exact, data = excluded.data
    """
)
_MEMBER = text(
    "UPDATE articles SET group_id = :group, relation = :relation, group_score = :score, group_why = :why, "
    "agency = :agency WHERE id = :id"
).bindparams(bindparam("why", type_=JSONB))


def _print_row(print_: Print) -> dict[str, Any]:
    return {
        "id": print_.article_id,
        "version": print_.version,
        "exact": print_.exact,
        "data": print_.data,
        "seen_at": print_.seen_at,
    }


def _member_row(member: Membership) -> dict[str, Any]:
    return {
        "id": member.article_id,
        "group": member.group_id,
        "relation": member.relation,
        "score": member.score,
        "why": member.why,
        "agency": member.agency,
    }

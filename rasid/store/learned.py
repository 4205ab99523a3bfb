"""What section pages taught: their links by visit, and how the pages of an outlet turned out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: How far back, and from how many of an outlet's newest links, shapes of addresses are learned: sites change.
EVIDENCE_DAYS, EVIDENCE_LINKS = 60, 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one section page: see `rasid.discover.shapes.PageMemory`."""

    visits: int = 0
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


def load(conn: Connection, channel_id: int) -> Kept:
    """What is kept of a channel; nothing of one that was not visited yet."""
    row = conn.execute(
        text("SELECT visits, seen FROM page_memories WHERE channel_id = :id").columns(seen=JSONB), {"id": channel_id}
    ).first()
    if row is None:
        return Kept()
    return Kept(int(row.visits), {name: (int(times), int(last)) for name, (times, last) in row.seen.items()})


def keep(conn: Connection, channel_id: int, visits: int, seen: Mapping[str, tuple[int, int]]) -> None:
    """Keep what a visit taught, in place of what was kept before."""
    conn.execute(
        text(
            """
            INSERT INTO page_memories (channel_id, visits, seen) VALUES (:id, :visits, :seen)
            ON CONFLICT (channel_id) DO UPDATE SET visits = excluded.visits, seen = excluded.seen, changed_at = now()
            """
        ).bindparams(bindparam("seen", type_=JSONB)),
        {"id": channel_id, "visits": visits, "seen": {name: list(place) for name, place in seen.items()}},
    )


def outcomes(conn: Connection, outlet_id: str) -> list[tuple[str, bool]]:
    """(URL, whether it became an article) of an outlet's newest links that the parse stage has judged.

    Only a list or another kind of page counts against a shape: a page that could not be had says nothing of it.
    """
    rows = conn.execute(
        text(
            """
            SELECT url, article_id IS NOT NULL AS is_article FROM links
            WHERE outlet_id = :outlet AND found_at > now() - make_interval(days => :days)
              AND (article_id IS NOT NULL
                   OR (state = 'skipped' AND code IN ('not_article_listing', 'not_article_other')))
            ORDER BY found_at DESC LIMIT :limit
            """
        ),
        {"outlet": outlet_id, "days": EVIDENCE_DAYS, "limit": EVIDENCE_LINKS},
    )
    return [(row.url, bool(row.is_article)) for row in rows]

"""Stories: the documents that are compared, the index that finds them, and the numbers of each story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: Two articles on one event that are looked at together must see each other: saving takes turns.
_LOCK = 7_245_774


@dataclass(frozen=True, slots=True)
class Doc:
    """A stored story document. `data` is opaque here: the cluster stage packs and unpacks it."""

    article_id: int
    story_id: int
    seen_at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class Joining:
    """An article, the story that it joins (None: a new one), and why."""

    article_id: int
    story_id: int | None
    headline: str
    seen_at: datetime
    data: bytes
    keys: tuple[str, ...]
    score: float
    why: dict[str, Any]


def take_turn(conn: Connection) -> None:
    """Wait until this transaction is the only one that changes stories."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def candidates(
    conn: Connection, keys: Sequence[str], *, since: datetime, until: datetime, but: int, limit: int = 200
) -> list[Doc]:
    """Documents that share keys, the most shared first, seen between `since` and `until`, leaving out article `but`."""
    rows = conn.execute(
        text(
            """
            WITH near AS (
                SELECT article_id, count(*) AS shared FROM story_keys
                WHERE key = ANY(:keys) AND seen_at BETWEEN :since AND :until AND article_id <> :but
                GROUP BY article_id ORDER BY shared DESC, article_id LIMIT :limit
            )
            SELECT d.article_id, d.story_id, d.seen_at, d.data FROM near JOIN story_docs d USING (article_id)
            ORDER BY near.shared DESC, d.article_id
            """
        ),
        {"keys": list(keys), "since": since, "until": until, "but": but, "limit": limit},
    )
    return [Doc(row.article_id, row.story_id, row.seen_at, bytes(row.data)) for row in rows]


def newest(conn: Connection, *, limit: int) -> list[bytes]:
    """The data of the newest documents, newest first."""
    rows = conn.execute(text("SELECT data FROM story_docs ORDER BY article_id DESC LIMIT :limit"), {"limit": limit})
    return [bytes(row.data) for row in rows]


def is_alone(conn: Connection, article_id: int, story_id: int) -> bool:
    """Whether no other document is in the story: copies do not count, for they follow."""
    found = conn.execute(
        text("SELECT 1 FROM story_docs WHERE story_id = :story AND article_id <> :id LIMIT 1"),
        {"story": story_id, "id": article_id},
    ).first()
    return found is None


def join(conn: Connection, joining: Joining) -> int:
    """Write that an article joins a story, with its copies, and give the story's id."""
    story_id = joining.story_id
    if story_id is None:
        story_id = conn.execute(
            text("INSERT INTO stories (headline, headline_id, first_seen_at) VALUES (:title, :id, :seen) RETURNING id"),
            {"title": joining.headline, "id": joining.article_id, "seen": joining.seen_at},
        ).scalar_one()
    conn.execute(
        text(
            """
            INSERT INTO story_docs (article_id, story_id, seen_at, data) VALUES (:id, :story, :seen, :data)
            ON CONFLICT (article_id) DO UPDATE SET story_id = excluded.story_id, data = excluded.data
            """
        ),
        {"id": joining.article_id, "story": story_id, "seen": joining.seen_at, "data": joining.data},
    )
    conn.execute(text("DELETE FROM story_keys WHERE article_id = :id"), {"id": joining.article_id})
    if joining.keys:
        conn.execute(
            text("INSERT INTO story_keys (key, article_id, seen_at) SELECT unnest(CAST(:keys AS text[])), :id, :seen"),
            {"keys": sorted(set(joining.keys)), "id": joining.article_id, "seen": joining.seen_at},
        )
    conn.execute(
        text("UPDATE articles SET story_id = :story, story_score = :score, story_why = :why WHERE id = :id").bindparams(
            bindparam("why", type_=JSONB)
        ),
        {"story": story_id, "score": joining.score, "why": joining.why, "id": joining.article_id},
    )
    return int(story_id)


def follow_first(conn: Connection, article_ids: Sequence[int]) -> set[int]:
    """Put copies into the story of the first of their group, whichever of them came through first.

    Returns:
        The stories that changed.
    """
    rows = conn.execute(
        text(
            """
            UPDATE articles c SET story_id = f.story_id, story_score = f.story_score,
                   story_why = jsonb_build_object('rung', 'copy', 'of', f.id)
            FROM articles f
            WHERE c.group_id = f.id AND c.id <> f.id AND f.story_id IS NOT NULL
              AND (c.id = ANY(:ids) OR f.id = ANY(:ids)) AND c.story_id IS DISTINCT FROM f.story_id
            RETURNING c.story_id
            """
        ),
        {"ids": list(article_ids)},
    ).scalars()
    return set(rows)


def refresh(conn: Connection, story_ids: Sequence[int]) -> None:
    """Count the members, voices and languages of stories again, and choose their headlines; empty ones go.

    A voice is a publisher family: outlets of one family, and copies of one text, speak once. The headline is that of
    the first article seen.
    """
    if not story_ids:
        return
    conn.execute(
        text(
            """
            WITH members AS (
                SELECT a.story_id, a.id, a.title, a.language, a.group_id, a.first_seen_at,
                       coalesce(o.family, a.outlet_id, a.url) AS voice
                FROM articles a LEFT JOIN outlets o ON o.id = a.outlet_id WHERE a.story_id = ANY(:ids)
            ), counted AS (
                SELECT story_id, count(*) AS articles, min(first_seen_at) AS first_seen,
                       count(DISTINCT voice) FILTER (WHERE group_id = id) AS voices,
                       array_agg(DISTINCT language) FILTER (WHERE language IS NOT NULL) AS languages,
                       (array_agg(id ORDER BY first_seen_at, id))[1] AS first_id,
                       (array_agg(title ORDER BY first_seen_at, id))[1] AS headline
                FROM members GROUP BY story_id
            )
            UPDATE stories s SET articles = c.articles, voices = greatest(c.voices, 1),
                   languages = coalesce(c.languages, '{}'), first_seen_at = c.first_seen,
                   headline_id = c.first_id, headline = c.headline, changed_at = now()
            FROM counted c WHERE s.id = c.story_id
            """
        ),
        {"ids": sorted(story_ids)},
    )
    conn.execute(
        text(
            "DELETE FROM stories s WHERE id = ANY(:ids) AND NOT EXISTS (SELECT 1 FROM articles WHERE story_id = s.id)"
        ),
        {"ids": sorted(story_ids)},
    )

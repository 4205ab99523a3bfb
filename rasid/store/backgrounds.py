"""How common words and phrases are in the articles of each language, as they were counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Kept:
    """The counts of a language; `data` is opaque here: the enrich stage packs and unpacks it."""

    language: str
    version: int
    data: bytes


def versions(conn: Connection) -> dict[str, int]:
    """The version of what is kept of each language."""
    rows = conn.execute(text("SELECT language, version FROM backgrounds WHERE data IS NOT NULL"))
    return {row.language: row.version for row in rows}


def load(conn: Connection) -> list[Kept]:
    """All that is kept."""
    rows = conn.execute(text("SELECT language, version, data FROM backgrounds WHERE data IS NOT NULL"))
    return [Kept(row.language, row.version, bytes(row.data)) for row in rows]


def listing(conn: Connection) -> list[dict[str, Any]]:
    """What is kept, without the counts: ``language version texts made_at bytes``."""
    rows = conn.execute(
        text(
            "SELECT language, version, texts, made_at, octet_length(data) AS bytes FROM backgrounds "
            "WHERE data IS NOT NULL ORDER BY texts DESC, language"
        )
    )
    return [dict(row._mapping) for row in rows]


def languages(conn: Connection, *, least: int) -> list[str]:
    """The languages of at least so many of the newest 100,000 articles, those of most first."""
    rows = conn.execute(
        text(
            """
            SELECT language FROM (
                SELECT language FROM articles WHERE (group_id IS NULL OR group_id = id) AND language IS NOT NULL
                ORDER BY first_seen_at DESC LIMIT 100000
            ) newest GROUP BY language HAVING count(*) >= :least ORDER BY count(*) DESC, language
            """
        ),
        {"least": least},
    )
    return list(rows.scalars())


def claim(conn: Connection, *, texts: int, least: int, grown: float, now: datetime, hours: float) -> str | None:
    """The language that is to be counted next, if any: nobody else is given it for some hours.

    That is one with `least` articles among the newest 20 times `texts`, of which a part of `grown` came since it was
    last counted; the one with most of these first.
    """
    row = conn.execute(
        text(
            """
            WITH newest AS (
                SELECT language, first_seen_at FROM articles
                WHERE (group_id IS NULL OR group_id = id) AND language IS NOT NULL
                ORDER BY first_seen_at DESC LIMIT 20 * :texts
            ), met AS (
                SELECT n.language, count(*) AS articles,
                       count(*) FILTER (WHERE b.made_at IS NULL OR n.first_seen_at > b.made_at) AS fresh
                FROM newest n LEFT JOIN backgrounds b USING (language) GROUP BY n.language
            )
            INSERT INTO backgrounds (language, asked_at)
            SELECT m.language, :now FROM met m LEFT JOIN backgrounds b USING (language)
            WHERE m.articles >= :least AND m.fresh >= :grown * least(m.articles, :texts)
              AND (b.asked_at IS NULL OR b.asked_at < :now - make_interval(secs => :seconds))
            ORDER BY m.fresh DESC LIMIT 1
            ON CONFLICT (language) DO UPDATE SET asked_at = excluded.asked_at
            WHERE backgrounds.asked_at < excluded.asked_at - make_interval(secs => :seconds)
            RETURNING language
            """
        ),
        {"texts": texts, "least": least, "grown": grown, "now": now, "seconds": 3600.0 * hours},
    ).first()
    return None if row is None else str(row.language)


def newest(conn: Connection, language: str, *, limit: int, before: int | None) -> list[tuple[int, str, str]]:
    """(id, title, beginning of the text) of articles of a language, the first of each group, newest first.

    Args:
        before: the last one of the page before; None for the first page.
    """
    older = "AND (first_seen_at, id) < (SELECT first_seen_at, id FROM articles WHERE id = :before)"
    rows = conn.execute(
        text(
            f"""
            SELECT id, title, left(text, 20000) AS beginning FROM articles
            WHERE (group_id IS NULL OR group_id = id) AND language = :language {older if before is not None else ""}
            ORDER BY first_seen_at DESC, id DESC LIMIT :limit
            """
        ),
        {"language": language, "limit": limit, "before": before},
    )
    return [(row.id, row.title, row.beginning) for row in rows]


def keep(conn: Connection, language: str, *, texts: int, data: bytes, now: datetime) -> int:
    """Keep what was counted, in place of what was kept before. Gives its version."""
    return int(
        conn.execute(
            text(
                """
                INSERT INTO backgrounds (language, version, texts, made_at, data)
                VALUES (:language, 1, :texts, :now, :data)
                ON CONFLICT (language) DO UPDATE SET version = backgrounds.version + 1, texts = excluded.texts,
                    made_at = excluded.made_at, data = excluded.data
                RETURNING version
                """
            ),
            {"language": language, "texts": texts, "data": data, "now": now},
        ).scalar_one()
    )


def forget(conn: Connection, language: str | None = None) -> list[str]:
    """Forget what was counted, of one language or all; versions go on from where they were. Gives the languages."""
    rows = conn.execute(
        text(
            "UPDATE backgrounds SET data = NULL, texts = 0, made_at = NULL, asked_at = now() "
            "WHERE data IS NOT NULL AND (CAST(:language AS text) IS NULL OR language = :language) RETURNING language"
        ),
        {"language": language},
    )
    return sorted(rows.scalars())

"""Enrichers that are still to be heard of articles: the slow ones, and those that failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Wait:
    """An enricher is to be heard of an article.

    Attributes:
        code: why it was not yet: ``later failed timeout open unmet``.
        seconds: from now until it is asked.
        attempts: how often it was asked and failed.
    """

    article_id: int
    enricher: str
    code: str
    seconds: float = 0.0
    attempts: int = 0


def put(conn: Connection, waits: Iterable[Wait]) -> None:
    """Note what is to be asked for; what was noted of the same article and enricher before goes."""
    rows = sorted(waits, key=lambda one: (one.article_id, one.enricher))
    if rows:
        conn.execute(
            _PUT,
            {
                "articles": [one.article_id for one in rows],
                "enrichers": [one.enricher for one in rows],
                "codes": [one.code for one in rows],
                "seconds": [one.seconds for one in rows],
                "attempts": [one.attempts for one in rows],
            },
        )


_PUT = text(
    """
    INSERT INTO enrich_later (article_id, enricher, code, due_at, attempts)
    SELECT article_id, enricher, code, now() + make_interval(secs => seconds), attempts
    FROM unnest(CAST(:articles AS bigint[]), CAST(:enrichers AS text[]), CAST(:codes AS text[]),
                CAST(:seconds AS float8[]), CAST(:attempts AS int[]))
         AS given (article_id, enricher, code, seconds, attempts)
    ON CONFLICT (article_id, enricher)
    DO UPDATE SET code = excluded.code, due_at = excluded.due_at, attempts = excluded.attempts
    """
)


def clear(conn: Connection, heard: Sequence[tuple[int, str]]) -> None:
    """Enrichers were heard: (article, name) each."""
    if heard:
        conn.execute(
            text(
                "DELETE FROM enrich_later WHERE (article_id, enricher) IN "
                "(SELECT * FROM unnest(CAST(:articles AS bigint[]), CAST(:enrichers AS text[])))"
            ),
            {"articles": [article_id for article_id, _ in heard], "enrichers": [name for _, name in heard]},
        )


def take(conn: Connection, enricher: str, *, limit: int, seconds: float, most: int) -> dict[int, int]:
    """Articles that an enricher is to be asked for now, the newest first, and the how manieth time this is.

    Nobody else is given them for so many `seconds`; then they are due again, should this process have died. What was
    given out `most` times is given up.
    """
    conn.execute(
        text(
            "UPDATE enrich_later SET due_at = 'infinity' "
            "WHERE enricher = :enricher AND due_at <= now() AND attempts >= :most"
        ),
        {"enricher": enricher, "most": most},
    )
    rows = conn.execute(
        text(
            """
            UPDATE enrich_later SET due_at = now() + make_interval(secs => :seconds), attempts = attempts + 1
            WHERE enricher = :enricher AND article_id IN (
                SELECT article_id FROM enrich_later WHERE enricher = :enricher AND due_at <= now()
                ORDER BY due_at DESC, article_id DESC LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING article_id, attempts
            """
        ),
        {"enricher": enricher, "limit": limit, "seconds": seconds},
    )
    return {row.article_id: row.attempts for row in rows}


def due(conn: Connection, enrichers: Collection[str]) -> list[str]:
    """Which of these enrichers have something to be asked for now."""
    rows = conn.execute(
        text(
            """
            SELECT name FROM unnest(CAST(:names AS text[])) AS name
            WHERE EXISTS (SELECT FROM enrich_later WHERE enricher = name AND due_at <= now())
            """
        ),
        {"names": list(enrichers)},
    )
    return list(rows.scalars())

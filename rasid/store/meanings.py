"""What articles mean, as vectors, by PostgreSQL's extension pgvector: kept only where the setting `embed` asks for it.

Their table is made when it is first needed and by no migration, so that a server without the extension has the same
schema as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from rasid.store.stories import Doc

#: Numbers of a vector.
SIZE = 512
_MAKE = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    f"""
    CREATE TABLE story_vectors (
        article_id bigint PRIMARY KEY REFERENCES story_docs (article_id) ON DELETE CASCADE,
        language text NOT NULL, seen_at timestamptz NOT NULL, vector vector({SIZE}) NOT NULL)
    """,
    "CREATE INDEX ix_story_vectors_nearest ON story_vectors USING hnsw (vector vector_ip_ops)",
)


def in_the_way(conn: Connection) -> str | None:
    """Make the table where it is not there yet. None: vectors can be kept; else why not, and what to do.

    To be called by one transaction at a time.
    """
    if conn.execute(text("SELECT to_regclass('story_vectors') IS NOT NULL")).scalar():
        return None
    if not conn.execute(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")).scalar():
        return "this PostgreSQL has no pgvector: install the extension `vector`, or set RASID_EMBED=no"
    try:
        with conn.begin_nested():
            for statement in _MAKE:
                conn.execute(text(statement))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        cause = str(error.orig).splitlines()[0]
        return f"{cause}: let an administrator run `CREATE EXTENSION vector` in this database, or set RASID_EMBED=no"
    return None


@dataclass(frozen=True, slots=True)
class Meant:
    """What an article means, and in which language it says so."""

    vector: Sequence[float]
    language: str


def keep(conn: Connection, article_id: int, meant: Meant, *, seen_at: datetime) -> None:
    """Store the vector of an article that has a document."""
    conn.execute(
        text(
            """
            INSERT INTO story_vectors (article_id, language, seen_at, vector)
            VALUES (:id, :language, :seen, CAST(:vector AS vector))
            ON CONFLICT (article_id) DO UPDATE
            SET language = excluded.language, seen_at = excluded.seen_at, vector = excluded.vector
            """
        ),
        {"id": article_id, "language": meant.language, "seen": seen_at, "vector": _written(meant)},
    )


def alike(conn: Connection, meant: Meant, article_ids: Sequence[int]) -> dict[int, float]:
    """Cosines with articles in other languages; those without a vector are left out."""
    rows = conn.execute(
        text(
            "SELECT article_id, -(vector <#> CAST(:vector AS vector)) AS alike FROM story_vectors "
            "WHERE article_id = ANY(:ids) AND language <> :language"
        ),
        {"vector": _written(meant), "ids": list(article_ids), "language": meant.language},
    )
    return {row.article_id: row.alike for row in rows}


def nearest(
    conn: Connection, meant: Meant, *, since: datetime, until: datetime, but: Sequence[int], most: int
) -> list[Doc]:
    """The documents in other languages whose meaning is nearest, seen between `since` and `until`, leaving out some."""
    # Without it the index would look at the nearest in any language, and find none that is left. Old versions lack it.
    conn.execute(
        text(
            "SELECT set_config('hnsw.iterative_scan', 'strict_order', true) "
            "WHERE current_setting('hnsw.iterative_scan', true) IS NOT NULL"
        )
    )
    rows = conn.execute(
        text(
            """
            SELECT d.article_id, d.story_id, d.seen_at, d.data FROM (
                SELECT article_id FROM story_vectors
                WHERE language <> :language AND seen_at BETWEEN :since AND :until AND NOT article_id = ANY(:but)
                ORDER BY vector <#> CAST(:vector AS vector) LIMIT :most
            ) v JOIN story_docs d USING (article_id) ORDER BY d.article_id
            """
        ),
        {"vector": _written(meant), "language": meant.language, "since": since, "until": until, "but": list(but),
         "most": most},
    )  # fmt: skip
    return [Doc(row.article_id, row.story_id, row.seen_at, bytes(row.data)) for row in rows]


def _written(meant: Meant) -> str:
    return f"[{','.join(f'{number:.6g}' for number in meant.vector)}]"

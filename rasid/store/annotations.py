"""Annotations: what enrichers say of articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from rasid.model import Annotation
from rasid.store import tables

#: The stages under which the tallies hold enrichers; they are no stages of the ledger. Articles by what came of them,
#: annotations that were not believed, and microseconds; the code is the enricher's name.
TALLY_ARTICLES, TALLY_DROPPED, TALLY_SPENT = "enricher", "enricher_dropped", "enricher_us"


@dataclass(frozen=True, slots=True)
class Said:
    """What enrichers said of one article.

    Attributes:
        version: of the article that was read.
        by: by enricher (``name@version``); one that said nothing has an empty sequence, one that was not heard is
            not there.
        language: as it was told; None where nobody told it.
    """

    article_id: int
    version: int
    by: Mapping[str, Sequence[Annotation]] = field(default_factory=dict)
    language: str | None = None


def replace(conn: Connection, said: Sequence[Said], *, only: Collection[str] | None = None) -> set[int]:
    """Store what enrichers said of articles. What each of them said before goes, in whatever version of its own.

    What others said stays, unless it was said of an earlier version of the article. An article that has another
    version by now than the one that was read is left alone.

    Args:
        only: kinds of annotation; what was said of other kinds stays too, and is not written. None for all.

    Returns:
        The ids of the articles that were written.
    """
    rows = conn.execute(_HOLD, {"ids": [one.article_id for one in said]})
    versions = {row.id: row.version for row in rows}
    now = [one for one in said if versions.get(one.article_id) == one.version]
    pairs = [(one.article_id, name_of(made_by)) for one in now for made_by in one.by]
    conn.execute(
        _CLEAR,
        {
            "ids": [one.article_id for one in now],
            "articles": [article_id for article_id, _ in pairs],
            "names": [name for _, name in pairs],
            "only": None if only is None else sorted(only),
        },
    )
    found = ((one, made_by, what) for one in now for made_by, whats in one.by.items() for what in whats)
    _copy(conn, (_row(*row) for row in found if only is None or row[2].what in only))
    told = [{"id": one.article_id, "language": one.language} for one in now if one.language is not None]
    if told:
        conn.execute(_LANGUAGE, told)
    return {one.article_id for one in now}


def name_of(made_by: str) -> str:
    """The name of the enricher in ``name@version``."""
    return made_by.partition("@")[0]


_HOLD = text("SELECT id, version FROM articles WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_CLEAR = text(
    """
    DELETE FROM annotations n USING articles a
    WHERE a.id = ANY(:ids) AND n.article_id = a.id
      AND (n.version <> a.version
           OR (CAST(:only AS text[]) IS NULL OR n.what = ANY(:only))
           AND (n.article_id, split_part(n.made_by, '@', 1)) IN
               (SELECT * FROM unnest(CAST(:articles AS bigint[]), CAST(:names AS text[]))))
    """
)
_LANGUAGE = text("UPDATE articles SET language = :language WHERE id = :id AND language IS DISTINCT FROM :language")


#: An article has some fifty rows: by COPY they cost the client an eighth of what INSERT takes (0.13 to 0.9 CPU-ms).
_COPY = (
    'COPY annotations (article_id, version, made_by, what, kind, ref, name, text, start, "end", in_title, lat, lon, '
    "country, score, method, detail) FROM STDIN"
)


def _copy(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    cursor = conn.connection.cursor()
    try:
        with cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        # As SQLAlchemy raises it: the callers tell a value that is refused from a database that is away.
        raise DBAPIError.instance(_COPY, None, error, psycopg.Error, dialect=conn.dialect) from error
    finally:
        cursor.close()


def _row(said: Said, made_by: str, one: Annotation) -> tuple[Any, ...]:
    detail = orjson.dumps(dict(one.detail)).decode() if one.detail else None
    return (
        said.article_id, said.version, made_by, one.what, one.kind, one.ref, one.name, one.text, one.start, one.end,
        one.in_title, one.lat, one.lon, one.country, one.score, one.method, detail,
    )  # fmt: skip


@dataclass(slots=True)
class Kept:
    """What stands in the store of one article by one enricher.

    Attributes:
        by: the enrichers that said it, ``name@version``: more than one where kinds were brought up to date alone.
        current: whether all of it was said of the article as it is now.
    """

    found: list[Annotation] = field(default_factory=list)
    by: set[str] = field(default_factory=set)
    current: bool = True


def load(
    conn: Connection, article_ids: Sequence[int], names: Collection[str], *, only: Collection[str] | None = None
) -> dict[tuple[int, str], Kept]:
    """What enrichers said of articles, by (article, name of the enricher); those that said nothing are not there.

    Args:
        only: kinds of annotation; None for all.
    """
    asked = {"ids": list(article_ids), "names": sorted(names), "only": None if only is None else sorted(only)}
    rows = conn.execute(_LOAD, asked)
    kept: defaultdict[tuple[int, str], Kept] = defaultdict(Kept)
    for article_id, made_by, current, detail, *rest in rows:
        values: list[Any] = [*rest, detail or {}]
        one = kept[article_id, name_of(made_by)]
        one.found.append(Annotation(*values))
        one.by.add(made_by)
        one.current = one.current and current
    return dict(kept)


_LOAD = text(
    """
    SELECT n.article_id, n.made_by, coalesce(n.version = a.version, true) AS current, n.detail,
           n.what, n.start, n."end", n.in_title, n.kind, n.ref, n.name, n.text, n.lat, n.lon, n.country, n.score,
           n.method
    FROM annotations n JOIN articles a ON a.id = n.article_id
    WHERE n.article_id = ANY(:ids) AND split_part(n.made_by, '@', 1) = ANY(:names)
      AND (CAST(:only AS text[]) IS NULL OR n.what = ANY(:only))
    ORDER BY n.id
    """
)


def count(conn: Connection, tallies: Iterable[tuple[str, str, str, int]]) -> None:
    """Add to the tallies of enrichers: (tally, outcome, name of the enricher, number) each."""
    rows = [
        {"stage": stage, "outcome": outcome, "code": name, "n": number}
        for stage, outcome, name, number in tallies
        if number
    ]
    if rows:
        conn.execute(insert(tables.Tally), rows)


def refs(conn: Connection, article_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Gazetteer ids of articles, an id for each mention: ``{article: {"entity": [...], "place": [...]}}``; and
    ``title``: those of the entities that the title names, each once.
    """
    rows = conn.execute(
        text(
            """
            SELECT article_id, what, array_agg(ref) AS refs,
                   array_agg(DISTINCT ref) FILTER (WHERE what = 'entity' AND in_title) AS title
            FROM annotations
            WHERE article_id = ANY(:ids) AND what IN ('entity', 'place') AND ref IS NOT NULL
            GROUP BY article_id, what
            """
        ),
        {"ids": list(article_ids)},
    )
    found: dict[int, dict[str, list[str]]] = {}
    for row in rows:
        one = found.setdefault(row.article_id, {})
        one[row.what] = sorted(row.refs)
        if row.title:
            one["title"] = sorted(row.title)
    return found

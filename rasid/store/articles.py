"""Articles: the newest version of each, and the texts that were replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.text.changes import matters


@dataclass(frozen=True, slots=True)
class NewArticle:
    """What the parse stage has read of one link's page."""

    link_id: int
    page_id: int
    outlet_id: str | None
    url: str
    title: str
    text: str
    search_text: str
    first_seen_at: datetime
    method: str
    confidence: float
    canonical_url: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_precision: str | None = None
    published_from: str | None = None
    modified_at: datetime | None = None
    language: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    dateline: str | None = None
    site_name: str | None = None
    charset: str | None = None
    methods: dict[str, str] = field(default_factory=dict)
    confidences: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an article: its id, and whether it is ``new``, ``changed`` or ``same``."""

    id: int
    what: str
    version: int


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the later stages see it. Country and family are the outlet's, None without an outlet."""

    id: int
    link_id: int
    outlet_id: str | None
    family: str | None
    country: str | None
    url: str
    canonical_url: str | None
    title: str
    text: str
    language: str | None
    dateline: str | None
    published_at: datetime | None
    first_seen_at: datetime
    group_id: int | None
    relation: str | None
    story_id: int | None
    version: int


_COLUMNS = (
    "outlet_id", "page_id", "url", "canonical_url", "title", "text", "authors", "published_at", "published_precision",
    "published_from", "modified_at", "language", "section", "tags", "image", "dateline", "site_name", "charset",
    "method", "confidence", "methods", "confidences",
)  # fmt: skip


def save(conn: Connection, article: NewArticle) -> Saved:
    """Store an article, or a new version of one that says something else now; the old text is kept."""
    old = conn.execute(
        text("SELECT id, version, title, text, page_id, parsed_at FROM articles WHERE link_id = :link FOR UPDATE"),
        {"link": article.link_id},
    ).one_or_none()
    values: dict[str, Any] = {name: getattr(article, name) for name in _COLUMNS}
    values |= {"authors": list(article.authors), "tags": list(article.tags)}
    values |= {"link_id": article.link_id, "first_seen_at": article.first_seen_at, "search": article.search_text}
    if old is None:
        row = conn.execute(_INSERT, values).one()
        return Saved(row.id, "new", 1)
    if not matters(old.title, old.text, article.title, article.text):
        conn.execute(
            text("UPDATE articles SET page_id = :page_id, withdrawn_at = NULL WHERE id = :id"),
            {"id": old.id, "page_id": article.page_id},
        )
        return Saved(old.id, "same", old.version)
    conn.execute(_KEEP, dict(old._mapping))
    conn.execute(_UPDATE, {**values, "id": old.id})
    return Saved(old.id, "changed", old.version + 1)


def twin(conn: Connection, article: NewArticle, *, key: bytes | None, addresses: Sequence[str]) -> int | None:
    """The link that brought the same article from another address; None for none.

    That is one of the same outlet or host, with an equal text, which came from the canonical address of this one or
    names an address of this one as canonical. Equal texts are asked for since some outlets name one canonical address
    on all their pages; the same outlet, since who reprints an article may name its first publisher.

    Args:
        key: of the article's canonical address; None where it has none but its own.
        addresses: of the article itself.
    """
    values = {
        "key": key, "addresses": list(addresses), "link": article.link_id, "outlet": article.outlet_id,
        "url": article.url,
    }  # fmt: skip
    same = (
        row.link_id
        for row in conn.execute(_TWINS, values)
        if not matters(row.title, row.text, article.title, article.text)
    )
    return next(map(int, same), None)


_TWINS = text(
    """
    SELECT a.link_id, a.title, a.text
    FROM (SELECT coalesce(moved_to, id) AS link_id FROM links WHERE key = CAST(:key AS bytea)
          UNION ALL
          (SELECT link_id FROM articles WHERE canonical_url = ANY(:addresses) AND canonical_url <> url
           ORDER BY id DESC LIMIT 5)) AS named
    JOIN articles a USING (link_id)
    WHERE a.link_id <> :link AND a.withdrawn_at IS NULL
      AND (a.outlet_id = CAST(:outlet AS text) OR split_part(a.url, '/', 3) = split_part(:url, '/', 3))
    """
)
_INSERT = text(
    f"INSERT INTO articles (link_id, first_seen_at, search, {', '.join(_COLUMNS)}) "
    f"VALUES (:link_id, :first_seen_at, to_tsvector('simple', :search), {', '.join(':' + c for c in _COLUMNS)}) "
    "RETURNING id"
).bindparams(bindparam("methods", type_=JSONB), bindparam("confidences", type_=JSONB))
_UPDATE = text(
    f"UPDATE articles SET version = version + 1, parsed_at = now(), withdrawn_at = NULL, "
    f"search = to_tsvector('simple', :search), {', '.join(f'{c} = :{c}' for c in _COLUMNS)} WHERE id = :id"
).bindparams(bindparam("methods", type_=JSONB), bindparam("confidences", type_=JSONB))
_KEEP = text(
    "INSERT INTO article_versions (article_id, version, title, text, page_id, parsed_at) "
    "VALUES (:id, :version, :title, :text, :page_id, :parsed_at) ON CONFLICT DO NOTHING"
)


def withdraw(conn: Connection, link_ids: Sequence[int]) -> None:
    """Mark the articles of links whose page is gone. They are kept."""
    conn.execute(
        text("UPDATE articles SET withdrawn_at = now() WHERE link_id = ANY(:ids) AND withdrawn_at IS NULL"),
        {"ids": list(link_ids)},
    )


def restore(conn: Connection, link_ids: Sequence[int]) -> None:
    """Take back the mark of articles whose page is there again."""
    conn.execute(
        text("UPDATE articles SET withdrawn_at = NULL WHERE link_id = ANY(:ids) AND withdrawn_at IS NOT NULL"),
        {"ids": list(link_ids)},
    )


def load(conn: Connection, ids: Sequence[int]) -> dict[int, StoredArticle]:
    """Articles by id."""
    rows = conn.execute(
        text(
            """
            SELECT a.id, a.link_id, a.outlet_id, o.family, o.country, a.url, a.canonical_url, a.title, a.text,
                   a.language, a.dateline, a.published_at, a.first_seen_at, a.group_id, a.relation, a.story_id,
                   a.version
            FROM articles a LEFT JOIN outlets o ON o.id = a.outlet_id WHERE a.id = ANY(:ids)
            """
        ),
        {"ids": list(ids)},
    )
    return {row.id: StoredArticle(**row._mapping) for row in rows}


@dataclass(frozen=True, slots=True)
class Range:
    """Which articles are meant, of the first of each group; None and empty mean no bound.

    Attributes:
        since, until: of when they were first seen; `until` is exclusive.
        outlet: id of an outlet.
        ids: these alone.
        missed: those alone of which one of these enrichers was not heard.
    """

    since: datetime | None = None
    until: datetime | None = None
    outlet: str | None = None
    ids: tuple[int, ...] = ()
    missed: tuple[str, ...] = ()

    def _values(self) -> dict[str, Any]:
        return {
            "since": self.since,
            "until": self.until,
            "outlet": self.outlet,
            "ids": list(self.ids),
            "missed": list(self.missed),
        }


_IN_RANGE = """
    FROM articles WHERE (group_id IS NULL OR group_id = id)
    AND (CAST(:since AS timestamptz) IS NULL OR first_seen_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR first_seen_at < :until)
    AND (CAST(:outlet AS text) IS NULL OR outlet_id = :outlet) AND (CAST(:ids AS bigint[]) = '{}' OR id = ANY(:ids))
    AND (CAST(:missed AS text[]) = '{}'
         OR id IN (SELECT article_id FROM enrich_later WHERE enricher = ANY(:missed)))
"""


def number(conn: Connection, within: Range) -> int:
    """How many articles, firsts of their groups, are in a range."""
    return int(conn.execute(text(f"SELECT count(*) {_IN_RANGE}"), within._values()).scalar_one())


def page(conn: Connection, within: Range, *, after: int | None, limit: int) -> list[int]:
    """The next ids of a range, in the order in which they were first seen.

    Args:
        after: the last id of the page before; None for the first. One that is not there any more gives nothing.
    """
    beyond = "AND (first_seen_at, id) > (SELECT first_seen_at, id FROM articles WHERE id = :after)"
    if after is None:
        beyond = ""
    statement = text(f"SELECT id {_IN_RANGE} {beyond} ORDER BY first_seen_at, id LIMIT :limit")
    return list(conn.execute(statement, {**within._values(), "after": after, "limit": limit}).scalars())

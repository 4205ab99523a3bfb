"""Every table, as typed mappings. The hot paths use their Core tables (``Link.__table__``) in batched statements.

The data model is told in docs/data-model.md. All times are ``timestamptz``; ids are ``bigint`` from sequences.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 -- read by SQLAlchemy, never changed
        int: BigInteger,
        str: Text,
        bytes: LargeBinary,
        bool: Boolean,
        float: Float,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        uuid.UUID: Uuid,
    }


def _id() -> Mapped[int]:
    return mapped_column(BigInteger, primary_key=True, autoincrement=True)


def _now() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())


def _zero() -> Mapped[int]:
    return mapped_column(server_default=sql("0"))


class Outlet(Base):
    """A publisher."""

    __tablename__ = "outlets"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    family: Mapped[str | None]
    country: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    home: Mapped[str | None]
    delay_seconds: Mapped[float | None]
    expect: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    created_at: Mapped[datetime] = _now()


class Channel(Base):
    """A feed, sitemap or section page of an outlet, and the ledger of its visits. ``websub`` is a feed."""

    __tablename__ = "channels"
    id: Mapped[int] = _id()
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    kind: Mapped[str]
    url: Mapped[str]
    key: Mapped[bytes] = mapped_column(unique=True)
    host: Mapped[str]
    unverified: Mapped[bool] = mapped_column(server_default=sql("false"))
    interval_seconds: Mapped[float | None]
    due_at: Mapped[datetime] = _now()
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[uuid.UUID | None]
    lease_worker: Mapped[str | None]
    failures: Mapped[int] = _zero()
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    body_hash: Mapped[bytes | None]
    # Its 304 was a lie once: it is asked without conditions from then on.
    validator_lies: Mapped[bool] = mapped_column(server_default=sql("false"))
    # The next visit asks without conditions.
    afresh: Mapped[bool] = mapped_column(server_default=sql("false"))
    # Its rhythm (rasid.discover.rhythm): packed, items an hour, the mean of the rates' roots, its own price of a
    # request, and why the next visit is due when it is.
    rhythm: Mapped[bytes | None]
    rate: Mapped[float | None]
    rate_root: Mapped[float | None]
    own_price: Mapped[float | None]
    due_why: Mapped[str | None]
    visits: Mapped[int] = _zero()
    found: Mapped[int] = _zero()
    visited_at: Mapped[datetime | None]
    ok_at: Mapped[datetime | None]
    new_at: Mapped[datetime | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    # Entries that its last new body named, the most that one ever did, and since when it names none.
    entries: Mapped[int | None]
    entries_most: Mapped[int] = _zero()
    emptied_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_channels_due", "due_at"), Index("ix_channels_outlet", "outlet_id"))


class Subscription(Base):
    """What a channel says of its hub (WebSub), and how we stand with that hub.

    `state` is ``announced asked verified refused lapsed leaving``. A row without a channel is on its way out: the hub
    is still to be told. `token` ends the callback's path; with `secret` the hub signs what it sends.
    """

    __tablename__ = "subscriptions"
    id: Mapped[int] = _id()
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id", ondelete="SET NULL"), unique=True)
    hub: Mapped[str]
    # Further hubs that the channel names: the next is asked where this one refuses or stays away.
    others: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    topic: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    secret: Mapped[str]
    # Whether the hub was given the secret: one that is reached in the clear is not.
    signs: Mapped[bool] = mapped_column(server_default=sql("false"))
    state: Mapped[str] = mapped_column(server_default="announced")
    callback: Mapped[str | None]
    due_at: Mapped[datetime] = _now()
    asked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    failures: Mapped[int] = _zero()
    last_error: Mapped[str | None]
    pushes: Mapped[int] = _zero()
    last_push: Mapped[datetime | None]
    # Pushes since the last one that was missed, and how often one was: see rasid.discover.websub.
    trust: Mapped[int] = _zero()
    misses: Mapped[int] = _zero()
    created_at: Mapped[datetime] = _now()
    __table_args__ = (Index("ix_subscriptions_due", "due_at"),)


class PageMemory(Base):
    """What the visits of a section page taught: which links were there, and how often. Shapes come from the links."""

    __tablename__ = "page_memories"
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    visits: Mapped[int] = _zero()
    # By hash of the link: [visits at which it was there, number of the last of them].
    seen: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    changed_at: Mapped[datetime] = _now()


class Container(Base):
    """Where the text stands on the pages of a host, learned from its articles."""

    __tablename__ = "containers"
    host: Mapped[str] = mapped_column(primary_key=True)
    # By signature: [readings that used it, articles in a row that did without].
    known: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    changed_at: Mapped[datetime] = _now()


class Host(Base):
    """What we know of one authority (name and port), and whose turn it is to talk to it."""

    __tablename__ = "hosts"
    host: Mapped[str] = mapped_column(primary_key=True)
    delay_seconds: Mapped[float | None]
    crawl_delay: Mapped[float | None]
    robots_status: Mapped[int | None]
    robots_body: Mapped[bytes | None]
    robots_at: Mapped[datetime | None]
    next_slot_at: Mapped[datetime] = _now()
    busy_until: Mapped[datetime | None]
    busy_by: Mapped[uuid.UUID | None]
    busy_worker: Mapped[str | None]
    blocked_until: Mapped[datetime | None]
    blocked_code: Mapped[str | None]
    failures: Mapped[int] = _zero()
    latency_ms: Mapped[float | None]
    requests: Mapped[int] = _zero()
    status: Mapped[int | None]
    asked_at: Mapped[datetime | None]
    robots_allowed: Mapped[int] = _zero()
    robots_refused: Mapped[int] = _zero()
    rulings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))


_UNDER_WAY = "state IN ('fetched','parsed','deduped','enriched','clustered')"


class Link(Base):
    """One URL and its whole ledger."""

    __tablename__ = "links"
    id: Mapped[int] = _id()
    key: Mapped[bytes] = mapped_column(unique=True)
    url: Mapped[str]
    fetch_url: Mapped[str]
    host: Mapped[str]
    outlet_id: Mapped[str | None] = mapped_column(ForeignKey("outlets.id", ondelete="SET NULL"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id", ondelete="SET NULL"))
    hint: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    hint_updated_at: Mapped[datetime | None]
    found_at: Mapped[datetime] = _now()
    state: Mapped[str] = mapped_column(server_default="found")
    due_at: Mapped[datetime] = _now()
    attempts: Mapped[int] = _zero()
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[uuid.UUID | None]
    lease_worker: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    evidence: Mapped[dict[str, Any] | None]
    parked_from: Mapped[str | None]
    redirects: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    # A value of rasid.model.Lane.
    lane: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    moved_to: Mapped[int | None] = mapped_column(ForeignKey("links.id", ondelete="SET NULL"))
    page_id: Mapped[int | None]
    article_id: Mapped[int | None]
    receipts: Mapped[bool] = mapped_column(server_default=sql("false"))
    # When its article is looked at again; None: never.
    look_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = _now()
    __table_args__ = (
        # The dispatcher asks by host and time; upkeep and status ask by state and time.
        Index("ix_links_found", "host", "lane", "due_at", "id", postgresql_where=sql("state = 'found'")),
        Index("ix_links_waiting", "state", "due_at", postgresql_where=sql(f"{_UNDER_WAY} AND lane = 0")),
        Index("ix_links_behind", "state", "lane", "due_at", postgresql_where=sql(f"{_UNDER_WAY} AND lane > 0")),
        Index("ix_links_leases", "id", postgresql_where=sql("lease_until IS NOT NULL")),
        Index("ix_links_parked", "changed_at", postgresql_where=sql("state = 'parked'")),
        Index("ix_links_outlet", "outlet_id", "found_at"),
        Index(
            "ix_links_look",
            "look_at",
            postgresql_where=sql("look_at IS NOT NULL AND state IN ('done','gone')"),
        ),
    )


class OutletLooks(Base):
    """How often articles of an outlet were looked at again at an age (`rung`, seconds), and found changed or gone."""

    __tablename__ = "outlet_looks"
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), primary_key=True)
    rung: Mapped[int] = mapped_column(primary_key=True)
    looks: Mapped[int] = _zero()
    changes: Mapped[int] = _zero()


class Receipt(Base):
    """What a program was promised: the link that its URL became."""

    __tablename__ = "receipts"
    receipt: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"))
    refusal: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    __table_args__ = (Index("ix_receipts_link", "link_id"),)


class Page(Base):
    """What one fetch brought. The body is zstd in `body`, or lies in the page store under `body_ref`."""

    __tablename__ = "pages"
    id: Mapped[int] = _id()
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"))
    url: Mapped[str]
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any]]
    content_type: Mapped[str | None]
    fetched_at: Mapped[datetime] = _now()
    hash: Mapped[bytes]
    raw_bytes: Mapped[int]
    body: Mapped[bytes | None]
    body_ref: Mapped[str | None]
    # The page that is the dictionary of this one's body; None where it was packed alone.
    dictionary_id: Mapped[int | None]
    __table_args__ = (
        Index("ix_pages_link", "link_id"),
        Index("ix_pages_fetched", "fetched_at"),
        Index("ix_pages_dictionary", "dictionary_id", postgresql_where=sql("dictionary_id IS NOT NULL")),
    )


class PageDictionary(Base):
    """The page with which new pages of a host are packed, and what that brought so far."""

    __tablename__ = "page_dictionaries"
    host: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[int]
    made_at: Mapped[datetime] = _now()
    pages: Mapped[int] = _zero()
    raw_bytes: Mapped[int] = _zero()
    packed_bytes: Mapped[int] = _zero()


class Article(Base):
    """The newest version of an article; its group and its story, each with the reason."""

    __tablename__ = "articles"
    id: Mapped[int] = _id()
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"), unique=True)
    outlet_id: Mapped[str | None] = mapped_column(ForeignKey("outlets.id", ondelete="SET NULL"))
    page_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(Integer, server_default=sql("1"))
    url: Mapped[str]
    canonical_url: Mapped[str | None]
    title: Mapped[str]
    text: Mapped[str]
    authors: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    published_from: Mapped[str | None]
    modified_at: Mapped[datetime | None]
    language: Mapped[str | None]
    section: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    image: Mapped[str | None]
    dateline: Mapped[str | None]
    site_name: Mapped[str | None]
    charset: Mapped[str | None]
    method: Mapped[str]
    confidence: Mapped[float]
    methods: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    confidences: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    first_seen_at: Mapped[datetime]
    parsed_at: Mapped[datetime] = _now()
    withdrawn_at: Mapped[datetime | None]
    search: Mapped[Any | None] = mapped_column(TSVECTOR)
    agency: Mapped[str | None]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("articles.id", ondelete="SET NULL"))
    relation: Mapped[str | None]
    group_score: Mapped[float | None]
    group_why: Mapped[dict[str, Any] | None]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id", ondelete="SET NULL"))
    story_score: Mapped[float | None]
    story_why: Mapped[dict[str, Any] | None]
    __table_args__ = (
        Index("ix_articles_search", "search", postgresql_using="gin"),
        Index("ix_articles_group", "group_id", "id"),
        Index("ix_articles_story", "story_id"),
        Index("ix_articles_seen", "first_seen_at"),
        Index("ix_articles_outlet", "outlet_id", "first_seen_at"),
        # Those that name another address as their own; hashed, since addresses may be longer than a tree takes.
        Index(
            "ix_articles_canonical",
            "canonical_url",
            postgresql_using="hash",
            postgresql_where=sql("canonical_url <> url"),
        ),
    )


class ArticleVersion(Base):
    """A text that its outlet has replaced since."""

    __tablename__ = "article_versions"
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    page_id: Mapped[int | None]
    parsed_at: Mapped[datetime]


class Fingerprint(Base):
    """What an article's text is compared by; `version` says by which rule it was made, `bands` by what it is found.

    Kept in parts by time, see `rasid.store.parts`. Without a foreign key: one would have a part made or dropped wait
    for whoever writes articles. What is left of a deleted article is passed over, and goes with its part.
    """

    __tablename__ = "fingerprints"
    article_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    exact: Mapped[bytes]
    data: Mapped[bytes]
    bands: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=sql("'{}'"))
    __table_args__ = (
        Index("ix_fingerprints_version", "version", "seen_at"),
        {"postgresql_partition_by": "RANGE (seen_at)"},
    )


class Band(Base):
    """By what a fingerprint is found: two articles that share a band, or an exact hash, are compared. In parts too."""

    __tablename__ = "bands"
    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    __table_args__ = {"postgresql_partition_by": "RANGE (seen_at)"}  # noqa: RUF012 -- read by SQLAlchemy


class Ruling(Base):
    """What an operator ruled on two articles: that they are ``together`` or ``apart``. Never deleted.

    `subject`: ``group`` (of copies) or ``story``.
    """

    __tablename__ = "rulings"
    id: Mapped[int] = _id()
    what: Mapped[str]
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    at: Mapped[datetime] = _now()
    by: Mapped[str]
    why: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    subject: Mapped[str] = mapped_column(server_default=sql("'group'"))
    __table_args__ = (Index("ix_rulings_article", "article_id"), Index("ix_rulings_other", "other_id"))


class Annotation(Base):
    """What one enricher says of an article, mostly of a span of it. Only the first of a group has any.

    `made_by` is ``name@version``. `version` is that of the article whose text was read (None: before it was noted):
    annotations of an earlier one point into a text that is gone, and go when it is read anew.
    """

    __tablename__ = "annotations"
    id: Mapped[int] = _id()
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    what: Mapped[str]
    kind: Mapped[str | None]
    ref: Mapped[str | None]
    name: Mapped[str | None]
    text: Mapped[str | None]
    start: Mapped[int | None] = mapped_column(Integer)
    end: Mapped[int | None] = mapped_column(Integer)
    in_title: Mapped[bool] = mapped_column(server_default=sql("false"))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    country: Mapped[str | None]
    score: Mapped[float | None]
    method: Mapped[str | None]
    made_by: Mapped[str]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int | None] = mapped_column(Integer)
    __table_args__ = (Index("ix_annotations_article", "article_id"), Index("ix_annotations_ref", "ref", "article_id"))


class EnrichLater(Base):
    """An enricher that is still to be heard of an article: it is slow, or it failed.

    `code` says why: ``later failed timeout open unmet``. `attempts` counts those since then. A row that is due at
    infinity has been given up, until an operator asks again.
    """

    __tablename__ = "enrich_later"
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    enricher: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = _now()
    attempts: Mapped[int] = mapped_column(Integer, server_default=sql("0"))
    code: Mapped[str]
    __table_args__ = (Index("ix_enrich_later_due", "enricher", "due_at"),)


class Background(Base):
    """What was counted in the articles of one language: how common words and phrases are. Opaque to SQL.

    `asked_at`: when somebody last set out to count; `version`: how often that was done.
    """

    __tablename__ = "backgrounds"
    language: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, server_default=sql("0"))
    texts: Mapped[int] = mapped_column(Integer, server_default=sql("0"))
    made_at: Mapped[datetime | None]
    asked_at: Mapped[datetime] = _now()
    data: Mapped[bytes | None]


class Topic(Base):
    """What readers call some articles. `query` is its rule, None for none; `key` is its name without capitals."""

    __tablename__ = "topics"
    id: Mapped[int] = _id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    query: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    changed_at: Mapped[datetime] = _now()


class TopicTag(Base):
    """What a reader said of an article: that it is of a topic (`positive`), or that it is not."""

    __tablename__ = "topic_tags"
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    positive: Mapped[bool]
    by: Mapped[str]
    at: Mapped[datetime] = _now()
    __table_args__ = (Index("ix_topic_tags_article_id", "article_id"),)


class TopicModel(Base):
    """What was learned of the tags of a topic: weights of hashed stems and names, and how well that does.

    `features` numbers the way in which articles are made into numbers; `scores` are those on examples that the model
    has not seen; the newest one tags articles if it is `used`.
    """

    __tablename__ = "topic_models"
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    made_at: Mapped[datetime] = _now()
    features: Mapped[int] = mapped_column(Integer)
    weights: Mapped[bytes]
    bias: Mapped[float]
    threshold: Mapped[float]
    scores: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    used: Mapped[bool]


class RemoteAnswer(Base):
    """What a server of others answered an enricher. `key`: hash of enricher, address, edition and question."""

    __tablename__ = "remote_answers"
    key: Mapped[bytes] = mapped_column(primary_key=True)
    enricher: Mapped[str]
    answer: Mapped[str]
    at: Mapped[datetime] = _now()
    __table_args__ = (Index("ix_remote_answers_at", "at"),)


class RemoteSpent(Base):
    """What an enricher spent in one day (UTC) of its budget: tokens, or requests."""

    __tablename__ = "remote_spent"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    enricher: Mapped[str] = mapped_column(primary_key=True)
    spent: Mapped[int]


class Story(Base):
    """Articles about one event. The numbers are kept by the cluster stage."""

    __tablename__ = "stories"
    id: Mapped[int] = _id()
    headline: Mapped[str]
    headline_id: Mapped[int | None]
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime] = _now()
    articles: Mapped[int] = _zero()
    voices: Mapped[int] = _zero()
    languages: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    __table_args__ = (Index("ix_stories_changed", "changed_at"),)


class StoryDoc(Base):
    """What the cluster stage compares of one article, and the story it joined.

    `ruling`: the ruling that put it there, or left it there; while that holds, it does not move by itself.
    """

    __tablename__ = "story_docs"
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"))
    seen_at: Mapped[datetime]
    data: Mapped[bytes]
    ruling: Mapped[int | None] = mapped_column(ForeignKey("rulings.id", ondelete="SET NULL"))
    __table_args__ = (Index("ix_story_docs_story", "story_id"),)


class StoryKey(Base):
    """An index entry of a story document: an entity or a rare stem."""

    __tablename__ = "story_keys"
    key: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("story_docs.article_id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]
    __table_args__ = (Index("ix_story_keys_article", "article_id"), Index("ix_story_keys_seen", "key", "seen_at"))


class StoryLink(Base):
    """How surely two articles are about one event (log-odds); each pair stands here both ways round."""

    __tablename__ = "story_links"
    article_id: Mapped[int] = mapped_column(ForeignKey("story_docs.article_id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("story_docs.article_id", ondelete="CASCADE"), primary_key=True)
    odds: Mapped[float]
    __table_args__ = (Index("ix_story_links_other", "other_id"),)


class StoryEvent(Base):
    """One step in the development of a story: what joined, came, left or was merged, and when."""

    __tablename__ = "story_events"
    id: Mapped[int] = _id()
    at: Mapped[datetime] = _now()
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"))
    kind: Mapped[str]
    article_id: Mapped[int | None]
    other_id: Mapped[int | None]
    detail: Mapped[dict[str, Any] | None]
    __table_args__ = (Index("ix_story_events_story", "story_id", "id"),)


class Watch(Base):
    """A saved query and where its alerts go: ``log``, ``file`` or ``webhook``."""

    __tablename__ = "watches"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(unique=True)
    query: Mapped[str]
    via: Mapped[str]
    target: Mapped[str | None]
    created_at: Mapped[datetime] = _now()


class Match(Base):
    """An article that a watch asks for."""

    __tablename__ = "matches"
    watch_id: Mapped[int] = mapped_column(ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = _now()


class Delivery(Base):
    """One alert on its way: one for each watch and story, then `part` 2 and on for what is new in it.

    `state` is ``waiting``, ``sent``, ``parked`` or ``dropped``; `told` is what the story said then.
    """

    __tablename__ = "deliveries"
    id: Mapped[int] = _id()
    watch_id: Mapped[int] = mapped_column(ForeignKey("watches.id", ondelete="CASCADE"))
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"))
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default="waiting")
    payload: Mapped[dict[str, Any]]
    attempts: Mapped[int] = _zero()
    due_at: Mapped[datetime] = _now()
    lease_until: Mapped[datetime | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    sent_at: Mapped[datetime | None]
    part: Mapped[int] = mapped_column(server_default=sql("1"))
    told: Mapped[dict[str, Any] | None]
    __table_args__ = (
        UniqueConstraint("watch_id", "story_id", "part"),
        Index("ix_deliveries_waiting", "due_at", postgresql_where=sql("state = 'waiting'")),
    )


class Crumb(Base):
    """One outcome of one item at one stage: what ``rasid trace`` prints."""

    __tablename__ = "crumbs"
    id: Mapped[int] = _id()
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    at: Mapped[datetime] = _now()
    stage: Mapped[str]
    outcome: Mapped[str]
    code: Mapped[str | None]
    message: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
    worker: Mapped[str | None]
    __table_args__ = (Index("ix_crumbs_link", "link_id"), Index("ix_crumbs_at", "at"))


class Tally(Base):
    """How many items left a stage by an outcome: one row a batch, folded by the hour by upkeep."""

    __tablename__ = "tallies"
    id: Mapped[int] = _id()
    at: Mapped[datetime] = _now()
    stage: Mapped[str]
    outcome: Mapped[str]
    code: Mapped[str | None]
    n: Mapped[int]
    __table_args__ = (Index("ix_tallies_at", "at"),)


class OutletHour(Base):
    """What an outlet brought in one hour (UTC). Hours in which nothing happened have no row."""

    __tablename__ = "outlet_hours"
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    visits: Mapped[int] = _zero()
    ok: Mapped[int] = _zero()
    found: Mapped[int] = _zero()
    articles: Mapped[int] = _zero()
    tried: Mapped[int] = _zero()
    walled: Mapped[int] = _zero()
    paid: Mapped[int] = _zero()
    # It lies in a bad spell: nothing is learned from it.
    odd: Mapped[bool] = mapped_column(server_default=sql("false"))
    __table_args__ = (Index("ix_outlet_hours_at", "at"),)


class OutletHealth(Base):
    """How an outlet does, what is expected of it, and the verdict that may become its next state."""

    __tablename__ = "outlet_health"
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(server_default="nothing_yet")
    since: Mapped[datetime] = _now()
    reason: Mapped[str | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    candidate: Mapped[str | None]
    candidate_since: Mapped[datetime | None]
    odd_since: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]
    expectation: Mapped[dict[str, Any] | None]
    learned_at: Mapped[datetime | None]
    # Fields filled in and delays, looked at less often than the state.
    fill: Mapped[dict[str, Any] | None]
    filled_at: Mapped[datetime | None]
    # The newest article of the time before a decay: what came after is not held against itself.
    fill_before: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))


class OutletChange(Base):
    """An outlet's change from one state to another, with its reason and what to look at."""

    __tablename__ = "outlet_changes"
    id: Mapped[int] = _id()
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"))
    at: Mapped[datetime] = _now()
    before: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    __table_args__ = (Index("ix_outlet_changes_outlet", "outlet_id", "at"),)


class Rollup(Base):
    """How far a sum over the ledger has come."""

    __tablename__ = "rollups"
    name: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class Import(Base):
    """Something that is taken in from outside, and how far it has come: it goes on where it stopped.

    `key` tells it apart, by content and options. `place` is the reader's own; `counts` says what became of its rows.
    """

    __tablename__ = "imports"
    id: Mapped[int] = _id()
    key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    source: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="running")
    place: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    started_at: Mapped[datetime] = _now()
    changed_at: Mapped[datetime] = _now()


class Worker(Base):
    """A running worker and when it last answered a tick that came through its queue."""

    __tablename__ = "workers"
    name: Mapped[str] = mapped_column(primary_key=True)
    pid: Mapped[int]
    queues: Mapped[list[str]]
    started_at: Mapped[datetime] = _now()
    tick_at: Mapped[datetime] = _now()

"""The frozen values that cross a boundary between two parts of rasid, and the states of the ledger.

Values only: no I/O, no clock, nothing but the standard library. Times are aware datetimes. Text is NFC.
Offsets count code points into the text they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Stage(StrEnum):
    """The stages, in the order in which a link passes through them."""

    DISCOVER = "discover"
    FETCH = "fetch"
    PARSE = "parse"
    DEDUPE = "dedupe"
    ENRICH = "enrich"
    CLUSTER = "cluster"
    ALERT = "alert"


class Lane(IntEnum):
    """How urgent a link is. What is not fresh goes through the same stages, but only where nothing fresh waits."""

    FRESH = 0
    REVISIT = 1
    BACKFILL = 2


class State(StrEnum):
    """Where a link stands. The first six wait for a stage; the others are ends."""

    FOUND = "found"
    FETCHED = "fetched"
    PARSED = "parsed"
    DEDUPED = "deduped"
    ENRICHED = "enriched"
    CLUSTERED = "clustered"
    DONE = "done"
    SKIPPED = "skipped"
    GONE = "gone"
    PARKED = "parked"


class Outcome(StrEnum):
    """How an item leaves a stage: exactly one of these, counted once."""

    DONE = "done"
    SKIPPED = "skipped"
    RETRY = "retry"
    PARKED = "parked"
    GONE = "gone"


WAITING = (State.FOUND, State.FETCHED, State.PARSED, State.DEDUPED, State.ENRICHED, State.CLUSTERED)
ENDS = (State.DONE, State.SKIPPED, State.GONE, State.PARKED)

_FORWARD = dict(zip(WAITING, (*WAITING[1:], State.DONE), strict=True))

#: Every move that the ledger allows. An end goes back to FOUND when the page is looked at again (an edit, an operator's
#: retry); a second look that finds nothing new goes straight back to DONE; a parked link may also go back to the stage
#: that parked it; one that is done goes on from DEDUPED where an operator has made a copy a first.
MOVES: dict[State, frozenset[State]] = {
    **{
        state: frozenset({forward, state, State.DONE, State.SKIPPED, State.GONE, State.PARKED})
        for state, forward in _FORWARD.items()
    },
    State.DONE: frozenset({State.FOUND, State.GONE, State.DEDUPED}),
    State.SKIPPED: frozenset({State.FOUND}),
    State.GONE: frozenset({State.FOUND}),
    State.PARKED: frozenset({*WAITING, State.SKIPPED}),
}


# --- discover -----------------------------------------------------------------------------------------------------


#: What a channel is meant to be; what its body turns out to be is told when it is read.
CHANNEL_KINDS = ("feed", "news_sitemap", "sitemap", "section", "websub")
#: Those of them whose body is a feed: ``websub`` is one whose hub pushes.
FEEDS = frozenset({"feed", "websub"})


class ChannelKind(StrEnum):
    """What a channel's body turned out to be."""

    RSS = "rss"
    ATOM = "atom"
    RDF = "rdf"
    JSON = "json"
    SITEMAP = "sitemap"
    SITEMAPINDEX = "sitemapindex"
    HTML = "html"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a channel points at. For a sitemap index, `url` is a sitemap.

    `url` is absolute. Times are None where the channel gives none or an unreadable one. Titles and summaries are
    plain text: no markup is left in them.
    """

    url: str
    guid: str | None = None
    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelReading:
    """What one body of a channel says. `language` is a BCP 47 tag in lower case, None where it names none.

    `seen`: of a page, hashes of all links within its site, articles or not (`rasid.discover.shapes.link_hash`).
    `hubs`, `topic`: of a feed, the hubs (WebSub) that it names and the address under which they know it, absolute;
    `topic` is None where it names none.
    """

    kind: ChannelKind
    title: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    seen: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    topic: str | None = None


# --- fetch --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, after same-host redirects.

    Attributes:
        url: where the body came from.
        status: the HTTP status.
        headers: names in lower case; the last value where a name came twice, but all of ``link``, with commas.
        body: decoded from its content-encoding, never longer than the caller's limit.
        redirects: (status, absolute target) of each hop that was followed.
        seconds: from sending the request to the last byte.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    redirects: tuple[tuple[int, str], ...] = ()
    seconds: float = 0.0


# --- parse --------------------------------------------------------------------------------------------------------


class PageKind(StrEnum):
    """What a page is."""

    ARTICLE = "article"
    LISTING = "listing"
    OTHER = "other"
    BLOCKED = "blocked"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class When:
    """A time that was read from text.

    `precision` is one of ``second minute hour day month year``; `zone_from` says where the offset came from
    (``text offset city country language utc none`` ...). For a value of day precision or coarser, the clock is 00:00.
    """

    value: datetime
    precision: str
    zone_from: str
    source: str = "text"


@dataclass(frozen=True, slots=True)
class PageReading:
    """What the parse stage reads from one page.

    `text` has paragraphs separated by a blank line; empty where the page has none. `method` names the way by which
    the text was found; `methods` names it for each field that has a value. `confidence` is between 0 and 1, and
    `confidences` has it for each field of `methods`. `container` names the part of the page that surely held the text
    (None where that is not sure or has no name), `failed` those that other pages had taught and that did not hold it.
    `reason` is a word that says why a page is no article, or that an article is a ``live_blog``; see docs/reading.md.
    """

    kind: PageKind
    text: str = ""
    title: str | None = None
    canonical_url: str | None = None
    authors: tuple[str, ...] = ()
    published: When | None = None
    modified: When | None = None
    language: str | None = None
    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    dateline: str | None = None
    charset: str | None = None
    method: str = ""
    confidence: float = 0.0
    methods: dict[str, str] = field(default_factory=dict)
    related: tuple[str, ...] = ()
    reason: str | None = None
    confidences: dict[str, float] = field(default_factory=dict)
    container: str | None = None
    failed: tuple[str, ...] = ()


# --- dedupe, enrich, cluster --------------------------------------------------------------------------------------


class Relation(StrEnum):
    """How an article stands to the first of its group."""

    ORIGINAL = "original"
    EXACT = "exact"
    NEAR = "near"
    SYNDICATED = "syndicated"


@dataclass(frozen=True, slots=True)
class EntityMention:
    """A named thing in a text. `start`/`end` count in the text, or in the title where `in_title`.

    `kind` is one of ``person org place nationality other``; `ref` is the gazetteer's id; `method` names the rule.
    """

    start: int
    end: int
    text: str
    kind: str
    name: str
    ref: str
    score: float
    method: str
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """A place that a name may mean, and how likely that is against the others, 0 to 1."""

    ref: str
    name: str
    country: str
    lat: float
    lon: float
    score: float


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place with coordinates (degrees, WGS 84) that a text speaks of; offsets as in `EntityMention`.

    `admin` is the way to it from its country down, the names in the language of `name`; `admin_code` the GeoNames
    code of its province (SY.04). `candidates` are the places that the name may mean, the chosen one first; empty where
    there is no other.
    """

    ref: str
    name: str
    lat: float
    lon: float
    country: str
    start: int
    end: int
    score: float
    in_title: bool = False
    admin: tuple[str, ...] = ()
    admin_code: str = ""
    candidates: tuple[PlaceCandidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyword:
    """A telling word or phrase in its commonest original form; `score` is comparable within one text only."""

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date that the text speaks of: ISO 8601 value as precise as the text is (``2021-01-18``, ``2020-12``)."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class LanguageMention:
    """A title, or paragraphs that stand together, in another language than the rest; `score` is how sure, 0 to 1."""

    start: int
    end: int
    language: str
    score: float
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Enrichment:
    """All that the enrich stage says of one article."""

    language: str
    language_score: float
    entities: tuple[EntityMention, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    dates: tuple[DateMention, ...] = ()
    languages: tuple[LanguageMention, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotation:
    """One thing said of an article.

    Attributes:
        what: ``entity place keyword date quote credit topic event language``, or a word of the enricher's own.
        start, end: where it stands, in code points, end exclusive, in the text (in the title where `in_title`);
            None for what is said of the whole article. ``text[start:end]`` is what it is said of.
        kind: a finer kind within `what` (``person org place nationality other`` of entities).
        ref: id in a gazetteer or list; None where there is none.
        name: what to call it.
        text: as written in the article, or the value where that is a text of its own (a keyword, a date).
        lat, lon: degrees, WGS 84.
        country: ISO 3166 alpha-2.
        score: how sure, 0 to 1; of keywords comparable within one article only.
        method: the rule or model that found it.
        detail: whatever else belongs to it, as JSON can hold it.
    """

    what: str
    start: int | None = None
    end: int | None = None
    in_title: bool = False
    kind: str | None = None
    ref: str | None = None
    name: str | None = None
    text: str | None = None
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    score: float | None = None
    method: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

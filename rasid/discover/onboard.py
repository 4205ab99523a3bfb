"""Judges what a site's addresses gave: which channels to watch, how fresh they are, who the outlet is. Pure.

Whoever asks hands in what each address answered (`Answered`) and how a few articles were read (`Tried`); nothing is
fetched here. The rules are told in docs/onboarding.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from rasid import urls
from rasid.discover.front import Front
from rasid.discover.pages import site_of
from rasid.model import ChannelKind, ChannelReading, Entry
from rasid.text.fold import fold

#: Addresses at which content systems give feeds, the commonest first.
FEED_PATHS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feeds", "/index.xml", "/feed.json")
SITEMAP_PATHS = ("/news-sitemap.xml", "/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml")
#: A channel whose newest entry is younger is fresh, one that is older is stale; a slow one may take five of its gaps.
FRESH, STALE = timedelta(days=2), timedelta(days=14)
_GAPS = 5
#: Of two feeds, the share of the smaller's entries that the other names too, from which on they are one.
_SAME = 0.8
#: A further feed is watched if this share of its entries is named nowhere else.
_NEW_SHARE = 0.3
_RATE_ENTRIES = 50
_SHORTEST_SPAN = timedelta(hours=1)
_COMMENTS = re.compile(r"comment|تعليقات|تعليق|yorum|commentaire|kommentar", re.IGNORECASE)
_PART = re.compile(
    r"/(?:tag|tags|topic|topics|author|authors|writer|writers|وسم|وسوم|كاتب|etiket|yazar|auteur)/", re.IGNORECASE
)
_NEWS = re.compile(r"news|خبر|haber|actu", re.IGNORECASE)
_FEED_KINDS = (ChannelKind.RSS, ChannelKind.ATOM, ChannelKind.RDF, ChannelKind.JSON)
#: How far each place is believed when it names a country, and a language.
_COUNTRY_WEIGHT = {"JSON-LD address": 4, "domain": 4, "telephone": 2, "footer": 2, "html lang": 1, "og:locale": 1,
                   "content-language": 1, "feed": 1}  # fmt: skip
_LANGUAGE_WEIGHT = {"articles": 5, "feed": 2, "news sitemap": 2, "html lang": 2, "og:locale": 1, "content-language": 1}


@dataclass(frozen=True, slots=True)
class Answered:
    """What one address gave.

    Attributes:
        url: as asked. at: where the answer came from, after redirects; the same where there were none.
        origin: how it was found: ``given page robots usual index navigation known``.
        reading: None where nothing came; then `code` and `message` say why.
        permanent: every redirect on the way said that it is for good.
    """

    url: str
    origin: str
    at: str = ""
    reading: ChannelReading | None = None
    code: str | None = None
    message: str | None = None
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A channel and how it does.

    Attributes:
        kind: ``feed news_sitemap sitemap section``; ``page`` for one that names nothing, ``none`` where nothing came.
        state: ``fresh slow stale undated empty failed``.
        per_day: entries a day by their times; None where too few carry one.
        keep: to be watched; `why`: the reason for it or against it. same_as: the channel that tells the same.
    """

    url: str
    kind: str
    origin: str
    state: str
    entries: int = 0
    dated: int = 0
    newest: datetime | None = None
    per_day: float | None = None
    language: str | None = None
    title: str | None = None
    keep: bool = False
    why: str = ""
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """How one article of a trial was read; `code` says what came instead of one, None for an article."""

    url: str
    code: str | None = None
    title: str | None = None
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    characters: int = 0
    language: str | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is held of an outlet, and by which places it is."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Health:
    """A figure from 0 to 100 and its parts (each 0 to 1, None where it could not be told): see docs/onboarding.md."""

    score: int | None
    fresh: float | None
    read: float | None
    filled: float | None
    word: str


# --- channels -----------------------------------------------------------------------------------------------------


def kind_of(reading: ChannelReading | None) -> str:
    """What a body can be watched as: ``feed news_sitemap sitemap sitemap_index section page none``."""
    if reading is None or reading.kind is ChannelKind.UNKNOWN:
        return "none"
    if reading.kind in _FEED_KINDS:
        return "feed"
    if reading.kind is ChannelKind.SITEMAPINDEX:
        return "sitemap_index"
    if reading.kind is ChannelKind.SITEMAP:
        return "news_sitemap" if any(entry.title for entry in reading.entries) else "sitemap"
    return "section" if reading.entries else "page"


def judge(answered: Answered, *, now: datetime) -> Judged:
    """How one channel does, before it is compared with others."""
    reading, kind = answered.reading, kind_of(answered.reading)
    if kind in ("section", "page") and answered.origin in ("page", "robots", "usual", "index"):
        return Judged(answered.url, "none", answered.origin, "failed", why="a web page came")
    url = answered.at if answered.permanent and answered.at else answered.url
    if reading is None or kind in ("none", "page"):
        nothing = "names no articles" if kind == "page" else "neither a feed, nor a sitemap, nor a page"
        why = answered.message or nothing
        state = "empty" if kind == "page" else "failed"
        return Judged(url, kind, answered.origin, state, why=f"{why} ({answered.code})" if answered.code else why)
    times = sorted(times_of(reading.entries, now=now), reverse=True)
    rate = per_day(times)
    newest = times[0] if times else None
    return Judged(
        url=url,
        kind="sitemap" if kind == "sitemap_index" else kind,
        origin=answered.origin,
        state=state_of(len(reading.entries), newest, rate, now=now),
        entries=len(reading.entries),
        dated=len(times),
        newest=newest,
        per_day=rate,
        language=reading.language,
        title=reading.title,
    )


def times_of(entries: Iterable[Entry], *, now: datetime) -> Iterator[datetime]:
    """The times of entries, those of the future taken for now."""
    return (min(when, now) for entry in entries if (when := entry.published_at or entry.updated_at))


def per_day(times: Sequence[datetime]) -> float | None:
    """Entries a day by the newest fifty times (newest first); None for fewer than three, or all within an hour."""
    recent = times[:_RATE_ENTRIES]
    if len(recent) < 3 or (span := recent[0] - recent[-1]) < _SHORTEST_SPAN:
        return None
    return round((len(recent) - 1) / (span / timedelta(days=1)), 2)


def state_of(entries: int, newest: datetime | None, rate: float | None, *, now: datetime) -> str:
    """``fresh slow stale undated empty``: see docs/onboarding.md."""
    if not entries:
        return "empty"
    if newest is None:
        return "undated"
    usual = timedelta(days=_GAPS / rate) if rate else timedelta(0)
    age = now - newest
    return "fresh" if age <= max(FRESH, min(usual, STALE)) else "slow" if age <= max(STALE, usual) else "stale"


def sitemap_children(index: ChannelReading, *, now: datetime, most: int) -> tuple[str, ...]:
    """The sitemaps of an index that may hold news: those that are called so, then the lately changed, newest first."""

    def rank(entry: Entry) -> tuple[bool, bool, float]:
        path = unquote(urlsplit(entry.url).path)
        age = (now - entry.updated_at).total_seconds() if entry.updated_at else float("inf")
        dull = re.search(r"categor|tag|author|page[-_.s]|section|image|video|static", path, re.IGNORECASE) is not None
        return dull, _NEWS.search(path) is None, age

    return tuple(entry.url for entry in sorted(index.entries, key=rank)[:most])


def sections_to_ask(front: Front) -> list[str]:
    """Addresses of the sections of a navigation, those that are called news first, else in its order."""
    named = sorted(front.sections, key=lambda one: not _NEWS.search(f"{one.title} {unquote(urlsplit(one.url).path)}"))
    return [section.url for section in named]


def with_children(index: Answered, children: Sequence[Answered]) -> list[Answered]:
    """An index as what its sitemaps name together, and those of them that are news sitemaps on their own.

    A news sitemap keeps its address; others come and go with the months, so that the index is what can be watched.
    """
    news = [child for child in children if kind_of(child.reading) == "news_sitemap"]
    entries = tuple(e for child in children if child not in news and child.reading for e in child.reading.entries)
    together = ChannelReading(ChannelKind.SITEMAP, entries=entries)
    return [replace(index, reading=together), *news]


# --- which of them ------------------------------------------------------------------------------------------------


def choose(found: Sequence[Answered], *, now: datetime) -> list[Judged]:
    """All channels, each with whether it is to be watched and why; those to be watched first.

    Of feeds that tell the same the best is taken, comments and single topics are left out where the whole outlet has
    a feed, a plain sitemap or a page is watched only where nothing better is alive.
    """
    judged = [(one, judge(one, now=now)) for one in _once(found)]
    keys = {two.url: _keys(one) for one, two in judged}
    usable = [two for _, two in judged if two.kind not in ("none", "page") and two.entries]
    chosen: list[Judged] = []
    out: dict[str, Judged] = {}
    for one in sorted(usable, key=lambda one: _rank(one, keys)):
        verdict = _verdict(one, chosen, keys)
        out[one.url] = verdict
        if verdict.keep:
            chosen.append(verdict)
    told = [out.get(two.url, two) for _, two in judged]
    return sorted(told, key=lambda one: not one.keep)


def _once(found: Sequence[Answered]) -> list[Answered]:
    """Each place of answer once, the first way to it."""
    seen: set[str] = set()
    kept = []
    for one in found:
        place = urls.key(urls.normalise(one.at or one.url) or one.url)
        if place not in seen or one.reading is None:
            kept.append(one)
        if one.reading is not None:
            seen.add(place)
    return kept


def _keys(answered: Answered) -> frozenset[str]:
    entries = answered.reading.entries if answered.reading else ()
    return frozenset(urls.key(entry.url) for entry in entries if entry.url)


_ORDER = {"feed": 0, "news_sitemap": 1, "sitemap": 2, "section": 3}
_STATES = {"fresh": 0, "slow": 1, "undated": 2, "stale": 3, "empty": 4, "failed": 5}


def _rank(one: Judged, keys: dict[str, frozenset[str]]) -> tuple[object, ...]:
    """Sorts the best first: the kind that tells most, whole outlets first, fresh before stale."""
    whole = not (is_comments(one) or is_part(one))
    told = round(one.dated / one.entries, 1) if one.entries else 0.0
    return (
        _ORDER[one.kind], not whole, _STATES[one.state], one.origin not in ("known", "given"), -len(keys[one.url]),
        -told, len(one.url), one.url,
    )  # fmt: skip


def is_comments(one: Judged) -> bool:
    """Whether a feed is of readers' comments."""
    return _COMMENTS.search(unquote(urlsplit(one.url).path)) is not None or (
        one.kind == "feed" and _COMMENTS.search(one.title or "") is not None
    )


def is_part(one: Judged) -> bool:
    """Whether a feed is of one topic or one author by its address."""
    return _PART.search(unquote(urlsplit(one.url).path) + "/") is not None


def _verdict(one: Judged, chosen: Sequence[Judged], keys: dict[str, frozenset[str]]) -> Judged:
    if is_comments(one):
        return replace(one, why="comments of readers")
    same = next((other for other in chosen if other.kind == one.kind and _same(keys[one.url], keys[other.url])), None)
    if same is not None:
        return replace(one, why="tells the same", same_as=same.url)
    feeds = [other for other in chosen if other.kind in ("feed", "news_sitemap")]
    alive = [other for other in feeds if other.state in ("fresh", "slow", "undated")]
    if one.kind in ("sitemap", "section") and alive:
        return replace(one, why=f"a {alive[0].kind.replace('_', ' ')} tells more")
    if one.kind == "section" and any(other.kind == "sitemap" and other.state == "fresh" for other in chosen):
        return replace(one, why="a sitemap tells more")
    if one.state == "stale" and alive:
        return replace(one, why="nothing new in it for long")
    if one.kind == "feed" and feeds:
        if is_part(one):
            return replace(one, why="one topic; the whole outlet has a feed")
        known = frozenset().union(*(keys[other.url] for other in feeds))
        if len(keys[one.url] - known) < _NEW_SHARE * len(keys[one.url]):
            return replace(one, why="others tell nearly all of it")
        return replace(one, keep=True, why="tells what the others do not")
    return replace(one, keep=True, why=_PRAISE[one.kind])


_PRAISE = {
    "feed": "the best feed",
    "news_sitemap": "titles and times of all that is new",
    "sitemap": "no feed is alive",
    "section": "no feed: its links are judged",
}


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(one), len(other))
    return smaller > 0 and len(one & other) >= _SAME * smaller


# --- the trial ----------------------------------------------------------------------------------------------------


def to_try(found: Sequence[Answered], chosen: Sequence[Judged], *, count: int) -> list[Entry]:
    """Entries to read for a trial: the newest of each watched channel in turn, none twice."""
    by_url = {one.at if one.permanent and one.at else one.url: one for one in found}
    lists = []
    for channel in chosen:
        answered = by_url.get(channel.url)
        if channel.keep and answered is not None and answered.reading is not None:
            entries = [entry for entry in answered.reading.entries if entry.url]
            lists.append(sorted(entries, key=_age))
    picked: dict[str, Entry] = {}
    for place in range(max(map(len, lists), default=0)):
        for entries in lists:
            if place < len(entries) and len(picked) < count:
                picked.setdefault(urls.key(entries[place].url), entries[place])
    return list(picked.values())


def _age(entry: Entry) -> float:
    when = entry.published_at or entry.updated_at
    return -when.timestamp() if when else 0.0


def health_of(channels: Sequence[Judged], tried: Sequence[Tried]) -> Health:
    """The figure of an outlet: three tenths how fresh its best channel is, four tenths how many articles of the trial
    could be read, three tenths how well those are filled in. A part that is unknown is left out of the mean."""
    kept = [one for one in channels if one.keep]
    fresh = max((_FRESHNESS[one.state] for one in kept), default=0.0) if channels else None
    articles = [one for one in tried if one.code is None]
    read = len(articles) / len(tried) if tried else None
    filled = sum(map(_filled, articles)) / len(articles) if articles else None
    parts = [(0.3, fresh), (0.4, read), (0.3, filled)]
    known = [(weight, value) for weight, value in parts if value is not None]
    score = round(100 * sum(w * v for w, v in known) / sum(w for w, _ in known)) if known else None
    word = "unknown" if score is None else "good" if score >= 80 else "fair" if score >= 50 else "poor"
    return Health(score, fresh, _rounded(read), _rounded(filled), word)


_FRESHNESS = {"fresh": 1.0, "slow": 0.6, "undated": 0.6, "stale": 0.1, "empty": 0.0, "failed": 0.0}


def _filled(one: Tried) -> float:
    """How well one article is filled in: title and time count for two fifths each, an author for one."""
    return 0.4 * bool(one.title) + 0.4 * (one.published is not None) + 0.2 * bool(one.authors)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def fill_rates(tried: Sequence[Tried]) -> dict[str, float]:
    """Share of the trial's articles that have each field; empty where none is an article."""
    articles = [one for one in tried if one.code is None]
    if not articles:
        return {}
    fields = {
        "title": lambda one: bool(one.title),
        "date": lambda one: one.published is not None,
        "author": lambda one: bool(one.authors),
        "text": lambda one: one.characters > 0,
    }
    return {name: round(sum(map(has, articles)) / len(articles), 2) for name, has in fields.items()}


# --- who it is ----------------------------------------------------------------------------------------------------


def language_of(front: Front | None, channels: Sequence[Judged], tried: Sequence[Tried]) -> Fact | None:
    """The language that most speaks for: what articles are written in counts most, then feeds, then the page."""
    votes: list[tuple[str, str]] = [(one.language, "articles") for one in tried if one.language and one.code is None]
    told = (one for one in channels if one.keep and one.language and one.kind != "section")
    votes += [(one.language or "", one.kind.replace("_", " ")) for one in told]
    votes += [(one.value, one.where) for one in (front.languages if front else ())]
    return _elected([(tag.partition("-")[0].lower(), where) for tag, where in votes], _LANGUAGE_WEIGHT)


def country_of(front: Front | None, channels: Sequence[Judged]) -> Fact | None:
    """The country that most speaks for; None where nothing names one, or two are named as often."""
    votes = [(one.value, one.where) for one in (front.countries if front else ())]
    tags = ((one.language or "").upper() for one in channels if one.keep and one.kind == "feed")
    regions = (found[1] for tag in tags if (found := re.search(r"-([A-Z]{2})$", tag)))
    # Templates write these two where nobody chose a region.
    votes += [(region, "feed") for region in regions if region not in ("US", "GB")]
    return _elected(votes, _COUNTRY_WEIGHT)


#: Domains under which strangers live side by side.
_SHARED_SITES = frozenset({
    "blogspot.com", "wordpress.com", "substack.com", "medium.com", "github.io", "wixsite.com", "tumblr.com",
    "weebly.com", "ghost.io",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class House:
    """A known outlet, by which a new one's family may be told. `names`: in its own script, and in English."""

    id: str
    family: str
    names: tuple[str, ...]
    home: str | None


def family_of(home: str, front: Front | None, known: Sequence[House]) -> Fact | None:
    """The family of a known outlet that shares the new one's site, or that its page names as its house; else None.

    Shared counters of visitors and advertisers are no ground: agencies lend one to many houses.
    """
    site = _own_site(home)
    for house in known:
        if site and house.home and _own_site(house.home) == site:
            return Fact(house.family, f"the site of {house.id}")
    named = {fold(name) for name in (*front.houses, front.name) if name} if front else set()
    for house in known:
        if named.intersection(fold(name) for name in house.names if name):
            return Fact(house.family, f"the page names {house.names[0]}")
    return None


def _own_site(url: str) -> str:
    site = site_of(url)
    # Of bare addresses the port tells outlets apart.
    return "" if site in _SHARED_SITES else urls.host(url) if site.replace(".", "").isdigit() else site


def _elected(votes: Sequence[tuple[str, str]], weights: dict[str, int]) -> Fact | None:
    """The value with the most weight, each place counted once for a value; None without votes or for a tie."""
    totals: Counter[str] = Counter()
    for value, where in dict.fromkeys(votes):
        if value and value != "und":
            totals[value] += weights.get(where, 1)
    ranked = totals.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    best = ranked[0][0]
    return Fact(best, ", ".join(dict.fromkeys(where for value, where in votes if value == best)))

"""Finds out what a site offers: asks its addresses, one after another and within a ceiling, and has the answers judged.

The judging is in `rasid.discover.onboard` and `rasid.discover.front`; every request goes through a turn at its host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rasid import urls
from rasid.cli.outlets import NoChannel, Trip, fetch
from rasid.discover import onboard
from rasid.discover.channel import read_channel
from rasid.discover.front import Front, read_front
from rasid.discover.onboard import Answered, Fact, Health, Judged, Tried
from rasid.discover.pages import find_feeds
from rasid.errors import ItemError

if TYPE_CHECKING:
    from rasid.context import Context
    from rasid.model import Answer, Entry

#: Longest wait for one turn: the longest crawl-delay that is honoured, and a little.
_PATIENCE = 75.0
#: How many are asked of each sort, so that one sort does not eat the ceiling.
_MOST_NAMED, _MOST_SITEMAPS, _MOST_CHILDREN = 8, 4, 3
_SECTIONS, _SECTIONS_WITHOUT_FEED = 2, 6
#: Codes after which a host is asked no more.
_AWAY = frozenset({"dns_failure", "connect_timeout", "connection_refused", "connect_failure", "host_unreachable",
                   "tls_failure", "robots_unreachable", "proxy_failed", "http_429", "http_503",
                   "host_resting"})  # fmt: skip


#: Hears what is asked now and how many requests were made before it.
Tell = Callable[[str, int], None]


def _unheard(what: str, requests: int) -> None:
    """Nobody listens."""


#: What often passes in some seconds: the first address is asked once more then, since all hangs on it.
_PASSES = frozenset({"robots_unreachable", "http_503", "http_502", "http_504", "connection_reset", "broken_body"})


@dataclass(slots=True)
class Site:
    """What was found at a site.

    Attributes:
        home: the front page. given: what lies at the address that was asked for.
        channels: those to watch first; tried: the articles of the trial.
        requests: how many were made; full: whether the ceiling cut it short.
    """

    home: str
    given: str = "page"
    front: Front | None = None
    answered: list[Answered] = field(default_factory=list)
    channels: list[Judged] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    language: Fact | None = None
    country: Fact | None = None
    health: Health | None = None
    requests: int = 0
    full: bool = False

    @property
    def kept(self) -> list[Judged]:
        return [one for one in self.channels if one.keep]


class Explorer:
    """Asks addresses of one site. `tell` hears what is asked now and how many requests were made."""

    def __init__(self, context: Context, *, ceiling: int, tell: Tell = _unheard) -> None:
        self._context, self._ceiling, self._tell = context, ceiling, tell
        self._asked: dict[str, Answered] = {}
        self._away: set[str] = set()
        self.bodies: dict[str, Answer] = {}
        self.requests = 0
        self.full = False

    def ask(self, url: str, origin: str) -> Answered:
        """What one address gives; the same one is asked once."""
        known = self._asked.get(url)
        if known is None:
            known = self._asked[url] = self._ask(url, origin)
        return known

    def again(self, url: str, origin: str) -> Answered:
        """Ask once more for what failed, when its host may be asked again."""
        self._away.discard(urls.host(url))
        self._asked.pop(url, None)
        return self.ask(url, origin)

    def answer_of(self, url: str) -> Answered | None:
        """What an address gave; None where it was not asked."""
        return self._asked.get(url)

    def room(self, reserve: int = 0) -> bool:
        """Whether more may be asked, `reserve` requests kept back."""
        if self.requests + reserve < self._ceiling:
            return True
        self.full = True
        return False

    def _ask(self, url: str, origin: str) -> Answered:
        got, trip = self.get(url)
        if isinstance(got, ItemError):
            return Answered(url, origin, code=got.code, message=str(got))
        reading = read_channel(
            got.body, url=got.url, content_type=got.headers.get("content-type"),
            max_entries=self._context.settings.max_entries,
        )  # fmt: skip
        self.bodies[url] = got
        return Answered(url, origin, at=got.url, reading=reading, permanent=trip.permanent)

    def get(self, url: str) -> tuple[Answer | ItemError, Trip]:
        """One answer, or why there is none; a host that is away is not asked again."""
        trip, host = Trip(), urls.host(url)
        if host in self._away:
            return ItemError("host_resting", f"{host} is away"), trip
        self._tell(url, self.requests)
        try:
            return fetch(self._context, url, trip=trip, patience=_PATIENCE), trip
        except NoChannel as error:
            self._away.add(host)
            return ItemError("host_resting", str(error)), trip
        except ItemError as error:
            if error.code in _AWAY:
                self._away.add(host)
            return error, trip
        finally:
            self.requests += trip.requests


def explore(
    context: Context,
    url: str,
    *,
    ceiling: int,
    trial: int,
    kind: str | None = None,
    tell: Tell = _unheard,
) -> Site:
    """All that a site offers, by one of its addresses.

    A feed, a sitemap, or what `kind` names is looked at alone; a page is taken for the front of the site.

    Args:
        ceiling: most requests; robots.txt and redirects count. A chain of redirects under way is followed to its end.
        trial: how many articles are read.

    Raises:
        NoChannel: the address cannot be fetched.
    """
    explorer = Explorer(context, ceiling=ceiling, tell=tell)
    first = explorer.ask(url, "given")
    if first.code in _PASSES:
        first = explorer.again(url, "given")
    if first.reading is not None and kind is None and _is_article(explorer.bodies[url]):
        url = urls.normalise("/", first.at) or url
        first = explorer.ask(url, "given")
    if first.reading is None:
        raise NoChannel(f"{url} cannot be fetched: {first.message} ({first.code})")
    now = datetime.now(UTC)
    site = Site(home=first.at, given=first.reading.kind.value)
    if kind is None and site.given == "html":
        site.answered = _all(explorer, context, site, first, reserve=trial, now=now)
    else:
        site.home = urls.normalise("/", first.at) or first.at
        site.answered = _with_children(explorer, first, now=now, reserve=trial)
    site.channels = onboard.choose(site.answered, now=now)
    settle(context, explorer, site, trial=trial)
    return site


def recheck(
    context: Context,
    home: str,
    known: Sequence[str],
    *,
    ceiling: int,
    trial: int,
    language: str | None,
    country: str | None,
    tell: Tell = _unheard,
) -> tuple[Site, dict[str, Answered]]:
    """What a known outlet's site offers now, and what each of its channels gave, by address.

    The channels are asked first, so that the ceiling cuts off what is not known yet. A front page that does not answer
    ends nothing. `language` and `country` are what the outlet's articles are read with.
    """
    explorer = Explorer(context, ceiling=ceiling, tell=tell)
    now = datetime.now(UTC)
    site = Site(home=home)
    for url in known:
        if explorer.room(trial):
            site.answered += _with_children(explorer, explorer.ask(url, "known"), now=now, reserve=trial)
    asked = {url: answered for url in known if (answered := explorer.answer_of(url)) is not None}
    if explorer.room(trial):
        front = explorer.ask(home, "given")
        if front.reading is not None and front.reading.kind.value == "html":
            site.home = front.at
            site.answered += _all(explorer, context, site, front, reserve=trial, now=now)
        elif front.reading is not None:
            site.answered.append(front)
    site.channels = onboard.choose(site.answered, now=now)
    settle(context, explorer, site, trial=trial, language=language, country=country)
    return site, asked


def settle(
    context: Context,
    explorer: Explorer,
    site: Site,
    *,
    trial: int,
    language: str | None = None,
    country: str | None = None,
) -> None:
    """Read the trial's articles (with `language` and `country`, or what the site says), and say who the outlet is."""
    told = onboard.language_of(site.front, site.channels, ())
    site.country = onboard.country_of(site.front, site.channels)
    for entry in onboard.to_try(site.answered, site.channels, count=trial):
        if not explorer.room():
            break
        site.tried.append(
            try_article(
                explorer, entry, language=language or (told.value if told else None),
                country=country or (site.country.value if site.country else None),
            )
        )  # fmt: skip
    site.language = onboard.language_of(site.front, site.channels, site.tried)
    site.health = onboard.health_of(site.channels, site.tried)
    site.requests, site.full = explorer.requests, explorer.full


def _is_article(answer: Answer) -> bool:
    """Whether a page below a front page is an article: whoever gives one means its outlet."""
    from rasid.model import PageKind
    from rasid.parse.page import read_page

    parts = urlsplit(answer.url)
    if parts.path in ("", "/") and not parts.query:
        return False
    told = answer.headers.get("content-type", "")
    return "html" in told and read_page(answer.body, url=answer.url, content_type=told).kind is PageKind.ARTICLE


# --- where to look ------------------------------------------------------------------------------------------------


def _all(
    explorer: Explorer,
    context: Context,
    site: Site,
    front: Answered,
    *,
    reserve: int,
    now: datetime,
) -> list[Answered]:
    answer = explorer.bodies[front.url]
    site.front = read_front(answer.body, url=answer.url, content_type=answer.headers.get("content-type"))
    found = [front]
    home = urls.normalise("/", site.home) or site.home
    named = find_feeds(explorer.bodies[front.url].body, front.at)
    found += _asked(explorer, named[:_MOST_NAMED], "page", reserve)
    found += _sitemaps(explorer, context, home, reserve=reserve, now=now)
    if not _alive(found, now=now, kinds=("feed",)):
        found += _usual(explorer, home, reserve)
    fed = _alive(found, now=now, kinds=("feed", "news_sitemap"))
    sections = onboard.sections_to_ask(site.front)
    found += _asked(explorer, sections[: _SECTIONS if fed else _SECTIONS_WITHOUT_FEED], "navigation", reserve)
    return found


def _asked(explorer: Explorer, wanted: Iterable[str], origin: str, reserve: int) -> list[Answered]:
    return [explorer.ask(url, origin) for url in dict.fromkeys(wanted) if explorer.room(reserve)]


def _alive(found: Sequence[Answered], *, now: datetime, kinds: tuple[str, ...]) -> bool:
    """Whether one of `kinds` is among what was found that tells something, and not comments or one topic alone."""
    judged = (onboard.judge(one, now=now) for one in found)
    return any(
        one.kind in kinds and one.state in ("fresh", "slow", "undated")
        and not onboard.is_comments(one) and not onboard.is_part(one)
        for one in judged
    )  # fmt: skip


def _usual(explorer: Explorer, home: str, reserve: int) -> list[Answered]:
    """What lies at the usual addresses of feeds, until one answers; a page there may name feeds of its own."""
    found: list[Answered] = []
    now = datetime.now(UTC)
    for path in onboard.FEED_PATHS:
        if not explorer.room(reserve):
            break
        url = urls.normalise(path, home) or home
        answered = explorer.ask(url, "usual")
        found.append(answered)
        if answered.reading is not None and answered.reading.kind.value == "html":
            answer = explorer.bodies[url]
            found += _asked(explorer, find_feeds(answer.body, answer.url)[:_MOST_NAMED], "page", reserve)
        if _alive(found, now=now, kinds=("feed",)):
            break
    return found


def _sitemaps(explorer: Explorer, context: Context, home: str, *, reserve: int, now: datetime) -> list[Answered]:
    """Sitemaps that robots.txt names, else those at the usual addresses; indexes are followed."""
    named = _named_in_robots(context, home)
    found: list[Answered] = []
    for url in named[:_MOST_SITEMAPS]:
        if explorer.room(reserve):
            found += _with_children(explorer, explorer.ask(url, "robots"), now=now, reserve=reserve)
    if not _alive(found, now=now, kinds=("news_sitemap",)):
        for path in onboard.SITEMAP_PATHS:
            url = urls.normalise(path, home) or home
            if url in named or not explorer.room(reserve):
                continue
            found += _with_children(explorer, explorer.ask(url, "usual"), now=now, reserve=reserve)
            if _alive(found, now=now, kinds=("news_sitemap", "sitemap")):
                break
    return found


def _named_in_robots(context: Context, home: str) -> list[str]:
    from rasid.http.robots import Robots
    from rasid.store import hosts
    from rasid.store.engine import transaction

    with transaction(context.engine) as conn:
        known = hosts.robots_of(conn, urls.host(home))
    named = Robots.parse(known[1], status=known[0]).sitemaps if known else ()
    # Those that are called news first: there may be more than are asked.
    return sorted(named, key=lambda url: "news" not in urlsplit(url).path.lower())


def _with_children(explorer: Explorer, answered: Answered, *, now: datetime, reserve: int) -> list[Answered]:
    if answered.reading is None or onboard.kind_of(answered.reading) != "sitemap_index":
        return [answered]
    wanted = onboard.sitemap_children(answered.reading, now=now, most=_MOST_CHILDREN)
    return onboard.with_children(answered, _asked(explorer, wanted, "index", reserve))


# --- a trial ------------------------------------------------------------------------------------------------------


def try_article(explorer: Explorer, entry: Entry, *, language: str | None, country: str | None) -> Tried:
    """Fetch one article and read it as the parse stage would."""
    from rasid.model import PageKind
    from rasid.parse.page import read_page
    from rasid.text.language import detect

    got, _ = explorer.get(entry.url)
    if isinstance(got, ItemError):
        return Tried(entry.url, code=got.code, title=entry.title)
    reading = read_page(
        got.body, url=got.url, content_type=got.headers.get("content-type"), fetched_at=datetime.now(UTC),
        language=language, country=country, listed_title=entry.title,
    )  # fmt: skip
    tried = Tried(
        url=entry.url,
        title=reading.title or entry.title,
        # The channel's time and authors stand in, as they do in the parse stage.
        published=entry.published_at or (reading.published.value if reading.published else None),
        authors=reading.authors or entry.authors,
        characters=len(reading.text),
        method=reading.method,
    )
    if reading.kind is not PageKind.ARTICLE:
        code = "blocked" if reading.kind is PageKind.BLOCKED else f"not_article_{reading.kind.value}"
        return replace(tried, code=code)
    return replace(tried, language=detect(f"{reading.title or ''}\n{reading.text}", prior=language)[0])

"""Tells the articles that an HTML section page points at from its navigation, and finds the feeds it names. Pure.

A link is judged by the shape of its address, the length of what it says, and where it stands; what several links to
one page say is put together first, since a headline, its picture and "read more" are three links. What earlier visits
taught of the outlet (`rasid.discover.shapes`) is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rasid import urls
from rasid.discover.decode import to_utf8
from rasid.discover.feeds import MAX_TITLE, Scope, language_tag
from rasid.discover.plain import one_line, plain
from rasid.discover.shapes import MOST_LINKS, PageMemory, link_hash
from rasid.discover.times import read_time
from rasid.model import ChannelKind, ChannelReading, Entry

#: Bytes of a page that are read: more than the largest front pages of newspapers have.
MAX_PAGE = 2_000_000
MAX_LINKS = 20_000
_MAX_FEEDS = 20
_CLIMB = 30
_MANY_TAGS = 15_000
_MAX_NESTING = 512
_NESTING = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,15})")
_FLAT_WORDS = """
area base br col embed hr img input link meta param source track wbr p li dd dt tr td th thead tbody tfoot option
optgroup script style title textarea path rect circle use g polygon line
"""
#: Elements that hold none, or that close each other: they add no depth.
_FLAT = frozenset(_FLAT_WORDS.encode().split())
_CARD = 5
_ENOUGH = 4
#: Links of unknown kinds that are looked at on one visit; below so many points a link is none that anybody would read.
_EXPLORED, _WORTH_A_LOOK, _FEW = 3, -5, 3

DATED = re.compile(r"/(?:19|20)\d{2}[/_-]?(?:[01]?\d|[a-z]{3})(?:[/_-]?[0-3]?\d)?(?=[/_.-]|$)|(?<!\d)20\d{6}(?!\d)")
NUMBERED = re.compile(r"\d{5,}")
_SHORT_ID = re.compile(r"(?:^|[/=_-])\d{3,}(?:$|[/._-])")
_MIXED_ID = re.compile(r"^(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}$")
_WORDS = re.compile(r"[^\W\d_]{2,}")
PAGED = re.compile(r"/(?:page|pages|p|صفحة)/\d+/?$|[?&](?:page|paged|p|pg|start|offset)=\d{1,4}$", re.IGNORECASE)
FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|pdf|docx?|xlsx?|pptx?|zip|rar|mp[34]|m4a|avi|mov|css|js|json|xml|rss|atom|txt|apk|exe)$",
    re.IGNORECASE,
)
# Path segments of pages that list or serve, in the languages that outlets write addresses in.
_SERVICE_WORDS = """
tag tags topic topics category categories cat author authors writer writers columnist columnists search archive
archives login signin sign-in signup register account subscribe subscription newsletter newsletters about
aboutus about-us contact contactus contact-us privacy privacy-policy terms terms-of-use terms-and-conditions
cookies faq help careers jobs advertise advertising rss feed feeds sitemap share print cart shop app apps
wp-login.php wp-admin cdn-cgi live-tv tv-guide schedule podcasts programs section sections user users profile
وسم وسوم تصنيف تصنيفات كاتب كتاب بحث أرشيف من-نحن اتصل-بنا سياسة-الخصوصية شروط-الاستخدام موضوع etiket etiketler
kategori yazar yazarlar kunye iletisim hakkimizda gizlilik trend trends theme themes themen thema tema temas
autor autores autoren abo abos abonnement abonnements deals auteur auteurs etiquette recherche connexion
mentions-legales qui-sommes-nous
"""
SERVICE = frozenset(_SERVICE_WORDS.split())
#: First labels of hosts that sell or serve.
_SERVICE_HOSTS = frozenset({"jobs", "job", "shop", "store", "abo", "account", "login", "my", "forum", "ads", "help"})
_SIDE_TAGS = frozenset({"nav", "footer", "menu"})
_SIDE_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|footer|breadcrumbs?|pagination|pager|social|share|topbar|"
    r"mega-?menu|main-?menu|cookie|languages?|lang-?switch(?:er)?|tags?-?(?:list|cloud))(?=$|[\s_-])",
    re.IGNORECASE,
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json",
     "text/xml", "application/xml"}
)  # fmt: skip
_FEED_PATH = re.compile(
    r"(?:/(?:rss|feed|atom)(?:/|$|\.(?:xml|aspx|php|ashx))|\.(?:rss|atom)$|/rss[^/]*\.xml$|[?&]feed=rss)", re.I
)
_SECOND_LEVEL = frozenset({"com", "co", "org", "net", "gov", "edu", "ac", "gob", "gouv", "info"})


@dataclass(slots=True)
class _Candidate:
    """What all links of a page to one address say together."""

    href: str
    text: str = ""
    heading: bool = False
    card: bool = False
    side: bool = True
    when: datetime | None = None


def read_page(data: bytes, scope: Scope, *, max_entries: int, memory: PageMemory | None = None) -> ChannelReading:
    """Read a section page from UTF-8: the articles it points at, in its order, each once.

    With a `memory`, what was learned adds to the judgement, and a few links that look like none are named as well.

    `title` of an entry is the longest thing that its links say. Times come from ``<time datetime>`` in the same card.
    """
    tree = LexborHTMLParser(shallow(data[:MAX_PAGE]))
    title = tree.css_first("title")
    found = _links(tree, scope) if scope.url else {}
    known = memory or PageMemory()
    chosen = [one for one in found.values() if score(one.href, one.text, one) + known.points(one.href) >= _ENOUGH]
    if memory is not None:
        chosen += _explored(found.values(), chosen, memory)
    entries = tuple(Entry(url=one.href, title=one.text or None, published_at=one.when) for one in chosen[:max_entries])
    seen = tuple(link_hash(one.href) for one in list(found.values())[:MOST_LINKS])
    language = language_tag(tree.root.attributes.get("lang")) if tree.root is not None else None
    named = plain(title.text(), limit=MAX_TITLE) if title else None
    return ChannelReading(ChannelKind.HTML, named, language, entries, seen)


def shallow(data: bytes) -> bytes:
    """The head of a page that nests no deeper than browsers do.

    HTML parsers walk their stack of open elements for many tags: 100,000 open ones hold a core for ten seconds.
    """
    if data.count(b"<") < _MANY_TAGS:
        return data
    depth = 0
    for found in _NESTING.finditer(data):
        if found[2].lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > _MAX_NESTING:
            return data[: found.start()]
    return data


def find_feeds(html: bytes | str, url: str) -> tuple[str, ...]:
    """Feeds that a page names, absolute: first by ``<link rel=alternate>``, then links that look like feeds.

    Feeds of comments come last. At most 20; none on another scheme than http(s).
    """
    data = html.encode("utf-8", "replace") if isinstance(html, str) else to_utf8(html[:MAX_PAGE])
    tree = LexborHTMLParser(shallow(data[:MAX_PAGE]))
    base = base_of(tree, url)
    named = [link for link in tree.css("link[href]")[:MAX_LINKS] if _is_feed_link(link)]
    linked = [link for link in tree.css("a[href]")[:MAX_LINKS] if _FEED_PATH.search(link.attributes.get("href") or "")]
    found = dict.fromkeys(
        href
        for link in (*named, *linked)
        if (href := urls.normalise((link.attributes.get("href") or "").strip(), base))
    )
    ordered = sorted((href for href in found if href.startswith("http")), key=lambda href: "comment" in href.lower())
    return tuple(ordered[:_MAX_FEEDS])


def _is_feed_link(link: LexborNode) -> bool:
    attributes = link.attributes
    rel = (attributes.get("rel") or "").lower().split()
    kind = (attributes.get("type") or "").lower().partition(";")[0].strip()
    if "alternate" not in rel and "feed" not in rel:
        return False
    if kind in ("text/xml", "application/xml", "application/json", "application/rdf+xml"):
        # WordPress and oEmbed name their programs' ends the same way.
        href = attributes.get("href") or ""
        return "wp-json" not in href and "oembed" not in href and not attributes.get("hreflang")
    return kind in _FEED_TYPES or ("feed" in rel and not kind)


def base_of(tree: LexborHTMLParser, url: str) -> str:
    element = tree.css_first("base[href]")
    return (urls.normalise((element.attributes.get("href") or "").strip(), url) if element else None) or url


def _links(tree: LexborHTMLParser, scope: Scope) -> dict[str, _Candidate]:
    """What a page points at within its site, in its order, each once, by key."""
    url = scope.url or ""
    here = urls.normalise(url) or url
    found: dict[str, _Candidate] = {}
    places: dict[int, tuple[bool, bool, bool]] = {}
    clocks = _clocks(tree, scope.now)
    base = base_of(tree, url)
    for link in tree.css("a[href]")[:MAX_LINKS]:
        href = urls.normalise((link.attributes.get("href") or "").strip(), base)
        if href is None or not href.startswith("http"):
            continue
        _gather(found.setdefault(urls.key(href), _Candidate(href)), link, places, clocks)
    found.pop(urls.key(here), None)
    site = site_of(here)
    return {key: one for key, one in found.items() if site_of(one.href) == site}


def _explored(found: Iterable[_Candidate], chosen: Sequence[_Candidate], memory: PageMemory) -> list[_Candidate]:
    """A few links that look like no articles, so that a wrong guess is found out: of kinds that nobody has read yet.

    On a page that is known they must be new, as navigation never is; on one that is not, they are looked at only where
    hardly anything else was found.
    """
    if not memory.visits and len(chosen) >= _FEW:
        return []
    taken = {one.href for one in chosen}
    likely = [
        (score(one.href, one.text, one), one)
        for one in found
        if one.text and one.href not in taken and memory.is_new(one.href) and memory.undecided(one.href)
    ]
    best = sorted((pair for pair in likely if pair[0] >= _WORTH_A_LOOK), key=lambda pair: -pair[0])
    return [one for _, one in best[:_EXPLORED]]


def _gather(
    candidate: _Candidate,
    link: LexborNode,
    places: dict[int, tuple[bool, bool, bool]],
    clocks: dict[int, datetime | None],
) -> None:
    """Add what one link says to what is known of its target."""
    heading = link.css_first("h1,h2,h3,h4,h5")
    text = _said(link, heading)
    side, in_heading, card = place_of(link, places)
    is_heading = heading is not None or in_heading
    if (is_heading, len(text)) > (candidate.heading, len(candidate.text)) and text:
        candidate.text = text
    candidate.heading |= is_heading and bool(text)
    candidate.card |= card
    candidate.side &= side
    if clocks and candidate.when is None:
        candidate.when = _clock(link, clocks)


def _said(link: LexborNode, heading: LexborNode | None) -> str:
    text = one_line((heading or link).text(separator=" "), limit=MAX_TITLE)
    if text:
        return text
    picture = link.css_first("img[alt]")
    said = link.attributes.get("title") or (picture.attributes.get("alt") if picture is not None else None)
    return one_line(said or "", limit=MAX_TITLE) or ""


def place_of(node: LexborNode, places: dict[int, tuple[bool, bool, bool]]) -> tuple[bool, bool, bool]:
    """Whether a node stands in navigation, in a heading, in an <article>; known ancestors are not climbed again."""
    chain: list[LexborNode] = []
    parent = node.parent
    place = (False, False, False)
    while parent is not None and len(chain) < _CLIMB:
        known = places.get(parent.mem_id)
        if known is not None:
            place = known
            break
        chain.append(parent)
        parent = parent.parent
    for ancestor in reversed(chain):
        side, heading, card = _own_place(ancestor)
        place = (place[0] or side, place[1] or heading, place[2] or card)
        places[ancestor.mem_id] = place
    return place


def _own_place(node: LexborNode) -> tuple[bool, bool, bool]:
    tag = node.tag or ""
    if tag in ("html", "body", "main", "form"):
        return False, False, False
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:500]
    side = (
        tag in _SIDE_TAGS
        or attributes.get("role") in ("navigation", "contentinfo")
        or _SIDE_NAME.search(names) is not None
    )
    return side, tag in _HEADINGS, tag == "article"


def _clocks(tree: LexborHTMLParser, now: datetime) -> dict[int, datetime | None]:
    """The time that stands in each small part of a page; None where several do."""
    clocks: dict[int, datetime | None] = {}
    for element in tree.css("time[datetime]")[:2_000]:
        when = read_time(element.attributes.get("datetime"), now=now)
        node = element.parent
        for _ in range(_CARD):
            if node is None or node.tag in ("body", "html", "main"):
                break
            clocks[node.mem_id] = when if clocks.get(node.mem_id, when) == when else None
            node = node.parent
    return clocks


def _clock(link: LexborNode, clocks: dict[int, datetime | None]) -> datetime | None:
    node: LexborNode | None = link
    for _ in range(_CARD):
        if node is None:
            return None
        if node.mem_id in clocks:
            return clocks[node.mem_id]
        node = node.parent
    return None


def score(href: str, text: str, where: _Candidate) -> int:
    """How much a link looks like an article; 4 and more is taken for one."""
    parts = urlsplit(href)
    path = unquote(parts.path)
    if (path in ("", "/") and not parts.query) or FILE.search(path):
        return -9
    points = _shape(path, parts.query) + _length(text) + (2 if where.heading else 0) + (1 if where.card else 0)
    if (parts.hostname or "").partition(".")[0] in _SERVICE_HOSTS:
        points -= 5
    return points - (8 if where.side else 0) - (6 if PAGED.search(href) else 0)


def _shape(path: str, query: str) -> int:
    segments = [segment for segment in path.lower().split("/") if segment]
    last = re.sub(r"\.(?:html?|aspx?|php|shtml)$", "", segments[-1]) if segments else ""
    points = -5 if SERVICE.intersection(segments) else 0
    whole = f"{path}?{query}" if query else path
    if DATED.search(path.lower()):
        points += 3
    if NUMBERED.search(whole) or _MIXED_ID.search(last):
        points += 2
    elif _SHORT_ID.search(whole):
        points += 1
    words = len(_WORDS.findall(last))
    points += 2 if words >= 4 else 1 if words == 3 else 0
    return points + (1 if len(segments) >= 2 else 0)


def _length(text: str) -> int:
    """Headlines have four words and more; Arabic ones are shorter in letters."""
    words = len(text.split())
    if len(text) < 12 or words < 2:
        return -2
    return 3 if words >= 6 else 2 if words >= 4 or len(text) >= 28 else 0


def site_of(href: str) -> str:
    """The part of a host name that one outlet's hosts share."""
    labels = (urlsplit(href).hostname or "").split(".")
    if len(labels) > 2 and not labels[-1].isdigit():
        return ".".join(labels[-3:] if labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else labels[-2:])
    return ".".join(labels)

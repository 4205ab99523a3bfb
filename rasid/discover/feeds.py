"""Reads RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, and JSON Feed into `ChannelReading`. Pure.

An entry that names no page of its own has the empty string as `url`: it is shown, and no link can be made of it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import lxml.etree as etree
import orjson

from rasid.discover.plain import one_line, plain
from rasid.discover.times import read_time
from rasid.discover.xml import TooDamaged, mend, stream
from rasid.model import ChannelKind, ChannelReading, Entry

MAX_TITLE = 1_000
MAX_SUMMARY = 10_000
MAX_NAME = 200
MAX_URL = 4_000
MAX_HUBS = 5
_MAX_NAMES = 20
_MAX_TAGS = 50
_MAX_CHILDREN = 500

# Prefixes of the usual namespaces; those of RSS itself have none. Written in many ways: folded before the look-up.
_SPACES = {
    "http://www.w3.org/2005/atom": "atom", "https://www.w3.org/2005/atom": "atom", "http://purl.org/atom/ns": "atom",
    "http://purl.org/dc/elements/1.1": "dc", "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms", "http://purl.org/rss/1.0/modules/dcterms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content", "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/xhtml": "xhtml", "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://purl.org/rss/1.0": "", "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://my.netscape.com/rdf/simple/0.9": "", "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "", "http://purl.org/net/rss1.1": "",
}  # fmt: skip
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ITEMS = ("{*}item", "{*}entry", "{*}ITEM", "{*}Item")

_TITLE = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
_SUMMARY = (
    "summary", "atom:summary", "description", "content:encoded", "atom:content", "content", "dc:description",
    "xhtml:body", "body", "media:description", "itunes:summary", "itunes:subtitle", "fullitem", "abstract",
)  # fmt: skip
_AUTHOR = ("author", "atom:author", "dc:creator", "dcterms:creator", "dc:author", "itunes:author")
_TAGS = ("category", "atom:category", "dc:subject", "dcterms:subject", "media:category", "itunes:category", "subject")
_TAG_LISTS = ("itunes:keywords", "media:keywords", "keywords", "tags")
_PUBLISHED = (
    "pubdate", "published", "issued", "atom:published", "atom:issued", "dcterms:issued", "dc:date",
    "dcterms:created", "created", "date", "dcterms:date", "publishdate",
)  # fmt: skip
_UPDATED = ("updated", "modified", "atom:updated", "atom:modified", "dcterms:modified", "lastbuilddate", "dc:date")
_GUID = ("guid", "id", "atom:id", "dc:identifier")

_MAILED = re.compile(r"^\s*<?[^\s<>()]+@[^\s<>()]+>?\s*\(([^()]+)\)\s*$")
_MAIL = re.compile(r"\s*[(<]?[^\s<>()]+@[^\s<>()]+[)>]?\s*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_IMG = re.compile(r"<img\b[^>]{0,1000}?\bsrc\s*=\s*[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}$")
_COMMAS = re.compile(r"[,،;؛]")

#: What an empty item says; it is left out.
NOTHING = Entry(url="")

Parts = dict[str, list[etree._Element]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What every entry of one channel is read with: its address (None: unknown), the clock, and xml:base in use."""

    url: str | None
    now: datetime
    rebased: bool = False


# --- XML ----------------------------------------------------------------------------------------------------------


def read_feed(data: bytes, kind: ChannelKind, scope: Scope, *, max_entries: int) -> ChannelReading:
    """Read a feed from UTF-8 that went through `xml.prepared`; strictly first, then mended and leniently.

    Raises:
        TooDamaged: nothing can be read as XML.
    """
    try:
        return _read(data, kind, scope, strict=True, max_entries=max_entries)
    except TooDamaged:
        return _read(mend(data), kind, scope, strict=False, max_entries=max_entries)


def _read(data: bytes, kind: ChannelKind, scope: Scope, *, strict: bool, max_entries: int) -> ChannelReading:
    entries: list[Entry] = []
    root: etree._Element | None = None
    for element in stream(data, _ITEMS, strict=strict, base=scope.url):
        if root is None:
            root = element.getroottree().getroot()
        if element is root:
            break
        entry = _entry(element, scope)
        if entry != NOTHING:
            entries.append(entry)
        if len(entries) >= max_entries:
            break
    if root is None:
        return ChannelReading(kind, entries=tuple(entries))
    channel = next((child for child in root[:_MAX_CHILDREN] if _local(child).lower() == "channel"), root)
    title, language = _header(root, channel)
    hubs, topic = _hubs(channel, scope)
    return ChannelReading(kind, title, language, tuple(entries), hubs=hubs, topic=topic)


def _hubs(channel: etree._Element, scope: Scope) -> tuple[tuple[str, ...], str | None]:
    """The hubs of a feed and its address at them, from its ``link`` elements of whatever namespace."""
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for child in channel[:_MAX_CHILDREN]:
        if _local(child).lower() == "link" and (rel := child.get("rel")) and (href := child.get("href")):
            for name in found.keys() & rel.lower().split():
                found[name].append(absolute(href[:MAX_URL], _base(child, scope)))
    hubs = tuple(dict.fromkeys(url for url in found["hub"] if url))[:MAX_HUBS]
    return hubs, next((url for url in found["self"] if url), None)


def _header(root: etree._Element, channel: etree._Element) -> tuple[str | None, str | None]:
    """Title and language of the channel, from a tree whose entries are emptied."""
    parts = _parts(channel)
    title = _first(parts, _TITLE, MAX_TITLE)
    said = _first(parts, ("language", "dc:language"), 40) or channel.get(_LANG) or root.get(_LANG)
    return title, language_tag(said)


def language_tag(text: str | None) -> str | None:
    """A BCP 47 tag in lower case; None where `text` is none."""
    text = (text or "").strip()
    return text.lower().replace("_", "-") if _LANGUAGE.match(text) else None


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


_NAMES: dict[tuple[str, str], str] = {}
_MAX_NAMES_KEPT = 2_000


def _name(tag: str, own: str) -> str:
    """``prefix:local`` in lower case by the usual prefix of a namespace; bare for the entry's own namespace.

    Names of unknown namespaces keep a ``?:``, so that a stranger's ``title`` is never taken for the entry's.
    """
    name = _NAMES.get((tag, own))
    if name is None:
        space, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
        local = local.lower()
        if space == own or not space:
            name = local
        else:
            prefix = _SPACES.get(space.lower().rstrip("/#"), "?")
            name = f"{prefix}:{local}" if prefix else local
        if len(_NAMES) < _MAX_NAMES_KEPT:
            _NAMES[tag, own] = name
    return name


def _parts(element: etree._Element) -> Parts:
    """The children of `element` by name."""
    own = element.tag[1:].rpartition("}")[0] if element.tag[0] == "{" else ""
    parts: Parts = {}
    for child in element[:_MAX_CHILDREN]:
        tag = child.tag
        if isinstance(tag, str):
            parts.setdefault(_name(tag, own), []).append(child)
    for group in parts.get("media:group", ())[:2]:
        for child in group[:_MAX_CHILDREN]:
            if isinstance(child.tag, str):
                parts.setdefault(_name(child.tag, own), []).append(child)
    return parts


def _entry(element: etree._Element, scope: Scope) -> Entry:
    parts = _parts(element)
    base = _base(element, scope)
    guid = _first(parts, _GUID, MAX_URL, raw=True) or element.get(_ABOUT) or None
    if guid and guid.startswith("/"):
        guid = absolute(guid, base) or guid
    return Entry(
        url=_page(parts, element, scope),
        guid=guid,
        title=_first(parts, _TITLE, MAX_TITLE),
        summary=_first(parts, _SUMMARY, MAX_SUMMARY),
        authors=_authors(parts),
        published_at=_time(parts, _PUBLISHED, scope.now),
        updated_at=_time(parts, _UPDATED, scope.now),
        tags=_tags(parts),
        image=_image(parts, base),
    )


def _base(element: etree._Element, scope: Scope) -> str | None:
    return (element.base or scope.url) if scope.rebased else scope.url


def _markup(element: etree._Element) -> str:
    """What an element holds, as markup: its text, or its children written out."""
    if len(element) == 0:
        text = element.text or ""
        return _decoded(text) if element.get("mode") == "base64" or _is_base64(element) else text
    inner = "".join(str(etree.tostring(child, encoding="unicode", method="html")) for child in element[:_MAX_CHILDREN])
    return _escaped(element.text or "") + inner


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _is_base64(element: etree._Element) -> bool:
    kind = element.get("type") or ""
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("xml", "html"))


def _decoded(text: str) -> str:
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=False).decode("utf-8")
    except (ValueError, binascii.Error):
        return text


def _first(parts: Parts, names: Iterable[str], limit: int, *, raw: bool = False) -> str | None:
    """The first of `names` that holds anything, as plain text; `raw`: a value that is no text for people."""
    for name in names:
        for element in parts.get(name, ()):
            text = one_line(element.text or "", limit=limit) if raw else plain(_markup(element), limit=limit)
            if text:
                return text
    return None


def _time(parts: Parts, names: Iterable[str], now: datetime) -> datetime | None:
    for name in names:
        for element in parts.get(name, ()):
            if moment := read_time(element.text, now=now):
                return moment
    return None


# --- links --------------------------------------------------------------------------------------------------------


def absolute(raw: str | None, base: str | None) -> str:
    """`raw` as an absolute http(s) URL, joined to `base` where it is relative; the empty string where it cannot be.

    An absolute URL stays as it is written but for white space: normalising is not the reader's work.
    """
    if not raw:
        return ""
    url = "".join(raw.split()) if "\n" in raw or "\t" in raw else raw.strip()
    if len(url) > MAX_URL:
        return ""
    if "&amp;" in url:
        url = url.replace("&amp;", "&")
    if url[:8].lower().startswith(("http://", "https://")):
        return url
    if not url or _SCHEME.match(url) or not base:
        return ""
    try:
        joined = urljoin(base, url)
    except ValueError:
        return ""
    return joined if joined[:8].lower().startswith(("http://", "https://")) else ""


def _page(parts: Parts, entry: etree._Element, scope: Scope) -> str:
    """The page of an entry: its link, else a guid or rdf:about that is an address."""
    second = ""
    for element in (*parts.get("link", ()), *parts.get("atom:link", ())):
        href = element.get("href")
        if href is not None and (element.get("rel") or "alternate").lower() not in (
            "alternate",
            "http://www.iana.org/assignments/relation/alternate",
        ):
            continue
        url = absolute(href if href is not None else element.text, _base(element, scope))
        if url and (element.get("type") or "text/html").startswith(("text/html", "application/xhtml")):
            return url
        second = second or url
    return second or _permalink(parts, entry)


def _permalink(parts: Parts, entry: etree._Element) -> str:
    for name in _GUID:
        for element in parts.get(name, ()):
            if (element.get("isPermaLink") or "true").strip().lower() != "false" and (
                url := absolute(element.text, None)
            ):
                return url
    return absolute(entry.get(_ABOUT), None)


def _image(parts: Parts, base: str | None) -> str | None:
    """The picture of an entry: media:content, a thumbnail, an enclosure, an image element, or the first of its text."""
    for raw in _pictures(parts):
        if url := absolute(raw, base):
            return url
    return None


def _pictures(parts: Parts) -> Iterator[str | None]:
    """Addresses that may be the picture, best first."""
    for element in parts.get("media:content", ()):
        kind = element.get("medium") or element.get("type") or ""
        if kind.startswith("image") or (not kind and _looks_image(element.get("url"))):
            yield element.get("url")
    yield from (element.get("url") for element in parts.get("media:thumbnail", ()))
    yield from (element.get("href") for element in parts.get("itunes:image", ()))
    for element in (*parts.get("enclosure", ()), *parts.get("link", ()), *parts.get("atom:link", ())):
        if (element.get("type") or "").startswith("image"):
            yield element.get("url") or element.get("href")
    for element in parts.get("image", ()):
        nested = next((child.text for child in element[:10] if _local(child) == "url"), None)
        yield element.get("href") or element.get("url") or nested or element.text
    yield from _pictured(parts)


def _looks_image(url: str | None) -> bool:
    return (url or "").lower().partition("?")[0].endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"))


def _pictured(parts: Parts) -> Iterator[str]:
    for name in ("content:encoded", "description", "content", "summary"):
        for element in parts.get(name, ()):
            if (text := element.text) and "<" in text and (found := _IMG.search(text[:20_000])):
                yield found[1]


# --- names and tags -----------------------------------------------------------------------------------------------


def person(text: str | None) -> str | None:
    """The name in ``mail@host (Name)``, ``Name <mail@host>`` or ``Name``; the address where there is no name."""
    text = (
        plain((text or "").replace("<", " <"), limit=MAX_NAME * 2)
        if text and "@" not in text
        else one_line(text or "", limit=MAX_NAME * 2)
    )
    if not text:
        return None
    if found := _MAILED.match(text):
        text = found[1]
    elif "@" in text and len(text) < MAX_NAME:
        text = _MAIL.sub(" ", text).strip(" ()<>,") or text
    return plain(text, limit=MAX_NAME)


def _authors(parts: Parts) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for key in _AUTHOR:
        for element in parts.get(key, ())[:_MAX_NAMES]:
            if name := _author(element):
                names[name] = None
    # Who publishes an item speaks for it where nobody signed.
    for element in () if names else parts.get("dc:publisher", ())[:1]:
        if name := _author(element):
            names[name] = None
    return tuple(names)[:_MAX_NAMES]


def _author(element: etree._Element) -> str | None:
    """The name inside an Atom person, else the text; its e-mail where that is all there is."""
    if len(element) == 0:
        return person(element.text)
    fields = {_local(child): child for child in reversed(element[:20])}
    for key in ("name", "Name", "value", "email"):
        if key in fields and (name := person(fields[key].text)):
            return name
    return plain(_markup(element), limit=MAX_NAME)


def _tags(parts: Parts) -> tuple[str, ...]:
    tags: dict[str, None] = {}
    for key in _TAGS:
        for element in parts.get(key, ())[:_MAX_TAGS]:
            said = element.get("term") or element.text or element.get("label") or element.get("text")
            if tag := plain(said, limit=MAX_NAME):
                tags[tag] = None
    for key in _TAG_LISTS:
        for element in parts.get(key, ())[:3]:
            tags.update(dict.fromkeys(split_tags(element.text)))
    return tuple(tags)[:_MAX_TAGS]


def split_tags(text: str | None) -> tuple[str, ...]:
    """The members of a list with commas, Arabic ones too."""
    found = (plain(part, limit=MAX_NAME) for part in _COMMAS.split((text or "")[:5_000]))
    return tuple(dict.fromkeys(tag for tag in found if tag))[:_MAX_TAGS]


# --- JSON ---------------------------------------------------------------------------------------------------------


def read_json_feed(data: bytes, scope: Scope, *, max_entries: int) -> ChannelReading | None:
    """Read a JSON Feed (https://www.jsonfeed.org/version/1.1/); None where `data` is none."""
    try:
        feed = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return None
    entries = tuple(_json_entry(item, scope) for item in feed["items"][:max_entries] if isinstance(item, dict))
    return ChannelReading(
        ChannelKind.JSON,
        _text(feed, "title", MAX_TITLE),
        language_tag(_string(feed.get("language"))),
        entries,
        hubs=_json_hubs(feed.get("hubs"), scope),
        topic=absolute(_string(feed.get("feed_url")), scope.url) or None,
    )


def _json_hubs(listed: object, scope: Scope) -> tuple[str, ...]:
    """The hubs of a JSON Feed that speak WebSub; others are of kinds that nobody uses."""
    rows = [row for row in listed[:20] if isinstance(row, dict)] if isinstance(listed, list) else []
    told = (_string(row.get("url")) for row in rows if str(row.get("type")).lower() == "websub")
    return tuple(dict.fromkeys(href for url in told if (href := absolute(url, scope.url))))[:MAX_HUBS]


def _json_entry(item: dict[str, Any], scope: Scope) -> Entry:
    own = absolute(_string(item.get("url")), scope.url) or absolute(_string(item.get("external_url")), scope.url)
    guid = one_line(_string(item.get("id")) or "", limit=MAX_URL)
    picture = absolute(_string(item.get("image")) or _string(item.get("banner_image")), scope.url)
    summary = next(
        (text for key in ("summary", "content_text", "content_html") if (text := _text(item, key, MAX_SUMMARY))), None
    )
    return Entry(
        url=own or absolute(guid, None),
        guid=guid,
        title=_text(item, "title", MAX_TITLE),
        summary=summary,
        authors=_json_authors(item),
        published_at=read_time(_string(item.get("date_published")), now=scope.now),
        updated_at=read_time(_string(item.get("date_modified")), now=scope.now),
        tags=_json_tags(item.get("tags")),
        image=picture or None,
    )


def _json_tags(tags: object) -> tuple[str, ...]:
    """Tags as a list, or as one string with commas."""
    if isinstance(tags, str):
        return split_tags(tags)
    found = (
        [plain(tag, limit=MAX_NAME) for tag in tags[:_MAX_TAGS] if isinstance(tag, str)]
        if isinstance(tags, list)
        else []
    )
    return tuple(dict.fromkeys(tag for tag in found if tag))


def _json_authors(item: dict[str, Any]) -> tuple[str, ...]:
    listed = item.get("authors")
    people = listed if isinstance(listed, list) else [item.get("author")]
    names = [person(_string(who.get("name") if isinstance(who, dict) else who)) for who in people[:_MAX_NAMES]]
    return tuple(dict.fromkeys(name for name in names if name))


def _string(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _text(item: dict[str, Any], key: str, limit: int) -> str | None:
    return plain(_string(item.get(key)), limit=limit)

"""Reads the body of any channel: tells its kind, and hands it to the reader of that kind. Pure but for `answer_feed`,
which opens the one file that it is given. Nothing is fetched, and nothing that a document names is opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rasid.discover.decode import gunzip, to_utf8
from rasid.discover.feeds import (
    MAX_HUBS,
    MAX_SUMMARY,
    MAX_TITLE,
    MAX_URL,
    NOTHING,
    Scope,
    absolute,
    language_tag,
    person,
    read_feed,
    read_json_feed,
)
from rasid.discover.pages import find_feeds, read_page
from rasid.discover.plain import plain
from rasid.discover.shapes import PageMemory
from rasid.discover.sitemaps import read_sitemap, read_text_sitemap
from rasid.discover.times import read_time
from rasid.discover.xml import TooDamaged, prepared
from rasid.errors import ItemError
from rasid.model import ChannelKind, ChannelReading, Entry

__all__ = ["answer_feed", "find_feeds", "read_channel"]

#: Bytes of one unpacked body that are read. The sitemap protocol sets this line; feeds stay far below.
MAX_BODY = 52_428_800
_MAX_JSON = 8_000_000
#: feedparser takes about a second for this much.
_MAX_SECOND = 1_000_000
_HEAD = 16_384
_ROOTS = {
    "rss": ChannelKind.RSS, "rdf": ChannelKind.RDF, "feed": ChannelKind.ATOM, "urlset": ChannelKind.SITEMAP,
    "sitemapindex": ChannelKind.SITEMAPINDEX,
}  # fmt: skip
_SITEMAPS = (ChannelKind.SITEMAP, ChannelKind.SITEMAPINDEX)
_FEEDS = (ChannelKind.RSS, ChannelKind.RDF, ChannelKind.ATOM)
_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_KNOWN_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?(rss|rdf|feed|urlset|sitemapindex)[\s>]", re.IGNORECASE)
_HTML = frozenset(
    b"html head body div p a span table title meta link script h1 h2 h3 h4 ul ol li section article main header form "
    b"base img style nav b i br center font".split()
)
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)


def read_channel(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    now: datetime | None = None,
    max_entries: int = 5_000,
    memory: PageMemory | None = None,
) -> ChannelReading:
    """What one body of a channel says. Never raises for what the body holds: what cannot be read is `unknown`.

    Args:
        body: as it came, gzip or not, at most 50 MiB of it unpacked are read.
        url: where it came from, for relative links; the empty string where that is not known.
        content_type: the HTTP header, None where there was none. It helps with the charset; the kind is told from
            the body, because servers name it wrongly.
        now: aware; times more than two days after it are refused. None: the clock's.
        max_entries: most entries given back. Feeds and pages: the first. Sitemaps: the newest.
        memory: what earlier visits of a section page taught; None where there were none.

    Returns:
        Entries in the order of the body. An entry that names no page has an empty `url`.

    >>> read_channel(b"<rss><channel><title>\xd8\xb1</title></channel></rss>", url="https://example.org/").kind
    <ChannelKind.RSS: 'rss'>
    """
    data = to_utf8(gunzip(body, MAX_BODY), content_type)
    scope = Scope(url or None, now or datetime.now(UTC), rebased=b"xml:base" in data)
    kind, data = _sniff(data)
    if kind is ChannelKind.HTML:
        return read_page(data, scope, max_entries=max_entries, memory=memory)
    if kind is ChannelKind.JSON:
        reading = read_json_feed(data, scope, max_entries=max_entries) if len(data) <= _MAX_JSON else None
        return reading or ChannelReading(ChannelKind.UNKNOWN)
    if kind is ChannelKind.UNKNOWN:
        reading = (
            read_text_sitemap(data, max_entries=max_entries) if data.startswith((b"http://", b"https://")) else None
        )
        return reading or _second(data, kind, scope, max_entries)
    return _read_xml(data, kind, scope, max_entries)


def _read_xml(data: bytes, kind: ChannelKind, scope: Scope, max_entries: int) -> ChannelReading:
    read = read_sitemap if kind in _SITEMAPS else read_feed
    reading: ChannelReading | None
    try:
        reading = read(prepared(data), kind, scope, max_entries=max_entries)
    except TooDamaged:
        reading = None
    if reading is not None and (reading.entries or kind in _SITEMAPS or not _ENTRY.search(data)):
        return reading
    return _second(data, kind, scope, max_entries)


def _sniff(data: bytes) -> tuple[ChannelKind, bytes]:
    """The kind of a body, and the body from where its document begins."""
    head = data[:_HEAD]
    start = head.lstrip(b"\x00\t\r\n\f\v \xef\xbb\xbf")
    if start[:1] in b"{[" and start:
        return ChannelKind.JSON, data[len(head) - len(start) :]
    name = _first_element(start)
    if name in _ROOTS:
        return _ROOTS[name], data[len(head) - len(start) :]
    # Junk before the document: a warning of the server's, an empty line, a half-sent page.
    if (found := _KNOWN_ROOT.search(head)) and name.encode() != b"html":
        return _ROOTS[found[1].decode().lower()], data[found.start() :]
    if name.encode() in _HTML or b"<html" in head.lower():
        return ChannelKind.HTML, data
    return ChannelKind.UNKNOWN, data


def _first_element(head: bytes) -> str:
    """Lower-case local name of the first element, stepping over comments, instructions and a document type."""
    at = 0
    while (at := head.find(b"<", at)) >= 0:
        if head.startswith(b"<!--", at):
            end = head.find(b"-->", at)
        elif head.startswith((b"<?", b"<!"), at):
            end = head.find(b">", at)
            if head[at : at + 9].upper() == b"<!DOCTYPE" and (bracket := head.find(b"[", at, end)) >= 0:
                end = head.find(b"]>", bracket)
        else:
            found = _ELEMENT.match(head, at)
            return found[1].decode("ascii", "replace").lower() if found else ""
        if end < 0:
            return ""
        at = end + 1
    return ""


def _second(data: bytes, kind: ChannelKind, scope: Scope, max_entries: int) -> ChannelReading:
    """feedparser's reading, for documents so broken or so old that ours finds no entry."""
    nothing = ChannelReading(kind)
    if len(data) > _MAX_SECOND or not _ENTRY.search(data):
        return nothing
    import feedparser.api  # costs 60 ms, and hardly any channel needs it

    parse: Callable[..., Any] = feedparser.api.parse

    try:
        parsed = parse(prepared(data), sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # it raises whatever its parsers raise on hostile input
        return nothing
    said = parsed.get("version") or ""
    if kind is ChannelKind.UNKNOWN and said:
        kind = (
            ChannelKind.RDF
            if said in ("rss10", "rss090")
            else ChannelKind.ATOM
            if said.startswith("atom")
            else ChannelKind.RSS
        )
    read = (_second_entry(entry, scope) for entry in parsed.entries[:max_entries])
    entries = tuple(entry for entry in read if entry != NOTHING)
    named = [link for link in (parsed.feed.get("links") or ())[:100] if isinstance(link, Mapping)]
    found = {rel: [absolute(link.get("href"), scope.url) for link in named if link.get("rel") == rel]
             for rel in ("hub", "self")}  # fmt: skip
    return ChannelReading(
        kind,
        plain(parsed.feed.get("title"), limit=MAX_TITLE),
        language_tag(parsed.feed.get("language")),
        entries,
        hubs=tuple(url for url in found["hub"] if url)[:MAX_HUBS],
        topic=next((url for url in found["self"] if url), None),
    )


def _second_entry(entry: Mapping[str, object], scope: Scope) -> Entry:
    def text(name: str, limit: int) -> str | None:
        value = entry.get(name)
        return plain(value, limit=limit) if isinstance(value, str) else None

    author = person(text("author", MAX_TITLE))
    return Entry(
        url=absolute(text("link", MAX_URL), scope.url),
        guid=text("id", MAX_URL),
        title=text("title", MAX_TITLE),
        summary=text("summary", MAX_SUMMARY),
        authors=(author,) if author else (),
        published_at=read_time(text("published", 100), now=scope.now),
        updated_at=read_time(text("updated", 100) if "updated" in entry else None, now=scope.now),
    )


# --- the contract -------------------------------------------------------------------------------------------------


def answer_feed(item: Mapping[str, object]) -> dict[str, object]:
    """The answer of `rasid pipe feed` to one item, without its id.

    Args:
        item: `body` (text) or `path` (a file; read up to 50 MiB), `url` and `content_type` where known.

    Raises:
        ItemError: ``bad_item`` for an item of another shape, ``unreadable_file`` for a path that cannot be read.
    """
    url, content_type = _optional(item, "url"), _optional(item, "content_type")
    body = _optional(item, "body")
    if body is not None:
        # Text is past its charset: the mark outweighs what the document declares.
        data = b"\xef\xbb\xbf" + body.removeprefix("\ufeff").encode("utf-8", "replace")
    else:
        data = _file(_optional(item, "path"))
    return as_answer(read_channel(data, url=url or "", content_type=content_type))


def _optional(item: Mapping[str, object], name: str) -> str | None:
    value = item.get(name)
    if value is not None and not isinstance(value, str):
        raise ItemError("bad_item", f"`{name}` must be text, not {type(value).__name__}")
    return value


def _file(path: str | None) -> bytes:
    if not path:
        raise ItemError("bad_item", "an item of `feed` needs `body` (text) or `path` (a file)")
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BODY)
    except (OSError, ValueError) as error:
        raise ItemError("unreadable_file", f"cannot read {path!r}: {error}") from error


def as_answer(reading: ChannelReading) -> dict[str, object]:
    """A reading in the names of the contract; times RFC 3339, an entry without a page has `url` null."""
    return {
        "kind": reading.kind.value,
        "title": reading.title,
        "language": reading.language,
        "entries": [_entry_answer(entry) for entry in reading.entries],
    }


def _entry_answer(entry: Entry) -> dict[str, object]:
    return {
        "url": entry.url or None,
        "guid": entry.guid,
        "title": entry.title,
        "summary": entry.summary,
        "authors": list(entry.authors),
        "published_at": entry.published_at.isoformat() if entry.published_at else None,
        "updated_at": entry.updated_at.isoformat() if entry.updated_at else None,
        "tags": list(entry.tags),
        "image": entry.image,
    }

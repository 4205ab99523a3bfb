"""Reads sitemaps, sitemap indexes, news sitemaps and lists of URLs (https://www.sitemaps.org/protocol.html). Pure."""

from __future__ import annotations

from datetime import UTC, datetime

import lxml.etree as etree

from rasid.discover.feeds import MAX_TITLE, Scope, absolute, language_tag, split_tags
from rasid.discover.plain import plain
from rasid.discover.times import read_time
from rasid.discover.xml import TooDamaged, mend, stream
from rasid.model import ChannelKind, ChannelReading, Entry

_ROWS = ("{*}url", "{*}sitemap")
_OLDEST = datetime.min.replace(tzinfo=UTC)
#: Rows read of one sitemap; the protocol allows 50,000.
_MAX_ROWS = 50_000


def read_sitemap(data: bytes, kind: ChannelKind, scope: Scope, *, max_entries: int) -> ChannelReading:
    """Read a sitemap from UTF-8 that went through `xml.prepared`.

    Where there are more rows than `max_entries`, the newest are kept, in the order of the document: large sitemaps
    are sorted by either end. `title` and `language` are those of the first news publication.

    Raises:
        TooDamaged: nothing can be read as XML.
    """
    try:
        return _read(data, kind, scope, strict=True, max_entries=max_entries)
    except TooDamaged:
        return _read(mend(data), kind, scope, strict=False, max_entries=max_entries)


def _read(data: bytes, kind: ChannelKind, scope: Scope, *, strict: bool, max_entries: int) -> ChannelReading:
    entries: list[Entry] = []
    title = language = None
    for number, element in enumerate(stream(data, _ROWS, strict=strict, base=scope.url)):
        if number >= _MAX_ROWS:
            break
        fields = _fields(element)
        if entry := _entry(fields, scope):
            entries.append(entry)
        if title is None and "name" in fields:
            title, language = plain(fields["name"], limit=MAX_TITLE), language_tag(fields.get("language"))
    return ChannelReading(kind, title, language, newest(entries, max_entries))


def newest(entries: list[Entry], count: int) -> tuple[Entry, ...]:
    """At most `count` of `entries`, the newest, in their order; those without a time count as oldest."""
    if len(entries) <= count:
        return tuple(entries)
    ages = [entry.published_at or entry.updated_at or _OLDEST for entry in entries]
    kept = sorted(range(len(entries)), key=lambda index: ages[index], reverse=True)[:count]
    return tuple(entries[index] for index in sorted(kept))


def _fields(element: etree._Element) -> dict[str, str]:
    """Texts by local name: of the row, of its news part, and of its first picture (as ``image``)."""
    fields: dict[str, str] = {}
    for child in element.iter():
        tag, text = child.tag, child.text
        if not text or not isinstance(tag, str):
            continue
        space, _, local = tag.rpartition("}")
        if "image" in space or "video" in space:
            local = "image" if local == "loc" else ""
        fields.setdefault(local, text)
    return fields


def _entry(fields: dict[str, str], scope: Scope) -> Entry | None:
    url = absolute(fields.get("loc"), scope.url)
    if not url:
        return None
    return Entry(
        url=url,
        title=plain(fields.get("title"), limit=MAX_TITLE),
        published_at=read_time(fields.get("publication_date"), now=scope.now),
        updated_at=read_time(fields.get("lastmod"), now=scope.now),
        tags=split_tags(fields["keywords"]) if "keywords" in fields else (),
        image=absolute(fields.get("image"), scope.url) or None,
    )


def read_text_sitemap(data: bytes, *, max_entries: int) -> ChannelReading | None:
    """Read a sitemap that is a list of URLs, one a line; None where any line is something else, or there is none."""
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()[:_MAX_ROWS]]
    urls = [absolute(line, None) for line in lines if line]
    if not urls or not all(urls) or any(" " in url for url in urls):
        return None
    return ChannelReading(ChannelKind.SITEMAP, entries=tuple(Entry(url=url) for url in urls[:max_entries]))

"""Reads and writes OPML (http://opml.org/spec2.opml): the lists of feeds that readers exchange. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import lxml.etree as etree

from rasid.discover.decode import to_utf8
from rasid.discover.feeds import absolute
from rasid.discover.plain import one_line, plain
from rasid.discover.xml import TooDamaged, mend, parse, prepared
from rasid.errors import UsageError

#: Bytes, outlines and levels that are read; real lists stay a hundred times below.
MAX_BODY = 20_000_000
MAX_OUTLINES = 50_000
_MAX_DEPTH = 32
_MAX_TEXT = 1_000
_MAX_LABEL, _MAX_LABELS = 100, 20
#: Bytes at the end of a file in which its last tag is looked for: programs leave comments behind it.
_TAIL = 4_096
_END = re.compile(rb"</\s*(?:[\w.-]{1,30}:)?opml\s*>|<opml\b[^<>]{0,500}/>", re.IGNORECASE)
_OUTLINE = re.compile(rb"<outline\b[^<]*")
_ATTRIBUTE = re.compile(rb"\s(?:text|title|description|type|xmlUrl|htmlUrl|language|version|category)=\"")


@dataclass(frozen=True, slots=True)
class OpmlOutline:
    """One feed of a list.

    Attributes:
        title: as its owner named it; the feed's address where it has no name.
        feed_url: absolute http(s) URL.
        site_url: the front page; None where the list does not tell.
        category: names of the outlines that it stands in, from the outermost.
        language: as the list says it; None where it does not.
        labels: what its ``category`` attribute names, as ``/country/SY``.
    """

    title: str
    feed_url: str
    site_url: str | None = None
    category: tuple[str, ...] = ()
    language: str | None = None
    labels: tuple[str, ...] = ()


def read_opml(body: bytes) -> list[OpmlOutline]:
    """The feeds of an OPML file, in its order, each address once.

    Outlines without a feed's address only give their name to those inside. Damage is read over where it can be.

    Raises:
        UsageError: the body is no OPML; the message says what it is instead.
    """
    data = to_utf8(body[:MAX_BODY])
    root = _root(data)
    if (name := _local(root)) != "opml":
        raise UsageError(f"this is no OPML: its outermost element is <{name}>{_INSTEAD.get(name, '')}")
    found: dict[str, OpmlOutline] = {}
    stack: list[tuple[etree._Element, tuple[str, ...]]] = [
        (child, ()) for body_ in reversed(_named(root, "body")) for child in reversed(_named(body_, "outline"))
    ]
    while stack and len(found) < MAX_OUTLINES:
        element, path = stack.pop()
        attributes = {str(key).lower(): str(value) for key, value in element.attrib.items()}
        title = _title(attributes)
        if feed := absolute(attributes.get("xmlurl"), None):
            site = absolute(attributes.get("htmlurl"), None) or None
            language = plain(attributes.get("language"), limit=_MAX_LABEL)
            labels = tuple(_labels(attributes.get("category") or ""))
            found.setdefault(feed, OpmlOutline(title or feed, feed, site, path, language, labels))
        inner = (*path, title) if title and len(path) < _MAX_DEPTH else path
        stack += [(child, inner) for child in reversed(_named(element, "outline"))]
    return list(found.values())


def is_cut(body: bytes) -> bool:
    """Whether an OPML file ends before its end: what stood there is missing, and nobody would notice.

    >>> is_cut(b"<opml><body/></opml>"), is_cut(b"<opml><body><outline xmlUrl='ht")
    (False, True)
    """
    data = to_utf8(body[:MAX_BODY])
    return len(body) > MAX_BODY or _END.search(data[-_TAIL:]) is None or data.count(b"<outline") > MAX_OUTLINES


def _labels(text: str) -> list[str]:
    """The parts of a ``category`` attribute, which commas divide."""
    return [label for part in text[: _MAX_LABELS * _MAX_LABEL].split(",")[:_MAX_LABELS] if (label := part.strip())]


def facts(outline: OpmlOutline) -> dict[str, str]:
    """What a list says of the outlet of a feed, as far as it can be believed to be well-formed.

    Returns:
        ``outlet`` (id), ``family``, ``country``, ``language`` and ``time_zone``, those that are there.

    >>> facts(OpmlOutline("x", "https://a.example/feed", language="ar-sy", labels=("/country/SY", "/outlet/Not An Id")))
    {'country': 'SY', 'language': 'ar'}
    """
    said: dict[str, str] = {}
    for label in outline.labels:
        name, _, value = label.removeprefix("/").partition("/")
        if name in _FACTS and _FACTS[name].fullmatch(value):
            said.setdefault(name, value)
    base = (outline.language or "").partition("-")[0].lower()
    if re.fullmatch(r"[a-z]{2,3}", base) and base not in ("und", "mul", "zxx"):
        # A script tells languages apart, as that of Kurdish; regions are named as one likes.
        script = re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(?:-.{1,10})?", outline.language or "")
        said["language"] = base + ((script[1] or "") if script else "")
    return said


def labels_of(said: dict[str, str | None]) -> tuple[str, ...]:
    """`said` (names as in `facts`) as labels; what is None is left out."""
    return tuple(f"/{name}/{value}" for name, value in said.items() if name in _FACTS and value)


_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FACTS = {
    "outlet": _ID,
    "family": _ID,
    "country": re.compile(r"[A-Z]{2}"),
    "time_zone": re.compile(r"[A-Za-z]{1,20}(?:/[A-Za-z_+-]{1,30}){0,2}"),
}
_INSTEAD = {
    "rss": ": a feed, which is added by its address",
    "feed": ": a feed, which is added by its address",
    "rdf": ": a feed, which is added by its address",
    "urlset": ": a sitemap",
    "sitemapindex": ": an index of sitemaps",
    "html": ": a web page",
}


def _root(data: bytes) -> etree._Element:
    start = data.lstrip()
    if not start.startswith(b"<"):
        raise UsageError(f"this is no OPML: {_described(start)}")
    data = prepared(start)
    try:
        return parse(data, strict=True)
    except TooDamaged:
        pass
    try:
        return parse(mend(_OUTLINE.sub(_requoted, data)), strict=False)
    except TooDamaged as error:
        raise UsageError(f"this is no OPML: it cannot be read as XML ({error})") from error


def _requoted(found: re.Match[bytes]) -> bytes:
    """One outline with the quotes inside its values escaped: many programs write them bare."""
    tag = found[0]
    starts = list(_ATTRIBUTE.finditer(tag))
    if not starts:
        return tag
    out = [tag[: starts[0].start()]]
    for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(tag)], strict=True):
        value, quote, rest = tag[start.end() : end].rpartition(b'"')
        out += [start[0], value.replace(b'"', b"&quot;"), quote, rest]
    return b"".join(out)


def _described(start: bytes) -> str:
    if not start:
        return "the file is empty"
    if start[:1] in b"{[":
        return "it looks like JSON"
    if start.startswith((b"http://", b"https://", b"#")):
        return "it looks like a list of URLs"
    begins = start[:40].decode("utf-8", "replace")
    return f"it begins with {begins!r}, and OPML begins with <?xml or <opml"


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _named(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if _local(child) == name]


def _title(attributes: dict[str, str]) -> str | None:
    return plain(attributes.get("title"), limit=_MAX_TEXT) or plain(attributes.get("text"), limit=_MAX_TEXT)


def write_opml(outlines: list[OpmlOutline], *, title: str = "rasid") -> bytes:
    """An OPML 2.0 file in UTF-8 with an outline for each category; `read_opml` of it gives the same feeds.

    Feeds of one category come together, where the first of them stood.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _clean(title)
    folders: dict[tuple[str, ...], etree._Element] = {(): etree.SubElement(root, "body")}
    for outline in outlines:
        fields = {"type": "rss", "text": outline.title, "title": outline.title, "xmlUrl": outline.feed_url}
        if outline.site_url:
            fields["htmlUrl"] = outline.site_url
        if outline.language:
            fields["language"] = outline.language
        if outline.labels:
            fields["category"] = ",".join(outline.labels)
        parent = _folder(folders, outline.category[:_MAX_DEPTH])
        etree.SubElement(parent, "outline", {key: _clean(value) for key, value in fields.items()})
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _folder(folders: dict[tuple[str, ...], etree._Element], path: tuple[str, ...]) -> etree._Element:
    for depth in range(1, len(path) + 1):
        if path[:depth] not in folders:
            name = _clean(path[depth - 1])
            folders[path[:depth]] = etree.SubElement(folders[path[: depth - 1]], "outline", text=name, title=name)
    return folders[path]


def _clean(text: str) -> str:
    """`text` without what XML cannot hold."""
    return (one_line(text, limit=10_000) or "").replace("\ufffe", "").replace("\uffff", "")

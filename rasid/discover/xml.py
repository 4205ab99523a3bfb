"""Reads XML of strangers: streamed, bounded, and without any entity or outside resource. Pure.

The document type is cut off before the parser sees the document, so no entity exists but the five of XML: bombs and
external entities are inert text. What broken feeds need is mended first (`mend`), only where strict reading failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.entities import html5

import lxml.etree as etree

#: What libxml2 is fed at a time, in bytes: small enough that reading stops soon after the last wanted entry.
_CHUNK = 65_536
_DOCTYPE_REACH = 65_536
# Values without markup or references only: what is substituted can neither nest nor grow.
_SIMPLE_ENTITY = re.compile(rb"<!ENTITY\s+([A-Za-z][\w.-]{0,40})\s+(?:\"([^\"<&%]{0,200})\"|'([^'<&%]{0,200})')\s*>")
_MAX_ENTITIES = 100
_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)([A-Za-z][\w.-]{0,40};)?")
_BAD_REFERENCE = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
# Control characters that XML forbids; also U+FFFE and U+FFFF.
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]+|\xef\xbf[\xbe\xbf]")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_DECLARATION = re.compile(rb"^\s*<\?xml\b[^>]{0,300}\?*>\s*", re.IGNORECASE)


class TooDamaged(ValueError):
    """The document cannot be read as XML, not even leniently."""


def stream(data: bytes, tags: tuple[str, ...], *, strict: bool, base: str | None = None) -> Iterator[etree._Element]:
    """Yield each finished element whose Clark name is in `tags` (``{*}item`` for any namespace), in document order.

    An element is emptied once the next one is asked for. One that the end of the document cuts comes without its last
    child. A document without such an element yields its root.

    Args:
        data: UTF-8 without a document type (see `prepared`).
        strict: end with `TooDamaged` at the first fault. Else read on over faults.

    Raises:
        TooDamaged: see `strict`; also where there is no element at all.
    """
    parser = etree.XMLPullParser(
        events=("end",), tag=tags, recover=not strict, encoding="utf-8", base_url=base, resolve_entities=False,
        no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    found = False
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            for _, element in parser.read_events():
                found = True
                yield element
                element.clear(keep_tail=False)
        root = parser.close()
        for _, element in parser.read_events():
            found = True
            if len(element):  # the end of the document cut its last child: half an address is worse than none
                element.remove(element[-1])
            yield element
    except (etree.XMLSyntaxError, etree.ParserError, AssertionError, UnicodeError) as error:
        if found and not strict:
            return
        raise TooDamaged(str(error)) from error
    if not found:
        if root is None:
            raise TooDamaged("no element")
        yield root


def parse(data: bytes, *, strict: bool) -> etree._Element:
    """The root of a whole document that went through `prepared`; for documents that are small by their nature.

    Raises:
        TooDamaged: at the first fault where `strict`, else where there is no element at all.
    """
    parser = etree.XMLParser(
        recover=not strict, encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TooDamaged(str(error)) from error
    if root is None:
        raise TooDamaged("no element")
    return root


def prepared(data: bytes) -> bytes:
    """`data` without declaration and document type; simple entities of the document type are put in their places."""
    data = _DECLARATION.sub(b"", data, count=1)
    opening = _DOCTYPE.search(data, 0, _DOCTYPE_REACH)
    if opening is None:
        return data
    start = opening.start()
    end = _doctype_end(data, start)
    entities = {
        found[1]: found[2] or found[3] or b""
        for found, _ in zip(_SIMPLE_ENTITY.finditer(data, start, end), range(_MAX_ENTITIES), strict=False)
    }
    rest = data[:start] + data[end:]
    return _expanded(rest, lambda name: entities.get(name)) if entities else rest


def _doctype_end(data: bytes, start: int) -> int:
    """Just past the document type; the end of `data` where it never ends."""
    close = data.find(b">", start)
    bracket = data.find(b"[", start, close if close >= 0 else None)
    if bracket >= 0:
        inner = data.find(b"]", bracket)
        # A "]" may stand inside a quoted value; only one that a ">" follows ends the subset.
        while inner >= 0 and not data[inner + 1 : inner + 40].lstrip().startswith(b">"):
            inner = data.find(b"]", inner + 1)
        close = data.find(b">", inner) if inner >= 0 else -1
    return close + 1 if close >= 0 else len(data)


def mend(data: bytes) -> bytes:
    """Mend what keeps feeds from being well-formed: bare ampersands, HTML's entities, forbidden characters."""
    data = _FORBIDDEN.sub(b"", data)
    data = _expanded(data, _html_entity)
    return _BAD_REFERENCE.sub(b"", data)


#: RSS 0.91's document type has HTML 4's brackets; HTML 5 moved the names to others.
_OF_FEEDS = {b"lang": "\u2329", b"rang": "\u232a"}


def _html_entity(name: bytes) -> bytes | None:
    char = _OF_FEEDS.get(name) or html5.get(name.decode("ascii", "replace") + ";")
    return None if char is None else b"".join(b"&#%d;" % ord(c) for c in char)


def _expanded(data: bytes, value: Callable[[bytes], bytes | None]) -> bytes:
    """Replace references outside CDATA: by `value` of the name where it knows it, else escape the ampersand."""

    def replace(found: re.Match[bytes]) -> bytes:
        name = found[1]
        text = value(name[:-1]) if name else None
        return b"&amp;" + (name or b"") if text is None else text

    if _AMPERSAND.search(data) is None:
        return data
    head, *sections = data.split(b"<![CDATA[")
    out = [_AMPERSAND.sub(replace, head)]
    for section in sections:
        inside, close, outside = section.partition(b"]]>")
        out += [b"<![CDATA[", inside, close, _AMPERSAND.sub(replace, outside)]
    return b"".join(out)

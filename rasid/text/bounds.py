"""Bounds on what reaches the HTML parser: bytes, tags, and the depth of nesting.

An HTML5 parser walks its stack of open elements for many tags, so a page that only opens elements takes time by the
square of its length: two megabytes of ``<div>`` hold a core for minutes.
"""

from __future__ import annotations

import re

#: A page is cut here before it is parsed; news pages have a median of about 115 kB.
MAX_BYTES = 2_000_000
#: Open elements at which a page is cut. Browsers stop nesting at 512.
MAX_OPEN = 512
#: Tags at which a page is cut; a very long live blog has half as many.
MAX_TAGS = 80_000
#: Below this many tags no nesting can take long, and the look at each tag is saved.
_MANY_TAGS = 15_000
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_NEVER_OPEN = frozenset(
    {
        b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param", b"source",
        b"track", b"wbr", b"p", b"li", b"dd", b"dt", b"tr", b"td", b"th", b"thead", b"tbody", b"tfoot", b"option",
        b"optgroup", b"script", b"style", b"title", b"textarea", b"path", b"rect", b"circle", b"use", b"g", b"polygon",
        b"line",
    }
)  # fmt: skip


def bounded(page: bytes) -> bytes:
    """The head of `page` that is safe to parse: within `MAX_BYTES`, `MAX_TAGS` and `MAX_OPEN`."""
    page = page[:MAX_BYTES]
    if page.count(b"<") < _MANY_TAGS:
        return page
    depth = 0
    for number, found in enumerate(_TAG.finditer(page)):
        if number >= MAX_TAGS:
            return page[: found.start()]
        if found[2].lower() in _NEVER_OPEN:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > MAX_OPEN:
            return page[: found.start()]
    return page

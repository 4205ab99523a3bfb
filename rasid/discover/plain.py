"""Makes plain text of what channels put into titles, summaries, names and tags. Pure; never raises.

What comes out is NFC, on one line, and holds no markup: nothing in it can open a tag, however often it was escaped.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from selectolax.lexbor import LexborHTMLParser

#: Longest piece of markup that is read for one field, in characters; the rest is dropped.
MAX_MARKUP = 60_000
_ROUNDS = 4
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_OPENS = re.compile(r"<[A-Za-z/!?]")
_LEFT = re.compile(r"<(?=\s*[A-Za-z/!?])")
_BLOCKS = (
    "p|div|br|li|ul|ol|tr|td|th|h[1-6]|table|blockquote|section|article|figure|figcaption|header|footer|dd|dt|hr|pre"
)
_BLOCK = re.compile(rf"</?(?:{_BLOCKS})\b", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})\b[^<>]*>", re.IGNORECASE)
_TRICKY = re.compile(
    r"<(?:script|style|template|noscript|iframe|svg|math|textarea|title|xmp|noembed|noframes|select|!)",
    re.IGNORECASE,
)
_HIDDEN = ["script", "style", "template", "noscript", "iframe", "svg", "math", "textarea", "xmp", "noembed",
           "noframes", "select", "title"]  # fmt: skip
# C0 and C1 controls, and lone surrogates, which no database takes.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def plain(text: str | None, *, limit: int) -> str | None:
    """Plain text of `text`, at most `limit` characters; None where nothing is left."""
    if not text:
        return None
    text = text[:MAX_MARKUP]
    if "<" in text or "&" in text:
        text = _without_markup(text)
    return one_line(text, limit=limit)


def one_line(text: str, *, limit: int) -> str | None:
    """`text` in NFC with white space as single blanks, cut to `limit`; None where nothing is left."""
    text = " ".join(text.split())
    if not text.isprintable():
        text = " ".join(_CONTROL.sub(" ", text).split())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text[:limit].rstrip() or None


def _closed(text: str) -> str:
    """`text` with a comment that nothing closes ended at its first ``>``: it would swallow all that follows."""
    start = text.rfind("<!--")
    if text.find("-->", start + 4) >= 0 or (end := text.find(">", start + 4)) < 0:
        return text
    return text[:start] + text[end + 1 :]


def _without_markup(text: str) -> str:
    """Strip tags and decode references until neither is left: feeds escape once, twice or not at all."""
    for _ in range(_ROUNDS):
        before = text
        if _OPENS.search(text):
            text = _stripped(text)
        if "&" in text:
            text = unescape(text)
        if text == before or not ("&" in text or _OPENS.search(text)):
            break
    return _LEFT.sub("\u2039", text) if "<" in text else text


def _stripped(text: str) -> str:
    if "<!--" in text:
        text = _closed(text)
    if not _TRICKY.search(text):
        cut = _TAG.sub("", _BLOCK_TAG.sub(" ", text))
        if "<" not in cut and ">" not in cut:
            return cut
    if not _TAG.search(text) and not _TRICKY.search(text):
        return text
    # References stay escaped here, so that the caller's next round decodes each level once.
    tree = LexborHTMLParser(_BLOCK.sub(r" \g<0>", text).replace("&", "&amp;"))
    tree.strip_tags(_HIDDEN, recursive=True)
    return tree.body.text() if tree.body is not None else ""

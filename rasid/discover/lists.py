"""Reads lists of URLs: one a line, comments after ``#``, blank lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rasid import urls
from rasid.discover.decode import to_utf8

MAX_BODY = 50_000_000
MAX_LINES = 1_000_000
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that gave no URL: its number from 1, what it held (cut to 200 characters), and why it was refused."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class UrlList:
    """The URLs of a list in its order, each page once; the lines that could not be read; how many came again."""

    urls: tuple[str, ...]
    unread: tuple[UnreadLine, ...] = ()
    repeated: int = 0


def read_urls(body: bytes) -> list[str]:
    """The URLs of a list, serialised, in its order, each page once. Lines that hold none are left out: `read_list`
    names them.

    >>> read_urls("\\ufeffhttps://example.org/a  # خبر\\n\\n# note\\nftp://no\\n".encode())
    ['https://example.org/a']
    """
    return list(read_list(body).urls)


def read_list(body: bytes) -> UrlList:
    """Like `read_urls`, with a report. A ``#`` opens a comment at the start of a line or after white space: one inside
    a URL is part of it. Text after the URL (a tab or comma and a title) is left out."""
    found: dict[str, str] = {}
    unread: list[UnreadLine] = []
    repeated = 0
    for number, line in enumerate(to_utf8(body[:MAX_BODY]).decode("utf-8", "replace").splitlines()[:MAX_LINES], 1):
        words = line.strip().strip("\ufeff\u200e\u200f").split(maxsplit=1)
        if not words or words[0].startswith("#"):
            continue
        href, reason = _read(words[0])
        if href is None:
            unread.append(UnreadLine(number, line.strip()[:_SHOWN], reason))
        elif (key := urls.key(href)) in found:
            repeated += 1
        else:
            found[key] = href
    return UrlList(tuple(found.values()), tuple(unread), repeated)


def _read(word: str) -> tuple[str | None, str]:
    """The URL in a word, or None and why: ``no_url not_http too_long credentials``."""
    text = word.rstrip(",;").strip("<>\"'")
    if "://" not in text:
        return None, "no_url"
    href = urls.normalise(text)
    if href is None:
        return None, "no_url"
    able, reason = urls.fetchable(href)
    if not able and reason in ("not_http", "too_long", "credentials"):
        return None, reason
    return href, ""

"""The address by which an article is told to be one that is known: canonical, mobile, AMP and print forms are one."""

from __future__ import annotations

from hashlib import blake2b
from urllib.parse import urlsplit

from rasid import urls

_PRINT = frozenset({"print", "printable", "printpage", "printview", "printversion", "forprint", "print-version"})
#: Names of query pairs whose value says how a page is shown.
_SHOWN = frozenset({"view", "layout", "format", "mode", "action", "task", "output", "type", "style", "version"})
#: Further pairs that go with the print form of some systems.
_WITH_PRINT = frozenset({"tmpl=component", "page="})
_MOBILE = ("m.", "mobile.", "amp.")


def address_of(url: str | None, canonical: str | None = None) -> int | None:
    """A signed 64-bit number that the forms of one article's address share.

    None without an address of an article: none at all, one that is no URL, or a front page.

    Args:
        canonical: what the page names as its own address; believed before `url`.

    >>> address_of("https://www.x.org/a/12-b") == address_of("https://m.x.org/a/12-b/print?utm_source=y#top")
    True
    """
    for one in (canonical, url):
        href = urls.normalise(one) if one else None
        if href is not None and href.startswith("http") and not urls.is_front(href):
            return int.from_bytes(blake2b(_bare(href).encode(), digest_size=8).digest(), "big", signed=True)
    return None


def _bare(href: str) -> str:
    """The key of an address, its print and mobile forms taken off."""
    parts = urlsplit(urls.key(href))
    pairs = [pair for pair in parts.query.split("&") if pair]
    kept = [pair for pair in pairs if not _prints(pair)]
    if len(kept) < len(pairs):
        kept = [pair for pair in kept if pair not in _WITH_PRINT]
    steps = [step for step in parts.path.split("/") if step]
    if len(steps) > 1:
        steps = steps[1:] if steps[0].lower() in _PRINT else steps[:-1] if steps[-1].lower() in _PRINT else steps
    host = parts.netloc
    for prefix in _MOBILE:
        if host.startswith(prefix) and "." in host.removeprefix(prefix):
            host = host.removeprefix(prefix)
            break
    return urls.key(f"https://{host}/{'/'.join(steps)}{'?' + '&'.join(kept) if kept else ''}")


def _prints(pair: str) -> bool:
    name, _, value = pair.lower().partition("=")
    return (name in _PRINT and value not in ("0", "false", "no")) or (name in _SHOWN and value in _PRINT)

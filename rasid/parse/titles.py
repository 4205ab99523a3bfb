"""The headline of a page, out of the many titles it carries."""

from __future__ import annotations

import re

from rasid.parse.meta import Meta
from rasid.text.fold import fold

_MARK = re.compile(r"\s+(?:[|•·»›–—\-]|::|//)\s+|\s*[|｜]\s*")
_WORD = re.compile(r"\w+")


def choose_title(meta: Meta) -> tuple[str | None, str]:
    """The headline as a reader sees it, and where it was found (``h1 og jsonld title``); None and "" without one.

    An `<h1>` that says what the page's title says is what readers see. Otherwise what the page tells others, without
    the name of the site.
    """
    told = [text for text, _ in meta.headlines] + ([meta.page_title] if meta.page_title else [])
    for heading in meta.first_headings:
        if len(heading) <= 300 and any(_alike(heading, other) for other in told):
            return _without_kicker(heading, told), "h1"
    for text, source in meta.headlines:
        stripped = without_site(text, meta)
        if len(stripped) > 3:
            return stripped, source
    if meta.page_title:
        return without_site(meta.page_title, meta), "title"
    lone = next((text for text in meta.first_headings if len(text) <= 300), None)
    return (lone, "h1") if lone else (None, "")


def same_title(one: str, other: str) -> bool:
    """Whether two titles are of one article: the same, or one with the name of its site."""
    return _alike(one, other) or _alike(other, one)


def _without_kicker(heading: str, told: list[str]) -> str:
    """`heading` without a kicker that the markup glued to it: "PoliticsThe headline"."""
    for other in told:
        head = heading.removesuffix(other)
        if head and len(head) < len(heading) and not head[-1].isspace() and head[-1].isalnum():
            return other
    return heading


def _alike(heading: str, other: str) -> bool:
    """Whether most words of each are words of the other, a site's name at the end of `other` aside."""
    # A title that opens with the heading goes on with the names of section and site.
    if len(heading) >= 12 and fold(other).startswith(fold(heading)):
        return True
    ours, theirs = set(_WORD.findall(fold(heading))), set(_WORD.findall(fold(other)))
    if not ours or not theirs:
        return False
    common = len(ours & theirs)
    return common >= 0.8 * len(ours) and common >= 0.5 * len(theirs) and (common >= 2 or ours == theirs)


def without_site(title: str, meta: Meta) -> str:
    """`title` without the name of its site at either end."""
    marks = list(_MARK.finditer(title))
    if not marks:
        return title
    head, tail = title[: marks[0].start()], title[marks[-1].end() :]
    site = fold(meta.site_name or "")
    if site and _names(tail, site):
        return title[: marks[-1].start()].strip()
    if site and _names(head, site):
        return title[marks[0].end() :].strip()
    # Without a known name: a short last part behind a long first one is a name.
    if len(tail.split()) <= 4 and len(tail) < 0.4 * len(title) and "|" in marks[-1][0]:
        return title[: marks[-1].start()].strip()
    return title


def _names(part: str, site: str) -> bool:
    folded = fold(part).strip()
    return bool(folded) and (folded == site or folded in site or site in folded) and len(folded) <= 2 * len(site) + 10

"""When a page was published and changed: the claims of its metadata, its visible time stamps, its address.

A claim is believed in the order of how seldom it is wrong; the first that can be a time of publication wins, and a
finer one of the same day refines it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rasid.model import When
from rasid.parse.dates import parse_date
from rasid.parse.meta import Meta, clean
from rasid.parse.zones import home_of, zone_of

#: Visible stamps that are looked at; the first on a page is the article's own far more often than not.
MAX_STAMPS = 12
_STAMPS = (
    "time, [class*='date' i], [class*='time' i], [class*='publish' i], [class*='posted' i], [id*='date' i], "
    "[class*='fecha' i], [class*='datum' i], [class*='tarih' i]"
)
_IN_URL = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<mark>[/\-_.]?)(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>0[1-9]|[12]\d|3[01])(?!\d{1,2}(?!\d))"
)
_UPDATED = re.compile(r"updat|modif|aktualis|guncel|تحديث|mise a jour|actualiz", re.I)


def stamps_on(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    """(text, selector kind) of the page's visible time stamps in page order, those of `<time datetime>` first.

    Reads `tree` before the body is taken out of it.
    """
    machine: list[tuple[str, str]] = []
    visible: list[tuple[str, str]] = []
    for node in tree.css(_STAMPS)[: 5 * MAX_STAMPS]:
        if _is_updated(node):
            continue
        if node.tag == "time" and node.attributes.get("datetime"):
            machine.append((clean(node.attributes["datetime"]) or "", "time"))
        text = _own_text(node)
        if text:
            visible.append((text, "visible"))
    return machine[:MAX_STAMPS] + visible[:MAX_STAMPS]


def _is_updated(node: LexborNode) -> bool:
    attributes = node.attributes
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('itemprop') or ''}"
    return _UPDATED.search(named) is not None


def _own_text(node: LexborNode) -> str | None:
    text = clean(node.text(deep=True))
    return text if text and 6 <= len(text) <= 90 and any(char.isdigit() for char in text) else None


def published_of(
    meta: Meta,
    stamps: list[tuple[str, str]],
    *,
    url: str | None,
    language: str | None,
    country: str | None,
    now: datetime | None,
    page: bytes,
    slow: bool,
) -> tuple[When | None, When | None]:
    """When the page was published and when changed, as far as it says.

    `page` is given to the slow reader where nothing else says it, and `slow` allows.
    """
    reader = _Reader(language=language, country=country, now=now, url=url)
    modified = reader.first(meta.modified)
    published = reader.first(meta.published) or reader.first(stamps)
    if published is None:
        published = reader.in_url(url) or (modified if not slow else None) or (reader.slowly(page) if slow else None)
    else:
        published = reader.refined(published, (*meta.published, *stamps))
    return published or modified, modified


class _Reader:
    """Reads claims with what is known of their source."""

    def __init__(self, *, language: str | None, country: str | None, now: datetime | None, url: str | None) -> None:
        self.language, self.country, self.now = language, country, now
        self.home = home_of(url, language)

    def read(self, text: str, source: str) -> When | None:
        """One claim; None where it is no date or cannot be a time of publication."""
        when = parse_date(text, language=self.language, country=self.country, now=self.now, home=self.home)
        if when is None or when.precision in ("month", "year") or not self._possible(when):
            return None
        return When(when.value, when.precision, when.zone_from, source)

    def all(self, claims: Iterable[tuple[str, str]]) -> Iterator[When]:
        """All claims that can be read."""
        for text, source in claims:
            when = self.read(text, source)
            if when:
                yield when

    def first(self, claims: Iterable[tuple[str, str]]) -> When | None:
        """The first claim that can be read."""
        return next(self.all(claims), None)

    def refined(self, chosen: When, claims: Iterable[tuple[str, str]]) -> When:
        """`chosen`, or a claim with a clock for the same day where `chosen` has none."""
        if not _bare_day(chosen):
            return chosen
        same = (when for when in self.all(claims) if not _bare_day(when) and _same_day(when, chosen))
        return next(same, chosen)

    def in_url(self, url: str | None) -> When | None:
        """The day that stands in an address."""
        # The archive's own time stamp is when it looked, not when the page was written.
        found = _IN_URL.search(re.sub(r"/web/\d{14}\w*/", "/", unquote(url or "")[:2000]))
        if found is None:
            return None
        try:
            on = date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            return None
        zone, zone_from = zone_of(self.country) if self.country else self.home or zone_of(None)
        when = When(datetime(on.year, on.month, on.day, tzinfo=zone), "day", zone_from, "url")
        return when if self._possible(when) else None

    def slowly(self, page: bytes) -> When | None:
        """What `htmldate` finds, except a 1 January: that is what it makes of months it cannot read."""
        from htmldate import find_date

        try:
            text = find_date(page.decode("utf-8", "replace"), extensive_search=False, original_date=True)
        except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
            return None
        if not text or text.endswith("-01-01"):
            return None
        return self.read(text, "htmldate")

    def _possible(self, when: When) -> bool:
        if when.value.year < 1990:
            return False
        limit = self.now or datetime.now(UTC)
        return when.value <= limit + timedelta(days=1, hours=1)


def _bare_day(when: When) -> bool:
    value = when.value
    return when.precision == "day" or (value.hour == value.minute == value.second == 0)


def _same_day(one: When, other: When) -> bool:
    return abs((one.value.replace(tzinfo=None).date() - other.value.replace(tzinfo=None).date()).days) == 0

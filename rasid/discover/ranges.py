"""Tells from an address the days that it speaks of: an article's own day, or the month that a sitemap covers. Pure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from rasid.errors import UsageError
from rasid.model import Entry

_YEAR = r"(?<!\d)(?P<year>(?:19|20)\d{2})"
#: Year, month and day that stand together, with one kind of separator or none.
_DAY = re.compile(_YEAR + r"(?P<sep>[/_.-]?)(?P<month>0[1-9]|1[0-2])(?P=sep)(?P<day>0[1-9]|[12]\d|3[01])(?!\d)")
#: A day of one digit needs separators.
_LOOSE_DAY = re.compile(_YEAR + r"(?P<sep>[/_-])(?P<month>0?[1-9]|1[0-2])(?P=sep)(?P<day>0?[1-9]|[12]\d|3[01])(?!\d)")
_MONTH = re.compile(_YEAR + r"[/_.-]?(?P<month>0[1-9]|1[0-2])(?!\d)")
_WHOLE_YEAR = re.compile(_YEAR + r"(?!\d)")


@dataclass(frozen=True, slots=True)
class Days:
    """A range of days, both ends part of it; None leaves that end open."""

    since: date | None = None
    until: date | None = None

    def meets(self, other: Days) -> bool:
        """Whether both have a day in common."""
        after = self.since is not None and other.until is not None and other.until < self.since
        before = self.until is not None and other.since is not None and other.since > self.until
        return not (after or before)

    @property
    def bounded(self) -> bool:
        """Whether an end is set at all."""
        return self.since is not None or self.until is not None


def read_days(since: str | None, until: str | None) -> Days:
    """The range that an operator names, as ``2024``, ``2024-03`` or ``2024-03-31``.

    Raises:
        UsageError: one of them is no day, or the range ends before it begins.
    """
    days = Days(_named(since, "--since", first=True), _named(until, "--until", first=False))
    if days.since and days.until and days.until < days.since:
        raise UsageError(f"--until {until} lies before --since {since}")
    return days


def _named(text: str | None, option: str, *, first: bool) -> date | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text.strip(), re.ASCII)
    try:
        if found is None:
            raise ValueError
        year = int(found[1])
        month = int(found[2]) if found[2] else (1 if first else 12)
        day = int(found[3]) if found[3] else (1 if first else calendar.monthrange(year, month)[1])
        return date(year, month, day)
    except (ValueError, IndexError):
        raise UsageError(f"{option} takes a day like 2024-03-31, 2024-03 or 2024; got {text!r}") from None


def days_in(address: str) -> Days | None:
    """The day, month or year that an address names; None where it names none.

    >>> days_in("https://example.org/2024/03/31/storm")
    Days(since=datetime.date(2024, 3, 31), until=datetime.date(2024, 3, 31))
    >>> days_in("https://example.org/sitemap-2024-02.xml.gz").until
    datetime.date(2024, 2, 29)
    """
    path = re.sub(r"^[a-z]+://[^/]*", "", address[:2_000], flags=re.I)
    for pattern in (_DAY, _LOOSE_DAY):
        for found in pattern.finditer(path):
            try:
                day = date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                continue
            return Days(day, day)
    if in_month := _MONTH.search(path):
        year, month = int(in_month["year"]), int(in_month["month"])
        return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    if in_year := _WHOLE_YEAR.search(path):
        year = int(in_year["year"])
        return Days(date(year, 1, 1), date(year, 12, 31))
    return None


def entry_days(entry: Entry) -> Days | None:
    """When a row of a sitemap was published, as far as it tells: its news date, a day in its address, its last change.

    The change comes last: many sites set it anew for every page whenever they rebuild their sitemap. Years and months
    in an address are not believed of an article (``/2024-budget``).
    """
    if entry.published_at is not None:
        return Days(entry.published_at.date(), entry.published_at.date())
    named = days_in(entry.url)
    if named is not None and named.since == named.until:
        return named
    if entry.updated_at is not None:
        return Days(entry.updated_at.date(), entry.updated_at.date())
    return None


def may_cover(child: Entry, wanted: Days) -> bool:
    """Whether a sitemap that an index names may hold articles of the `wanted` days.

    Left out are those that name another month or year, and those that have not changed since the range began.
    """
    named = days_in(child.url)
    if named is not None and not named.meets(wanted):
        return False
    if child.updated_at is None or wanted.since is None:
        return True
    return child.updated_at.date() >= wanted.since

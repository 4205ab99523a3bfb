"""Which time of publication is right: the channel's, or the page's. Pure.

The channel's is, as a rule: it is written by a machine for machines. There are channels whose time is something else,
and each gives itself away once the page has a time to the minute of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rasid.model import When

_EXACT = frozenset({"second", "minute"})
#: A page that was out for so long before its channel gave it the time of our visit was not published at our visit.
_LATE = timedelta(hours=1)
#: So close to our visit, a channel's time may be that of the answer.
_VISIT = timedelta(minutes=2)
#: No page is published later than it is found; clocks differ by this much.
_CLOCKS = timedelta(minutes=5)
_DAY = timedelta(days=1)


def settle(
    told: datetime | None, page: When | None, *, found_at: datetime, modified: datetime | None = None
) -> tuple[datetime | None, str | None, str | None]:
    """The time, its precision and its source (``channel``, or what the page's was read from); all None without any.

    Args:
        told: what the channel gave, aware.
        page: what the page says.
        found_at: when the channel first named the page, aware.
        modified: when the page says that it was changed.

    >>> told, found = datetime.fromisoformat("2026-03-05T00:00:00Z"), datetime.fromisoformat("2026-03-05T12:00:00Z")
    >>> page = When(datetime.fromisoformat("2026-03-05T09:30:00+03:00"), "minute", "offset", "meta")
    >>> settle(told, page, found_at=found)[2]
    'meta'
    """
    if page is not None and (told is None or (page.precision in _EXACT and mistaken(told, page, found_at, modified))):
        return page.value, page.precision, page.source
    if told is None:
        return None, None, None
    return told, "day" if _is_day(told) else "minute", "channel"


def mistaken(told: datetime, page: When, found_at: datetime, modified: datetime | None) -> str | None:
    """Why a channel's time is not when the page was published, which is to the minute; None where it may be.

    ``day_only``: a midnight, and the page tells the minute of that day. ``ahead``: later than the page was found.
    ``visit``: the time of our visit, as of a channel that stamps all it has anew. ``modified``: the time of the last
    change. ``zone``: the clock of the page's zone, called UTC.
    """
    if _is_day(told) and abs(told - page.value) < _DAY:
        return "day_only"
    if page.value > found_at + _CLOCKS:
        return None
    if told > found_at + _CLOCKS:
        return "ahead"
    if told >= found_at - _VISIT and told - page.value >= _LATE:
        return "visit"
    if modified is not None and told > page.value and abs(told - modified) < timedelta(minutes=1):
        return "modified"
    if _is_wall_clock(told, page):
        return "zone"
    return None


def _is_day(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)


def _is_wall_clock(told: datetime, page: When) -> bool:
    """Whether both show the same hands, the channel as UTC and the page with an offset that it writes out."""
    if page.zone_from not in ("offset", "text") or told.utcoffset() or not page.value.utcoffset():
        return False
    return told.replace(tzinfo=None, second=0) == page.value.replace(tzinfo=None, second=0, microsecond=0)

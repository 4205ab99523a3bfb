"""Reads the times that channels write: RFC 822, W3C date-times, and the broken forms of both. Pure.

A time without a zone is taken as UTC: feeds that leave the zone out mostly come from servers that run on UTC, and a
fetched page corrects the time later. A year outside 1990 to two days from now is a fault, not a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_FIRST_YEAR = 1990
_AHEAD = timedelta(days=2)
_MAX_LENGTH = 80

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹،", "01234567890123456789,")
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
_ISO = re.compile(
    r"([12]\d{3})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?"
    r"(?:(?:\s*T\s*|[ ,]+)(?:(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?))?\s*([ap]m)?\s*(.*)",
    re.IGNORECASE,
)
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):([0-5]\d) ([+-]\d{4}|GMT|UTC|Z)", re.ASCII
)
_COMPACT = re.compile(r"([12]\d{3})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?")
_WORD = r"([^\W\d_]{3,12})\.?"
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s.-]+(?:de\s+)?{_WORD}[\s,.-]+(?:de\s+)?(\d{{4}}|\d{{2}})(?!\d)(.*)"
)
_MONTH_FIRST = re.compile(rf"{_WORD}\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:[\s,]+(\d{{4}})(?!:))?(.*)")
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)")
_TAIL = re.compile(rf"^[\s,T-]*(?:at\s+)?(?:{_CLOCK})?\s*([ap]\.?m\.?|ص|م)?(?=\W|$)\s*(.*)$", re.IGNORECASE)
_YEAR = re.compile(r"\b([12]\d{3})\b")
_OFFSET = re.compile(r"(?:(?:GMT|UTC|UT|Z)\s*)?([+-])\s*(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE)
_WEEKDAY = re.compile(r"^[^\W\d]+\.?\s*,\s*")

# Hours; only names that mean one thing in news from the world over (RFC 822 section 5.1, and what European,
# Turkish and Russian servers write). AST, IST and CST mean several and are left out; CST is RFC 822's.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
    "eet": 2, "eest": 3, "trt": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "pkt": 5,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "irst": 3.5, "gst": 4,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier janv ocak ene enero januar يناير جانفي",
            "feb february fevrier février févr fév şubat febrero februar فبراير شباط فيفري",
            "mar march mars mart marzo märz مارس آذار اذار",
            "apr april avril avr nisan abr abril أبريل ابريل إبريل نيسان أفريل افريل",
            "may mai mayıs mayo مايو أيار ايار ماي",
            "jun june juin haziran junio juni يونيو حزيران جوان",
            "jul july juillet juil temmuz julio juli يوليو تموز جويلية",
            "aug august août aout ağustos ago agosto أغسطس اغسطس آب",
            "sep sept september septembre eylül septiembre سبتمبر أيلول ايلول",
            "oct october octobre ekim octubre okt oktober أكتوبر اكتوبر",
            "nov november novembre kasım noviembre نوفمبر",
            "dec december décembre decembre déc aralık dic diciembre dez dezember ديسمبر",
        ),
        1,
    )
    for name in names.split()
}
# Levantine months of two words.
_TWO_WORDS = (
    (re.compile(r"كانون\s+الثاني"), "يناير"),
    (re.compile(r"كانون\s+ال[أا]ول"), "ديسمبر"),
    (re.compile(r"تشرين\s+ال[أا]ول"), "أكتوبر"),
    (re.compile(r"تشرين\s+الثاني"), "نوفمبر"),
)


def read_time(text: str | None, *, now: datetime) -> datetime | None:
    """The moment that `text` names, aware and in the zone it names; None where it names none that can be.

    Args:
        now: aware; a moment more than two days after it is refused.

    >>> read_time("Tue, 03 Dec 2024 09:15:00 +0300", now=datetime(2024, 12, 4, tzinfo=UTC)).isoformat()
    '2024-12-03T09:15:00+03:00'
    """
    if not text:
        return None
    text = " ".join(text[:_MAX_LENGTH].split())
    if not text.isascii():
        text = _latin(text)
    try:
        moment = _standard(text) or _loose(text)
    except (ValueError, OverflowError):
        return None
    if moment is None or moment.year < _FIRST_YEAR:
        return None
    try:
        return moment if moment <= now + _AHEAD else None
    except OverflowError:
        return None


def _latin(text: str) -> str:
    """ASCII digits, and one word for each Levantine month."""
    text = text.translate(_DIGITS)
    for pattern, month in _TWO_WORDS:
        text = pattern.sub(month, text)
    return text


def _standard(text: str) -> datetime | None:
    """The forms that nearly every channel uses, by the fast parser of the standard library."""
    if len(text) >= 19 and text[4:5] == "-" and text[10:11] in "Tt ":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if found := _RFC822.fullmatch(text):
        day, name, year, hour, minute, second, zone = found.groups()
        if (month := _MONTHS.get(name.lower())) is not None:
            return datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=_zone(zone))
    return None


def _loose(text: str) -> datetime | None:
    if text[:1].isdigit():
        if text.isdecimal() and len(text) in (10, 13):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        if found := _COMPACT.fullmatch(text):
            year, month, day, hour, minute, second, zone = found.groups()
            return _moment(year, int(month), day, hour, minute, second, None, zone or "")
        if found := _ISO.fullmatch(text):
            year, _, month, day, hour, minute, second, half, zone = found.groups()
            return _moment(year, int(month or 1), day or "1", hour, minute, second, half, zone)
    else:
        text = _WEEKDAY.sub("", text)
    return _worded(text) or _numeric(text)


def _worded(text: str) -> datetime | None:
    """Day and month name in either order: RFC 822, asctime, and what people write."""
    for found in (_DAY_FIRST.search(text), _MONTH_FIRST.search(text)):
        if found is None:
            continue
        first, second, year, tail = found.groups()
        day, name = (first, second) if first.isdigit() else (second, first)
        if (month := _month(name)) is None:
            continue
        if year is None:  # asctime puts the year last
            if (late := _YEAR.search(tail)) is None:
                continue
            year, tail = late[1], tail[: late.start()] + tail[late.end() :]
        return _with_tail(year, month, day, tail)
    # "Thu Jan 1 ...": the weekday took the place of the month.
    head, _, rest = text.partition(" ")
    return _worded(rest) if head.isalpha() and rest and _month(head) is None else None


def _month(name: str) -> int | None:
    name = name.lower()
    return _MONTHS.get(name) or (_MONTHS.get(name[:3]) if name.isascii() else None)


def _numeric(text: str) -> datetime | None:
    """12/31/2024 or 31/12/2024: the day first where both are possible, as most of the world writes."""
    if (found := _NUMERIC.search(text)) is None:
        return None
    day, month, year, tail = found.groups()
    if int(month) > 12 >= int(day):
        day, month = month, day
    return _with_tail(year, int(month), day, tail)


def _with_tail(year: str, month: int, day: str, tail: str) -> datetime | None:
    found = _TAIL.match(tail)
    hour, minute, second, half, zone = found.groups() if found else (None, None, None, None, tail)
    return _moment(year, month, day, hour, minute, second, half, zone)


def _moment(
    year: str,
    month: int,
    day: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    half: str | None,
    zone: str,
) -> datetime:
    """Put the parts together; hour 24 is midnight of the next day, second 60 the start of the next minute."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half[0] in "pPم" else 0)
    if hours > 24 or int(minute or 0) > 59 or int(second or 0) > 60:
        raise ValueError("no such time of day")
    start = datetime(number, month, int(day), tzinfo=_zone(zone))
    return start + timedelta(hours=hours, minutes=int(minute or 0), seconds=int(second or 0))


@lru_cache(maxsize=512)
def _zone(text: str) -> timezone:
    """The zone that `text` begins with; UTC where it names none that is known."""
    text = text.strip(" ()")
    if found := _OFFSET.match(text):
        sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if sign == "-" else offset) if offset < timedelta(hours=15) else UTC
    name = re.match(r"[A-Za-z]+", text)
    hours_east = _ZONES.get(name[0].lower(), 0) if name else 0
    return timezone(timedelta(hours=hours_east)) if hours_east else UTC

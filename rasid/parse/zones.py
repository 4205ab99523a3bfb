"""Which clock a time was written by: an offset or a name in the text, a city, the country, the language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from rasid import urls
from rasid.parse.tables import rows
from rasid.text.fold import fold
from rasid.text.tables import alternatives

#: Hours from UTC of the abbreviations that feeds and pages use. Where two zones share one, the commoner in news.
_ABBREVIATIONS = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "ist": 5.5, "cet": 1, "cest": 2, "mez": 1,
    "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3, "ast": 3, "irst": 3.5, "irdt": 4.5, "gst": 4, "aft": 4.5,
    "pkt": 5, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10, "sast": 2, "wib": 7, "brt": -3, "art": -3,
}  # fmt: skip
_NAMED = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
# Where a country has several zones: that of most of its newsrooms.
_MAIN = {
    "US": "America/New_York", "CA": "America/Toronto", "RU": "Europe/Moscow", "BR": "America/Sao_Paulo",
    "AU": "Australia/Sydney", "MX": "America/Mexico_City", "ID": "Asia/Jakarta", "KZ": "Asia/Almaty",
    "CN": "Asia/Shanghai", "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "CL": "America/Santiago",
    "AR": "America/Argentina/Buenos_Aires", "CD": "Africa/Kinshasa", "MN": "Asia/Ulaanbaatar", "UA": "Europe/Kyiv",
    "DE": "Europe/Berlin", "NZ": "Pacific/Auckland", "FR": "Europe/Paris", "GB": "Europe/London", "PS": "Asia/Gaza",
    "CY": "Asia/Nicosia", "MY": "Asia/Kuala_Lumpur", "UZ": "Asia/Tashkent", "EC": "America/Guayaquil",
    "GL": "America/Nuuk", "PG": "Pacific/Port_Moresby", "UM": "Pacific/Wake", "VN": "Asia/Ho_Chi_Minh",
    "SY": "Asia/Damascus", "TR": "Europe/Istanbul", "IR": "Asia/Tehran", "IQ": "Asia/Baghdad", "LB": "Asia/Beirut",
}  # fmt: skip
# Languages nearly all of whose newsrooms share one clock. Arabic, English, French and Spanish are not among them.
_BY_LANGUAGE = {
    "fa": "Asia/Tehran", "ckb": "Asia/Baghdad", "tr": "Europe/Istanbul", "he": "Asia/Jerusalem", "it": "Europe/Rome",
    "pl": "Europe/Warsaw", "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "de": "Europe/Berlin", "el": "Europe/Athens",
    "hu": "Europe/Budapest", "cs": "Europe/Prague", "sk": "Europe/Bratislava", "da": "Europe/Copenhagen",
    "nb": "Europe/Oslo", "no": "Europe/Oslo", "sv": "Europe/Stockholm", "fi": "Europe/Helsinki",
    "uk": "Europe/Kyiv", "ro": "Europe/Bucharest", "bg": "Europe/Sofia", "sr": "Europe/Belgrade", "hr": "Europe/Zagreb",
    "sl": "Europe/Ljubljana", "lt": "Europe/Vilnius", "lv": "Europe/Riga", "et": "Europe/Tallinn", "ps": "Asia/Kabul",
    "ur": "Asia/Karachi", "hi": "Asia/Kolkata", "th": "Asia/Bangkok", "vi": "Asia/Ho_Chi_Minh", "ka": "Asia/Tbilisi",
    "hy": "Asia/Yerevan", "az": "Asia/Baku", "zh": "Asia/Shanghai", "id": "Asia/Jakarta", "nl": "Europe/Amsterdam",
}  # fmt: skip
_CITY_ZONE = {fold(name): zone for zone, name in rows("clocks")}
_CITY = re.compile(rf"(?<!\w){alternatives(map(re.escape, _CITY_ZONE))}(?!\w)")
_OFFSET = re.compile(
    r"(?:(?:utc|gmt|(?<!\w)z)\s*|^|(?<=[\s\d(])|(?<=[a-z]))([+\-−])\s*(\d{1,2})(?::?([0-5]\d))?(?![\d/.\-])"
)
_ABBREVIATION = re.compile(rf"(?<![^\W\d]){alternatives((*_ABBREVIATIONS, *_NAMED))}(?!\w)")


def zone_in(folded: str, *, after: int = 0) -> tuple[tzinfo, str] | None:
    """The zone that a folded text names, and ``text`` or ``city``; None where it names none.

    An offset or an abbreviation counts only from `after` on: that is where the clock ends.
    """
    tail = folded[after:]
    offset = _offset(tail) if after else None
    if offset is not None:
        return offset, "text"
    abbreviation = _ABBREVIATION.search(tail) if after else None
    if abbreviation is not None:
        name = abbreviation[0]
        return (ZoneInfo(_NAMED[name]) if name in _NAMED else _fixed(_ABBREVIATIONS[name] * 60)), "text"
    city = _CITY.search(folded)
    return (ZoneInfo(_CITY_ZONE[city[0]]), "city") if city else None


def _offset(tail: str) -> tzinfo | None:
    found = _OFFSET.search(tail)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    whole = int(hours) * 60 + int(minutes or 0)
    return _fixed(-whole if sign != "+" else whole) if whole <= 14 * 60 else None


def _fixed(minutes: float) -> tzinfo:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def zone_of(country: str | None) -> tuple[tzinfo, str]:
    """The zone of a country (that of most of its newsrooms) and ``country``; UTC and ``none`` without one."""
    name = _zone_of_country(country.upper()) if country else None
    return (ZoneInfo(name), "country") if name else (UTC, "none")


def home_of(url: str | None, language: str | None) -> tuple[tzinfo, str] | None:
    """The zone that a page's address (``domain``) or its language (``language``) speaks for; None where neither does.

    Weaker than a country that is known: for pages of sources that nobody described.
    """
    name = _zone_of_country(urls.country(url) if url else "")
    if name:
        return ZoneInfo(name), "domain"
    parts = (language or "").replace("_", "-").split("-")
    region = next((part.upper() for part in parts[1:] if len(part) == 2), "")
    # These regions are what templates say when nobody has chosen one.
    name = _zone_of_country(region) if region not in ("", "US", "GB") else None
    name = name or _BY_LANGUAGE.get(parts[0].lower())
    return (ZoneInfo(name), "language") if name else None


@lru_cache(maxsize=512)
def _zone_of_country(code: str) -> str | None:
    if not code:
        return None
    if code in _MAIN:
        return _MAIN[code]
    from babel.core import get_global

    zones: list[str] = get_global("territory_zones").get(code) or []
    return zones[0] if len(zones) == 1 else None


def as_offset(moment: datetime) -> datetime:
    """The same instant with a plain offset in place of a named zone."""
    offset = moment.utcoffset()
    return moment.replace(tzinfo=_fixed(offset.total_seconds() / 60)) if offset is not None else moment

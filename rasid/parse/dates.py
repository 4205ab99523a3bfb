"""Dates as people write them: any of many languages, calendars and orders; a wrong date is worse than none.

Pure: the clock comes in as `now`. A string is read as a whole line (a time stamp, a byline), not as prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from rasid.model import When
from rasid.parse.calendars import islamic, jalali
from rasid.parse.months import WORD, Lexicon, comparable, day_comes_first, lexicons
from rasid.parse.zones import as_offset, zone_in, zone_of

#: A longer string is prose and holds dates that are not its own.
MAX_LENGTH = 200
_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|\s+|\s*,\s*)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*([Zz]|[+\-−]\d{2}(?::?\d{2})?)?)?\s*$"
)
_COMPACT = re.compile(
    r"\s*((?:19|20)\d{2})(\d{2})(\d{2})(?:[Tt\s]?(\d{2}):?(\d{2})(?::?(\d{2}))?\s*([Zz]|[+\-]\d{2}:?\d{2})?)?\s*$"
)
_HALF_BEFORE = r"(?P<before>上午|下午|晚上|晚|午前|午後|오전|오후)?\s*"
_CLOCK = re.compile(
    rf"(?<![\d.,:/+\-]){_HALF_BEFORE}(?P<hour>\d{{1,2}})(?P<mark>\s*[:٫∶]\s*|h|時|时|點|点|시\s?|\s*و\s*|\s*ساعه?\s*)"
    rf"(?P<minute>\d{{2}})(?:분|分|min)?(?:\s*(?:[:.]|دقيقه و)\s*(?P<second>\d{{2}})(?:[.,]\d{{1,9}})?)?(?!\d)"
    rf"\s*(?P<after>{WORD}(?:[.\s\-]{{0,2}}{WORD}){{0,2}})?"
)
_HOUR = re.compile(
    rf"(?<![\d.,:/+\-]){_HALF_BEFORE}(?P<hour>\d{{1,2}})\s*(?P<after>{WORD}(?:[.\s]{{0,2}}{WORD}){{0,2}})"
)
_DOTTED = re.compile(
    r"(?<![\d.:/\-])(?P<hour>[01]?\d|2[0-3])[.](?P<minute>[0-5]\d)(?:[.](?P<second>[0-5]\d))?(?![\d.])"
)
_CJK = re.compile(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日號号일]")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*([./\-–،])\s*(\d{1,2})\s*[./\-–،]\s*(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s*([./\-–،])\s*(\d{1,2})\s*[./\-–،]\s*(\d{4}|\d{2}(?!\d|:))(?!\d)")
_YEAR_MONTH = re.compile(r"\s*((?:19|20)\d{2})\s*[-/.]\s*(\d{1,2})\s*$|\s*(\d{1,2})\s*[/.]\s*((?:19|20)\d{2})\s*$")
_ONLY_YEAR = re.compile(r"\s*((?:19|20)\d{2})\s*$")
_TOKEN = re.compile(rf"\d+|{WORD}|[^\s\w]")
_PLACED_PM = frozenset({"下午", "晚上", "晚", "午後", "오후"})
_HIJRI_MARK = re.compile(r"\d\s*(?:هـ|ه(?!\w)|a\.?h(?!\w))")
_ORDINAL_END = re.compile(
    r"(?<=\d)(?:st|nd|rd|th|er|º|ª|°|ής|ης|η|e(?=\s+[a-z])|-?(?:го|е|й)(?!\w)|ος|ê|em(?!\w)|ام(?!\w)|م(?=\s+\w))"
)

# What may stand beside a date in its line without making it prose.
_MAX_STRANGERS = 12


@dataclass(slots=True)
class _Reader:
    """One string under way: what is left of it, and what was read."""

    text: str
    language: str | None
    country: str | None
    now: datetime | None
    fallback: tuple[tzinfo, str]
    names: Lexicon
    clock: tuple[int, int, int | None] | None = None
    zone: tuple[tzinfo, str] | None = None
    terse: bool = False


def parse_date(
    text: str,
    *,
    language: str | None = None,
    country: str | None = None,
    now: datetime | None = None,
    home: tuple[tzinfo, str] | None = None,
    terse: bool = False,
) -> When | None:
    """Read the date, and the clock if there is one, that a short text states.

    Args:
        text: one line, such as ``2021.01.19 | 11:17 دمشق`` or ``19 كانون الثاني/يناير 2021``.
        language: a BCP 47 tag; decides between names that several languages share, and the order of 3/4/2021.
        country: ISO 3166 code of the source; gives the zone where the text names none, and the order of numbers.
        now: for relative phrases and for dates without a year; those are refused without it.
        home: the zone to take where neither the text nor `country` tells one, and where that was learnt
            (`zones.home_of`); UTC without it, and `zone_from` is then ``none``.
        terse: whether `text` is known to be a date: then ISO 8601's cut forms count (``2003335``, ``-0312``), and
            with `now` a clock alone (today), a month alone (the last one) and times to come. On a page these are no
            dates.

    Returns:
        None where no date, or none that is certain enough, is stated.

    >>> parse_date("6 جمادى الآخرة 1442 هـ").value.date().isoformat()
    '2021-01-19'
    """
    if not text or len(text) > 4 * MAX_LENGTH:
        return None
    text = " ".join(text.split())[: MAX_LENGTH + 1]
    if not text or len(text) > MAX_LENGTH:
        return None
    fallback = _fallback(country, home)
    if _BROKEN_OFFSET.search(text):
        return None
    exact = _machine(text, fallback) or (_cut_iso(text, fallback) if terse else None)
    if exact is not None:
        return exact
    folded = comparable(text)
    if not any(char.isalnum() for char in folded):
        return None
    for names in lexicons(folded, language):
        try:
            found = _read(_Reader(folded, language, country, now, fallback, names, terse=terse))
        except (ValueError, OverflowError):
            found = None
        if found is not None:
            return found
    return None


def _fallback(country: str | None, home: tuple[tzinfo, str] | None) -> tuple[tzinfo, str]:
    zone = zone_of(country)
    return home if home and zone[1] == "none" else zone


def _machine(text: str, fallback: tuple[tzinfo, str]) -> When | None:
    """ISO 8601 and its compact form, straight away: most dates of pages and feeds are these."""
    found = _ISO.match(text) or _COMPACT.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        on = date(int(year), int(month), int(day))
        if 1250 < on.year < 1500 or on.year < 1800:
            return None
        clock = (int(hour), int(minute), int(second) if second else None) if hour else None
        zone = (_offset(offset), "text") if offset else fallback
        return _when(on, clock, zone)
    except (ValueError, OverflowError):
        return None


#: An offset whose minutes are letters: whatever wrote it was broken, and so may be the rest.
_BROKEN_OFFSET = re.compile(r":\d\d\s*[+-]\d\d:[A-Za-z]")
_CUT_ISO = re.compile(
    r"(?:(?P<year>\d{4})-?(?P<day_of_year>\d{3})|"
    r"-(?P<century_year>\d{2})-?(?P<month>\d{2})|(?P<yy>\d{2})(?P<mm>\d{2})(?P<dd>\d{2})|"
    r"(?P<long>\d{4})-0?(?P<long_month>\d{2})-(?P<long_day>\d{2})T(?P<clock>\d{2}:\d{2}(?::\d{2})?)(?P<offset>Z|[+-]\d{2}:?\d{2})?)"
)


def _cut_iso(text: str, fallback: tuple[tzinfo, str]) -> When | None:
    """ISO 8601:1988's ordinal and truncated forms, and a month of three digits."""
    found = _CUT_ISO.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    try:
        if part["day_of_year"]:
            year = int(part["year"])
            on = date(year, 1, 1) + timedelta(days=int(part["day_of_year"]) - 1)
            return _when(on, None, fallback) if on.year == year else None
        if part["month"]:
            return _when(date(_century(int(part["century_year"])), int(part["month"]), 1), None, fallback, "month")
        if part["mm"]:
            return _when(date(_century(int(part["yy"])), int(part["mm"]), int(part["dd"])), None, fallback)
        return _machine(
            f"{part['long']}-{part['long_month']}-{part['long_day']}T{part['clock']}{part['offset'] or ''}", fallback
        )
    except ValueError:
        return None


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


def _offset(text: str) -> tzinfo:
    found = None if text in "Zz" else zone_in(" " + text, after=1)
    return found[0] if found else UTC


def _when(
    on: date, clock: tuple[int, int, int | None] | None, zone: tuple[tzinfo, str], precision: str = "day"
) -> When:
    hour, minute, second = clock or (0, 0, None)
    if hour == 24 and minute == 0:
        hour, on = 0, on + timedelta(days=1)
    value = datetime(on.year, on.month, on.day, hour, minute, second or 0, tzinfo=zone[0])
    if clock is not None:
        precision = "minute" if second is None else "second"
    return When(as_offset(value), precision, zone[1])


def _read(reader: _Reader) -> When | None:
    from rasid.parse.relative import parse_relative

    relative = parse_relative(reader.text, now=reader.now, terse=reader.terse) if reader.now else None
    _take_clock(reader)
    if relative is not None:
        return _relative(reader, relative)
    found = _date(reader) or (_implied(reader) if reader.terse else None)
    if found is None:
        return None
    on, precision = found
    if reader.clock is None and precision == "day":
        _take_dotted_clock(reader)
    return _when(on, reader.clock if precision == "day" else None, _zone(reader), precision)


def _zone(reader: _Reader) -> tuple[tzinfo, str]:
    return reader.zone or reader.fallback


def _relative(reader: _Reader, relative: tuple[datetime, str]) -> When:
    moment, precision = relative
    zone = _zone(reader)
    local = moment.astimezone(zone[0]) if zone[1] != "none" else moment
    if precision == "day":
        return _when(local.date(), reader.clock, zone if zone[1] != "none" else (local.tzinfo or UTC, "none"))
    return When(as_offset(local), precision, zone[1])


# --- the clock ------------------------------------------------------------------------------------------------------


def _take_clock(reader: _Reader) -> None:
    """Read the clock and the zone behind it, and take them out of the text."""
    found = _CLOCK.search(reader.text) or _bare_hour(reader)
    if found is None:
        reader.zone = zone_in(reader.text)
        return
    groups = found.groupdict()
    end = next(found.end(name) for name in ("second", "minute", "hour") if groups.get(name))
    half, taken = _half(groups, reader.names)
    clock = _clock(int(groups["hour"]), int(groups.get("minute") or 0), groups.get("second"), half)
    if clock is None:
        return
    reader.clock = clock
    reader.zone = zone_in(reader.text, after=end)
    rest = reader.text[end:]
    if taken:
        rest = rest[rest.find(taken) + len(taken) :]
    # An offset behind the clock is made of digits that are no date.
    rest = re.sub(r"^\W*(?:utc|gmt|z)?\s*[+\-−]\d{1,2}:?\d{2}(?!\d|[./-]\d)", " ", rest)
    reader.text = f"{reader.text[: found.start()]} | {_HOUR_SIGN.sub('', rest)}"


def _bare_hour(reader: _Reader) -> re.Match[str] | None:
    """An hour without minutes, which only the half of the day behind it tells from a day."""
    return next(
        (found for found in _HOUR.finditer(reader.text) if _half(found.groupdict(), reader.names)[0] is not None), None
    )


def _half(groups: dict[str, str | None], names: Lexicon) -> tuple[int | None, str]:
    """Hours that the half of the day stands for (0 or 12), and the words that said so."""
    before = groups.get("before")
    if before:
        return (12 if before in _PLACED_PM else 0), ""
    after = groups.get("after") or ""
    words = re.findall(WORD, after)
    for count in range(min(3, len(words)), 0, -1):
        meaning = names.get(tuple(words[:count]))
        if meaning and meaning[0] == "half":
            last = after.find(words[count - 1], sum(map(len, words[: count - 1])))
            return meaning[1], after[: last + len(words[count - 1])]
    return None, ""


def _clock(hour: int, minute: int, second: str | None, half: int | None) -> tuple[int, int, int | None] | None:
    if half is not None and hour <= 12:
        hour = hour % 12 + half
    if hour > 24 or minute > 59 or (second and int(second) > 60):
        return None
    return hour, minute, min(59, int(second)) if second else None


def _take_dotted_clock(reader: _Reader) -> None:
    """14.30 is a clock only where the date has been read and taken out."""
    found = _DOTTED.search(reader.text)
    if found:
        reader.clock = _clock(int(found["hour"]), int(found["minute"]), found["second"], None)


# --- the date -------------------------------------------------------------------------------------------------------


def _date(reader: _Reader) -> tuple[date, str] | None:
    """The day and its precision; what was read is taken out of the text."""
    return _cjk(reader) or _named(reader) or _numbers(reader) or _coarse(reader) or _weekday(reader)


def _cut(reader: _Reader, found: re.Match[str]) -> None:
    reader.text = f"{reader.text[: found.start()]} | {reader.text[found.end() :]}"


def _cjk(reader: _Reader) -> tuple[date, str] | None:
    found = _CJK.search(reader.text)
    if found is None:
        return None
    year, month, day = found.groups()
    _cut(reader, found)
    return _with_year(int(year) if year else None, int(month), int(day), reader)


def _numbers(reader: _Reader) -> tuple[date, str] | None:
    hijri = _HIJRI_MARK.search(reader.text) is not None
    found = _YEAR_FIRST.search(reader.text)
    if found:
        year, month, day = int(found[1]), int(found[3]), int(found[4])
        _cut(reader, found)
        return _in_calendar(year, month, day, reader, hijri=hijri)
    found = _YEAR_LAST.search(reader.text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if len(found[4]) == 2:
        year += 2000 if year < 70 else 1900
    day, month = (first, second) if second <= 12 and (first > 12 or _day_first(found[2], reader)) else (second, first)
    _cut(reader, found)
    return _in_calendar(year, month, day, reader, hijri=hijri)


def _day_first(mark: str, reader: _Reader) -> bool:
    # Only slashes and hyphens are ever written month first.
    return mark == "." or day_comes_first(reader.language, reader.country)


def _in_calendar(year: int, month: int, day: int, reader: _Reader, *, hijri: bool) -> tuple[date, str] | None:
    """A date in numbers: years 1300 to 1500 are Solar Hijri for Persian, Islamic for Arabic or with a mark."""
    if 1250 < year < 1500:
        language = (reader.language or "").split("-")[0]
        if hijri or language == "ar":
            on = islamic(year, month, day)
        elif language in ("fa", "ps", "ckb", "prs") or (reader.country or "").upper() in ("IR", "AF"):
            on = jalali(year, month, day)
        else:
            on = None
        return (on, "day") if on else None
    return _with_year(year, month, day, reader)


def _with_year(year: int | None, month: int, day: int, reader: _Reader) -> tuple[date, str] | None:
    """A Gregorian day; without a year, the last such day that is not after tomorrow."""
    if year is not None:
        return (date(year, month, day), "day") if (1 if reader.terse else 1000) <= year <= 2200 else None
    if reader.now is None:
        return None
    for back in range(5):
        try:
            on = date(reader.now.year - back, month, day)
        except ValueError:
            continue
        if on <= reader.now.date() + timedelta(days=1):
            return on, "day"
    return None


# --- with the name of a month -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    value: int
    start: int
    end: int
    digits: int = 0


def _pieces(text: str, names: Lexicon) -> list[_Piece]:
    """Numbers, known names and strangers of a text, in order."""
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
    pieces: list[_Piece] = []
    at = 0
    while at < len(tokens):
        word, start, end = tokens[at]
        if word.isdigit():
            pieces.append(_Piece("number", int(word[:9]), start, end, len(word)))
        elif word[0].isalpha():
            count, meaning = _longest(tokens, at, names)
            if meaning:
                pieces.append(_Piece(meaning[0], meaning[1], start, tokens[at + count - 1][2]))
                at += count
                continue
            pieces.append(_Piece("stranger", 0, start, end))
        at += 1
    return pieces


def _longest(tokens: list[tuple[str, int, int]], at: int, names: Lexicon) -> tuple[int, tuple[str, int] | None]:
    words: list[str] = []
    best: tuple[int, tuple[str, int] | None] = (0, None)
    for number, (word, _, _) in enumerate(tokens[at : at + 6], 1):
        if word[0].isalpha():
            words.append(word)
            meaning = names.get(tuple(words))
            if meaning:
                best = number, meaning
        elif word not in ".-'’":
            break
    return best


_CALENDARS = ("month", "jalali", "hijri")


def _named(reader: _Reader) -> tuple[date, str] | None:
    text = _ORDINAL_END.sub(" ", reader.text)
    pieces = _pieces(text, reader.names)
    months = [number for number, piece in enumerate(pieces) if piece.kind in _CALENDARS]
    if not months or sum(piece.kind == "stranger" for piece in pieces) > _MAX_STRANGERS:
        return None
    for at in months:
        found = _around(pieces, at, reader)
        if found:
            (on, precision), used = found
            reader.text = _without(text, used)
            return on, precision
    return _month_alone(pieces, months[0], strangers=reader.terse)


def _without(text: str, used: list[_Piece]) -> str:
    for piece in sorted(used, key=lambda piece: -piece.start):
        text = f"{text[: piece.start]} | {text[piece.end :]}"
    return text


def _around(pieces: list[_Piece], at: int, reader: _Reader) -> tuple[tuple[date, str], list[_Piece]] | None:
    """The day and the year that stand beside the name of a month, and all pieces that made the date."""
    month = pieces[at]
    if any(piece.kind == "number" and piece.digits == 4 and not _is_year(piece) for piece in pieces):
        return None
    after = _numbers_beside(pieces[at + 1 :], month)
    before = _numbers_beside(pieces[:at][::-1], month)
    year = next((piece for piece in (*after, *before) if _is_year(piece)), None)
    day = next((piece for piece in (*before, *after) if _is_day(piece) and piece is not year), None)
    if day is None:
        return None
    if year is None:
        # "19 Jan 21": two digits behind the month are a year only where the day stands before it.
        year = next((piece for piece in after if piece.digits == 2 and day in before), None)
    on = _in_months(month, day.value, _full_year(year), reader)
    used = [piece for piece in (month, day, year) if piece]
    used += [piece for piece in pieces if piece.kind in _CALENDARS and piece is not month]
    return (on, used) if on else None


def _numbers_beside(pieces: list[_Piece], month: _Piece) -> list[_Piece]:
    """Up to two numbers on one side of a month, the second name of a doubled month skipped."""
    found: list[_Piece] = []
    strangers = 0
    for piece in pieces:
        if piece.kind in ("number", "ordinal"):
            found.append(piece)
        elif piece.kind == "stranger":
            strangers += 1
        elif piece.kind in _CALENDARS and not (piece.kind == month.kind and piece.value == month.value):
            break
        if len(found) == 2 or strangers > 2:
            break
    return found


def _is_year(piece: _Piece) -> bool:
    return piece.kind == "number" and piece.digits == 4 and 1 <= piece.value <= 2700


def _is_day(piece: _Piece) -> bool:
    return 1 <= piece.value <= 31 and (piece.kind == "ordinal" or piece.digits <= 2)


def _full_year(piece: _Piece | None) -> int | None:
    if piece is None or piece.digits == 4:
        return piece.value if piece else None
    return piece.value + (2000 if piece.value < 70 else 1900)


def _in_months(month: _Piece, day: int, year: int | None, reader: _Reader) -> tuple[date, str] | None:
    if month.kind == "month":
        if year is not None and 1250 < year < 1500:
            return None
        if year is not None and (reader.language or "").startswith("th") and year > 2400:
            year -= 543
        return _with_year(year, month.value, day, reader)
    if year is None:
        return None
    if year < 1250 or year > 1500:
        # A Hijri month with a Gregorian year is a slip or a name of something else.
        return None
    on = jalali(year, month.value, day) if month.kind == "jalali" else islamic(year, month.value, day)
    return (on, "day") if on else None


def _month_alone(pieces: list[_Piece], at: int, *, strangers: bool) -> tuple[date, str] | None:
    """``March 2012``, where nothing else is said; `strangers` lets a preposition stand before."""
    years = [piece for piece in pieces if _is_year(piece)]
    others = [piece for piece in pieces[strangers and at > 0 :] if piece.kind not in ("month", "number")]
    if len(years) == 1 and not others and sum(piece.kind == "number" for piece in pieces) == 1:
        return date(years[0].value, pieces[at].value, 1), "month"
    return None


# --- what is less than a day ------------------------------------------------------------------------------------------


def _coarse(reader: _Reader) -> tuple[date, str] | None:
    found = _YEAR_MONTH.match(reader.text)
    if found:
        year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        return date(int(year), int(month), 1), "month"
    found = _ONLY_YEAR.match(reader.text)
    return (date(int(found[1]), 1, 1), "year") if found else None


_MONTH_SIGN = re.compile(r"(\d{1,2})\s*[月월]")
_HOUR_SIGN = re.compile(r"^\s*[時时點点시]")


def _implied(reader: _Reader) -> tuple[date, str] | None:
    """Today, where a clock stands alone; the last such month, where its name does."""
    pieces = _pieces(reader.text, reader.names)
    if reader.now is None:
        return None
    today = reader.now.date()
    if alone := _MONTH_SIGN.fullmatch(reader.text.strip()):
        month = int(alone[1])
        return (date(today.year - (month > today.month), month, 1), "month") if 1 <= month <= 12 else None
    if reader.clock is not None and all(piece.kind == "half" for piece in pieces):
        if pieces and reader.clock[0] <= 12:
            reader.clock = (reader.clock[0] % 12 + pieces[0].value, *reader.clock[1:])
        return today, "day"
    if reader.clock is None and [piece.kind for piece in pieces] == ["month"]:
        month = pieces[0].value
        return date(today.year - (month > today.month), month, 1), "month"
    return None


def _weekday(reader: _Reader) -> tuple[date, str] | None:
    """The last such day of the week, where the text is nothing but its name (and a clock)."""
    pieces = _pieces(reader.text, reader.names)
    if reader.now is None or len(pieces) != 1 or pieces[0].kind != "day":
        return None
    today = reader.now.date()
    return today - timedelta(days=(today.weekday() - pieces[0].value) % 7), "day"

"""Days, months and years that a text speaks of: absolute ones, and those told from the day on which it was published.

Arabic, English, French and Turkish. Reads the words that were already cut. Values are ISO 8601; what only the day of
publication could tell is written with X where that is not known, as TIMEX3 does.
How a *page* tells its own time is another matter and not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rasid.enrich.tokens import Token, key_of
from rasid.model import DateMention

_MONTHS_AS_WRITTEN = (
    "يناير|كانون الثاني|جانفي|ينايير|january|jan|janvier|janv|ocak",
    "فبراير|شباط|فيفري|february|feb|février|févr|şubat",
    "مارس|آذار|march|mar|mars|mart",
    "أبريل|إبريل|نيسان|أفريل|april|apr|avril|avr|nisan",
    "مايو|أيار|ماي|مايس|may|mai|mayıs",
    "يونيو|يونيه|حزيران|جوان|june|jun|juin|haziran",
    "يوليو|يوليه|تموز|جويلية|يوليوز|july|jul|juillet|juil|temmuz",
    "أغسطس|آب|أوت|غشت|august|aug|août|ağustos",
    "سبتمبر|أيلول|شتنبر|september|sept|sep|septembre|eylül",
    "أكتوبر|تشرين الأول|october|oct|octobre|ekim",
    "نوفمبر|تشرين الثاني|نونبر|november|nov|novembre|kasım",
    "ديسمبر|كانون الأول|دجنبر|december|dec|décembre|déc|aralık",
)
_MONTHS = {key_of(name): number for number, row in enumerate(_MONTHS_AS_WRITTEN, 1) for name in row.split("|")}
_MONTH_HEADS = frozenset(name.split()[0] for name in _MONTHS if " " in name)

_WEEKDAYS_AS_WRITTEN = (
    "الاثنين|الإثنين|monday|lundi|pazartesi",
    "الثلاثاء|tuesday|mardi|salı",
    "الأربعاء|wednesday|mercredi|çarşamba",
    "الخميس|thursday|jeudi|perşembe",
    "الجمعة|friday|vendredi|cuma",
    "السبت|saturday|samedi|cumartesi",
    "الأحد|sunday|dimanche|pazar",
)
_WEEKDAYS = {key_of(name): number for number, row in enumerate(_WEEKDAYS_AS_WRITTEN) for name in row.split("|")}

# Phrases told from the day of publication: unit and how many of it away.
_PHRASES_AS_WRITTEN = {
    ("day", -2): "أول أمس|أول من أمس|أمس الأول|avant hier|evvelsi gün|önceki gün",
    ("day", -1): "أمس|يوم أمس|الأمس|البارحة|yesterday|hier|dün",
    ("day", 0): "اليوم|today|aujourd hui|bugün",
    ("day", 1): "غدا|يوم غد|tomorrow|demain|yarın",
    ("day", 2): "بعد غد|après demain",
    ("week", -1): "الأسبوع الماضي|الأسبوع المنصرم|الأسبوع الفائت|last week|la semaine dernière|geçen hafta",
    ("week", 0): "هذا الأسبوع|الأسبوع الجاري|الأسبوع الحالي|this week|cette semaine|bu hafta",
    ("week", 1): "الأسبوع المقبل|الأسبوع القادم|next week|la semaine prochaine|gelecek hafta|önümüzdeki hafta",
    ("month", -1): "الشهر الماضي|الشهر المنصرم|الشهر الفائت|last month|le mois dernier|geçen ay",
    ("month", 0): "الشهر الجاري|الشهر الحالي|this month|ce mois ci|bu ay",
    ("month", 1): "الشهر المقبل|الشهر القادم|next month|le mois prochain|gelecek ay",
    ("year", -1): "العام الماضي|السنة الماضية|العام المنصرم|last year|l année dernière|l an dernier|geçen yıl",
    ("year", 0): "العام الجاري|العام الحالي|السنة الجارية|this year|cette année|bu yıl",
    ("year", 1): "العام المقبل|العام القادم|السنة المقبلة|next year|l année prochaine|gelecek yıl",
}
_PHRASES = {key_of(name): told for told, row in _PHRASES_AS_WRITTEN.items() for name in row.split("|")}
_PHRASE_HEADS = frozenset(name.split()[0] for name in _PHRASES)
# Where the phrase opens with و or another proclitic, the day is the same: وأمس.
_PHRASES |= {"وامس": ("day", -1), "واليوم": ("day", 0)}
_PHRASE_HEADS |= {"وامس", "واليوم"}

_AGO = frozenset(map(key_of, ("قبل", "منذ", "وقبل", "ومنذ")))
_UNITS_AS_WRITTEN = {
    ("day", 1): "يوم|أيام|يوما|day|days|jour|jours|gün",
    ("day", 2): "يومين",
    ("day", 7): "أسبوع|أسابيع|أسبوعا|week|weeks|semaine|semaines|hafta",
    ("day", 14): "أسبوعين",
    ("month", 1): "شهر|أشهر|شهور|شهرا|month|months|mois|ay",
    ("month", 2): "شهرين",
    ("year", 1): "عام|أعوام|عاما|سنة|سنوات|year|years|an|ans|yıl",
    ("year", 2): "عامين|سنتين",
}
_UNITS = {key_of(name): told for told, row in _UNITS_AS_WRITTEN.items() for name in row.split("|")}
_MANY = frozenset(map(key_of, ("أيام", "أسابيع", "أشهر", "شهور", "أعوام", "سنوات", "days", "weeks", "months", "years")))
_NUMBERS_AS_WRITTEN = (
    "واحد|one|un|bir", "two|deux|iki", "ثلاثة|ثلاث|three|trois|üç", "أربعة|أربع|four|quatre|dört",
    "خمسة|خمس|five|cinq|beş",
    "ستة|ست|six|altı", "سبعة|سبع|seven|sept|yedi", "ثمانية|ثماني|eight|huit|sekiz", "تسعة|تسع|nine|neuf|dokuz",
    "عشرة|عشر|ten|dix|on",
)  # fmt: skip
_NUMBERS = {key_of(name): n for n, row in enumerate(_NUMBERS_AS_WRITTEN, 1) for name in row.split("|")}

_ORDINALS_AS_WRITTEN = (
    "الأول|first|premier", "الثاني|second", "الثالث|third", "الرابع|fourth", "الخامس|fifth", "السادس|sixth",
    "السابع|seventh", "الثامن|eighth", "التاسع|ninth", "العاشر|tenth", "الحادي عشر|eleventh", "الثاني عشر|twelfth",
    "الثالث عشر|thirteenth", "الرابع عشر|fourteenth", "الخامس عشر|fifteenth", "السادس عشر|sixteenth",
    "السابع عشر|seventeenth", "الثامن عشر|eighteenth", "التاسع عشر|nineteenth", "العشرين|twentieth",
    "الحادي والعشرين", "الثاني والعشرين", "الثالث والعشرين", "الرابع والعشرين", "الخامس والعشرين",
    "السادس والعشرين", "السابع والعشرين", "الثامن والعشرين", "التاسع والعشرين", "الثلاثين", "الحادي والثلاثين",
)  # fmt: skip
_ORDINALS = {key_of(name): n for n, row in enumerate(_ORDINALS_AS_WRITTEN, 1) for name in row.split("|")}
_ORDINAL_HEADS = frozenset(name.split()[0] for name in _ORDINALS)

_THIS = frozenset(map(key_of, ("الجاري", "الحالي", "this")))
_PAST = frozenset(map(key_of, ("الماضي", "الماضية", "المنصرم", "الفائت", "last", "dernier", "geçen")))
_COMING = frozenset(
    map(key_of, ("المقبل", "المقبلة", "القادم", "القادمة", "next", "prochain", "gelecek", "önümüzdeki"))
)
_DAY_WORDS = frozenset(map(key_of, ("يوم", "اليوم", "on", "günü", "ليوم")))
_BEFORE_WEEKDAY = _DAY_WORDS | _PAST | _COMING
_YEAR_CUES_AS_WRITTEN = (
    "عام سنة العام السنة في منذ عامي لعام وعام بعام in since of by during until en depuis année de fin"
)
_YEAR_CUES = frozenset(map(key_of, _YEAR_CUES_AS_WRITTEN.split()))
_YEAR_BEHIND = frozenset(map(key_of, ("yılında", "yılı", "te", "de", "da", "ta", "den", "dan", "yılından")))
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)")
#: Dates looked at in one text; a table of results is no prose.
LIMIT = 200


# Words at which a date may begin; all others are passed over at the cost of one look.
_OPENERS = _PHRASE_HEADS | _AGO | frozenset(_WEEKDAYS) | _DAY_WORDS | _PAST | _COMING
_OPENERS |= frozenset(_MONTHS) | _MONTH_HEADS | frozenset(_NUMBERS) | _ORDINAL_HEADS

_AND = frozenset(map(key_of, ("و", "and", "et", "ve")))
#: Values of which nothing is known.
_UNKNOWN = {"day": "XXXX-XX-XX", "week": "XXXX-WXX", "month": "XXXX-XX", "year": "XXXX"}


class _Day(NamedTuple):
    """A date that begins at a token: the token behind it, and its value."""

    behind: int
    value: str


class _Reader:
    def __init__(self, text: str, tokens: Sequence[Token], published: date | None) -> None:
        self.text, self.tokens, self.today = text, tokens, published
        self.words = [token.folded for token in tokens]
        self.words += ["", "", "", "", "", ""]  # so that looking ahead needs no check

    def read(self) -> list[DateMention]:
        found: list[DateMention] = []
        number, count = 0, len(self.tokens)
        while number < count and len(found) < LIMIT:
            word = self.words[number]
            day = self._at(number) if word in _OPENERS or word[0].isdigit() else None
            if day is None or day.behind > count:
                number += 1
                continue
            found.append(DateMention(self.tokens[number].start, self.tokens[day.behind - 1].end, day.value))
            number = day.behind
        return found

    def _at(self, number: int) -> _Day | None:
        word = self.words[number]
        if word[0].isdigit():
            return (
                self._figures(number)
                or self._day_month(number)
                or self._days_of(number)
                or self._ago_behind(number)
                or self._year(number)
            )
        if word in _PHRASE_HEADS and (day := self._phrase(number)):
            return day
        if word in _AGO:
            return self._ago(number)
        if word in _WEEKDAYS or word in _DAY_WORDS or word in _PAST or word in _COMING:
            return self._weekday(number)
        if word in _MONTHS or word in _MONTH_HEADS:
            return self._month_first(number)
        if word in _ORDINAL_HEADS and (day := self._ordinal(number)):
            return day
        return self._ago_behind(number) if word in _NUMBERS else None

    # --- in figures ---------------------------------------------------------------------------------------------

    def _figures(self, number: int) -> _Day | None:
        """2021-01-19, 19/01/2021, 19.1.2021: the same mark twice, between three numbers."""
        if number + 2 >= len(self.tokens):
            return None
        one, two, three = self.words[number : number + 3]
        mark = self._gap(number)
        if mark not in ("-", "/", ".") or self._gap(number + 1) != mark or not (two + three).isdecimal():
            return None
        if len(one) == 4 and one.isdecimal():
            value = _iso(int(one), int(two), int(three))
        elif len(three) == 4 and one.isdecimal():
            value = _iso(int(three), int(two), int(one)) or _iso(int(three), int(one), int(two))
        else:
            return None
        return _Day(number + 3, value) if value else None

    def _gap(self, number: int) -> str:
        return self.text[self.tokens[number].end : self.tokens[number + 1].start]

    # --- with the name of a month -------------------------------------------------------------------------------

    def _month(self, number: int, *, alone: bool = False) -> tuple[int, int] | None:
        """(month, token behind it), its second name included: كانون الثاني/يناير."""
        for length in (2, 1):
            month = _MONTHS.get(" ".join(self.words[number : number + length]))
            if month is not None:
                behind = number + length
                if not alone and behind < len(self.tokens) and self._gap(behind - 1).strip() in ("/", "(", "-"):
                    twin = self._month(behind, alone=True)
                    behind = twin[1] if twin and twin[0] == month else behind
                return month, behind
        return None

    def _day_month(self, number: int) -> _Day | None:
        """19 يناير 2021, 19 January, 1er mars."""
        day = _day_number(self.words[number])
        behind = number + 1
        if self.words[behind] in ("من", "of", "شهر"):
            behind += 1
        month = self._month(behind) if day else None
        return self._with_year(month[1], month[0], day) if day and month else None

    def _days_of(self, number: int) -> _Day | None:
        """The first of two days of one month: 10 of "10 و 11 أبريل" or "10-11 April"."""
        second = number + 1 + (self.words[number + 1] in _AND)
        if number + 1 >= len(self.tokens) or (
            second == number + 1 and self._gap(number).strip() not in ("-", "–", "/")
        ):
            return None
        first, other = _day_number(self.words[number]), self._day_month(second)
        # The first of the two is the earlier: "30 و 1 أبريل" begins in another month.
        if not first or other is None or first >= int(other.value[-2:]):
            return None
        return _Day(number + 1, f"{other.value[:-2]}{first:02d}")

    def _ordinal(self, number: int) -> _Day | None:
        """الثامن من مايو المقبل, the first of May."""
        for length in (2, 1):
            day = _ORDINALS.get(" ".join(self.words[number : number + length]))
            behind = number + length
            if day and self.words[behind] in ("من", "of", "شهر"):
                month = self._month(behind + 1 + (self.words[behind + 1] == "شهر"))
                return self._with_year(month[1], month[0], day) if month else None
        return None

    def _month_first(self, number: int) -> _Day | None:
        """January 19, 2021; يناير 2021."""
        month = self._month(number)
        if month is None:
            return None
        day = _day_number(self.words[month[1]])
        # "may 1" is a verb more often than a day.
        capital = self.text[self.tokens[number].start].isupper()
        if day and capital and (told := self._with_year(month[1] + 1, month[0], day)):
            return told
        return self._with_year(month[1], month[0], None)

    def _with_year(self, behind: int, month: int, day: int | None) -> _Day | None:
        word = self.words[behind]
        for _ in range(2):  # آب من عام 2015
            if word in ("من", "عام", "سنه", "de"):
                behind, word = behind + 1, self.words[behind + 1]
        year = _year_number(word)
        if year:
            return _valued(behind + 1, year, month, day)
        shift = -1 if word in _PAST else 1 if word in _COMING else 0
        told = bool(shift) or word in _THIS
        if day is None and not told:
            return None
        if self.today is None:
            # Any leap year tells whether the month has such a day.
            some = _valued(behind + told, 2000, month, day)
            return some and some._replace(value=f"XXXX{some.value[4:]}")
        return _valued(behind + told, _nearest_year(self.today, month, day or 15, shift), month, day)

    def _year(self, number: int) -> _Day | None:
        year = _year_number(self.words[number])
        before = self.words[number - 1] if number else ""
        if year and (before in _YEAR_CUES or self.words[number + 1] in _YEAR_BEHIND or self._says_year(number)):
            return _Day(number + 1, str(year))
        return None

    def _says_year(self, number: int) -> bool:
        """Whether it bears the sign of its era (2003م), or is joined to a year (عامي 2002 و2003)."""
        if self.words[number].endswith("م"):
            return True
        before = number - 1 - (number > 1 and self.words[number - 1] in _AND)
        if before < 1 or not _year_number(self.words[before]):
            return False
        joined = before < number - 1 or self._gap(before).strip() in ("و", "-", "–", "/")
        return joined and self.words[before - 1] in _YEAR_CUES

    # --- told from the day of publication -----------------------------------------------------------------------

    def _phrase(self, number: int) -> _Day | None:
        for length in (3, 2, 1):
            told = _PHRASES.get(" ".join(self.words[number : number + length]))
            if told is not None:
                weekday = self.words[number + length] in _WEEKDAYS and told[0] == "day"
                return self._shifted(number + length + weekday, told[0], told[1])
        return None

    def _ago(self, number: int) -> _Day | None:
        """قبل ثلاثة أيام, منذ 3 أشهر, قبل أسبوعين."""
        behind, count = number + 1, 1
        known = _count(self.words[behind])
        if known:
            behind, count = behind + 1, known
        word = self.words[behind]
        unit = _UNITS.get(word)
        # "Days ago" tells no day, and "منذ عام 2011" tells a year.
        if unit is None or (not known and (word in _MANY or _year_number(self.words[behind + 1]))):
            return None
        return self._shifted(behind + 1, unit[0], -unit[1] * count)

    def _ago_behind(self, number: int) -> _Day | None:
        """3 days ago, two weeks ago, 3 gün önce; il y a 3 jours."""
        count, unit = _count(self.words[number]), _UNITS.get(self.words[number + 1])
        if not count or not unit:
            return None
        if self.words[number + 2] in ("ago", "once", "earlier"):
            return self._shifted(number + 3, unit[0], -unit[1] * count)
        if number >= 3 and self.words[number - 3 : number] == ["il", "y", "a"]:
            return self._shifted(number + 2, unit[0], -unit[1] * count)
        return None

    def _weekday(self, number: int) -> _Day | None:
        """The last such day, today included, unless the text says the next one."""
        behind, shift = number, 0
        while behind < number + 3 and self.words[behind] in _BEFORE_WEEKDAY:
            shift = -1 if self.words[behind] in _PAST else 1 if self.words[behind] in _COMING else shift
            behind += 1
        weekday = _WEEKDAYS.get(self.words[behind])
        if weekday is None or behind - number > 2:
            return None
        behind += 1
        if self.words[behind] in _PAST or self.words[behind] in _COMING:
            shift = -1 if self.words[behind] in _PAST else 1
            behind += 1
        if self.today is None:
            return _Day(behind, f"XXXX-WXX-{weekday + 1}")
        away = (weekday - self.today.weekday()) % 7
        days = (away or 7) if shift > 0 else away - 7 if away else (-7 if shift < 0 else 0)
        return _Day(behind, (self.today + timedelta(days=days)).isoformat())

    def _shifted(self, behind: int, unit: str, count: int) -> _Day | None:
        if abs(count) > 4000:
            return None
        if self.today is None:
            return _Day(behind, _UNKNOWN[unit])
        if unit == "day":
            return _Day(behind, (self.today + timedelta(days=count)).isoformat())
        if unit == "week":
            year, week, _ = (self.today + timedelta(weeks=count)).isocalendar()
            return _Day(behind, f"{year:04d}-W{week:02d}")
        months = self.today.year * 12 + self.today.month - 1 + count * (12 if unit == "year" else 1)
        if not 12 <= months < 9999 * 12:
            return None
        year, month = divmod(months, 12)
        return _Day(behind, f"{year:04d}" if unit == "year" else f"{year:04d}-{month + 1:02d}")


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if 1000 <= year <= 2200 else None
    except ValueError:
        return None


def _valued(behind: int, year: int, month: int, day: int | None) -> _Day | None:
    value = f"{year:04d}-{month:02d}" if day is None else _iso(year, month, day)
    return _Day(behind, value) if value else None


def _day_number(word: str) -> int | None:
    match = _ORDINAL.fullmatch(word)
    digits = match[1] if match else word
    return int(digits) if len(digits) <= 2 and digits.isdecimal() and 1 <= int(digits) <= 31 else None


def _year_number(word: str) -> int | None:
    word = word.removesuffix("م")  # ميلادي, of the common era
    return int(word) if len(word) == 4 and word.isdecimal() and 1800 <= int(word) <= 2100 else None


def _count(word: str) -> int | None:
    if word.isdecimal() and len(word) <= 3:
        return int(word) or None
    return _NUMBERS.get(word)


def _nearest_year(today: date, month: int, day: int, shift: int) -> int:
    """The year that brings a day nearest to today; the last one or the next one where the text says so."""

    def away(year: int) -> int:
        return (date(year, month, min(day, 28)) - today).days

    years = [year for year in (today.year - 1, today.year, today.year + 1) if 1 <= year <= 9999]
    fitting = [year for year in years if shift == 0 or (away(year) > 0) == (shift > 0)]
    return min(fitting or years, key=lambda year: abs(away(year)))


def days(text: str, tokens: Sequence[Token], *, published_at: datetime | None = None) -> list[DateMention]:
    """Dates in `text`, in order, at most `LIMIT`.

    Args:
        tokens: its words, as `rasid.enrich.tokens.tokenize` cuts them.
        published_at: when it was published, in the zone of the source; None leaves X in what only that could tell.

    Returns:
        Mentions with values as precise as the text: ``2021-01-18``, ``2021-W03``, ``2021-01`` or ``2021``. Without a
        day of publication "yesterday" is ``XXXX-XX-XX``, "11 September" ``XXXX-09-11``, "on Tuesday" ``XXXX-WXX-2``.
    """
    # A clock that stands at either end of the calendar tells nothing, and reckoning from it would overflow.
    told = published_at is not None and 1000 < published_at.year < 9000
    return _Reader(text, tokens, published_at.date() if published_at and told else None).read()

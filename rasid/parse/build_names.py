"""Makes ``cldr.tsv``: names of months, days and halves of the day in every language of CLDR, folded as the parser sees
them. Run ``python -m rasid.parse.build_names`` after a change of Babel, of `comparable` or of `_spellings`.

CLDR is read here once and for all: Babel takes a second to load the languages of one script. Inflected forms,
colloquial names and languages that CLDR writes in another script come from the tables of the package dateparser, which
is needed for this only (``pip install dateparser``).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dateparser.data.date_translation_data as _TABLES
from babel import Locale
from babel.localedata import locale_identifiers

from rasid.parse.months import Meaning, words_of

FILE = Path(__file__).parent / "cldr.tsv"
_HEAD = """\
# Names of months (m 1-12), days (d 0-6, Monday first) and halves of the day (h 0 or 12), folded.
# A line a locale: its name, then one kind and number with all names, separated by |. Made by build_names.py.
# Sources: Unicode CLDR, by the package Babel, (c) Unicode, Inc., Unicode License v3; inflected and colloquial forms
# from the tables of dateparser, (c) Scrapinghub, BSD-3-Clause.
"""
#: Regions that have months of their own.
_REGIONS = ("ar_SY", "ar_MA", "ar_DZ", "ar_TN", "ar_MR", "ar_IQ", "bs_Cyrl", "uz_Cyrl")
_SPOKEN = {name.replace("-", "_"): name for _, name, _ in pkgutil.iter_modules(_TABLES.__path__)}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LETTERS = {"month": "m", "day": "d", "half": "h"}


def main() -> None:
    """Write the file."""
    names = sorted({name for name in locale_identifiers() if "_" not in name} | set(_REGIONS) | set(_SPOKEN))
    lines = [line for name in names if (line := _line(name))]
    FILE.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(lines)} locales")


def _line(locale: str) -> str:
    found: dict[Meaning, dict[str, None]] = {}
    for words, meaning in (*_names(locale), *_spoken(locale)):
        if words:
            found.setdefault(meaning, {})[" ".join(words)] = None
    cells = [f"{_LETTERS[kind]}{number} {'|'.join(spellings)}" for (kind, number), spellings in found.items()]
    return "\t".join((locale, *cells)) if cells else ""


def _names(locale: str) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    try:
        cldr = Locale.parse(locale)
    except (ValueError, LookupError):
        return
    for month, name in _widths(cldr.months):
        for spelling in _spellings(name, locale):
            yield words_of(spelling), ("month", month)
    for day, name in _widths(cldr.days):
        yield words_of(name), ("day", day)
    for half, name in _widths(cldr.day_periods):
        if half in ("am", "pm"):
            yield words_of(name), ("half", 0 if half == "am" else 12)


def _spoken(locale: str) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    """What dateparser's tables add."""
    module = _SPOKEN.get(locale)
    if module is None:
        return
    table = importlib.import_module(f"{_TABLES.__name__}.{module}").info
    for kind, names, first in (("month", _MONTHS, 1), ("day", _DAYS, 0)):
        for number, name in enumerate(names, first):
            for written in table.get(name, ()):
                for spelling in _spellings(written, locale):
                    yield words_of(spelling), (kind, number)
    for name, hours in (("am", 0), ("pm", 12)):
        for written in table.get(name, ()):
            yield words_of(written), ("half", hours)


def _spellings(name: str, locale: str) -> tuple[str, ...]:
    # "1月" would leave 月 for January.
    if any(char.isdigit() for char in name):
        return ()
    # Hebrew writes the preposition onto the name: "19 בינואר".
    return (name, "ב" + name, "ל" + name) if locale == "he" else (name,)


def _widths(forms: Any) -> Iterator[tuple[Any, str]]:
    """(which, name) of all forms that CLDR has: as used in a date and standing alone, whole and abbreviated."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            yield from (forms.get(context, {}).get(width) or {}).items()


if __name__ == "__main__":
    main()

"""Names of months, days and halves of the day in many languages, as one table that is looked up by folded words.

Names come from Unicode CLDR (``cldr.tsv``, made by `build_names`), read for the languages that a text can be in; what
CLDR lacks (Hijri and Jalali months, spellings of newsrooms, Kurmanji oblique forms) is in ``names.tsv``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rasid.parse.tables import rows
from rasid.text.fold import fold, has_arabic

#: (what, which): ``month`` 1-12, ``hijri`` 1-12, ``jalali`` 1-12, ``day`` 0-6 (Monday first), ``half`` 0 (am) or 12
#: (pm), ``ordinal`` 1-31.
Meaning = tuple[str, int]
Lexicon = dict[tuple[str, ...], Meaning]

# Vowel signs of Indic and South-East Asian scripts are no word characters to `re`, yet they stand inside words.
WORD = r"(?:[^\W\d_]|[\u0900-\u0965\u0970-\u109f\u1780-\u17df])+"
_WORD = re.compile(WORD)

_ARABIC = ("ar", "ar_SY", "ar_MA", "ar_DZ", "ar_TN", "ar_MR", "ar_IQ")
_BY_SCRIPT = (
    (re.compile("[ء-ۿ]"), (*_ARABIC, "fa", "ckb", "ur", "ps", "ug", "sd")),
    (re.compile("[Ѐ-ӿ]"), ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "bs_Cyrl", "uz_Cyrl", "tg")),
    (re.compile("[Ͱ-Ͽ]"), ("el",)),
    (re.compile("[֐-׿]"), ("he",)),
    (re.compile("[\u0900-\u097f]"), ("hi", "mr", "ne")),
    (re.compile("[\u0980-\u09ff]"), ("bn", "as")),
    (re.compile("[\u0a00-\u0dff]"), ("pa", "gu", "ta", "te", "kn", "ml", "si")),
    (re.compile("[\u0e00-\u0e7f]"), ("th",)),
    (re.compile("[\u1000-\u109f\u1780-\u17ff]"), ("my", "km")),
    (re.compile("[\u10a0-\u10ff]"), ("ka",)),
    (re.compile("[\u0530-\u058f]"), ("hy",)),
    (re.compile("[\u1200-\u137f]"), ("am",)),
    (re.compile("[぀-ヿ一-鿿가-힯]"), ("ja", "zh", "ko")),
)  # fmt: skip
_LATIN = (
    "en", "fr", "de", "es", "it", "pt", "tr", "nl", "pl", "ro", "cs", "hu", "sv", "da", "nb", "fi", "hr", "sk", "sl",
    "lt", "lv", "et", "ca", "az", "ku", "id", "vi", "sq", "bs", "is", "eu", "gl", "af", "sw", "ga", "cy",
)  # fmt: skip


def lexicons(text: str, language: str | None) -> Iterator[Lexicon]:
    """The names that can stand in `text`: first those of `language` and English, then those of its whole script.

    Most dates are written in the language of their page; the others of a script are dozens, and take time to load.
    """
    own, script = languages(text, language)
    if language:
        yield _lexicon(own, own)
    yield _lexicon(own, script)


def languages(text: str, language: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """CLDR locales to look into for `text`, the most likely first: those of its language, and others of its script."""
    tag = (language or "").replace("-", "_")
    own = _ARABIC if tag.split("_")[0].lower() == "ar" else (tag, tag.split("_")[0]) if tag else ()
    script: tuple[str, ...] = next((names for letters, names in _BY_SCRIPT if letters.search(text)), _LATIN)
    return tuple(dict.fromkeys((*own, "en"))), tuple(dict.fromkeys((*own, *script, "en")))


@lru_cache(maxsize=64)
def _lexicon(own: tuple[str, ...], locales: tuple[str, ...]) -> Lexicon:
    found: Lexicon = {}
    latin = "fr" in locales
    for locale in locales:
        for words, meaning in names_of(locale):
            # Halves of the day are short ("de", "sa"): in a crowd of languages they are prepositions.
            if meaning[0] != "half" or not latin or locale in own:
                found.setdefault(words, meaning)
        if locale == own[0] and locale != "en":
            _shorten(found)
    if own == ("en",) and not latin:
        _shorten(found)
    return found


def _shorten(names: Lexicon) -> None:
    """Add the beginnings of single-word months, from three letters on, that can mean but one of them."""
    starts: dict[str, set[int]] = {}
    for words, (kind, month) in list(names.items()):
        if kind == "month" and len(words) == 1 and not has_arabic(words[0]):
            for length in range(3, len(words[0])):
                starts.setdefault(words[0][:length], set()).add(month)
    for start, months in starts.items():
        if len(months) == 1:
            names.setdefault((start,), ("month", min(months)))


@lru_cache(maxsize=128)
def names_of(locale: str) -> tuple[tuple[tuple[str, ...], Meaning], ...]:
    """All names of one locale, folded and cut into words; empty where nothing is known of it."""
    listed = _lists().get(locale, [])
    return tuple((words, meaning) for words, meaning in (*listed, *_from_cldr(locale)) if words)


def words_of(name: str) -> tuple[str, ...]:
    """A name as the folded words that the parser sees."""
    return tuple(_WORD.findall(comparable(name).replace(".", " ")))


def comparable(text: str) -> str:
    """`text` folded, Hangul put together again (folding takes syllables apart), digits of all scripts as 0 to 9."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return "".join(_digit(char) for char in unicodedata.normalize("NFC", folded))


def _digit(char: str) -> str:
    return str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char


@lru_cache(maxsize=1)
def _lists() -> dict[str, list[tuple[tuple[str, ...], Meaning]]]:
    """The names of `names.tsv` by locale."""
    found: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
    for locale, kind, number, name in rows("names"):
        found.setdefault(locale, []).append((words_of(name), (kind, int(number))))
    return found


def _from_cldr(locale: str) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    for cell in _cldr().get(locale, ()):
        head, _, spellings = cell.partition(" ")
        meaning = (_KINDS[head[0]], int(head[1:]))
        for name in spellings.split("|"):
            yield tuple(name.split()), meaning


_KINDS = {"m": "month", "d": "day", "h": "half"}


@lru_cache(maxsize=1)
def _cldr() -> dict[str, tuple[str, ...]]:
    """The cells of `cldr.tsv` by locale."""
    return {row[0]: row[1:] for row in rows("cldr")}


@lru_cache(maxsize=256)
def day_comes_first(language: str | None, country: str | None) -> bool:
    """Whether 3/4 is the third of April where this is read. Without a country, English is taken for American."""
    if country:
        return country.upper() not in ("US", "PH", "PW", "FM", "MH", "GU", "PR", "AS", "VI")
    tag = (language or "").replace("_", "-").lower()
    return tag not in ("en", "en-us", "en-ph")

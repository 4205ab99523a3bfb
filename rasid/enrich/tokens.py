"""Words of an original text with their offsets, and the clitic variants under which an Arabic word may be a name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rasid.text.fold import fold

# A word keeps the marks written inside it (tashkeel, Latin combining accents, zero-width and bidi marks): they carry
# no letter, but a span has to cover them.
_LETTERS = r"[^\W_\u02b9-\u02bf]+"
_MARKS = "[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u200c-\u200f]+"
_WORD = re.compile(rf"{_LETTERS}(?:{_MARKS}{_LETTERS})*[\u064b-\u0652\u0670]*")
_FOLDED_WORD = re.compile(r"[^\W_\u02b9-\u02bf]+")
_ARABIC_FIRST = re.compile(r"[\u0620-\u06d5]")
#: Longer runs are cut into nothing: no name is that long, and some pages hold runs of a million letters.
LONGEST_WORD = 60


# Most words of a text were met before.
_fold = lru_cache(maxsize=65_536)(fold)


class Token(NamedTuple):
    """A word: its folded form and where it stands in the original (code points, end exclusive)."""

    folded: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The words of `text` in order. Apostrophes part words (``Kamışlı'da`` is two), marks inside a word do not."""
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        # A lone tatweel folds to nothing.
        if end - start <= LONGEST_WORD and (folded := _fold(match.group())):
            found.append(Token(folded, start, end))
    return found


def split_folded(folded: str) -> list[str]:
    """The words of a text that is folded already, without their offsets."""
    return _FOLDED_WORD.findall(folded)


def key_of(name: str) -> str:
    """The form under which a name is looked up: its folded words, one blank between.

    >>> key_of("الحَسَكة"), key_of("Kamışlı"), key_of("`Ayn `Īsá")
    ('الحسكه', 'kamisli', 'ayn isa')
    """
    return " ".join(split_folded(fold(name)))


class Variant(NamedTuple):
    """A form without proclitics; `cut` counts the folded letters before it that are not part of it."""

    form: str
    cut: int


# و ف join to the front of anything; ب ك ل stand next to the word; two at most.
_PROCLITICS = ("و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل", "فك")


@lru_cache(maxsize=65_536)
def variants(word: str) -> tuple[Variant, ...]:
    """A folded word as it is, then without the proclitics it may carry, at least three letters left.

    >>> [v.form for v in variants("وللنظام")]
    ['وللنظام', 'للنظام', 'لنظام', 'النظام']
    """
    found = [Variant(word, 0)]
    if len(word) < 4 or not _ARABIC_FIRST.match(word):
        return (found[0],)
    for letters in _PROCLITICS:
        if word.startswith(letters) and len(word) - len(letters) >= 3:
            found.append(Variant(word[len(letters) :], len(letters)))
    for letters in ("لل", "ولل", "فلل"):
        # لل hides the article: للنظام is ل + النظام, with one lam left out.
        if word.startswith(letters) and len(word) - len(letters) >= 2:
            found.append(Variant("ال" + word[len(letters) :], len(letters) - 1))
    return tuple(found)


def skip_letters(original: str, count: int) -> int:
    """How many characters of an original word hold its first `count` folded letters."""
    seen = 0
    for index, char in enumerate(original):
        width = len(fold(char))
        if seen >= count and width:
            return index
        seen += width
    return len(original)

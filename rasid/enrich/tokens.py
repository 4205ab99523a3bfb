"""Words of an original text with their offsets, and the clitic variants under which an Arabic word may be a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np

from rasid.text import codes
from rasid.text.fold import fold
from rasid.text.kept import Kept

# A word keeps the marks written inside it (tashkeel, Latin combining accents, zero-width and bidi marks): they carry
# no letter, but a span has to cover them.
_LETTERS = r"[^\W_\u02b9-\u02bf]+"
_MARKS = "[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u200c-\u200f]+"
_WORD = re.compile(rf"{_LETTERS}(?:{_MARKS}{_LETTERS})*[\u064b-\u0652\u0670]*")
_FOLDED_WORD = re.compile(r"[^\W_\u02b9-\u02bf]+")
_ARABIC_LETTER = re.compile(r"[\u0620-\u06d5]")
#: Longer runs are cut into nothing: no name is that long, and some pages hold runs of a million letters.
LONGEST_WORD = 60


_fold: Kept[str] = Kept(fold)


class Token(NamedTuple):
    """A word: its folded form and where it stands in the original (code points, end exclusive)."""

    folded: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The words of `text` in order. Apostrophes part words (``Kamışlı'da`` is two), marks inside a word do not."""
    if len(text) >= codes.WORTH and (found := _at_once(text)) is not None:
        return found
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        # A lone tatweel folds to nothing.
        if end - start <= LONGEST_WORD and (folded := _fold[match.group()]):
            found.append(Token(folded, start, end))
    return found


_BLANK = 0x20
_ONE_LETTER = re.compile(_LETTERS)
_TAIL_MARK = re.compile("[\u064b-\u0652\u0670]")


def _letter_of(code: int) -> int | None:
    """A letter as it folds, 0 for a mark, a blank for what is outside of words; None for what needs a closer look."""
    char = chr(code)
    if _TAIL_MARK.match(char):
        return 0
    if not _ONE_LETTER.match(char):
        return None if re.match(_MARKS, char) else _BLANK
    folded = fold(char)
    if not folded:
        return 0
    return ord(folded) if len(folded) == 1 and folded.isalnum() else None


_FOLDED_LETTERS = codes.CodeTable(_letter_of)


def _at_once(text: str) -> list[Token] | None:
    """The words of an ordinary text, all at once; None where it holds something out of the ordinary.

    That is a mark in front of a word, a letter that folds to none or to several, a very long word.
    """
    found = _FOLDED_LETTERS.map(codes.encode(text))
    if found is None:
        return None
    inside = found != _BLANK
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return []
    if not found[starts].all() or int((ends - starts).max()) > LONGEST_WORD:
        return None
    folded = codes.decode(found if found.all() else found[found != 0]).split()
    # A named tuple of its own for each word would take as long as all the rest.
    return list(map(tuple.__new__, repeat(Token), zip(folded, starts.tolist(), ends.tolist(), strict=True)))


@lru_cache(maxsize=48)
def kept_tokens(text: str) -> Sequence[Token]:
    """`tokenize`, kept for those who read the same text next: a batch of texts goes through one enricher at a time."""
    return tokenize(text)


def split_folded(folded: str) -> list[str]:
    """The words of a text that is folded already, without their offsets."""
    return _FOLDED_WORD.findall(folded)


def key_of(name: str) -> str:
    """The form under which a name is looked up: its folded words, one blank between.

    >>> key_of("الحَسَكة"), key_of("Kamışlı"), key_of("`Ayn `Īsá")
    ('الحسكه', 'kamisli', 'ayn isa')
    """
    return " ".join(split_folded(fold(name)))


def keys_in(written: str) -> frozenset[str]:
    """The forms under which words, parted by blanks, are looked up: for the word lists that stand in code.

    >>> sorted(keys_in("مدينة şehri"))
    ['sehri', 'مدينه']
    """
    return frozenset(map(key_of, written.split()))


class Variant(NamedTuple):
    """A form without proclitics; `cut` counts the folded letters before it that are not part of it."""

    form: str
    cut: int


# و ف join to the front of anything; ب ك ل stand next to the word; two at most.
_PROCLITICS = ("و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل", "فك")
_WITH_ARTICLE = ("لل", "ولل", "فلل")


@lru_cache(maxsize=65_536)
def variants(word: str) -> tuple[Variant, ...]:
    """A folded word as it is, then without the proclitics it may carry, at least three letters left.

    >>> [v.form for v in variants("وللنظام")]
    ['وللنظام', 'للنظام', 'لنظام', 'النظام']
    """
    found = [Variant(word, 0)]
    if len(word) < 4 or not _ARABIC_LETTER.match(word):
        return (found[0],)
    for letters in _PROCLITICS:
        if word.startswith(letters) and len(word) - len(letters) >= 3:
            found.append(Variant(word[len(letters) :], len(letters)))
    for letters in _WITH_ARTICLE:
        # لل hides the article: للنظام is ل + النظام, with one lam left out.
        if word.startswith(letters) and len(word) - len(letters) >= 2:
            found.append(Variant("ال" + word[len(letters) :], len(letters) - 1))
    return tuple(found)


def with_proclitics(form: str) -> Iterator[Variant]:
    """How a folded word of three letters or more is written with proclitics before it, itself first: the way back
    from `variants`; `cut` counts the letters before it.

    >>> [v.form for v in with_proclitics("النظام")][:3], ("وللنظام", 2) in with_proclitics("النظام")
    (['النظام', 'والنظام', 'فالنظام'], True)
    """
    yield Variant(form, 0)
    if not _ARABIC_LETTER.match(form):
        return
    for letters in _PROCLITICS:
        yield Variant(letters + form, len(letters))
    if form.startswith("ال"):
        for letters in _WITH_ARTICLE:
            yield Variant(letters + form[2:], len(letters) - 1)


def skip_letters(original: str, count: int) -> int:
    """How many characters of an original word hold its first `count` folded letters."""
    seen = 0
    for index, char in enumerate(original):
        width = len(fold(char))
        if seen >= count and width:
            return index
        seen += width
    return len(original)

"""The longest passages that two texts share, word by word after folding, with their places in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rasid.text.fold import fold_with_offsets
from rasid.text.words import spans

#: Words that are looked at of either text.
WORDS_LIMIT: Final = 20_000
#: Places of one run of words that are tried: a refrain has thousands.
_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """A shared passage of so many words: code points ``[start, end)`` of one text, and of the other."""

    words: int
    start: int
    end: int
    other_start: int
    other_end: int


@dataclass(frozen=True, slots=True)
class _Text:
    words: list[str]
    places: list[tuple[int, int]]


def shared_passages(text: str, other: str, *, least: int = 6, most: int = 5) -> list[Passage]:
    """The longest passages of at least `least` words that two texts share, none inside another, longest first.

    Takes time in proportion to the length of the texts, whatever they repeat.

    >>> shared_passages("أعلنت الوزارة اليوم", "وقالت: أعلنتِ الوزارةُ اليومَ ذلك", least=3)
    [Passage(words=3, start=0, end=19, other_start=7, other_end=29)]
    """
    one, two = _read(text), _read(other)
    known = _runs(one.words, least)
    found: list[Passage] = []
    at = 0
    while at + least <= len(two.words):
        begins = known.get(tuple(two.words[at : at + least]), ())
        length, begin = max(((_common(one.words, two.words, here, at), here) for here in begins), default=(0, 0))
        if length:
            found.append(Passage(length, *_place(one, begin, length), *_place(two, at, length)))
        at += max(1, length)
    return sorted(found, key=lambda passage: (-passage.words, passage.start))[:most]


def _read(text: str) -> _Text:
    folded, offsets = fold_with_offsets(text)
    places = spans(folded)[:WORDS_LIMIT]
    return _Text(
        [folded[start:end] for start, end in places],
        # What a letter was folded from may be followed by marks that were dropped: these belong to the word.
        [(offsets[start], offsets[end] if end < len(offsets) else len(text)) for start, end in places],
    )


def _runs(words: list[str], length: int) -> dict[tuple[str, ...], list[int]]:
    """Where each run of so many words begins; the first few places."""
    found: dict[tuple[str, ...], list[int]] = {}
    for start in range(len(words) - length + 1):
        places = found.setdefault(tuple(words[start : start + length]), [])
        if len(places) < _PLACES:
            places.append(start)
    return found


def _common(one: list[str], two: list[str], start: int, at: int) -> int:
    length = 0
    while start + length < len(one) and at + length < len(two) and one[start + length] == two[at + length]:
        length += 1
    return length


def _place(text: _Text, start: int, length: int) -> tuple[int, int]:
    return text.places[start][0], text.places[start + length - 1][1]

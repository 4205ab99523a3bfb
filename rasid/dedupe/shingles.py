"""Shingles and bands of many texts at once, from one hash for each word: numbers alone, no text.

What a call of numpy costs is most of what a short text costs, so the texts stand one after the other in one array.
Belongs to `rasid.dedupe.fingerprint.VERSION`: whatever is changed here in what comes out must raise it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

#: Words that make the lead. A shortened copy keeps them, whatever else it drops.
LEAD = 48
#: Shingles kept of one text; of a longer one every second, fourth, eighth ... by hash (FracMinHash, Irber 2022), so
#: that two texts are compared by the same ones.
SHINGLES_LIMIT = 1_024
#: Bands of one fingerprint at most; a short text has none.
BANDS = 160
#: Words that a text must have here, and may have.
LEAST, MOST = 13, 2**15

# Anchors are 4-word shingles with a small hash: two texts choose the same ones of a passage that they share, whatever
# stands around it, so that a part finds its whole. One in 16 by hash, and the smallest of the text and of its lead,
# since a short text may have none by chance.
_SHINGLE_WORDS, ANCHOR_WORDS = 3, 4
ANCHOR_BELOW: Final = np.uint64(2**64 // 16)
SMALLEST, SMALLEST_LEAD = 10, 8
# The smallest are nearly always among twice as many.
_SMALL: Final = np.uint64(2**64 // 8)
# Bands of single words, three rows each since unrelated articles share words, find copies in which so many words were
# exchanged that no four in a row are left.
WORD_BANDS, WORD_ROWS = 8, 3
_FEW = 2_048

Hashes = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int64]


def _multipliers(name: bytes, count: int) -> Hashes:
    """Odd 64-bit numbers that are the same for ever."""
    drawn = (blake2b(name + bytes([number]), digest_size=8).digest() for number in range(count))
    return np.array([int.from_bytes(raw, "little") | 1 for raw in drawn], dtype=np.uint64)


# Of the places in a shingle and of the finishing step; of the permutations of words.
PLACES = _multipliers(b"places", 8)
PERMUTATIONS = _multipliers(b"words", WORD_BANDS * WORD_ROWS)
_SHIFT: Final = np.uint64(29)
#: Bits of a run that are not kept of a shingle.
HALF: Final = np.uint64(32)


class Words(NamedTuple):
    """The words of some texts, one text after the other.

    Attributes:
        hashes: one of each word.
        long: whether each has more than three characters.
        counts: words of each text, from `LEAST` to `MOST`.
    """

    hashes: Hashes
    long: npt.NDArray[np.bool_]
    counts: _Places


class Sketch(NamedTuple):
    """See `rasid.dedupe.fingerprint.Fingerprint`."""

    shingles: bytes
    scale: int
    bands: tuple[int, ...]


def sketches(words: Words) -> list[Sketch]:
    """The shingles and the bands of each text."""
    if not len(words.counts):
        return []
    three, four = runs(words.hashes)
    shingles = _shingles(_Runs.of(three, words.counts, _SHINGLE_WORDS))
    bands = _bands(_Runs.of(four, words.counts, ANCHOR_WORDS), words)
    return [Sketch(*kept, found) for kept, found in zip(shingles, bands, strict=True)]


def runs(hashes: Hashes) -> tuple[Hashes, Hashes]:
    """One hash for each three and each `ANCHOR_WORDS` words in a row, also where these are of two texts."""
    threes = hashes[:-2] * PLACES[0]
    threes += hashes[1:-1] * PLACES[1]
    threes += hashes[2:] * PLACES[2]
    fours = threes[:-1] + hashes[3:] * PLACES[3]
    return _mixed(threes), _mixed(fours)


def _mixed(found: Hashes) -> Hashes:
    """The finishing step, in place: all bits of a run hang on all of its words."""
    found ^= found >> _SHIFT
    found *= PLACES[7]
    found ^= found >> HALF
    return found


class _Runs(NamedTuple):
    """Values text by text: the number of its text for each, where each text begins, and how many it has."""

    values: Hashes
    texts: _Places
    starts: _Places
    counts: _Places

    @classmethod
    def of(cls, runs: Hashes, words: _Places, length: int) -> _Runs:
        """Without the runs that begin in one text and end in the next."""
        counts = words - (length - 1)
        texts = np.repeat(np.arange(len(words)), counts)
        starts = np.cumsum(counts) - counts
        if len(words) > 1:
            runs = runs[np.arange(len(texts)) + texts * (length - 1)]
        return cls(runs, texts, starts, counts)


def _shingles(found: _Runs) -> list[tuple[bytes, int]]:
    """The shingles of each text, each once and in order, and its scale."""
    short = (found.values >> HALF).astype("<u4")
    first = _first(short.astype(np.uint64), found)
    counts = found.counts
    if not first.all():
        short, counts = short[first], np.add.reduceat(first, found.starts, dtype=np.int64)
    ends = np.cumsum(counts).tolist()
    if counts.max() > SHINGLES_LIMIT:
        return [_thin(short[end - count : end]) for end, count in zip(ends, counts.tolist(), strict=True)]
    raw = short.tobytes()
    return [(raw[4 * (end - count) : 4 * end], 0) for end, count in zip(ends, counts.tolist(), strict=True)]


def _first(short: Hashes, runs: _Runs) -> npt.NDArray[np.bool_]:
    """Which shingles were not met before in their text."""
    # By text, then by hash, then by place, in one number: to sort numbers is many times as fast as to sort by keys.
    places = np.arange(len(short)) - runs.starts[runs.texts]
    keys = (runs.texts << 47).view(np.uint64) | short << np.uint64(15) | places.view(np.uint64)
    keys.sort()
    again = keys[1:][keys[1:] >> np.uint64(15) == keys[:-1] >> np.uint64(15)].view(np.int64)
    first = np.ones(len(short), np.bool_)
    first[runs.starts[again >> 47] + (again & 0x7FFF)] = False
    return first


def _thin(shingles: npt.NDArray[np.uint32]) -> tuple[bytes, int]:
    """The shingles that are kept of one text, and the scale."""
    scale = 0
    while len(shingles) > SHINGLES_LIMIT:
        scale += 1
        shingles = shingles[shingles < 2 ** (32 - scale)]
    return shingles.tobytes(), scale


def _bands(anchors: _Runs, words: Words) -> list[tuple[int, ...]]:
    smallest = _smallest(anchors)
    others = np.concatenate((_of_lead(anchors), _of_words(words)), axis=1).view(np.int64).tolist()
    return [tuple(dict.fromkeys(own + other)) for own, other in zip(smallest, others, strict=True)]


def _smallest(anchors: _Runs) -> list[list[int]]:
    """The anchors below the limit, but never too few or too many; by size."""
    small = np.flatnonzero(anchors.values < _SMALL)
    values, texts = anchors.values[small], anchors.texts[small]
    counts = np.bincount(texts, minlength=len(anchors.counts))
    below = np.bincount(texts[values < ANCHOR_BELOW], minlength=len(anchors.counts))
    chosen = np.maximum(SMALLEST, np.minimum(below, BANDS - 32)).tolist()
    by_size = values[np.lexsort((values, texts))].view(np.int64).tolist()
    found = []
    for number, (end, count) in enumerate(zip(np.cumsum(counts).tolist(), counts.tolist(), strict=True)):
        if count < SMALLEST:
            at = anchors.starts[number]
            found.append(np.sort(anchors.values[at : at + anchors.counts[number]])[:SMALLEST].view(np.int64).tolist())
        else:
            found.append(by_size[end - count :][: chosen[number]])
    return found


def _of_lead(anchors: _Runs) -> Hashes:
    places = np.arange(LEAD)
    found = anchors.values.take(anchors.starts[:, None] + places, mode="clip")
    found[places >= anchors.counts[:, None]] = np.uint64(2**64 - 1)
    found.sort(axis=1)
    return found[:, :SMALLEST_LEAD]


def _of_words(words: Words) -> Hashes:
    """Bands of the longer words, or of all where a text has none."""
    starts = np.cumsum(words.counts) - words.counts
    chosen = words.long
    counts = np.add.reduceat(chosen, starts, dtype=np.int64)
    if not counts.all():
        chosen = chosen | np.repeat(counts == 0, words.counts)
        counts = np.add.reduceat(chosen, starts, dtype=np.int64)
    single, starts = words.hashes[chosen], np.cumsum(counts) - counts
    if len(single) <= _FEW:
        rows = np.minimum.reduceat(single * PERMUTATIONS[:, None], starts, axis=1)
    else:  # all permutations at once would not fit into a cache near the core
        rows = np.stack([np.minimum.reduceat(single * permutation, starts) for permutation in PERMUTATIONS])
    mixed = rows.reshape(WORD_BANDS, WORD_ROWS, -1) * PLACES[:WORD_ROWS, None]
    found: Hashes = mixed.sum(axis=1, dtype=np.uint64).T + np.arange(WORD_BANDS, dtype=np.uint64)
    return found

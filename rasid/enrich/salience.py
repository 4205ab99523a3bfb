"""How words and phrases of Arabic news stand in it: how often, in headlines, in first sentences.

A start table is shipped.

A phrase that is seldom in a text without being in its headline too is what texts are about (طوفان الأقصى); one that is
everywhere and in no headline is not (في الوقت نفسه). The table holds hashes and counts only, no text.
`rasid.enrich.build_salience` makes one from any collection of articles.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import xxhash
import zstandard

TABLE = Path(__file__).parent / "data" / "salience_ar.msgpack.zst"
#: Longest phrase, in words.
LONGEST = 4
#: Larger counts are kept as this.
MOST = 0xFFFF

Array = np.ndarray[Any, Any]

_lock = threading.Lock()


class Stored(msgspec.Struct):
    """The table as it lies in the file: `texts` is how many there were; arrays are little-endian and parallel.

    Phrases (a word is one too): hash; how many texts, headlines and first sentences hold it. Words: hash, how often
    they were written, how often as the first of a sentence.
    """

    texts: int
    phrases: bytes
    in_texts: bytes
    in_titles: bytes
    in_leads: bytes
    words: bytes
    written: bytes
    opening: bytes


class WordCounts(NamedTuple):
    """Of one word: in how many texts it stands, how often it was written and how often it opened a sentence."""

    texts: float
    written: float
    opening: float


class Salience:
    """The table, ready to be asked. Holds no state of a text; may be shared by threads.

    Args:
        stored: the counts.
        as_of: as many texts as counts are told of: those of a larger table shrink by as much. None tells them as they
            are.

    Attributes:
        texts: of how many texts counts are told.
    """

    def __init__(self, stored: Stored, *, as_of: int | None = None) -> None:
        share = min(1.0, as_of / stored.texts) if as_of is not None and stored.texts else 1.0
        self.texts = stored.texts * share
        self._phrases = np.frombuffer(stored.phrases, "<u4")
        counts = (stored.in_texts, stored.in_titles, stored.in_leads)
        # A row of zeros at the end is what is not known.
        self._counts = np.zeros((len(self._phrases) + 1, 3), np.float32)
        for column, raw in enumerate(counts):
            self._counts[:-1, column] = np.frombuffer(raw, "<u2") * share
        self._words = np.frombuffer(stored.words, "<u4")
        self._written = np.frombuffer(stored.written, "<u2") * np.float32(share)
        self._opening = np.frombuffer(stored.opening, "<u2") * np.float32(share)

    def phrases(self, hashes: Array) -> Array:
        """For each hash (see `hashed`) a row: texts, headlines and first sentences that hold the phrase."""
        return self._counts[self._rows(hashes)]

    def _rows(self, hashes: Array) -> Array:
        if not len(self._phrases):
            return np.zeros(len(hashes), np.int64)
        rows = np.searchsorted(self._phrases, hashes)
        rows[rows == len(self._phrases)] = 0
        return np.where(self._phrases[rows] == hashes, rows, len(self._phrases))

    def word(self, word: str) -> WordCounts:
        """What is known of one folded word; zeros where that is nothing."""
        return WordCounts(*(float(counts[0]) for counts in self.words([word])))

    def words(self, words: Sequence[str]) -> tuple[Array, Array, Array]:
        """`WordCounts` of folded words, an array for each of its fields."""
        hashes = np.fromiter(map(hashed, words), np.uint32, len(words))
        texts = self._counts[self._rows(hashes), 0].astype(np.float64)
        if not len(self._words):
            return texts, texts, np.zeros(len(words))
        at = np.searchsorted(self._words, hashes)
        at[at == len(self._words)] = 0
        is_known = self._words[at] == hashes
        # A word that was in no list of words stands in its texts once each.
        return texts, np.where(is_known, self._written[at], texts), np.where(is_known, self._opening[at], 0.0)


def hashed(phrase: str) -> int:
    """The 32-bit hash under which a folded phrase is counted (XXH32)."""
    return xxhash.xxh32_intdigest(phrase.encode("utf-8", "ignore"))


def merged(one: Stored, other: Stored) -> Stored:
    """The counts of two collections together."""
    columns = ("in_texts", "in_titles", "in_leads"), ("written", "opening")
    packed: dict[str, bytes] = {}
    for key, names in zip(("phrases", "words"), columns, strict=True):
        hashes = np.concatenate([np.frombuffer(getattr(table, key), "<u4") for table in (one, other)])
        known, place = np.unique(hashes, return_inverse=True)
        packed[key] = known.astype("<u4").tobytes()
        for name in names:
            counts = np.concatenate([np.frombuffer(getattr(table, name), "<u2") for table in (one, other)])
            sums = np.bincount(place, counts, len(known))
            packed[name] = np.minimum(sums, MOST).astype("<u2").tobytes()
    return Stored(one.texts + other.texts, **packed)


def pack(stored: Stored) -> bytes:
    """The bytes of a table's file."""
    return zstandard.ZstdCompressor(level=19).compress(msgspec.msgpack.encode(stored))


def unpack(data: bytes) -> Stored:
    """The table whose `pack` is `data`.

    Raises:
        ValueError: `data` was not made by `pack`.
    """
    try:
        return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(data), type=Stored)
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise ValueError(f"not a packed table of counts: {error}") from error


def start() -> Stored:
    """The counts of the table that is shipped."""
    return unpack(TABLE.read_bytes())


@lru_cache(maxsize=1)
def _load() -> Salience:
    return Salience(start())


def shipped() -> Salience:
    """The start table, read once in a process when it is first asked for."""
    with _lock:
        return _load()

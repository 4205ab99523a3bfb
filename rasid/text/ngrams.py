"""What language a few words are in, by the letters that follow each other in them.

A table of runs of one to four letters in 75 languages, each with how likely its last letter is after the others; the
most likely language is the one with the highest sum (naive Bayes on character n-grams, as in lingua). It knows short
texts better than the model of lid.176, which reads whole words, and languages of southern Africa that the other lacks.

`rasid.text.build_ngrams` makes the table. Scores are logarithms: only differences between languages mean anything.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zstandard

TABLE = Path(__file__).parent / "data" / "ngrams.msgpack.zst"
LONGEST = 4
#: Costs are kept in steps of this many nats.
STEP = 1 / 4
#: By length of the run: its weight, and the log-likelihood of one that a language does not have. Found by trial on
#: lines of news; the figures are flat around these values, so nothing hangs on the last digit.
_WEIGHTS = (0.5, 1.0, 1.0, 1.0)
_FLOORS = (-14.0, -9.0, -8.0, -5.0)
_BLANK = 0x20
_MARKS = (
    "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0a3c-\u0a4d"
    "\u0abc-\u0acd\u0b82\u0bbe-\u0bcd\u0c00-\u0c4d\u0e31\u0e34-\u0e4e"
)
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*")
_SPREAD = 0x9E3779B97F4A7C15

_lock = threading.Lock()


class Stored(msgspec.Struct):
    """The table as it lies in the file: for each length of run, its hashes in order, how many languages have each, the
    numbers of those languages and what the run costs there (in `STEP`, little-endian arrays)."""

    languages: list[str]
    hashes: list[bytes]
    counts: list[bytes]
    owners: list[bytes]
    costs: list[bytes]


@dataclass(frozen=True, slots=True)
class _Order:
    """All runs of one length."""

    hashes: np.ndarray[Any, np.dtype[np.uint32]]
    starts: np.ndarray[Any, np.dtype[np.int64]]
    owners: np.ndarray[Any, np.dtype[np.uint8]]
    gains: np.ndarray[Any, np.dtype[np.float32]]


class NgramModel:
    """The table, ready to be asked; holds no state of a text and may be shared by threads."""

    def __init__(self, stored: Stored) -> None:
        self.languages = tuple(stored.languages)
        self._orders = [self._order(stored, index) for index in range(LONGEST)]

    @staticmethod
    def _order(stored: Stored, index: int) -> _Order:
        counts = np.frombuffer(stored.counts[index], np.uint8)
        costs = np.frombuffer(stored.costs[index], np.uint8)
        return _Order(
            hashes=np.frombuffer(stored.hashes[index], "<u4"),
            starts=np.concatenate(([0], np.cumsum(counts, dtype=np.int64))),
            owners=np.frombuffer(stored.owners[index], np.uint8),
            gains=(_WEIGHTS[index] * (-STEP * costs.astype(np.float32) - _FLOORS[index])).astype(np.float32),
        )

    def scores(self, text: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """For each of `languages` how well the words of `text` fit it (nats above what is foreign to all; 0 is nothing
        in common). Case, digits and punctuation do not count."""
        total = np.zeros(len(self.languages))
        for order, hashes in zip(self._orders, runs(text), strict=True):
            if len(hashes) and len(order.hashes):
                total += self._fits(order, hashes)
        return total

    def _fits(self, order: _Order, hashes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        at = np.searchsorted(order.hashes, hashes)
        at[at == len(order.hashes)] = 0
        at = at[order.hashes[at] == hashes]
        first = order.starts[at]
        lengths = order.starts[at + 1] - first
        ends = np.cumsum(lengths)
        rows = np.repeat(first - ends + lengths, lengths) + np.arange(ends[-1] if len(ends) else 0)
        return np.bincount(order.owners[rows], weights=order.gains[rows], minlength=len(self.languages))


def runs(text: str) -> list[np.ndarray[Any, Any]]:
    """The hashes of all runs of one to four letters inside the words of `text`, by length."""
    letters = " ".join(_WORD.findall(text.lower()))
    codes = np.frombuffer(letters.encode("utf-16-le", "ignore"), np.uint16).astype(np.uint64)
    keys, broken = codes, codes == _BLANK
    found = [spread(keys[~broken])]
    for length in range(2, LONGEST + 1):
        count = max(len(codes) - length + 1, 0)
        keys = (keys[:count] << np.uint64(16)) | codes[length - 1 :][:count]
        broken = broken[:count] | (codes[length - 1 :][:count] == _BLANK)
        found.append(spread(keys[~broken]))
    return found


def spread(keys: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """32-bit hashes of packed letters (Fibonacci hashing: multiply, keep the upper half)."""
    with np.errstate(over="ignore"):
        hashed = (keys * np.uint64(_SPREAD)) >> np.uint64(32)
    return hashed.astype(np.uint32)


@lru_cache(maxsize=1)
def _load() -> NgramModel:
    packed = zstandard.ZstdDecompressor().decompress(TABLE.read_bytes())
    return NgramModel(msgspec.msgpack.decode(packed, type=Stored))


def model() -> NgramModel:
    """The shipped table, read once in a process when it is first asked for (about 15 ms)."""
    with _lock:
        return _load()

"""How much a folded Arabic word is like a name, by its letters alone: ديسبري is, تشغيلها is not.

The log-odds of a logistic regression over runs of one to four letters, learned from names that we list and words that
news uses as no names (`rasid.enrich.train_names`). For words that no list holds; a rare word is no name by being rare.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import msgspec
import zstandard

from rasid.text.kept import Kept

WEIGHTS = Path(__file__).parent / "data" / "name_shape.msgpack.zst"
#: Weights; a run of letters has that of its hash.
SIZE = 1 << 15
_LONGEST_RUN = 4

_lock = threading.Lock()


class Stored(msgspec.Struct, array_like=True):
    """The file: `weights` holds signed bytes, in steps of `step`."""

    bias: float
    step: float
    weights: bytes


def runs(word: str) -> Iterator[int]:
    """The numbers of a word's runs of letters, its ends marked, each as often as it stands."""
    marked = f"^{word}$"
    for size in range(1, _LONGEST_RUN + 1):
        for first in range(len(marked) - size + 1):
            yield crc32(marked[first : first + size].encode("utf-8", "replace")) & (SIZE - 1)


def pack(stored: Stored) -> bytes:
    """The bytes of the file."""
    return zstandard.ZstdCompressor(level=19).compress(msgspec.msgpack.encode(stored))


@lru_cache(maxsize=1)
def _load() -> Stored:
    return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(WEIGHTS.read_bytes()), type=Stored)


def _likeness(word: str) -> float:
    with _lock:
        stored = _load()
    weights = memoryview(stored.weights).cast("b")
    return stored.bias + stored.step * sum(weights[run] for run in runs(word))


#: Log-odds that a folded word is a name; above 0 it is more likely one than not, rarity left out of account.
likeness = Kept(_likeness)

"""How common words are in everyday text, folded: read from the lists that the package wordfreq ships.

The lists are read directly (msgpack, bucketed by hundredths of a decade), since importing wordfreq itself costs more
than 0.3 s and its own cache keeps unfolded words. Data: wordfreq, CC BY-SA 4.0.
"""

from __future__ import annotations

import gzip
import importlib.util
import math
from functools import lru_cache
from pathlib import Path

import msgspec

from rasid.text.fold import fold


def _list_path(language: str, size: str) -> Path | None:
    spec = importlib.util.find_spec("wordfreq")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "data" / f"{size}_{language}.msgpack.gz"
    return path if path.exists() else None


def zipf_table(language: str, *, size: str = "small", least: float = 0.0) -> dict[str, float]:
    """Folded words and their Zipf frequency: log10 of occurrences in a thousand million words (the commonest: 7 to 8).

    Spellings that fold together are added up. Words rarer than `least` are left out. Empty where there is no list.
    Format: a header, then at index i the words of frequency ``10 ** (-i / 100)`` (wordfreq, "cB" version 1).
    """
    path = _list_path(language, size)
    if path is None:
        return {}
    buckets: list[list[str]] = msgspec.msgpack.decode(gzip.decompress(path.read_bytes()))[1:]
    table: dict[str, float] = {}
    for index, bucket in enumerate(buckets):
        zipf = 9 - index / 100
        if zipf < least:
            break
        # One fold for the whole bucket: a blank cannot be inside a word.
        for word in fold(" ".join(bucket)).split() if bucket else ():
            known = table.get(word)
            table[word] = zipf if known is None else _add(known, zipf)
    return table


def _add(left: float, right: float) -> float:
    """The Zipf frequency of two words together; `left` is the commoner."""
    return left + math.log10(1 + 10 ** (right - left))


@lru_cache(maxsize=8)
def common_words(language: str) -> dict[str, float]:
    """The everyday words of a language with their Zipf frequency (3 and more), kept in memory once read."""
    return zipf_table(language, size="small")

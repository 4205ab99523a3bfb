"""Makes the table of `rasid.enrich.salience` from articles::

    python -m rasid.enrich.build_salience articles.jsonl.xz more.jsonl …

Each file holds a JSON object a line (plain, .gz or .xz) with `title` and `text` (or `full_text`). Texts that come twice
count once. Only counts are kept: what fewer than three texts hold is left out.
"""

from __future__ import annotations

import gzip
import json
import lzma
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from rasid.enrich.phrases import BREAKS, runs
from rasid.enrich.salience import MOST, TABLE, Stored, hashed, pack
from rasid.enrich.tokens import Token, tokenize

Array = np.ndarray[Any, Any]

_LEAST = 3
_LEAD = 300
_LONGEST_TEXT = 20_000
_OPENERS: dict[str, Callable[..., IO[str]]] = {".gz": gzip.open, ".xz": lzma.open}


def main() -> None:
    """Write the table."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m rasid.enrich.build_salience FILE.jsonl[.xz|.gz] …")
    stored = count(articles(map(Path, sys.argv[1:])))
    TABLE.write_bytes(pack(stored))
    print(f"{TABLE.name}: {stored.texts} texts, {len(stored.phrases) // 4} phrases, {TABLE.stat().st_size} bytes")


def articles(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """(title, text) of each article in some files, each once."""
    seen: set[tuple[str, str]] = set()
    for path in paths:
        for row in rows(path):
            article = (row.get("title") or "", text_of(row))
            if article not in seen:
                seen.add(article)
                yield article


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, one a line, plain or packed."""
    with _OPENERS.get(path.suffix, open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def text_of(row: Mapping[str, Any]) -> str:
    """The text of an article, under either of its names."""
    return row.get("text") or row.get("full_text") or ""


def count(texts: Iterable[tuple[str, str]]) -> Stored:
    """Count the phrases of (title, text) pairs: some 4 kB a pair are held until the end."""
    number = 0
    everywhere, titles, leads, written, opening = _Hashes(), _Hashes(), _Hashes(), _Hashes(), _Hashes()
    for title, text in texts:
        number += 1
        head = _phrases(title)
        titles.add(head)
        leads.add(_phrases(text[:_LEAD]))
        everywhere.add(head | _phrases(text[:_LONGEST_TEXT]))
        opened = list(_opened(text[:_LONGEST_TEXT]))
        written.add(hashed(word) for word, _ in opened)
        opening.add(hashed(word) for word, opens in opened if opens)
    phrases, in_texts = everywhere.often()
    words, times = written.often()
    columns = in_texts, titles.of(phrases), leads.of(phrases), times, opening.of(words)
    texts_, heads, begins, times_, opens_ = (np.minimum(one, MOST).astype("<u2").tobytes() for one in columns)
    return Stored(number, phrases.tobytes(), texts_, heads, begins, words.tobytes(), times_, opens_)


class _Hashes:
    """Hashes of many texts, to be counted: four bytes each, since a dictionary of phrases would need a hundred."""

    def __init__(self) -> None:
        self._all = array("I")

    def add(self, hashes: Iterable[int]) -> None:
        self._all.extend(hashes)

    def often(self) -> tuple[Array, Array]:
        """Those that came `_LEAST` times at least, in order, and how often."""
        values, times = np.unique(np.frombuffer(self._all, np.uint32), return_counts=True)
        return values[times >= _LEAST].astype("<u4"), times[times >= _LEAST]

    def of(self, wanted: Array) -> Array:
        """How often each of some hashes, in order, came."""
        values, times = np.unique(np.frombuffer(self._all, np.uint32), return_counts=True)
        found = np.zeros(len(wanted), np.int64)
        both, at, here = np.intersect1d(wanted, values, assume_unique=True, return_indices=True)
        if len(both):
            found[at] = times[here]
        return found


def _phrases(text: str) -> set[int]:
    return {hashed(key) for key, _, _ in runs(text, tokenize(text))}


def _opened(text: str) -> Iterator[tuple[str, bool]]:
    """Each word, and whether it is the first of a sentence or of what is quoted."""
    before: Token | None = None
    for token in tokenize(text):
        yield token.folded, before is None or BREAKS.search(text, before.end, token.start) is not None
        before = token


if __name__ == "__main__":
    main()

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
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from rasid.enrich.phrases import BREAKS, runs
from rasid.enrich.salience import MOST, TABLE, Stored, hashed, pack
from rasid.enrich.tokens import Token, tokenize

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
    """Count the phrases of (title, text) pairs."""
    number = 0
    everywhere, titles, leads = Counter[str](), Counter[str](), Counter[str]()
    written, opening = Counter[str](), Counter[str]()
    for title, text in texts:
        number += 1
        head = _phrases(title)
        titles.update(head)
        leads.update(_phrases(text[:_LEAD]))
        everywhere.update(head | _phrases(text[:_LONGEST_TEXT]))
        for word, opens in _opened(text[:_LONGEST_TEXT]):
            written[word] += 1
            opening[word] += opens
    return _stored(number, (everywhere, titles, leads), (written, opening))


def _phrases(text: str) -> set[str]:
    tokens = tokenize(text)
    return {key for key, _, _ in runs(text, tokens)}


def _opened(text: str) -> Iterator[tuple[str, bool]]:
    """Each word, and whether it is the first of a sentence or of what is quoted."""
    before: Token | None = None
    for token in tokenize(text):
        yield token.folded, before is None or BREAKS.search(text, before.end, token.start) is not None
        before = token


def _stored(number: int, phrases: tuple[Counter[str], ...], words: tuple[Counter[str], ...]) -> Stored:
    kept = {hashed(key): key for key, texts in phrases[0].items() if texts >= _LEAST}
    order = sorted(kept)
    known = {hashed(word): word for word, times in words[0].items() if times >= _LEAST}
    in_order = sorted(known)
    in_texts, in_titles, in_leads = (_clipped(counts[kept[value]] for value in order) for counts in phrases)
    written, opening = (_clipped(counts[known[value]] for value in in_order) for counts in words)
    hashes, names = (np.array(values, "<u4").tobytes() for values in (order, in_order))
    return Stored(number, hashes, in_texts, in_titles, in_leads, names, written, opening)


def _clipped(values: Iterable[int]) -> bytes:
    return np.array([min(value, MOST) for value in values], "<u2").tobytes()


if __name__ == "__main__":
    main()

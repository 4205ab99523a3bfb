"""Makes the table of `rasid.text.ngrams` from the language models of the package lingua-language-detector 1.4.2::

    pip download --no-deps lingua-language-detector==1.4.2 && unzip lingua_language_detector-1.4.2-*.whl -d lingua
    python -m rasid.text.build_ngrams lingua/lingua/language-models

Its models are counts of letters in news of 75 languages (Apache-2.0, Peter M. Stahl). Rare runs are left out: with all
of them the table is five times as large, and the answers are 0.3 % better. Languages that have a script to themselves
need single letters only.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import brotli
import msgspec
import numpy as np
import zstandard

from rasid.errors import UsageError
from rasid.text.ngrams import LONGEST, STEP, TABLE, Stored, spread

_FILES = ("unigrams", "bigrams", "trigrams", "quadrigrams")
#: Natural logarithm of the share of all runs of a length that one must have to be kept.
_RAREST = (-17.0, -17.0, -16.0, -14.0)
#: What the first letters of a run are taken to cost where the models do not say.
_UNSEEN = -18.0
_ALONE = frozenset(("el", "he", "ka", "hy", "th", "ta", "te", "gu", "pa", "bn", "ko"))

_Row = tuple[int, int, float]


def main() -> None:
    """Write the table."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        raise SystemExit(str(UsageError("usage: python -m rasid.text.build_ngrams FOLDER (lingua's language-models)")))
    folder = Path(sys.argv[1])
    languages = sorted(path.name for path in folder.iterdir() if path.is_dir() and len(path.name) == 2)
    rows: list[list[_Row]] = [[] for _ in range(LONGEST)]
    for number, language in enumerate(languages):
        for index, found in enumerate(_rows(folder / language, number, alone=language in _ALONE)):
            rows[index] += found
    stored = Stored(languages, [], [], [], [])
    for found in rows:
        _store(stored, found)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(zstandard.ZstdCompressor(level=19).compress(msgspec.msgpack.encode(stored)))
    print(
        f"{TABLE.name}: {len(languages)} languages, {[len(found) for found in rows]} runs, {TABLE.stat().st_size} bytes"
    )


def _rows(folder: Path, number: int, *, alone: bool) -> list[list[_Row]]:
    """By length: (packed letters, language, log of the likelihood of the last letter) of each run that is kept."""
    rows: list[list[_Row]] = []
    before: dict[str, float] = {}
    for index in range(LONGEST):
        last = _likelihoods(folder / f"{_FILES[index]}.json.br", index + 1) if not (alone and index) else {}
        whole = {run: value + (before.get(run[:-1], _UNSEEN) if index else 0.0) for run, value in last.items()}
        rows.append([(_packed(run), number, last[run]) for run, value in whole.items() if value > _RAREST[index]])
        before = whole
    return rows


def _likelihoods(path: Path, length: int) -> dict[str, float]:
    """Each run of a model, and the log of the likelihood of its last letter after the others."""
    if not path.exists():
        return {}
    runs: dict[str, str] = json.loads(brotli.decompress(path.read_bytes()))["ngrams"]
    found = {}
    for share, names in runs.items():
        part, _, whole = share.partition("/")
        found.update(dict.fromkeys(names.split(), math.log(int(part) / int(whole))))
    return {run: value for run, value in found.items() if len(run) == length and max(map(ord, run)) < 0x10000}


def _packed(run: str) -> int:
    key = 0
    for letter in run:
        key = key << 16 | ord(letter)
    return key


def _store(stored: Stored, rows: list[_Row]) -> None:
    table: Any = np.array(rows, dtype=[("key", "u8"), ("owner", "u1"), ("log", "f4")])
    hashes = spread(table["key"])
    order = np.lexsort((table["owner"], hashes))
    unique, counts = np.unique(hashes, return_counts=True)
    stored.hashes.append(unique.astype("<u4").tobytes())
    # Two runs that share a hash lend each other their languages; of some hundred thousand, a dozen pairs do.
    stored.counts.append(np.minimum(counts, 255).astype(np.uint8).tobytes())
    stored.owners.append(table["owner"][order].tobytes())
    stored.costs.append(np.minimum(np.round(-table["log"][order] / STEP), 255).astype(np.uint8).tobytes())


if __name__ == "__main__":
    main()

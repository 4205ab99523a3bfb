"""What an enricher costs, and which English names it finds beside the gazetteer.

    python benchmarks/enrichers.py NAMES [--with rasid-spacy] [--limit N]

NAMES: articles with the names in them, one a line of JSON (also .xz), as the ECB+ corpus is joined: ``id``,
``sentences``, ``mentions``: [kind, text, number of the sentence]. Of the mentions those that are written as names
count. Each enricher runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import lzma
import multiprocessing
import re
import resource
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasid.context import Context
from rasid.enrich.interface import Annotation, Doc
from rasid.enrich.registry import choose
from rasid.settings import load

KINDS = {"HUMAN_PART_PER": "person", "HUMAN_PART_ORG": "org", "LOC_GEO": "place"}
_SMALL = frozenset({"of", "the", "and", "for"})
_NO_NAMES = frozenset({"the", "he", "she", "his", "her", "they", "police", "i", "we", "a", "an", "two"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", type=Path)
    parser.add_argument("--with", dest="others", action="append", default=[])
    parser.add_argument("--limit", type=int, default=500)
    given = parser.parse_args()
    print(f"{'enricher':<16} {'ms/article':>10} {'MB':>6}  " + "  ".join(f"{kind:>12}" for kind in KINDS.values()))
    fresh = multiprocessing.get_context("spawn")
    for name in ["rasid-gazetteer", *given.others]:
        with fresh.Pool(1) as pool:
            print(pool.apply(row, (name, given.names, given.limit)))


def row(name: str, file: Path, limit: int) -> str:
    """One line of the table: cost, memory, and of the names of each kind the parts that were found, and as such."""
    articles = read(file, limit)
    before = _megabytes()
    choice = choose(Context(load(), "postgresql://unused/unused"), [name])
    if not choice.enrichers:
        return f"{name:<16} {choice.left_out[name]}"
    (enricher,) = choice.enrichers
    docs = [Doc(one["id"], "\n".join(one["sentences"]), language="en") for one in articles]
    enricher.enrich(docs[:1])
    began = time.process_time()
    said = [answer for at in range(0, len(docs), 20) for answer in enricher.enrich(docs[at : at + 20])]
    each = (time.process_time() - began) * 1000 / len(docs)
    parts = "  ".join(_found(articles, said, kind) for kind in KINDS)
    return f"{name:<16} {each:>10.1f} {_megabytes() - before:>6.0f}  {parts}"


def read(file: Path, limit: int) -> list[dict[str, Any]]:
    with lzma.open(file, "rt", encoding="utf-8") if file.suffix == ".xz" else file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(limit), strict=False)]


def _found(articles: Sequence[dict[str, Any]], said: Sequence[Sequence[Annotation]], wanted: str) -> str:
    """``found/kind`` in per cent of the names of one kind: whether something stands for it, and of the right kind."""
    counts: Counter[str] = Counter()
    for article, told in zip(articles, said, strict=True):
        names = [(one.text.lower(), one.kind) for one in told if one.what == "entity" and one.text]
        for kind, text, _ in article["mentions"]:
            if kind != wanted or not _is_name(text):
                continue
            kinds = {of for name, of in names if name in text.lower() or text.lower() in name}
            counts.update(["all", *(["found"] if kinds else []), *(["kind"] if KINDS[kind] in kinds else [])])
    share = {what: 100 * counts[what] / max(counts["all"], 1) for what in ("found", "kind")}
    return f"{share['found']:>5.0f}/{share['kind']:<3.0f} %"


def _is_name(text: str) -> bool:
    words = re.findall(r"\w+", text)
    titled = all(word[0].isupper() or word.lower() in _SMALL for word in words)
    return bool(words) and titled and words[0].lower() not in _NO_NAMES


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

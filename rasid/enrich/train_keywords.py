"""Learns the weights of `rasid.enrich.ranker` from articles whose key phrases people chose::

    pip install scikit-learn
    python -m rasid.enrich.train_keywords akec.jsonl.xz articles.jsonl.xz

Each file holds a JSON object a line: `text` (or `full_text`), `title` where there is one, and `keyphrases` (a list) or
`keywords` (joined by commas); phrases that do not stand in the text are left out. Prints F1 at 5, 10 and 15 by
five-fold cross-validation for each file, then writes the weights of a network that has seen all of them.

The shipped weights come from AKEC (Helmy et al., IALP 2016: readers' choices on 55 texts without titles) and from the
tags of 900 articles of a news outlet. What a text itself adds to the background counts is taken off before.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from rasid.enrich.annotate import Annotator
from rasid.enrich.build_salience import rows, text_of
from rasid.enrich.keywords import gathered
from rasid.enrich.ranker import FEATURES, WEIGHTS, Network, features
from rasid.enrich.tokens import key_of
from rasid.text.words import without_proclitic

_HIDDEN, _FOLDS, _CUTS = 12, 5, (5, 10, 15)

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """An article's candidates with their features, which of them were chosen, and how many phrases were chosen."""

    keys: tuple[str, ...]
    features: Array
    chosen: Array
    total: int


def main() -> None:
    """Train, tell how good it is, and write the weights."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m rasid.enrich.train_keywords FILE.jsonl[.xz|.gz] …")
    annotator = Annotator()
    sets = [[example for row in rows(Path(path)) if (example := _example(annotator, row))] for path in sys.argv[1:]]
    for path, figures in zip(sys.argv[1:], _validated(sets), strict=True):
        print(Path(path).name, " ".join(f"F1@{cut} {value:.3f}" for cut, value in zip(_CUTS, figures, strict=True)))
    network = _trained([example for examples in sets for example in examples])
    WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(network), indent=1))
    print(f"{WEIGHTS.name}: {len(FEATURES)} features, {_HIDDEN} units")


def _example(annotator: Annotator, row: dict[str, Any]) -> Example | None:
    phrases = row.get("keyphrases") or (row.get("keywords") or "").split(",")
    text = text_of(row).lstrip("\ufeff")
    hosts = annotator.read(text, title=row.get("title"), language="ar").hosts
    article = gathered(hosts)
    wanted = {_key(phrase) for phrase in phrases[:20]} - {""}
    if not row.get("keyphrases"):
        body = f" {_key(' '.join(host.text for host in hosts), whole=True)} "
        wanted = {phrase for phrase in wanted if f" {phrase} " in body}
    if not wanted or not article.keys:
        return None
    table = features(article)
    if article.titled:
        _take_off(table)
    keys = tuple(article.keys)
    return Example(keys, table, np.array([key in wanted for key in keys]), len(wanted))


def _take_off(table: Array) -> None:
    """Reckon the background without this text, which was counted in it."""
    index = {name: number for number, name in enumerate(FEATURES)}
    texts = np.expm1(table[:, index["texts"]])
    for share, where in (("title_share", "in_title"), ("lead_share", "in_lead")):
        seen = table[:, index[share]] * (texts + 3) - 0.1
        table[:, index[share]] = (np.maximum(seen - table[:, index[where]], 0) + 0.1) / (np.maximum(texts - 1, 0) + 3)
    table[:, index["title_share_one"]] = table[:, index["title_share"]] * table[:, index["one_word"]]
    table[:, index["texts"]] = np.log1p(np.maximum(texts - 1, 0))
    table[:, index["known_phrase"]] = table[:, index["texts"]] * (1 - table[:, index["one_word"]])


def _key(phrase: str, *, whole: bool = False) -> str:
    words = key_of(phrase).split()
    if whole:
        return " ".join(words)
    return " ".join([without_proclitic(words[0]), *words[1:]]) if words else ""


def _validated(sets: Sequence[Sequence[Example]]) -> list[list[float]]:
    parts = [_folds(len(examples)) for examples in sets]
    sums = [[0.0] * len(_CUTS) for _ in sets]
    for fold in range(_FOLDS):
        seen = [ex for own, part in zip(sets, parts, strict=True) for n, ex in enumerate(own) if part[n] != fold]
        network = _trained(seen)
        for number, (own, part) in enumerate(zip(sets, parts, strict=True)):
            held = [ex for n, ex in enumerate(own) if part[n] == fold]
            for place, cut in enumerate(_CUTS):
                sums[number][place] += sum(_f1(ex, _weigh(network, ex.features), cut) for ex in held) / len(own)
    return sums


def _folds(count: int) -> list[int]:
    parts = [number % _FOLDS for number in range(count)]
    random.Random(1).shuffle(parts)
    return parts


def _f1(example: Example, scores: Array, cut: int) -> float:
    best = np.argsort(-scores)[:cut]
    hits = int(example.chosen[best].sum())
    return 2 * hits / (len(best) + example.total) if hits else 0.0


def _weigh(network: Network, table: Array) -> Array:
    inside: Array = np.maximum(table @ np.array(network.hidden) + np.array(network.hidden_bias), 0)
    scores: Array = inside @ np.array(network.output)
    return scores


def _trained(examples: Sequence[Example]) -> Network:
    from sklearn.neural_network import MLPClassifier  # only this command needs it

    table = np.vstack([example.features for example in examples])
    mean, spread = table.mean(0), table.std(0) + 1e-6
    make: Any = MLPClassifier
    model = make((_HIDDEN,), alpha=1e-3, max_iter=15, batch_size=1024, learning_rate_init=3e-3, random_state=0)
    model.fit((table - mean) / spread, np.concatenate([example.chosen for example in examples]))
    # The means and spreads go into the first layer, so that features need not be standardised when they are used.
    hidden = model.coefs_[0] / spread[:, None]
    bias = model.intercepts_[0] - mean @ hidden
    return Network(
        list(FEATURES),
        [[round(float(value), 5) for value in row] for row in hidden],
        [round(float(value), 5) for value in bias],
        [round(float(value), 5) for value in model.coefs_[1][:, 0]],
        round(float(model.intercepts_[1][0]), 5),
    )


if __name__ == "__main__":
    main()

"""Learns the weights of `rasid.enrich.shape` from articles::

    pip install scikit-learn
    python -m rasid.enrich.train_names articles.jsonl.xz more.jsonl.xz …

Each file holds a JSON object a line with `title` and `text` (or `full_text`), in Arabic; nothing in them is labelled.
Names are the words of persons that our lists find there, and our given and family names. Words that are no names:
those of the background (wordfreq) that take or lose the article, are conjugated or have a pronoun, and what the
articles write several times but never within a name. Prints the area under the ROC curve for a tenth of the words
that was kept back, then writes the weights learned of all.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rasid.enrich import shape
from rasid.enrich.annotate import Annotator
from rasid.enrich.build_salience import articles
from rasid.enrich.roles import family_names, given_names
from rasid.text.background import zipf_table

#: Times that a word stands in the articles before it counts as no name for never being one there.
_OFTEN = 4
_COMMON, _KNOWN = 4.3, 2.5


def main() -> None:
    """Train, tell how good it is, and write the weights."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m rasid.enrich.train_names FILE.jsonl[.xz|.gz] …")
    persons, others, plain = _read(articles(map(Path, sys.argv[1:])))
    given, family = given_names(), family_names()
    names = {word for word in {*persons, *given.sure, *family.sure} if _fits(word)}
    unsure = {*given.unsure, *family.unsure, *others}
    words = {word for word in everyday(plain) if _fits(word)} - names - unsure
    rows = [(word, True) for word in sorted(names)] + [(word, False) for word in sorted(words)]
    random.Random(1).shuffle(rows)
    cut = len(rows) // 10
    print(f"{len(names)} names, {len(words)} words; AUC {_auc(_trained(rows[cut:]), rows[:cut]):.4f}")
    bias, weights = _trained(rows)
    step = float(np.abs(weights).max()) / 127
    packed = shape.pack(shape.Stored(bias, step, np.rint(weights / step).astype(np.int8).tobytes()))
    shape.WEIGHTS.write_bytes(packed)
    print(f"{shape.WEIGHTS.name}: {len(packed)} bytes")


def _fits(word: str) -> bool:
    return len(word) > 1 and all("\u0621" <= char <= "\u064a" for char in word)


def _read(texts: Iterable[tuple[str, str]]) -> tuple[set[str], set[str], Counter[str]]:
    """Words of listed persons, of all other names, and how often each word stands outside of any name."""
    annotator = Annotator()
    persons, others, plain = set[str](), set[str](), Counter[str]()
    for title, text in texts:
        for host in annotator.read(text, title=title, language="ar").hosts:
            inside: set[int] = set()
            for name in host.mentions:
                inside.update(range(name.first, name.last))
                kept = persons if name.kind == "person" and not name.guessed else others
                kept.update(host.tokens[number].folded for number in range(name.first, name.last))
            plain.update(token.folded for number, token in enumerate(host.tokens) if number not in inside)
    return persons, others - persons, plain


def everyday(plain: Counter[str]) -> Iterator[str]:
    """Words that are no names, by how common they and their other forms are, or for never being a name in the texts."""
    zipf = zipf_table("ar", size="large", least=1.0)
    for word, value in zipf.items():
        if value > _COMMON or (value >= 2.0 and _is_inflected(word, value, zipf)):
            yield word
    for word, times in plain.items():
        if times >= _OFTEN and zipf.get(word, 0.0) >= _KNOWN:
            yield word


def _is_inflected(word: str, value: float, zipf: dict[str, float]) -> bool:
    """Whether a word has forms that names do not have."""

    def known(other: str) -> float:
        return zipf.get(other, 0.0)

    twin = word[2:] if word.startswith("ال") else "ال" + word
    if known(twin) > 2.3:
        return True
    if word[0] in "يتنا" and len(word) > 3:
        return sum(known(letter + word[1:]) > 2.2 for letter in "يتنا") >= 2
    if word[0] in "وفبل" and len(word) > 4 and known(word[1:]) > value + 0.3:
        return True
    if len(word) > 5 and word.endswith(("ها", "هم", "نا")):
        return max(known(word[:-2]), known(word[:-2] + "ه")) > _KNOWN
    if len(word) > 5 and word.endswith(("ين", "ون", "ات", "ان")):
        return max(known(word[:-2]), known("ال" + word)) > _KNOWN
    return len(word) > 4 and word.endswith(("ه", "ا")) and known(word[:-1]) > _KNOWN


Rows = list[tuple[str, bool]]
Weights = tuple[float, "np.ndarray[Any, Any]"]


def _table(rows: Rows) -> Any:
    from scipy.sparse import csr_matrix  # comes with scikit-learn, which only this command needs

    columns = [list(shape.runs(word)) for word, _ in rows]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate([np.array(one) for one in columns])
    table = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(rows), shape.SIZE))
    table.sum_duplicates()
    return table


def _trained(rows: Rows) -> Weights:
    from sklearn.linear_model import LogisticRegression

    make: Any = LogisticRegression
    model = make(C=0.3, max_iter=300, class_weight="balanced")
    model.fit(_table(rows), np.array([is_name for _, is_name in rows]))
    return float(model.intercept_[0]), model.coef_[0]


def _auc(weights: Weights, rows: Rows) -> float:
    from sklearn.metrics import roc_auc_score

    scores = _table(rows) @ weights[1]
    return float(roc_auc_score([is_name for _, is_name in rows], scores))


if __name__ == "__main__":
    main()

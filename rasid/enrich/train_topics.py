"""Learns a topic from the articles that readers tagged, and tells how well it does on those it has not seen.

Needs scikit-learn (``pip install 'rasid[topics]'``); what it makes does not, see `rasid.enrich.topics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rasid.enrich.topics import SLOTS, Features, Numbers
from rasid.errors import RasidError

#: Tagged articles without which nothing worth it is learned, and as many that are none of the topic.
LEAST = 20
#: Parts of the examples; each is judged by a model that has not seen it.
FOLDS = 5
#: How much the weights are held down (scikit-learn's C): texts have length 1, so that little can be learned by heart.
_FREEDOM = 10.0

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """An article in numbers, whether it is of the topic, and what holds it together with others.

    `group`: examples of one group (copies, a story) never stand on both sides of a test.
    """

    features: Features
    positive: bool
    group: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How a model does on examples that it has not seen, each counted once.

    Attributes:
        precision: of those that it takes for the topic, how many are. recall: of those that are, how many it takes.
        threshold: from which likelihood on it takes one, as the model in use does; each part was judged with the
            threshold that is best for the other parts.
        positives, negatives: examples. folds: parts.
    """

    precision: float
    recall: float
    f1: float
    threshold: float
    positives: int
    negatives: int
    folds: int


@dataclass(frozen=True, slots=True)
class Learned:
    """A model and how well it does."""

    weights: Numbers
    bias: float
    scores: Scores


class TooFew(RasidError):
    """There are not enough examples to learn from; the message says how many are wanted."""


def train(examples: Sequence[Example]) -> Learned:
    """Learn one topic.

    Raises:
        TooFew: fewer than `LEAST` articles are tagged, or are none of the topic, or they are of too few stories.
        RasidError: scikit-learn is not installed.
    """
    table, wanted, groups = _table(examples)
    positives, negatives = int(wanted.sum()), int((~wanted).sum())
    if positives < LEAST or negatives < LEAST:
        raise TooFew(
            f"{positives} articles are tagged, {negatives} are none of the topic; {LEAST} of each are needed to learn"
        )
    folds = min(FOLDS, len(set(groups[wanted].tolist())), len(set(groups[~wanted].tolist())))
    if folds < 2:
        raise TooFew("all tagged articles are of one story: what they share is the story, not the topic")
    sure, part = _judged(table, wanted, groups, folds)
    scores = _scores(sure, wanted, part, folds)
    model = _fitted(table, wanted)
    return Learned(model.coef_[0].astype(np.float32), float(model.intercept_[0]), scores)


def _table(examples: Sequence[Example]) -> tuple[Any, Array, Array]:
    """A sparse table of all examples, which are of the topic, and their groups."""
    sparse, _, _ = _sklearn()
    sizes = [len(one.features.slots) for one in examples]
    ends = np.cumsum([0, *sizes])
    none: Array = np.zeros(0)
    values = np.concatenate([one.features.values for one in examples] or [none])
    slots = np.concatenate([one.features.slots for one in examples] or [none])
    table = sparse.csr_matrix((values, slots, ends), shape=(len(examples), SLOTS))
    wanted = np.array([one.positive for one in examples], dtype=bool)
    return table, wanted, np.array([one.group for one in examples], dtype=np.int64)


def _judged(table: Any, wanted: Array, groups: Array, folds: int) -> tuple[Array, Array]:
    """How likely each example is of the topic, by a model that has not seen its part; and its part."""
    _, _, parts = _sklearn()
    sure, part = np.zeros(len(wanted)), np.zeros(len(wanted), dtype=int)
    for number, (seen, held) in enumerate(parts(folds, shuffle=True, random_state=0).split(table, wanted, groups)):
        if len(set(wanted[seen].tolist())) == 2:
            sure[held] = _fitted(table[seen], wanted[seen]).predict_proba(table[held])[:, 1]
        part[held] = number
    return sure, part


def _scores(sure: Array, wanted: Array, part: Array, folds: int) -> Scores:
    taken = np.zeros(len(wanted), dtype=bool)
    for number in range(folds):
        held = part == number
        taken[held] = sure[held] >= _best_threshold(sure[~held], wanted[~held])
    hits = int((taken & wanted).sum())
    precision = hits / max(int(taken.sum()), 1)
    recall = hits / max(int(wanted.sum()), 1)
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    positives = int(wanted.sum())
    threshold = _best_threshold(sure, wanted)
    return Scores(precision, recall, f1, threshold, positives, len(wanted) - positives, folds)


def _best_threshold(sure: Array, wanted: Array) -> float:
    """The threshold with the best F1, half-way to the next lower likelihood."""
    order = np.argsort(-sure, kind="stable")
    hits = np.cumsum(wanted[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + max(int(wanted.sum()), 1))
    best = int(np.argmax(f1))
    below = sure[order[best + 1]] if best + 1 < len(order) else 0.0
    return float((sure[order[best]] + below) / 2)


def _fitted(table: Any, wanted: Array) -> Any:
    _, regression, _ = _sklearn()
    return regression(C=_FREEDOM, class_weight="balanced", solver="liblinear", random_state=0).fit(table, wanted)


def _sklearn() -> tuple[Any, Any, Any]:
    """SciPy's sparse tables, logistic regression, and what parts examples."""
    try:
        from scipy import sparse
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedGroupKFold
    except ImportError as error:
        raise RasidError("learning topics needs scikit-learn: pip install 'rasid[topics]'") from error
    return sparse, LogisticRegression, StratifiedGroupKFold

"""The judgement of `rasid.cluster.score` over many pairs at once: the same weights and rules, features as columns."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rasid.cluster import weights as learned
from rasid.cluster.doc import StoryDoc
from rasid.cluster.score import LEADS, SHORT, SUREST, UNLIKE, Rules
from rasid.cluster.vectors import BODY, LEAD, LEAD_SPEAKER, NAMES, NUMBERS, SPEAKER, TABLE, TITLE

Array = np.ndarray[Any, Any]

#: The features, in the order of their columns; see `rasid.cluster.score.features`.
_FEATURES = (
    "body_root", "lead", "lead_root", "title", "short", "numbers", "no_numbers", "late", "same",
    "speaker", "speaker_other", "speaker_one", "lead_speaker", "lead_speaker_other", "lead_speaker_one",
    "names", "names_root",
)  # fmt: skip


def _column(table: Mapping[str, float]) -> list[float]:
    return [table.get(name, 0.0) for name in _FEATURES]


_WORDS, _CAPITALS = np.array(_column(learned.WORDS)[:-2]), np.array(_column(learned.CAPITALS))


#: When it was published, words, how much it has of what `Shared` counts, and its outlet.
_FACTS = struct.Struct("8d")


def facts_of(doc: StoryDoc) -> bytes:
    """What a document is judged by beside what it shares, fit to be joined with that of others: see `judge_many`."""
    at = math.nan if doc.at is None else doc.at.timestamp()
    # 53 bits of a hash: as good as the name, where a hundred thousand are compared.
    source = math.nan if doc.source is None else float(hash(doc.source) >> 11)
    return _FACTS.pack(
        at, doc.words, len(doc.names or ()), len(doc.numbers), len(doc.table), len(doc.speaker), len(doc.lead_speaker),
        source,
    )  # fmt: skip


def judge_many(ones: Sequence[bytes], others: Sequence[bytes], shared: Array, rules: Rules) -> Array:
    """Log-odds (natural) that two articles of one language are about one event, for many such pairs.

    Args:
        ones, others: `facts_of` the two of each pair.
        shared: what they share, as `rasid.cluster.vectors.Vectors.shared` tells it.
    """
    left, right = (np.frombuffer(b"".join(side), np.float64).reshape(-1, 8).T for side in (ones, others))
    least = np.minimum(left, right)
    both = least > 0
    hours = np.nan_to_num(np.abs(left[0] - right[0])) / 3600
    leads = shared[:, LEAD]
    columns = np.zeros((len(_FEATURES), len(leads)))
    columns[0] = np.sqrt(shared[:, BODY])
    columns[1] = leads
    columns[2] = np.sqrt(leads)
    columns[3] = shared[:, TITLE]
    columns[4] = both[1] / (1 + least[1] / SHORT)
    columns[5] = shared[:, NUMBERS] / np.sqrt(np.maximum(left[3] * right[3], 1))
    columns[6] = both[3] & (shared[:, NUMBERS] == 0)
    columns[7] = 1 - np.exp(-hours / rules.late_hours)
    columns[8] = left[7] == right[7]
    for place, fact, column in ((9, 5, SPEAKER), (12, 6, LEAD_SPEAKER)):
        columns[place] = shared[:, column] / np.maximum(least[fact], 1)
        columns[place + 1] = both[fact] & (shared[:, column] == 0)
        columns[place + 2] = (left[fact] > 0) != (right[fact] > 0)
    odds: Array = columns[:15].T @ _WORDS + learned.WORDS["bias"]
    if both[2].any():
        columns[15] = shared[:, NAMES]
        columns[16] = np.sqrt(shared[:, NAMES])
        odds = np.where(both[2], columns.T @ _CAPITALS + learned.CAPITALS["bias"], odds)
    gone = (hours > rules.window_hours) | (leads < LEADS)
    gone |= (least[4] >= rules.table_numbers) & (shared[:, TABLE] < rules.table_agree * least[4])
    return np.where(gone, UNLIKE, np.clip(odds, UNLIKE, SUREST))

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


#: When it was published, words, and how much it has of what `Shared` counts.
_FACTS = struct.Struct("7d")


def facts_of(doc: StoryDoc) -> bytes:
    """What a document is judged by beside what it shares, fit to be joined with that of others: see `judge_many`."""
    at = math.nan if doc.at is None else doc.at.timestamp()
    return _FACTS.pack(
        at, doc.words, len(doc.names or ()), len(doc.numbers), len(doc.table), len(doc.speaker), len(doc.lead_speaker)
    )


def judge_many(own: bytes, others: Sequence[bytes], same: Sequence[bool], shared: Array, rules: Rules) -> Array:
    """Log-odds (natural) that one article and each of some others, all of one language, are about one event.

    Args:
        own, others: `facts_of` each.
        same: whether each other is of the same outlet.
        shared: what each other shares with the one, as `rasid.cluster.vectors.Vectors.shared` tells it.
    """
    at, words, names, numbers, table, speaker, lead_speaker = _FACTS.unpack(own)
    facts = np.frombuffer(b"".join(others), np.float64).reshape(-1, 7).T
    hours = np.nan_to_num(np.abs(facts[0] - at)) / 3600
    leads, fewest = shared[:, LEAD], np.minimum(facts[1], words)
    columns = np.zeros((len(_FEATURES), len(leads)))
    columns[0] = np.sqrt(shared[:, BODY])
    columns[1] = leads
    columns[2] = np.sqrt(leads)
    columns[3] = shared[:, TITLE]
    columns[4] = (fewest > 0) / (1 + fewest / SHORT)
    if numbers:
        columns[5] = shared[:, NUMBERS] / np.sqrt(np.maximum(facts[3], 1) * numbers)
        columns[6] = (facts[3] > 0) & (shared[:, NUMBERS] == 0)
    columns[7] = 1 - np.exp(-hours / rules.late_hours)
    columns[8] = same
    _speaking(columns[9:12], speaker, facts[5], shared[:, SPEAKER])
    _speaking(columns[12:15], lead_speaker, facts[6], shared[:, LEAD_SPEAKER])
    chosen = columns[:15].T @ _WORDS + learned.WORDS["bias"]
    if names:
        columns[15] = shared[:, NAMES]
        columns[16] = np.sqrt(shared[:, NAMES])
        chosen = np.where(facts[2] > 0, columns.T @ _CAPITALS + learned.CAPITALS["bias"], chosen)
    gone = (hours > rules.window_hours) | (leads < LEADS)
    if table:
        fewer = np.minimum(facts[4], table)
        gone |= (fewer >= rules.table_numbers) & (shared[:, TABLE] < rules.table_agree * fewer)
    odds: Array = np.clip(chosen, UNLIKE, SUREST)
    odds[gone] = UNLIKE
    return odds


def _speaking(columns: Array, own: float, others: Array, both: Array) -> None:
    """Fill the columns of who speaks: see `rasid.cluster.score.speaking`."""
    if own:
        columns[0] = both / np.minimum(np.maximum(others, 1), own)
        columns[1] = (others > 0) & (both == 0)
        columns[2] = others == 0
    else:
        columns[2] = others > 0

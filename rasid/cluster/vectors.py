"""The words of documents as arrays, so that one is compared with many at once: a tenth of the room and of the time
that bags of words take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rasid.cluster.doc import Id, StoryDoc

Array = np.ndarray[Any, Any]

_BAGS = 3


class Shared(NamedTuple):
    """Cosines of the bags of two documents, 0 to 1."""

    lead: float
    body: float
    title: float


@dataclass(frozen=True, slots=True)
class _Kept:
    """The bags of a document behind one another: numbers of their stems, weights, and where each bag begins."""

    stems: Array
    weights: Array
    starts: tuple[int, ...]


class Vectors:
    """Bags of documents, by document. Not to be shared by threads."""

    #: Stems after which those that no document has any more are forgotten.
    LIMIT = 1 << 18

    def __init__(self) -> None:
        # A stem has a number for each bag, so that all bags are met at once. Number 0 is no stem: each bag begins with
        # it, since an empty one could not be summed up.
        self._numbers: dict[str, int] = {"": 0}
        self._dense = np.zeros(1 << 10, np.float32)
        self._kept: dict[Id, _Kept] = {}

    def put(self, doc: StoryDoc) -> None:
        """Keep the bags of a document."""
        if len(self._numbers) > self.LIMIT:
            self._forget()
        numbers: list[int] = []
        weights: list[float] = []
        starts = []
        known = self._numbers
        for bag, words in enumerate((doc.lead, doc.body, doc.title)):
            starts.append(len(numbers))
            numbers.append(bag)
            numbers += [_BAGS * known.setdefault(stem, len(known)) + bag for stem in words]
            weights += [0.0, *words.values()]
        self._kept[doc.id] = _Kept(np.array(numbers, np.int32), np.array(weights, np.float32), tuple(starts))
        if _BAGS * len(known) > len(self._dense):
            self._dense = np.zeros(2 * _BAGS * len(known), np.float32)

    def drop(self, one: Id) -> None:
        """Let go of a document."""
        del self._kept[one]

    def shared(self, one: Id, others: Sequence[Id]) -> list[Shared]:
        """What a document shares with each of some others, in their order."""
        if not others:
            return []
        own = self._kept[one]
        kept = [self._kept[other] for other in others]
        begin = np.cumsum([0, *(len(other.stems) for other in kept[:-1])])
        starts = (np.array([other.starts for other in kept]) + begin[:, None]).ravel()
        dense = self._dense
        dense[own.stems] = own.weights
        met = dense[np.concatenate([other.stems for other in kept])]
        met *= np.concatenate([other.weights for other in kept])
        dense[own.stems] = 0
        return [Shared(*sums) for sums in np.add.reduceat(met, starts).reshape(-1, _BAGS).tolist()]

    def _forget(self) -> None:
        """Number anew the stems that are still in use."""
        used = np.unique(
            np.concatenate([np.zeros(1, np.int32), *(kept.stems // _BAGS for kept in self._kept.values())])
        )
        stems = list(self._numbers)
        self._numbers = {stems[old]: new for new, old in enumerate(used.tolist())}
        for one, kept in self._kept.items():
            anew = np.searchsorted(used, kept.stems // _BAGS) * _BAGS + kept.stems % _BAGS
            self._kept[one] = _Kept(anew.astype(np.int32), kept.weights, kept.starts)

"""What documents say as arrays, so that one is compared with many at once: a tenth of the room and of the time that
bags of words take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any, NamedTuple

import numpy as np

from rasid.cluster.doc import KEY_STEMS, KEY_TITLE, Lexicon, Said, StoryDoc

Array = np.ndarray[Any, Any]

#: Kinds of what a document says: stems, written names, figures, figures of a table, who speaks (in title and lead).
_KINDS = 6
#: Weights of each: in lead, body and title; of what is no stem the first alone.
_COLUMNS = 3
#: Lexicons whose numbers are known.
_LEXICONS = 64


class Shared(NamedTuple):
    """What two documents share.

    Attributes:
        lead, body, title: cosines of these bags, 0 to 1.
        names: the same of the words written with a capital.
        numbers, table, speaker, lead_speaker: how many of these are the same.
    """

    lead: float
    body: float
    title: float
    names: float = 0.0
    numbers: float = 0.0
    table: float = 0.0
    speaker: float = 0.0
    lead_speaker: float = 0.0


#: The columns of what one document shares with many: those of `Shared`.
LEAD, BODY, TITLE, NAMES, NUMBERS, TABLE, SPEAKER, LEAD_SPEAKER = range(len(Shared._fields))


@dataclass(frozen=True, slots=True)
class _Kept:
    """All that a document says, kind after kind, as bytes: many are put together at no cost.

    Attributes:
        marks: number of each (int32), stems in the order of the text. Stems that weigh nothing in any bag are left out.
        weights: three of each (float32).
        kinds: how many there are of each kind.
        keys: numbers of the stems by which the document is found.
    """

    marks: bytes
    weights: bytes
    kinds: tuple[int, ...]
    keys: tuple[int, ...]


class _Met(NamedTuple):
    """All that a document and some others both say: in the how-manieth of these, of which kind, products of weights."""

    whose: Array
    kinds: Array
    products: Array


class Vectors:
    """What documents say, by the number of the document. Not to be shared by threads."""

    #: Marks after which those that no document has any more are forgotten.
    LIMIT = 1 << 17

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._limit = self.LIMIT
        self._kept: dict[int, _Kept] = {}
        # For each language its lexicon, and our number for each of its stems; -1 for those not met yet.
        self._tables: dict[str, tuple[Lexicon, Array]] = {}
        # Where each mark stands in the document that is compared, counted from 1; 0 for all others.
        self._places = np.zeros(1 << 12, np.int16)

    def put(self, one: int, doc: StoryDoc, said: Said) -> None:
        """Keep what a document says."""
        stems = self._stems(said)
        found = dict.fromkeys([*said.heaviest[:KEY_STEMS].tolist(), *said.heaviest_title[:KEY_TITLE].tolist()])
        keys = tuple(stems[[*found]].tolist())
        lead, body = len(said.lead), said.body
        if len(stems) > len(said.heaviest):
            # What weighs nothing in any bag is left out.
            weighty = body > 0
            weighty[:lead] = True
            stems, body = stems[weighty], body[weighty]
        beside = (doc.names, doc.numbers, doc.table, doc.speaker, doc.lead_speaker)
        others = [[self._number(kind, name) for name in some or ()] for kind, some in zip("nftsl", beside, strict=True)]
        kinds = (len(stems), *map(len, others))
        weights = np.zeros((sum(kinds), _COLUMNS), np.float32)
        weights[:lead, 0] = said.lead
        weights[: kinds[0], 1] = body
        weights[: len(said.title), 2] = said.title
        if any(others):
            weights[kinds[0] :, 0] = 1.0
            if doc.names:
                weights[kinds[0] : kinds[0] + kinds[1], 0] = [*doc.names.values()]
            stems = np.concatenate((stems, np.array([*chain(*others)], np.int32)))
        self._kept[one] = _Kept(stems.tobytes(), weights.tobytes(), kinds, keys)
        if len(self._numbers) > len(self._places):
            self._places = np.zeros(2 * len(self._numbers), np.int16)

    def keys(self, one: int) -> tuple[int, ...]:
        """Numbers of the stems by which a document is found, as `rasid.cluster.doc.keys` chooses them."""
        return self._kept[one].keys

    def drop(self, one: int) -> None:
        """Let go of a document."""
        del self._kept[one]

    def shared(self, asked: Sequence[tuple[int, Sequence[int]]]) -> Array:
        """What documents share, each with some others: a row for each pair in their order, columns as in `Shared`."""
        met = [self._met(one, others) for one, others in asked if others]
        if not met:
            return np.zeros((0, len(Shared._fields)))
        rows = sum(len(others) for _, others in asked)
        begin = np.cumsum([0, *(len(others) for _, others in asked if others)])
        whose = np.concatenate([found.whose + start for found, start in zip(met, begin.tolist(), strict=False)])
        kinds = np.concatenate([found.kinds for found in met])
        products = np.concatenate([found.products for found in met])
        by_kind = np.bincount(whose * _KINDS + kinds, products[:, 0], _KINDS * rows).reshape(rows, _KINDS)
        body, title = (np.bincount(whose, products[:, column], rows) for column in (1, 2))
        return np.stack((by_kind[:, 0], body, title, *by_kind.T[1:]), axis=1)

    def _met(self, one: int, others: Sequence[int]) -> _Met:
        own = self._kept[one]
        kept = [self._kept[other] for other in others]
        marks, places = _marks_of(own.marks), self._places
        places[marks] = np.arange(1, len(marks) + 1)
        met = places[_marks_of(b"".join([other.marks for other in kept]))]
        places[marks] = 0
        hits = (met > 0).nonzero()[0]
        at = met.take(hits) - 1
        ends = np.array([*accumulate(len(other.marks) // 4 for other in kept)])
        weights = _weights_of(b"".join([other.weights for other in kept])).take(hits, axis=0)
        weights *= _weights_of(own.weights).take(at, axis=0)
        return _Met(ends.searchsorted(hits, side="right"), np.cumsum(own.kinds).searchsorted(at, side="right"), weights)

    # --- numbers ------------------------------------------------------------------------------------------------

    def _stems(self, said: Said) -> Array:
        """Our numbers of the stems of a document."""
        lexicon = said.lexicon
        known, table = self._tables.get(lexicon.language, (None, _NO_TABLE))
        if known is not lexicon or len(table) < len(lexicon.stems):
            table = self._new_table(lexicon, table if known is lexicon else _NO_TABLE)
        found: Array = table[said.stems]
        if len(found) and found.min() < 0:
            for number in said.stems[found < 0].tolist():
                table[number] = self._number("w", f"{lexicon.language}:{lexicon.stems[number]}")
            found = table[said.stems]
        return found

    def _new_table(self, lexicon: Lexicon, before: Array) -> Array:
        if len(self._tables) >= _LEXICONS:
            self._tables.clear()
        table = np.full(2 * len(lexicon.stems), -1, np.int32)
        table[: len(before)] = before
        self._tables[lexicon.language] = lexicon, table
        return table

    def _number(self, kind: str, name: str) -> int:
        return self._numbers.setdefault(f"{kind}:{name}", len(self._numbers))

    def crowded(self) -> bool:
        """Whether it is time to `renumber`."""
        return len(self._numbers) > self._limit

    def renumber(self) -> dict[int, int]:
        """Forget what no document says any more; the new number of each that is left, by its old one."""
        used = np.unique(_marks_of(b"".join([kept.marks for kept in self._kept.values()])))
        anew = {old: new for new, old in enumerate(used.tolist())}
        names = list(self._numbers)
        self._numbers = {names[old]: new for old, new in anew.items()}
        for one, kept in self._kept.items():
            marks = np.searchsorted(used, _marks_of(kept.marks)).astype(np.int32)
            keys = tuple(anew[key] for key in kept.keys)
            self._kept[one] = _Kept(marks.tobytes(), kept.weights, kept.kinds, keys)
        self._tables.clear()
        self._limit = max(self.LIMIT, 2 * len(used))
        return anew


_NO_TABLE: Array = np.zeros(0, np.int32)


def _marks_of(data: bytes) -> Array:
    return np.frombuffer(data, np.int32)


def _weights_of(data: bytes) -> Array:
    return np.frombuffer(data, np.float32).reshape(-1, _COLUMNS)

"""Judges the articles of one batch, one after another in the order in which they were first seen. Pure.

Each is compared with what the store found for it and with those of the batch before it. The first of a group is who was
first seen by us, whatever dates publishers write: where an earlier one turns up late it takes the group over. What an
operator has ruled goes before all that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rasid.dedupe.decide import Candidate, Id, Verdict, decide
from rasid.dedupe.fingerprint import Fingerprint
from rasid.model import Relation


@dataclass(frozen=True, slots=True)
class Marked:
    """An article with its fingerprint.

    Attributes:
        seen_at: when it was first seen by us.
        address: as `rasid.dedupe.address` gives it.
        group: its group so far; None where it was never judged.
        leads: whether others are copies of it.
        ruling: the ruling that put it into its group; None where none did.
    """

    id: int
    seen_at: datetime
    print: Fingerprint
    source: str | None = None
    agency: str | None = None
    address: int | None = None
    group: int | None = None
    leads: bool = False
    ruling: int | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling that two articles are one text, or are not, with the groups in which they are."""

    id: int
    together: bool
    groups: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an article belongs: `group` is its own id where it is the first."""

    id: int
    group: int
    relation: Relation
    score: float
    why: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Joined:
    """A whole group that goes to another: `old`'s first is a copy there, as `why` says."""

    old: int
    new: int
    relation: Relation
    score: float
    why: Mapping[str, object]


@dataclass(slots=True)
class _Group:
    at: datetime
    size: int


class Batch:
    """Judges articles; `joined` is what that changed in groups that were there before, in order.

    Args:
        stored: candidates from the store, by article.
        opened: of each of their groups: when its first was seen, and how many members count.
        rulings: those that touch any of these groups, or those of the batch.
    """

    def __init__(
        self,
        stored: Mapping[int, Sequence[Candidate]],
        opened: Mapping[int, tuple[datetime, int]],
        rulings: Sequence[Ruled] = (),
    ) -> None:
        self._stored = stored
        self._groups = {group: _Group(at, size) for group, (at, size) in opened.items()}
        self._rulings = rulings
        self._now: dict[int, int] = {}
        self._mates: dict[int, list[Candidate]] = {}
        self.joined: list[Joined] = []

    def judge(self, one: Marked) -> Placed:
        """Whose copy an article is, given all before it."""
        near = [candidate for candidate in self._near(one) if not self._apart(one.group, _int(candidate.group))]
        sizes: dict[Id, int] = {group: self._groups[group].size for group in groups_of([near])}
        loose = {group for ruled in self._rulings if ruled.together for group in map(self._called, ruled.groups)}
        verdict = decide(
            one.print, near, source=one.source, agency=one.agency, address=one.address, sizes=sizes, loose=loose
        )
        placed = self._place(one, verdict)
        self._enter(one, placed.group)
        return placed

    def _near(self, one: Marked) -> list[Candidate]:
        found = {candidate.id: candidate for candidate in self._stored.get(one.id, ())}
        for key in keys(one.print, one.address):
            for candidate in self._mates.get(key, ()):
                found.setdefault(candidate.id, candidate)
        return [replace(candidate, group=self._called(_int(candidate.group))) for candidate in found.values()]

    def _called(self, group: int) -> int:
        while group in self._now:
            group = self._now[group]
        return group

    def _apart(self, group: int | None, other: int) -> bool:
        """Whether somebody ruled that two groups are not one. An article's own group counts also where it is alone."""
        if group is None:
            return False
        pair = {self._called(group), other}
        return any(not ruled.together and pair == {*map(self._called, ruled.groups)} for ruled in self._rulings)

    def _one(self, verdict: Verdict) -> list[int]:
        """The groups that a verdict makes one, as far as no ruling keeps them apart; the group that it names first."""
        found: list[int] = []
        for group in (verdict.group, *verdict.merges):
            if group is not None and not any(self._apart(other, _int(group)) for other in found):
                found.append(_int(group))
        return found

    def _place(self, one: Marked, verdict: Verdict) -> Placed:
        if one.ruling is not None and one.group is not None and not one.leads and one.group != one.id:
            why = {"rung": "ruling", "ruling": one.ruling, "matched": self._called(one.group)}
            return Placed(one.id, self._called(one.group), Relation.NEAR, verdict.score, why)
        # An edited first stays the first, also where it now says what another said: its copies must not hang on a copy.
        if verdict.group is None or one.leads:
            return Placed(one.id, one.id, Relation.ORIGINAL, verdict.score, verdict.why)
        groups = self._one(verdict)
        first = min(groups, key=lambda group: (self._groups[group].at, group))
        # Who is edited until it says what others said is no earlier for it: only a new article takes a group over.
        if one.group is None and (one.seen_at, one.id) < (self._groups[first].at, first):
            self._groups[one.id] = _Group(one.seen_at, 0)
            for group in groups:
                self._join(group, one.id, verdict.relation, verdict.score, {**verdict.why, "matched": one.id})
            why = {"rung": "earlier", "than": groups[0]}
            return Placed(one.id, one.id, Relation.ORIGINAL, verdict.score, why)
        for group in groups:
            if group != first:
                self._join(group, first, Relation.NEAR, verdict.score, {"rung": "merged", "through": one.id})
        return Placed(one.id, first, verdict.relation, verdict.score, verdict.why)

    def _join(self, old: int, new: int, relation: Relation, score: float, why: Mapping[str, object]) -> None:
        self._now[old] = new
        self._groups[new].size += self._groups.pop(old).size
        self.joined.append(Joined(old, new, relation, score, why))

    def _enter(self, one: Marked, group: int) -> None:
        known = self._groups.setdefault(group, _Group(one.seen_at, 0))
        known.size += 1
        candidate = Candidate(one.id, group, one.print, one.source, one.agency, one.address)
        for key in keys(one.print, one.address):
            self._mates.setdefault(key, []).append(candidate)


def keys(print_: Fingerprint, address: int | None) -> tuple[int, ...]:
    """By what an article is found: its bands, the beginning of its exact hash, its address; signed 64-bit integers."""
    exact = (int.from_bytes(print_.exact[:8], "big", signed=True),) if print_.exact else ()
    return (*print_.bands, *exact, *(() if address is None else (address,)))


def groups_of(candidates: Iterable[Sequence[Candidate]]) -> list[int]:
    """The groups of candidates, each once."""
    return sorted({_int(one.group) for some in candidates for one in some})


def _int(id: Id) -> int:
    """Ids of the store are numbers."""
    return int(id)

"""Whose copy is an article? A pure decision over fingerprints, and the same over an index in memory.

The rungs, first that holds: the same words; one address (canonical, AMP, print) and a good part of the wording; most of
the same wording; one text inside the other; one text with words exchanged here and there. Texts of one template with
other facts (weather, prices, results) share wording too: where the numbers of two texts disagree, they are not copies.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from rasid.dedupe.address import address_of
from rasid.dedupe.agency import agency_of
from rasid.dedupe.fingerprint import Exchange, Fingerprint, Overlap, fingerprint, overlap
from rasid.model import Relation

Id = int | str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the rungs stand. Shares are 0 to 1."""

    headline: int = 5
    """Shingles by which a comparison takes each text as longer than it is, none shared: those of a headline, which
    outlets write anew. What two long texts share is hardly less for it; of short ones, of which a few sentences are the
    same, a larger share is asked."""
    near: float = 0.5
    """Shared shingles (Jaccard) from which two texts are copies."""
    address: float = 0.4
    """Share of the shorter text's shingles from which two pages of one address are copies: some outlets name one
    canonical address on all their pages, and an address may be used again."""
    inside: float = 0.8
    """Share of the shorter text's shingles that the longer must have, for a cut or an extended copy."""
    reworded: float = 0.25
    """The same for a copy in which words were exchanged, a third at most ..."""
    spread: float = 0.8
    scatter: float = 0.6
    even: float = 0.51
    """... all over the text, singly, more than half of them word for word: see `rasid.dedupe.fingerprint.Exchange`."""
    gaps: int = 6
    """Gaps from which the last two say anything: of fewer, half are even by chance."""
    fit: float = 0.16
    """Share of a group that an article must be a copy of to join it, one of six: an agency's text is cut by one paper
    and extended by the next, and these two are copies of what stands between them; but a chain of copies of copies that
    many have joined ends somewhere else."""
    bridge: float = 0.16
    """Pairs across two groups, of those looked at, that must be copies for an article of both to make them one."""
    numbers_least: int = 3
    """Numbers that both texts must have before numbers are compared."""
    numbers_agree: float = 0.5
    """Share of the numbers of the text with fewer that the other must have too ..."""
    numbers_agree_few: float = 0.34
    numbers_dense: float = 0.04
    """... and the share where fewer than this many of its words are numbers: such a text is no bulletin."""
    numbers_many: int = 12
    """Numbers from which a text is a table in words (weather, prices): two of them share many by chance."""
    numbers_agree_many: float = 0.6
    """The share that is asked of such texts where their wording is not nearly the same."""


DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that shares a band or the exact hash with a new one.

    `group` is the id of the first of its copies, its own id where it is the first. `source` is the outlet; `agency` is
    the agency it names, see `rasid.dedupe.agency`; `address` as `rasid.dedupe.address` gives it; all may be None.
    """

    id: Id
    group: Id
    fingerprint: Fingerprint
    source: Id | None = None
    agency: str | None = None
    address: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose copy an article is.

    Attributes:
        relation: `Relation.ORIGINAL` where it is nobody's.
        group: the group to join, None for an original (its own id is then its group).
        score: 0 to 1: 1 for the same words; otherwise the share that decided. For an original, the best share found.
        matched: the candidate that decided, None for an original.
        why: ``rung`` and the numbers it rests on, for people; JSON-able.
        merges: further groups that this article shows to be one with `group`.
    """

    relation: Relation
    group: Id | None
    score: float
    matched: Id | None = None
    why: dict[str, Any] = field(default_factory=dict)
    merges: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class _Match:
    rung: str
    score: float
    candidate: Candidate
    why: dict[str, Any]
    overlap: Overlap


_WHOLE = Overlap(1.0, 1.0, 1.0)
#: Rungs that say enough by themselves, however many of a group are not like it; the higher is the surer.
_ALONE = {"exact": 2, "address": 1}
#: Candidates that are compared with one article.
COMPARED = 16
#: Members of one group that count for its size, and candidates of a group that are compared with those of another.
FIT_SIZE, BRIDGE_SIZE = 12, 4


def decide(
    new: Fingerprint,
    candidates: Sequence[Candidate],
    *,
    source: Id | None = None,
    agency: str | None = None,
    address: int | None = None,
    sizes: Mapping[Id, int] | None = None,
    loose: Container[Id] = (),
    thresholds: Thresholds = DEFAULT,
) -> Verdict:
    """Judge a new article against candidates; their order does not matter.

    Args:
        source: the outlet of the new article.
        agency: the agency that it names, None where it names none.
        address: its address, None where it has none.
        sizes: articles in each group, where these may be more than its candidates.
        loose: groups that somebody put together: a copy of one member belongs to all.
    """
    compared = [match for one in candidates if (match := _compare(new, one, thresholds, address)) is not None]
    copies = [match for match in compared if match.rung not in ("numbers", "none")]
    accepted = _fitting(copies, candidates, sizes or {}, loose, thresholds)
    if not accepted:
        return _original(compared)
    best = max(accepted, key=_rank)
    merges = _bridged(best.candidate.group, accepted, candidates, thresholds)
    relation = _relation(best, source, agency)
    return Verdict(relation, best.candidate.group, round(best.score, 3), best.candidate.id, best.why, merges)


def _original(compared: Sequence[_Match]) -> Verdict:
    nearest = max((match.score for match in compared), default=0.0)
    refused = [match.why for match in compared if match.rung == "numbers"]
    why = {"rung": "none", **({"refused": refused[-1]} if refused else {})}
    return Verdict(Relation.ORIGINAL, None, round(nearest, 3), None, why)


def _fitting(
    copies: Sequence[_Match],
    candidates: Sequence[Candidate],
    sizes: Mapping[Id, int],
    loose: Container[Id],
    limits: Thresholds,
) -> list[_Match]:
    """Matches in groups of which the article is a copy of enough members; the same words are enough alone."""
    if not copies:
        return []
    matched = Counter(match.candidate.group for match in copies)
    seen = Counter(one.group for one in candidates)
    size = {group: min(max(seen[group], sizes.get(group, 0)), FIT_SIZE) for group in matched}
    return [
        match
        for match in copies
        if match.rung in _ALONE
        or match.candidate.group in loose
        or matched[match.candidate.group] / size[match.candidate.group] >= limits.fit
    ]


def _bridged(
    group: Id, accepted: Sequence[_Match], candidates: Sequence[Candidate], limits: Thresholds
) -> tuple[Id, ...]:
    """Other groups that are one with `group`, as this article shows: it is a copy of both, and they of each other."""
    others = dict.fromkeys(match.candidate.group for match in accepted if match.candidate.group != group)
    here = [one for one in candidates if one.group == group][:BRIDGE_SIZE]
    return tuple(
        other
        for other in others
        if _across(here, [one for one in candidates if one.group == other][:BRIDGE_SIZE], limits) >= limits.bridge
    )


def _across(here: Sequence[Candidate], there: Sequence[Candidate], limits: Thresholds) -> float:
    judged = [_compare(one.fingerprint, other, limits) for one in here for other in there]
    return sum(match is not None and match.rung not in ("numbers", "none") for match in judged) / len(judged)


def _rank(match: _Match) -> tuple[int, float, bool, str]:
    """The better of two: equality; the address; then the wording, and the lead, since a text is what it begins with."""
    first = match.candidate.id == match.candidate.group
    return _ALONE.get(match.rung, 0), match.overlap.jaccard + 0.5 * match.overlap.lead, first, str(match.candidate.id)


def _kinship(source: Id | None, agency: str | None, candidate: Candidate) -> str:
    """``same`` outlet; ``wire``: other outlets, an agency named, no two agencies; ``other`` in all other cases."""
    if source is None or candidate.source is None:
        return "other"
    if source == candidate.source:
        return "same"
    return "wire" if len({agency, candidate.agency} - {None}) == 1 else "other"


def _relation(match: _Match, source: Id | None, agency: str | None) -> Relation:
    if match.rung == "exact":
        return Relation.EXACT
    return Relation.SYNDICATED if _kinship(source, agency, match.candidate) == "wire" else Relation.NEAR


def _compare(new: Fingerprint, candidate: Candidate, limits: Thresholds, address: int | None = None) -> _Match | None:
    old = candidate.fingerprint
    if new.version != old.version:
        return None
    if new.exact and new.exact == old.exact:
        return _Match("exact", 1.0, candidate, {"rung": "exact", "matched": candidate.id}, _WHOLE)
    shared = _with_headlines(overlap(new, old), new, old, limits.headline)
    rung, score = _rung(shared, limits)
    agree = numbers_agreement(new.numbers, old.numbers, least=limits.numbers_least)
    if rung != "none" and agree is not None and agree < _numbers_needed(rung, new, old, limits):
        rung = "numbers"
    # What counts goes up while a page is updated: it is one article all the same.
    if address is not None and address == candidate.address and shared.inside >= limits.address:
        rung, score = "address", max(score, shared.inside)
    why = {
        "rung": rung,
        "matched": candidate.id,
        "shingles": round(shared.jaccard, 3),
        "inside": round(shared.inside, 3),
        "lead": round(shared.lead, 3),
        "numbers": None if agree is None else round(agree, 3),
    }
    return _Match(rung, score, candidate, why, shared)


def _with_headlines(shared: Overlap, new: Fingerprint, old: Fingerprint, headline: int) -> Overlap:
    """The shares as they are where so many shingles more, of headlines, are not shared."""
    short, long = sorted(((len(new.shingles) // 4) << new.scale, (len(old.shingles) // 4) << old.scale))
    if not short:
        return shared
    both = shared.inside * short
    jaccard, inside = both / (long + short - both + headline), both / (short + headline)
    return Overlap(jaccard, inside, shared.lead, shared.exchange)


def _numbers_needed(rung: str, new: Fingerprint, old: Fingerprint, limits: Thresholds) -> float:
    fewer = min(new, old, key=lambda print_: len(print_.numbers))
    if rung in ("reworded", "inside") and len(fewer.numbers) >= limits.numbers_many:
        return limits.numbers_agree_many
    dense = len(fewer.numbers) >= limits.numbers_dense * fewer.tokens
    return limits.numbers_agree if dense else limits.numbers_agree_few


def _rung(shared: Overlap, limits: Thresholds) -> tuple[str, float]:
    if shared.jaccard >= limits.near:
        return "near", shared.jaccard
    if shared.inside >= limits.inside:
        return "inside", shared.inside
    if shared.exchange is not None and shared.inside >= limits.reworded and _is_exchanged(shared.exchange, limits):
        return "reworded", shared.inside
    return "none", shared.jaccard


def _is_exchanged(how: Exchange, limits: Thresholds) -> bool:
    return (
        how.gaps >= limits.gaps
        and how.spread >= limits.spread
        and how.scatter >= limits.scatter
        and how.even >= limits.even
    )


def numbers_agreement(a: Iterable[int], b: Iterable[int], *, least: int = DEFAULT.numbers_least) -> float | None:
    """Share of the numbers of the text with fewer that the other has too, repeats counted.

    None where either has fewer than `least`: too few to say anything.

    >>> numbers_agreement((5, 7, 9), (5, 7, 8, 9, 9)), numbers_agreement((1,), (2,))
    (1.0, None)
    """
    a, b = tuple(a), tuple(b)
    fewer = min(len(a), len(b))
    return None if fewer < least else (Counter(a) & Counter(b)).total() / fewer


def likely(postings: Iterable[Sequence[Id]]) -> list[Id]:
    """The articles in some lists, one list a shared band, best first: those that share most bands that few others have.

    So what an outlet puts under each of its texts does not crowd out the one text that is the same.
    """
    weights: dict[Id, float] = {}
    for posting in postings:
        weight = 1 / len(posting) if posting else 0.0
        for one in posting:
            weights[one] = weights.get(one, 0.0) + weight
    return sorted(weights, key=weights.__getitem__, reverse=True)


# --- in memory ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    candidate: Candidate
    at: datetime | None


class Grouper:
    """Groups articles one by one, as they come, with the same decision that the database edge uses.

    A group is named after the first of its articles to come, whatever dates they bear. Memory is bounded: what was
    published more than `window` before the articles of now is forgotten, and so is the oldest beyond `capacity`.
    """

    #: Articles kept under one band: a band that more share is furniture, and its newest are enough.
    BUCKET = 48
    #: Articles whose times together say what "now" is, so that one article with a wrong date does not move it.
    CLOCK = 16

    def __init__(self, *, window: timedelta = timedelta(days=7), capacity: int = 100_000) -> None:
        self._window = window
        self._capacity = capacity
        self._kept: dict[Id, _Kept] = {}
        # Most keys have one article: that stands by itself, since as many lists would take most of the memory.
        self._buckets: dict[int | bytes, list[Id] | Id] = {}
        self._recent: deque[datetime] = deque(maxlen=self.CLOCK)
        # Members of each group that are remembered; when each group was opened; and what became of those that were
        # found to be one with an earlier one: the article that showed it, and where they went.
        self._members: dict[Id, set[Id]] = {}
        self._opened: dict[Id, int] = {}
        self._merged: dict[Id, tuple[Id, Id]] = {}
        self._count = 0

    def add(
        self,
        id: Id,
        title: str,
        text: str,
        source: Id | None = None,
        language: str | None = None,
        published_at: datetime | None = None,
        url: str | None = None,
        *,
        print_: Fingerprint | None = None,
    ) -> dict[str, Any]:
        """Group one article; one that comes again, as an outlet edits it, is judged anew.

        Args:
            language: not needed to compare wordings; taken so that callers can pass what they have.
            published_at: an aware datetime; None is within reach of every article.
            print_: the fingerprint of `title` and `text`, where it was made before, with those of many: see
                `rasid.dedupe.fingerprint.fingerprints`. None makes it here.

        Returns:
            ``group`` (id of the first of its copies, its own where it is the first), ``relation``, ``score``, ``why``.
        """
        if id in self._kept:
            self._drop(id)
        print_ = fingerprint(title, text) if print_ is None else print_
        agency = agency_of(text)
        at = published_at or self._now()
        address = address_of(url)
        near = [kept.candidate for kept in self._candidates(print_, address, at)]
        sizes = {one.group: len(self._members[one.group]) for one in near}
        verdict = decide(print_, near, source=source, agency=agency, address=address, sizes=sizes)
        group = id if verdict.group is None else verdict.group
        for other in verdict.merges:
            group = self._merge(group, other, id)
        print_.forget()
        self._keep(_Kept(Candidate(id, group, print_, source, agency, address), at))
        return {"group": group, "relation": verdict.relation.value, "score": verdict.score, "why": verdict.why}

    def now(self, group: Id) -> tuple[Id, Id | None]:
        """What a group is called by now, and the article that showed it to be one with an earlier one, if one did."""
        through = None
        while group in self._merged:
            through, group = self._merged[group]
        return group, through

    def _merge(self, one: Id, other: Id, through: Id) -> Id:
        """Make two groups one, under the name of the earlier, which is given."""
        first, second = sorted((one, other), key=lambda group: self._opened[group])
        for member in self._members.pop(second):
            kept = self._kept[member]
            self._kept[member] = replace(kept, candidate=replace(kept.candidate, group=first))
            self._members[first].add(member)
        del self._opened[second]
        self._merged[second] = (through, first)
        if len(self._merged) > self._capacity:
            self._merged.pop(next(iter(self._merged)))
        return first

    def _now(self) -> datetime | None:
        return min(self._recent) if len(self._recent) == self.CLOCK else None

    def _within(self, a: datetime | None, b: datetime | None) -> bool:
        return a is None or b is None or abs(a - b) <= self._window

    def _candidates(self, print_: Fingerprint, address: int | None, at: datetime | None) -> list[_Kept]:
        found = likely(self._shared(_keys(print_, address)))
        near = (self._kept[one] for one in found)
        return list(islice((kept for kept in near if self._within(at, kept.at)), COMPARED))

    def _shared(self, keys: Iterable[int | bytes]) -> list[Sequence[Id]]:
        """What stands in the buckets that are there: few are."""
        met = [found for key in keys if (found := self._buckets.get(key)) is not None]
        return [found if isinstance(found, list) else (found,) for found in met]

    def _keep(self, kept: _Kept) -> None:
        one, group = kept.candidate.id, kept.candidate.group
        self._kept[one] = kept
        if group not in self._members:
            self._members[group], self._opened[group] = set(), self._count
            self._count += 1
        self._members[group].add(one)
        for key in _keys(kept.candidate.fingerprint, kept.candidate.address):
            bucket = self._buckets.setdefault(key, one)
            if isinstance(bucket, list):
                bucket.append(one)
                del bucket[: -self.BUCKET]
            elif bucket != one:
                self._buckets[key] = [bucket, one]
        if kept.at is not None:
            self._recent.append(kept.at)
        self._forget()

    def _forget(self) -> None:
        now = self._now()
        while self._kept:
            one, oldest = next(iter(self._kept.items()))
            stale = now is not None and oldest.at is not None and oldest.at < now - self._window
            if not stale and len(self._kept) <= self._capacity:
                return
            self._drop(one)

    def _drop(self, one: Id) -> None:
        candidate = self._kept.pop(one).candidate
        members = self._members[candidate.group]
        members.discard(one)
        if not members:
            del self._members[candidate.group], self._opened[candidate.group]
        for key in _keys(candidate.fingerprint, candidate.address):
            found = self._buckets.get(key)
            if isinstance(found, list):
                # The oldest of a full bucket are no longer in it.
                left = [other for other in found if other != one]
                self._buckets[key] = left if len(left) > 1 else left[0]
            elif found == one:
                del self._buckets[key]


def _keys(print_: Fingerprint, address: int | None) -> tuple[int | bytes, ...]:
    found: tuple[int | bytes, ...] = (*print_.bands, print_.exact) if print_.exact else print_.bands
    return found if address is None else (*found, address)

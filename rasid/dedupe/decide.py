"""Whose copy is an article? A pure decision over fingerprints, and the same over an index in memory.

The rungs, first that holds: the same words; most of the same wording; nearly the same words, some exchanged; one text
inside the other. Texts of one template with other facts (weather, prices, results) share wording too: where the numbers
of two texts disagree, they are not copies.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rasid.dedupe.agency import agency_of
from rasid.dedupe.fingerprint import Fingerprint, fingerprint, lead_similarity, similarity, word_similarity
from rasid.model import Relation

Id = int | str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the rungs stand. Shares are 0 to 1; each applies to estimates with a standard error of about 0.04."""

    near: float = 0.42
    """Shared shingles (Jaccard) from which two texts are copies."""
    reworded: float = 0.13
    reworded_words: float = 0.5
    """Shared shingles, and shared longer words, of a copy in which words were exchanged here and there."""
    wire: float = 0.28
    """Shared shingles that are enough between two outlets where one of them names an agency."""
    same_outlet: float = 0.5
    same_outlet_words: float = 0.65
    """`near` and `reworded_words` within one outlet: it does not print one text in two wordings, but its follow-ups
    repeat the background of the first report."""
    inside: float = 0.72
    """Share of the shorter text's shingles that the longer must have, for a shortened or a framed copy."""
    inside_least: float = 0.06
    """Shared shingles below which containment cannot be told from chance ..."""
    inside_least_lead: float = 0.02
    """... unless the leads are the same."""
    numbers_least: int = 3
    """Numbers that both texts must have before numbers are compared."""
    numbers_agree: float = 0.5
    """Share of the numbers of the text with fewer that the other must have too."""
    numbers_many: int = 12
    """Numbers from which a text is a table in words (weather, prices): two of them share many by chance."""
    numbers_agree_many: float = 0.75
    """The share that is asked of such texts where their wording is not nearly the same."""


DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that shares a band or the exact hash with a new one.

    `group` is the id of the first of its copies, its own id where it is the first. `source` is the outlet; `agency` is
    the agency it names, see `rasid.dedupe.agency`; both may be None.
    """

    id: Id
    group: Id
    fingerprint: Fingerprint
    source: Id | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose copy an article is.

    Attributes:
        relation: `Relation.ORIGINAL` where it is nobody's.
        group: the group to join, None for an original (its own id is then its group).
        score: 0 to 1: 1 for the same words; otherwise the share that decided. For an original, the best share found.
        matched: the candidate that decided, None for an original.
        why: ``rung`` and the numbers it rests on, for people; JSON-able.
    """

    relation: Relation
    group: Id | None
    score: float
    matched: Id | None = None
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Match:
    rung: str
    score: float
    candidate: Candidate
    why: dict[str, Any]


def decide(
    new: Fingerprint,
    candidates: Sequence[Candidate],
    *,
    source: Id | None = None,
    agency: str | None = None,
    thresholds: Thresholds = DEFAULT,
) -> Verdict:
    """Judge a new article against candidates; their order does not matter.

    Args:
        source: the outlet of the new article.
        agency: the agency that it names, None where it names none.
    """
    best: _Match | None = None
    nearest = 0.0
    refused: dict[str, Any] | None = None
    for candidate in candidates:
        match = _compare(new, candidate, _kinship(source, agency, candidate), thresholds)
        if match is None:
            continue
        if match.rung in ("numbers", "none"):
            nearest = max(nearest, match.score)
            refused = match.why if match.rung == "numbers" else refused
        elif best is None or _rank(match, new) > _rank(best, new):
            best = match
    if best is None:
        why = {"rung": "none", **({"refused": refused} if refused else {})}
        return Verdict(Relation.ORIGINAL, None, round(nearest, 3), None, why)
    relation = _relation(best, source, agency)
    return Verdict(relation, best.candidate.group, round(best.score, 3), best.candidate.id, best.why)


def _rank(match: _Match, new: Fingerprint) -> tuple[bool, float, bool, str]:
    """The better of two matches: equality; then the wording, and the lead, since a text is what it begins with."""
    first = match.candidate.id == match.candidate.group
    wording = similarity(new.signature, match.candidate.fingerprint.signature)
    wording += 0.5 * lead_similarity(new, match.candidate.fingerprint)
    return match.rung == "exact", wording, first, str(match.candidate.id)


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


def _compare(new: Fingerprint, candidate: Candidate, kinship: str, limits: Thresholds) -> _Match | None:
    old = candidate.fingerprint
    if new.version != old.version:
        return None
    if new.exact and new.exact == old.exact:
        return _Match("exact", 1.0, candidate, {"rung": "exact", "matched": candidate.id})
    if not new.signature or not old.signature:
        return None
    shares = _Shares(
        similarity(new.signature, old.signature),
        word_similarity(new.signature, old.signature),
        lead_similarity(new, old),
    )
    inside = containment(shares.shingles, new.tokens, old.tokens)
    rung, score = _rung(shares, inside, kinship, limits)
    agree = numbers_agreement(new.numbers, old.numbers, least=limits.numbers_least)
    many = rung in ("reworded", "inside") and min(len(new.numbers), len(old.numbers)) >= limits.numbers_many
    if rung != "none" and agree is not None and agree < (limits.numbers_agree_many if many else limits.numbers_agree):
        rung = "numbers"
    why = {
        "rung": rung,
        "matched": candidate.id,
        "shingles": round(shares.shingles, 3),
        "words": round(shares.words, 3),
        "lead": round(shares.lead, 3),
        "inside": round(inside, 3),
        "numbers": None if agree is None else round(agree, 3),
    }
    return _Match(rung, score, candidate, why)


@dataclass(frozen=True, slots=True)
class _Shares:
    shingles: float
    words: float
    lead: float


def _rung(shares: _Shares, inside: float, kinship: str, limits: Thresholds) -> tuple[str, float]:
    same = kinship == "same"
    if shares.shingles >= (limits.same_outlet if same else limits.near):
        return "near", shares.shingles
    if kinship == "wire" and shares.shingles >= limits.wire:
        return "wire", shares.shingles
    words_needed = limits.same_outlet_words if same else limits.reworded_words
    if shares.shingles >= limits.reworded and shares.words >= words_needed:
        return "reworded", shares.words
    least = limits.inside_least_lead if shares.lead >= 0.5 else limits.inside_least
    if shares.shingles >= least and inside >= limits.inside:
        return "inside", inside
    return "none", shares.shingles


def containment(jaccard: float, tokens_a: int, tokens_b: int) -> float:
    """Share of the shorter text's shingles that lie in the longer one, from the Jaccard similarity and the lengths.

    >>> containment(0.5, 100, 200)
    1.0
    """
    shorter, longer = sorted((max(tokens_a - 2, 1), max(tokens_b - 2, 1)))
    return min(1.0, jaccard * (shorter + longer) / ((1 + jaccard) * shorter))


def numbers_agreement(a: Iterable[int], b: Iterable[int], *, least: int = DEFAULT.numbers_least) -> float | None:
    """Share of the numbers of the text with fewer that the other has too, repeats counted.

    None where either has fewer than `least`: too few to say anything.

    >>> numbers_agreement((5, 7, 9), (5, 7, 8, 9, 9)), numbers_agreement((1,), (2,))
    (1.0, None)
    """
    left, right = Counter(a), Counter(b)
    fewer = min(left.total(), right.total())
    return None if fewer < least else (left & right).total() / fewer


# --- in memory ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    candidate: Candidate
    at: datetime | None


class Grouper:
    """Groups articles one by one, as they come, with the same decision that the database edge uses.

    Memory is bounded: what was published more than `window` before the articles of now is forgotten, and so is the
    oldest beyond `capacity`.
    """

    #: Articles kept under one band: a band that more share is furniture, and its newest are enough.
    BUCKET = 48
    #: Articles whose times together say what "now" is, so that one article with a wrong date does not move it.
    CLOCK = 16

    def __init__(self, *, window: timedelta = timedelta(days=7), capacity: int = 100_000) -> None:
        self._window = window
        self._capacity = capacity
        self._kept: dict[Id, _Kept] = {}
        self._buckets: dict[int | bytes, list[Id]] = {}
        self._recent: deque[datetime] = deque(maxlen=self.CLOCK)

    def add(
        self,
        id: Id,
        title: str,
        text: str,
        source: Id | None = None,
        language: str | None = None,
        published_at: datetime | None = None,
    ) -> dict[str, Any]:
        """Group one article; one that comes again, as an outlet edits it, is judged anew.

        Args:
            language: not needed to compare wordings; taken so that callers can pass what they have.
            published_at: an aware datetime; None is within reach of every article.

        Returns:
            ``group`` (id of the first of its copies, its own where it is the first), ``relation``, ``score``, ``why``.
        """
        if id in self._kept:
            self._drop(id)
        print_ = fingerprint(title, text)
        agency = agency_of(text)
        at = published_at or self._now()
        near = [kept.candidate for kept in self._candidates(print_) if self._within(at, kept.at)]
        verdict = decide(print_, near, source=source, agency=agency)
        group = id if verdict.group is None else verdict.group
        self._keep(_Kept(Candidate(id, group, print_, source, agency), at))
        return {"group": group, "relation": verdict.relation.value, "score": verdict.score, "why": verdict.why}

    def _now(self) -> datetime | None:
        return min(self._recent) if len(self._recent) == self.CLOCK else None

    def _within(self, a: datetime | None, b: datetime | None) -> bool:
        return a is None or b is None or abs(a - b) <= self._window

    def _candidates(self, print_: Fingerprint) -> list[_Kept]:
        ids = dict.fromkeys(one for key in _keys(print_) for one in self._buckets.get(key, ()))
        return [kept for one in ids if (kept := self._kept.get(one)) is not None]

    def _keep(self, kept: _Kept) -> None:
        one = kept.candidate.id
        self._kept[one] = kept
        for key in _keys(kept.candidate.fingerprint):
            bucket = self._buckets.setdefault(key, [])
            bucket.append(one)
            del bucket[: -self.BUCKET]
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
        for key in _keys(self._kept.pop(one).candidate.fingerprint):
            bucket = self._buckets.get(key, [])
            if one in bucket:
                bucket.remove(one)
            if not bucket:
                self._buckets.pop(key, None)


def _keys(print_: Fingerprint) -> tuple[int | bytes, ...]:
    return (*print_.bands, print_.exact) if print_.exact else print_.bands

"""Which story is an article about? A pure decision over documents, and one number for two articles.

Online clustering after Miranda et al. 2018 (Multilingual Clustering of Streaming News): an article joins the story
whose members are most like it, or opens one; within a language by words and entities, across languages by entities.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasid.cluster.doc import Bag, Id, StoryDoc


@dataclass(frozen=True, slots=True)
class Weights:
    """All numbers of the decision. Shares are 0 to 1."""

    title: float = 0.2
    lead: float = 0.3
    body: float = 0.5
    entities: float = 0.2
    """What entities count beside words, where both articles have some (title, lead and body count the rest)."""
    across_shared: int = 3
    """Entities that two articles in different languages must share to be compared at all."""
    across: float = 0.6
    """What entities alone can give two articles in different languages."""
    window_hours: float = 72.0
    """Articles further apart than this are not about one event of the news."""
    fading: float = 0.15
    """Share of the score that is lost at the end of the window; linear."""
    best_member: float = 0.5
    """How much the best member of a story counts against the mean of its members."""
    join: float = 0.24
    """Score from which an article joins a story."""
    even: float = 0.26
    """Body similarity at which two articles are as likely as not on one story; `similar` gives 0.5 there."""
    spread: float = 0.08


DEFAULT = Weights()


@dataclass(frozen=True, slots=True)
class StoryCandidate:
    """A document that shares a key with a new one, and the story that it is in."""

    doc: StoryDoc
    story: Id


@dataclass(frozen=True, slots=True)
class StoryVerdict:
    """Which story to join.

    Attributes:
        story: None for a new one.
        score: 0 to 1; of a new story, the best score that was found.
        why: ``rung`` (``joined`` or ``new``), the ``matched`` article and the parts of its score; JSON-able.
    """

    story: Id | None
    score: float
    why: dict[str, Any] = field(default_factory=dict)


def dot(a: Bag, b: Bag) -> float:
    """Cosine of two bags of length 1; 0 where either is empty."""
    # Two articles share few stems: meeting them as sets costs a third of looking each up.
    return sum([a[stem] * b[stem] for stem in a.keys() & b.keys()])


def hours_apart(a: StoryDoc, b: StoryDoc) -> float:
    """Hours between two documents; 0 where either has no time."""
    return 0.0 if a.at is None or b.at is None else abs((a.at - b.at).total_seconds()) / 3600


def parts(a: StoryDoc, b: StoryDoc) -> dict[str, float]:
    """The similarities that a score is made of, each 0 to 1; ``entities`` is left out where either names none."""
    found = {"title": dot(a.title, b.title), "lead": dot(a.lead, b.lead), "body": dot(a.body, b.body)}
    if a.refs and b.refs:
        found["entities"] = dot(a.refs, b.refs)
    return found


def score(a: StoryDoc, b: StoryDoc, weights: Weights = DEFAULT) -> float:
    """How surely two articles are about one event, 0 to 1, on the scale of `Weights.join` (not a probability)."""
    hours = hours_apart(a, b)
    if hours > weights.window_hours:
        return 0.0
    fresh = 1 - weights.fading * hours / weights.window_hours
    if a.language != b.language:
        return fresh * _across(a, b, weights)
    found = parts(a, b)
    worded = weights.title * found["title"] + weights.lead * found["lead"] + weights.body * found["body"]
    if "entities" in found:
        worded = (1 - weights.entities) * worded + weights.entities * found["entities"]
    return fresh * worded


def _across(a: StoryDoc, b: StoryDoc, weights: Weights) -> float:
    if len(a.refs.keys() & b.refs.keys()) < weights.across_shared:
        return 0.0
    return weights.across * dot(a.refs, b.refs)


def decide(doc: StoryDoc, candidates: Iterable[StoryCandidate], weights: Weights = DEFAULT) -> StoryVerdict:
    """Choose the story of a document among those of its candidates; ties go to the smaller story id, as text."""
    by_story: dict[Id, list[tuple[float, StoryDoc]]] = defaultdict(list)
    for candidate in candidates:
        if hours_apart(doc, candidate.doc) <= weights.window_hours:
            by_story[candidate.story].append((score(doc, candidate.doc, weights), candidate.doc))
    if not by_story:
        return StoryVerdict(None, 0.0, {"rung": "new"})
    ranked = {story: _story_score(members, weights) for story, members in by_story.items()}
    story = min(ranked, key=lambda one: (-ranked[one], str(one)))
    value, nearest = max(by_story[story], key=lambda member: (member[0], str(member[1].id)))
    joined = ranked[story] >= weights.join
    why: dict[str, Any] = {
        "rung": "joined" if joined else "new",
        "matched": nearest.id,
        "best": round(value, 3),
        "members": len(by_story[story]),
        **{name: round(part, 3) for name, part in parts(doc, nearest).items()},
    }
    return StoryVerdict(story if joined else None, round(min(1.0, ranked[story]), 3), why)


def _story_score(members: Sequence[tuple[float, StoryDoc]], weights: Weights) -> float:
    values = [value for value, _ in members]
    best, mean = max(values), sum(values) / len(values)
    return weights.best_member * best + (1 - weights.best_member) * mean


def likeness(a: StoryDoc, b: StoryDoc, weights: Weights = DEFAULT) -> float:
    """Whether two articles are on one story, as a number between 0 and 1 that means what it says: 0.5 is even odds.

    Times do not count: an archive is compared as well as a stream.
    """
    raw = weights.across * dot(a.refs, b.refs) if a.language != b.language else _worded(a, b, weights)
    return 1 / (1 + math.exp(-(raw - weights.even) / weights.spread)) if raw > 0 else 0.0


def _worded(a: StoryDoc, b: StoryDoc, weights: Weights) -> float:
    body = dot(a.body, b.body)
    if a.refs and b.refs:
        return (1 - weights.entities) * body + weights.entities * dot(a.refs, b.refs)
    return body

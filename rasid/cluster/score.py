"""How surely are two articles about one event? Pure arithmetic over documents.

Within a language: a logistic model over what the two share (words of title, lead and body, names, numbers) and what
keeps them apart (time, one outlet). Across languages: entities alone. Weights are learned: `rasid.cluster.weights`.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rasid.cluster import weights as learned
from rasid.cluster.doc import Bag, StoryDoc, unit
from rasid.cluster.meaning import Alike
from rasid.cluster.vectors import Shared

#: The log-odds of two articles that have nothing to do with each other; nothing is taken for surer than `SUREST`.
UNLIKE, SUREST = -6.0, 8.0
#: Log-odds above which a link is kept; others count as `UNLIKE`.
LEAST = -4.0
#: Documents that are compared with a new one: of those that share three keys and more, and of those that share two.
CANDIDATES, FEWER = 48, 5
#: Likeness of two leads below which nothing else is looked at.
LEADS = 0.04
#: Words of a text that is half "short"; names of titles that the other article does not have, from which it has none.
SHORT, _MISSED = 50, 3


@dataclass(frozen=True, slots=True)
class Rules:
    """What is not learned. Shares are 0 to 1."""

    window_hours: float = 72.0
    """Articles further apart than this are not about one event of the news."""
    late_hours: float = 12.0
    """Half-way measure of "not of the same hours": the feature ``late`` is 1 - exp(-hours / this)."""
    across_shared: int = 2
    """Entities that two articles in different languages must share to be compared, where nobody knows their meaning."""
    table_numbers: int = 4
    """Figures that two tables in words (weather, prices, results) must have for these to tell."""
    table_agree: float = 0.4
    """Share of the figures of the shorter table that the other must have for the two to be on one thing."""


DEFAULT = Rules()


def likely(buckets: Sequence[array[int]], oldest: int = 0) -> list[int]:
    """The documents to compare, by number, from those that are found under each key of a new one (arrays of 64 bits):
    what shares three keys and more, and the few that share two of the rarest. Numbers below the `oldest` are left out.
    """
    # Counted from 1; what is left out is 0.
    every = np.maximum(np.frombuffer(b"".join(buckets), np.int64) - (oldest - 1), 0)
    counts = np.bincount(every, minlength=1)
    counts[0] = 0
    # Of equals the newest: later numbers came later.
    shared = (counts > 1).nonzero()[0][::-1]
    often = counts[shared]
    found, two = shared[often > 2], shared[often == 2]
    if len(found) > CANDIDATES:
        found = found[(-counts[found]).argsort(kind="stable")[:CANDIDATES]]
    if len(two) > FEWER:
        two = two[(-_rarity(buckets, every)[two]).argsort(kind="stable")[:FEWER]]
    numbers: list[int] = (np.concatenate((found, two)) + (oldest - 1)).tolist()
    return numbers


def _rarity(buckets: Sequence[array[int]], every: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How rare the keys are by which each document is found, by its number: the sum of one by how many each finds."""
    sizes = np.array([*map(len, buckets)])
    living = np.add.reduceat(every > 0, np.cumsum(sizes) - sizes, dtype=np.int64)
    return np.bincount(every, np.repeat(1 / np.maximum(living, 1), sizes))


def dot(a: Bag, b: Bag) -> float:
    """Cosine of two bags of length 1; 0 where either is empty."""
    # Two articles share few stems: meeting them as sets costs a third of looking each up.
    return sum([a[stem] * b[stem] for stem in a.keys() & b.keys()])


def hours_apart(a: StoryDoc, b: StoryDoc) -> float:
    """Hours between two documents; 0 where either has no time."""
    return 0.0 if a.at is None or b.at is None else abs((a.at - b.at).total_seconds()) / 3600


def features(a: StoryDoc, b: StoryDoc, rules: Rules = DEFAULT, shared: Shared | None = None) -> dict[str, float] | None:
    """What two articles of one language share, by name; the weights of `rasid.cluster.weights` apply to these.

    Each is 0 to 1. ``*_root`` is a square root (the first shared words say most). ``no_numbers``: both have figures
    and share none. ``late``: hours between them. ``same``: one outlet, which seldom tells one event twice.
    ``short``: how short the shorter text is: of few words fewer are shared.
    Those of `speaking` for scripts without capitals. None where the leads share next to nothing.

    Args:
        shared: what their bags share, where somebody has compared them already; these may then be empty.
    """
    lead = shared.lead if shared else dot(a.lead, b.lead)
    if lead < LEADS:
        return None
    body, title = (shared.body, shared.title) if shared else (dot(a.body, b.body), dot(a.title, b.title))
    found = {"body_root": math.sqrt(body), "lead": lead, "lead_root": math.sqrt(lead), "title": title}
    if a.words and b.words:
        found["short"] = 1 / (1 + min(a.words, b.words) / SHORT)
    found |= _figures(a, b) | speaking(a, b)
    found |= _late(a, b, rules)
    if a.source is not None and a.source == b.source:
        found["same"] = 1.0
    return found


def _figures(a: StoryDoc, b: StoryDoc) -> dict[str, float]:
    if not a.numbers or not b.numbers:
        return {}
    both = len(a.numbers & b.numbers)
    return {
        "numbers": both / math.sqrt(len(a.numbers) * len(b.numbers)),
        "no_numbers": 0.0 if both else 1.0,
    }


def _late(a: StoryDoc, b: StoryDoc, rules: Rules) -> dict[str, float]:
    hours = hours_apart(a, b)
    return {"late": 1 - math.exp(-hours / rules.late_hours)} if hours else {}


def named(a: Bag, b: Bag, name: str) -> dict[str, float]:
    """The features of two bags of names: written with capitals, or entities."""
    alike = dot(a, b)
    return {name: alike, f"{name}_root": math.sqrt(alike)}


def headed(a: StoryDoc, b: StoryDoc) -> dict[str, float]:
    """The features of whom and what two titles name, each 0 to 1: there stands who speaks, and where it happened.

    ``heads``: share of all these that both titles name. ``heads_other``: both name somebody, and nobody is common.
    ``heads_missed``: named in one title and nowhere in the other article (three count as all).
    """
    if not a.heads and not b.heads:
        return {}
    common, refs_a, refs_b = len(a.heads & b.heads), a.refs or {}, b.refs or {}
    missed = len(a.heads - refs_b.keys()) + len(b.heads - refs_a.keys())
    return {
        "heads": common / len(a.heads | b.heads),
        "heads_other": 1.0 if a.heads and b.heads and not common else 0.0,
        "heads_missed": min(1.0, missed / _MISSED),
    }


def speaking(a: StoryDoc, b: StoryDoc) -> dict[str, float]:
    """The features of who speaks: what happened, and what this one and that one say of it, are events of their own.

    For titles and for first sentences (``lead_speaker``), each 0 to 1. ``speaker``: share of the words of the shorter
    name that the other has; ``speaker_other``: both name somebody, and have no word in common; ``speaker_one``: only
    one names somebody.
    """
    found: dict[str, float] = {}
    for name, left, right in (
        ("speaker", a.speaker, b.speaker), ("lead_speaker", a.lead_speaker, b.lead_speaker)
    ):  # fmt: skip
        if left and right:
            share = len(left & right) / min(len(left), len(right))
            found[name if share else f"{name}_other"] = share or 1.0
        elif left or right:
            found[f"{name}_one"] = 1.0
    return found


def weigh(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The log-odds of features under weights; a feature without a weight says nothing."""
    return weights["bias"] + sum([value * weights.get(name, 0.0) for name, value in found.items()])


@dataclass(frozen=True, slots=True)
class Judged:
    """The log-odds of two articles, and whether they need entities that nobody has looked for: two languages."""

    odds: float
    wants_refs: bool = False


def judge(
    a: StoryDoc, b: StoryDoc, rules: Rules = DEFAULT, shared: Shared | None = None, meaning: float | None = None
) -> Judged:
    """Log-odds (natural) that two articles are about one event, between `UNLIKE` and `SUREST`.

    Args:
        shared: as in `features`.
        meaning: how alike the meanings of their leads are, a cosine; it counts between languages. None where nobody
            can tell.
    """
    if hours_apart(a, b) > rules.window_hours or _other_table(a, b, rules):
        return Judged(UNLIKE)
    if a.language != b.language:
        return _across(a, b, rules, meaning)
    found = features(a, b, rules, shared)
    if found is None:
        return Judged(UNLIKE)
    if a.names and b.names:
        return Judged(_bounded(weigh(found | named(a.names, b.names, "names"), learned.CAPITALS)))
    if not a.refs or not b.refs:
        return Judged(_bounded(weigh(found, learned.WORDS)))
    return Judged(_bounded(weigh(found | named(a.refs, b.refs, "refs") | headed(a, b), learned.ENTITIES)))


def _across(a: StoryDoc, b: StoryDoc, rules: Rules, meaning: float | None) -> Judged:
    if a.refs is None or b.refs is None:
        return Judged(UNLIKE, wants_refs=True)
    if meaning is None and len(a.refs.keys() & b.refs.keys()) < rules.across_shared:
        return Judged(UNLIKE)
    table = learned.BETWEEN if meaning is None else learned.BETWEEN_MEANING
    return Judged(_bounded(weigh(across_features(a, b, meaning, rules), table)))


def across_features(a: StoryDoc, b: StoryDoc, meaning: float | None = None, rules: Rules = DEFAULT) -> dict[str, float]:
    """What tells that two articles in different languages are on one event, by name: see `features`.

    ``lift`` of the weights is by how much the model finds two languages less alike than one.
    """
    found = free_features(a, b) | headed(a, b) | _late(a, b, rules)
    if meaning is None:
        return found
    if a.language != b.language:
        meaning = min(1.0, meaning + learned.BETWEEN_MEANING.get("lift", 0.0))
    return found | {"meaning": meaning, "meaning_square": max(0.0, meaning) ** 2}


def _other_table(a: StoryDoc, b: StoryDoc, rules: Rules) -> bool:
    """Whether both are tables in words (weather, prices, results) whose figures differ: of other days or places."""
    if not a.table or not b.table:
        return False
    fewer = min(len(a.table), len(b.table))
    return fewer >= rules.table_numbers and len(a.table & b.table) < rules.table_agree * fewer


def _bounded(odds: float) -> float:
    return max(UNLIKE, min(SUREST, odds))


def probability(odds: float) -> float:
    """Log-odds as a number between 0 and 1."""
    return 1 / (1 + math.exp(-odds))


# --- one number for two articles ----------------------------------------------------------------------------------

#: Heaviest stems of an article that a telling of the same story would have too.
_TOP, _TOP_TEN, _TOP_FEW = 20, 10, 12
#: Letters of a stem's beginning by which two forms of one word meet (Turkish endings, spellings of a name).
_BEGINNING = 4
#: Words that are added to the length of a text, so that two short ones are not far apart.
_FEW_WORDS = 20


def likeness(a: StoryDoc, b: StoryDoc, meaning: Alike | None = None) -> float:
    """Whether two articles are on one story, as a number between 0 and 1.

    From 0.5 it is worth taking them for one: less would join more that are not than it would find, more would miss
    more. Times and outlets do not count: an archive is compared as well as a stream.

    Args:
        meaning: how alike their meanings are; None where nobody can tell.
    """
    known = {} if meaning is None else meant(meaning)
    if a.language != b.language:
        found = free_features(a, b)
        if meaning is None:
            return probability(weigh(found, learned.ACROSS)) if found.get("refs") else 0.0
        return probability(weigh(found | known, learned.MEANING))
    if meaning is None and not a.body.keys() & b.body.keys():
        return 0.0
    table = learned.LIKE if meaning is None else learned.LIKE_MEANING
    return probability(weigh(likeness_features(a, b) | known, table))


def meant(meaning: Alike) -> dict[str, float]:
    """The features of meanings: that of the leads, and of the lead of one with what the other says further down."""
    lead, beyond = meaning
    return {"meaning": lead, "meaning_square": max(0.0, lead) ** 2, "meaning_beyond": beyond}


def free_features(a: StoryDoc, b: StoryDoc) -> dict[str, float]:
    """What two articles share that hangs on no language: whom and what they name, and figures."""
    found = named(a.refs, b.refs, "refs") if a.refs and b.refs else {}
    return found | _figures(a, b)


def likeness_features(a: StoryDoc, b: StoryDoc) -> dict[str, float]:
    """What tells how alike people find two articles, by name; each 0 to 1.

    ``top``, ``top_ten``: weight of the heaviest stems of each that the other has; ``top_few``: share of the very
    heaviest. ``begins_root``: of bodies, by how words begin. ``lead_body``: the lead of each in the body of the other.
    ``lengths``: how far apart the lengths of the texts are.
    """
    body = dot(a.body, b.body)
    found = {"body": body, "body_root": math.sqrt(body), "lead": dot(a.lead, b.lead), "title": dot(a.title, b.title)}
    found["begins_root"] = math.sqrt(min(1.0, dot(_begun(a.body), _begun(b.body))))
    found["lead_body"] = (dot(a.lead, b.body) + dot(b.lead, a.body)) / 2
    for name, count in (("top", _TOP), ("top_ten", _TOP_TEN)):
        found[name] = (_covered(a.body, b.body, count) + _covered(b.body, a.body, count)) / 2
    found["top_few"] = (_held(a.body, b.body) + _held(b.body, a.body)) / 2
    if a.words and b.words:
        apart = abs(math.log((a.words + _FEW_WORDS) / (b.words + _FEW_WORDS)))
        found["lengths"] = min(1.0, apart / 3)
    return found | _figures(a, b)


def _begun(bag: Bag) -> dict[str, float]:
    """A bag of the beginnings of its stems, of length 1; empty where the bag is."""
    found: dict[str, float] = {}
    for stem, weight in bag.items():
        found[stem[:_BEGINNING]] = found.get(stem[:_BEGINNING], 0.0) + weight
    return unit(found)


def _covered(of: Bag, by: Bag, count: int) -> float:
    """Share of the weight of the heaviest stems that the other article has."""
    top = list(of.items())[:count]
    return sum(weight for stem, weight in top if stem in by) / sum(weight for _, weight in top) if top else 0.0


def _held(of: Bag, by: Bag) -> float:
    top = list(of)[:_TOP_FEW]
    return sum(stem in by for stem in top) / len(top) if top else 0.0

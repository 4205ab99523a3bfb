"""Which of several bearers a name means: by the outlet's country, what else the text speaks of, and how large each is.

Pure. What was decided against is kept with its likelihood.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rasid.enrich.around import FROM, SETTLED
from rasid.enrich.listed import CITY, CONTEXT, NAMED, PROVINCE, SPORT, Entry

#: Of names that lend the text no country.
UNSURE = CONTEXT | NAMED | SPORT
#: How much likelier (log10) a place is in the outlet's country, for each mention of its country (up to the most), where
#: another place of its province is named, and where the word behind it names its country (طرابلس اللبنانية).
_SOURCE, _MENTION, _MENTIONS, _PROVINCE, _SAID = 1.3, 0.7, 2.0, 1.0, 4.0
#: Ranks that are weighed against each other; what is of others is decided by its rank.
_WEIGHED = (CITY, PROVINCE)
#: How much likelier a province is behind "province of", and how much less elsewhere: its name is mostly a city's.
_PROVINCE_OF = 2.5
#: As many people as a place of unknown size counts for.
_FEW = 300
#: A city of so many is meant where a name is used as a place, and not a person of that name (في كولومبوس).
_CITY_BEFORE_PERSON = 100_000
#: What is listed by itself wins over every city, but not behind "city of".
_LISTED, _LISTED_NAMED = 9.0, 3.0


@dataclass(slots=True)
class Found:
    """A name that was found in one text, before it is decided which of several bearers it means.

    Attributes:
        first, last: token numbers (last exclusive).
        choices: (entry number, flags) of each bearer that the name may have here.
        around: how surely it is used as a place (`rasid.enrich.around`); `cued`: a word for a place stands before it;
            `inside`: such a word, or one like "in"; `province`: a word like "province of".
        said: country of the nationality that stands right behind it, empty where there is none.
        host: the number of the title or text it stands in, in the order in which they were given.
        head, read: its first word without proclitics; the tokens that were read as one, titles and the like included.
        entry, share: whom it means, and how likely that is, 0 to 1.
        likely: all places that it may mean with their likelihoods, best first; empty where there is no other.
    """

    start: int
    end: int
    first: int
    last: int
    choices: list[tuple[int, int]]
    cued: bool
    host: int = 0
    around: int = 0
    inside: bool = False
    province: bool = False
    said: str = ""
    nested: bool = False
    head: str = ""
    read: tuple[int, int] = (0, 0)
    entry: Entry | None = None
    share: float = 1.0
    likely: list[tuple[Entry, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a text tells of its names: mentions of each country, places of each province, and what `settle` is told."""

    countries: Counter[str]
    provinces: dict[str, set[str]]
    source: str
    full: frozenset[int]
    sport: bool


def settle(
    found: Sequence[Found],
    entry: Callable[[int], Entry],
    *,
    source: str = "",
    full: frozenset[int] = frozenset(),
    sport: bool = False,
) -> list[Found]:
    """Give each name its bearer; names that need another of their country beside them go where there is none.

    Args:
        entry: gives an entry by its number.
        source: ISO 3166 code of the outlet's country; empty where it is unknown.
        full: entries that the text names in full.
        sport: whether it is about sport.
    """
    evidence = _Evidence(*_places(found, entry), source, full, sport)
    kept = []
    for hit in found:
        bearers = [
            (one, flags) for number, flags in hit.choices if _may(hit, number, one := entry(number), flags, evidence)
        ]
        if bearers:
            _choose(hit, _of_their_kind(hit, bearers), evidence)
            kept.append(hit)
    return kept


def _places(found: Sequence[Found], entry: Callable[[int], Entry]) -> tuple[Counter[str], dict[str, set[str]]]:
    """How often each country is surely named, and the places named of each province."""
    countries: Counter[str] = Counter()
    provinces: dict[str, set[str]] = {}
    for hit in found:
        for one in _sure(hit, entry):
            countries[one.country] += 1
            if one.admin:
                provinces.setdefault(one.admin, set()).add(one.ref)
    countries.pop("", None)
    return countries, provinces


def _sure(hit: Found, entry: Callable[[int], Entry]) -> list[Entry]:
    """The bearers that lend their country to the rest of the text: of names that are sure, one country each."""
    sure = [one for number, flags in hit.choices if not flags & UNSURE and not (one := entry(number)).context]
    ranked = [one for one in sure if one.rank not in _WEIGHED]
    if ranked:
        return ranked[:1]
    return sure if len({one.country for one in sure}) == 1 else []


def _may(hit: Found, number: int, one: Entry, flags: int, evidence: _Evidence) -> bool:
    if flags & (NAMED | SPORT):
        return number in evidence.full or (not flags & NAMED and evidence.sport)
    if one.rank == PROVINCE and hit.last - hit.first == 1:
        return hit.province
    if not (flags & CONTEXT or one.context):
        return True
    if one.kind == "place" and not one.context and (hit.cued or (one.rank in _WEIGHED and hit.around >= FROM)):
        return True
    if not one.country or (hit.around < 0 and one.rank in _WEIGHED):
        return False
    return one.country in (evidence.source, hit.said, *evidence.countries)


def _of_their_kind(hit: Found, choices: Sequence[tuple[Entry, int]]) -> list[Entry]:
    """The bearers that may be meant by what they are.

    Behind "in" it is a city rather than a person; elsewhere a club or a firm rather than a place of that name.
    """
    bearers = [one for one, _ in choices]
    if len(bearers) == 1:
        return bearers
    bare = [one for one, flags in choices if flags & (NAMED | SPORT)]
    others = [one for one, flags in choices if not flags & (NAMED | SPORT)]
    if bare and others:
        bearers = others if hit.inside else bare
    cities = [one for one in bearers if one.rank in _WEIGHED]
    if hit.inside and cities and (hit.around == SETTLED or max(one.people for one in cities) >= _CITY_BEFORE_PERSON):
        return [one for one in bearers if one.kind == "place"]
    return bearers


def _choose(hit: Found, bearers: Sequence[Entry], evidence: _Evidence) -> None:
    if len(bearers) == 1:
        hit.entry = bearers[0]
        return
    weights = [_weight(hit, one, evidence) for one in bearers]
    most = max(weights)
    shares = [10 ** (weight - most) for weight in weights]
    total = sum(shares)
    ranked = sorted(zip(bearers, shares, strict=True), key=lambda pair: -pair[1])
    hit.entry, hit.share = ranked[0][0], ranked[0][1] / total
    hit.likely = [(one, share / total) for one, share in ranked if one.kind == "place"]


def _weight(hit: Found, one: Entry, evidence: _Evidence) -> float:
    """Log10 of how likely a bearer is."""
    if one.rank not in _WEIGHED:
        return (_LISTED_NAMED if hit.around == SETTLED and one.kind == "place" else _LISTED) - 0.1 * one.rank
    weight = math.log10(max(one.people, _FEW))
    if one.rank == PROVINCE:
        weight += _PROVINCE_OF if hit.province else -_PROVINCE_OF
    if one.country:
        weight += _SOURCE * (one.country == evidence.source) + _SAID * (one.country == hit.said)
        weight += min(_MENTIONS, _MENTION * evidence.countries[one.country])
    # The place itself is no other place of its province.
    if evidence.provinces.get(one.admin, set()) - {one.ref}:
        weight += _PROVINCE
    return weight

"""Where a story takes place: one point for it, of all the places that its members name. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

#: A part of a country (or of a province) must hold so much of what is said of all its places to be taken for it.
_PART = 0.3
COUNTRY, PROVINCE, PLACE = "country", "province", "place"


@dataclass(frozen=True, slots=True)
class Named:
    """A place that members of a story name.

    Attributes:
        country: ISO 3166 alpha-2; empty for what lies in none (a sea).
        province: its GeoNames code (SY.04); empty where it is unknown, and for a country.
        above: names of what it lies in, from the country down; empty for a country.
        articles: how many members name it.
        weight: how much they say of it: a place in a title counts three times, one at the beginning twice, each once an
            article and by how sure it is.
    """

    ref: str
    name: str
    lat: float
    lon: float
    country: str
    province: str
    above: tuple[str, ...]
    articles: int
    weight: float

    @property
    def level(self) -> str:
        """``country province place``: how exact the point is."""
        if self.country == self.ref:
            return COUNTRY
        return PROVINCE if self.province and len(self.above) == 1 else PLACE


def place_of(named: Sequence[Named]) -> Named | None:
    """The one place of a story; None where it names none.

    From above: the country of which most is said, in it the province, in that the place. Where what is said is spread
    over many parts and none holds a good share, it stays with the whole. So a report on battles in four towns of a
    province is placed in the province, and one that mentions a capital in passing is not placed there.
    """
    if not named:
        return None
    country = _heaviest(named, lambda one: one.country or one.ref)
    parts = [one for one in country if one.level != COUNTRY]
    whole = next((one for one in country if one.level == COUNTRY), None)
    if not parts:
        return whole
    province = _heaviest(parts, lambda one: one.province or one.ref)
    if whole is not None and _weight(province) < _PART * _weight(country):
        return whole
    places = [one for one in province if one.level == PLACE]
    itself = next((one for one in province if one.level == PROVINCE), None)
    if not places:
        return itself
    best = max(places, key=_order)
    return itself if itself is not None and best.weight < _PART * _weight(province) else best


def _heaviest(named: Iterable[Named], of: Callable[[Named], str]) -> list[Named]:
    """Of the parts that `of` tells, the one of which most is said."""
    parts: defaultdict[str, list[Named]] = defaultdict(list)
    for one in named:
        parts[of(one)].append(one)
    return max(parts.values(), key=lambda part: (_weight(part), _order(max(part, key=_order))))


def _weight(named: Iterable[Named]) -> float:
    # Exactly, so that the order of the rows decides nothing.
    return math.fsum(one.weight for one in named)


def _order(one: Named) -> tuple[float, int, str]:
    return one.weight, one.articles, one.ref

"""What is said of a name that was found: how sure it is, what was found, where it lies and what else it may mean."""

from __future__ import annotations

from collections.abc import Callable

from rasid.enrich.listed import CITY, CONTEXT, NATIONALITY, PROVINCE, Entry
from rasid.enrich.resolve import Found
from rasid.model import EntityMention, PlaceCandidate, PlaceMention

#: Other places of one name that are told, and how likely one must be to be told.
_CANDIDATES, _LEAST = 5, 0.001
#: Gives a province by its GeoNames code, a country by its ISO code.
Area = Callable[[str], Entry | None]


def score_of(hit: Found) -> float:
    """How sure a mention is, 0 to 1: by what kind of list it comes from, then by rivals of the same name."""
    entry = hit.entry
    if entry is None:
        return 0.0
    flags = min((flags for _, flags in hit.choices), default=0)
    if entry.rank not in (CITY, PROVINCE):
        sure = 0.8 if entry.context else 0.95
    else:
        sure = 0.9 if hit.cued else 0.85 if hit.last - hit.first > 1 else 0.6 if flags & CONTEXT else 0.8
    return round(sure * (0.5 + 0.5 * hit.share), 3)


def method_of(hit: Found) -> str:
    """The rule that found it."""
    entry = hit.entry
    if hit.nested:
        return "gazetteer-nested"
    if entry is not None and entry.rank == NATIONALITY:
        return "gazetteer-nationality"
    return "gazetteer-cue" if hit.cued and entry is not None and entry.rank in (CITY, PROVINCE) else "gazetteer"


def entity_of(hit: Found, text: str, *, arabic: bool, in_title: bool = False) -> EntityMention:
    """A found name as a value; its name is the Arabic one in an Arabic-script text."""
    entry = hit.entry
    assert entry is not None
    written = text[hit.start : hit.end]
    name = _name(entry, arabic=arabic)
    return EntityMention(
        hit.start, hit.end, written, entry.kind, name, entry.ref, score_of(hit), method_of(hit), in_title
    )


def place_of(hit: Found, *, arabic: bool, in_title: bool = False, area: Area = lambda _: None) -> PlaceMention | None:
    """The same as a point; None for what is no place or has no coordinates.

    Args:
        area: where the names on the way to it are from; without it the way is empty.
    """
    entry = hit.entry
    if entry is None or entry.kind != "place" or entry.lat is None or entry.lon is None:
        return None
    return PlaceMention(
        entry.ref, _name(entry, arabic=arabic), entry.lat, entry.lon, entry.country, hit.start, hit.end, score_of(hit),
        in_title, _way(entry, area, arabic=arabic), entry.admin, _candidates(hit, arabic=arabic),
    )  # fmt: skip


def _name(entry: Entry, *, arabic: bool) -> str:
    return (entry.arabic if arabic else entry.latin) or entry.latin or entry.arabic


def _way(entry: Entry, area: Area, *, arabic: bool) -> tuple[str, ...]:
    """The names of the country and the province that a place lies in, without itself."""
    above = (area(code) for code in (entry.country, entry.admin) if code)
    return tuple(_name(one, arabic=arabic) for one in above if one is not None and one.ref != entry.ref)


def _candidates(hit: Found, *, arabic: bool) -> tuple[PlaceCandidate, ...]:
    found = [
        PlaceCandidate(one.ref, _name(one, arabic=arabic), one.country, one.lat, one.lon, round(share, 3))
        for one, share in hit.likely[:_CANDIDATES]
        if one.lat is not None and one.lon is not None and share >= _LEAST
    ]
    return tuple(found) if len(found) > 1 else ()

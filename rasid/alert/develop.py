"""Whether a story has developed since it was told: a new place, actor or number, or twice the voices. Pure.

What is new must be said by two members at least: one article that mentions something else is no development.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rasid.text.fold import fold
from rasid.text.words import figures

#: Members that must name a thing for it to be news.
_MEMBERS = 2
#: Ids and numbers kept of one kind: a story that names more is told by its first ones.
_KEPT = 400

Named = Mapping[str, tuple[str, int]]


def told(*, voices: int, titles: Iterable[str], places: Named, actors: Named) -> dict[str, Any]:
    """All that a story says now, JSON-able: what an alert keeps of it, to compare with later."""
    numbers = {number for title in titles for number in figures(fold(title))}
    return {
        "voices": voices,
        "places": sorted(places)[:_KEPT],
        "actors": sorted(actors)[:_KEPT],
        "numbers": sorted(numbers)[:_KEPT],
    }


def change(
    before: Mapping[str, Any] | None, *, voices: int, titles: Iterable[str], places: Named, actors: Named
) -> dict[str, Any] | None:
    """What is new against what was told before; None where nothing is, or nobody knows what was told.

    Returns:
        Those of ``places``, ``actors`` (names), ``numbers`` (as written in titles) and ``voices`` (before and now) that
        changed.
    """
    if before is None:
        return None
    written = Counter(number for title in titles for number in set(figures(fold(title))))
    found: dict[str, Any] = {
        "places": _new(before["places"], places),
        "actors": _new(before["actors"], actors),
        "numbers": sorted(n for n, times in written.items() if times >= _MEMBERS and n not in before["numbers"]),
    }
    if voices >= 2 * before["voices"]:
        found["voices"] = [before["voices"], voices]
    return {name: value for name, value in found.items() if value} or None


def _new(known: Iterable[str], named: Named) -> list[str]:
    seen = set(known)
    return sorted(name for ref, (name, members) in named.items() if members >= _MEMBERS and ref not in seen)

"""Second looks at articles: at some ages, fewer for outlets that never edit, more for those that do.

A look is a fetch in the lane behind what is fresh. It ends as it began where nothing changed, gives a new version of
the article, or marks it as withdrawn. A rung is an age in seconds since the link was found; what was learned of an
outlet is, for each rung, how often a look was made there and how often it found a change or a withdrawal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from rasid.store import looks

#: Before anything is known, a look finds a change as often as this, with the weight of so many looks.
_PRIOR_RATE, _PRIOR_LOOKS = 0.05, 20.0
#: A rung whose looks find less is left out; one whose looks find more gets another between it and the next.
_NOT_WORTH, _WORTH_MORE = 0.01, 0.20


class Known(NamedTuple):
    """Looks at a rung, and how many of them found something."""

    looks: int
    changes: int


def rungs(ladder: Sequence[float], known: Mapping[int, Known]) -> tuple[float, ...]:
    """The ages at which an outlet's articles are looked at, ascending.

    Args:
        ladder: ages in seconds, ascending; empty turns revisits off.
        known: by rung (whole seconds) what was learned of the outlet; rungs of earlier ladders do no harm.
    """
    found: list[float] = []
    for number, age in enumerate(ladder):
        rate = _rate(known.get(int(age)))
        last = number == len(ladder) - 1
        # One look is always left: an outlet that begins to edit must be noticed.
        if rate < _NOT_WORTH and not (last and not found):
            continue
        found.append(age)
        if rate > _WORTH_MORE and not last:
            found.append((age * ladder[number + 1]) ** 0.5)
    return tuple(found)


def _rate(known: Known | None) -> float:
    looks, changes = known or Known(0, 0)
    return (changes + _PRIOR_RATE * _PRIOR_LOOKS) / (looks + _PRIOR_LOOKS)


def following(ages: Sequence[float], age: float) -> float | None:
    """The first of `ages` after `age`; None where the last is past."""
    return next((one for one in ages if one > age), None)


def rung_of(ladder: Sequence[float], age: float) -> int:
    """The rung of the ladder that a look at `age` counts for: the nearest below, the first for younger ones."""
    return int(max((one for one in ladder if one <= age * 1.001), default=ladder[0]))


# --- in the database --------------------------------------------------------------------------------------------------


def plan(conn: Connection, link_ids: Sequence[int], ladder: Sequence[float]) -> None:
    """Set when the articles of new links are looked at first."""
    if not (ladder and link_ids):
        return
    ages = looks.ages(conn, link_ids)
    ladders = _ladders(conn, [outlet for outlet, _ in ages.values()], ladder)
    nexts = {id: following(ladders[outlet], age) for id, (outlet, age) in ages.items()}
    looks.plan(conn, {id: age for id, age in nexts.items() if age is not None})


def send_due(conn: Connection, ladder: Sequence[float], *, limit: int) -> int:
    """Let the links whose look is due be fetched again, and set the look after; returns how many.

    With an empty ladder nothing is looked at, and what was planned waits.
    """
    if not ladder:
        return 0
    due = looks.due(conn, limit=limit)
    ladders = _ladders(conn, [one.outlet_id for one in due], ladder)
    looks.begin(conn, {one.id: following(ladders[one.outlet_id], one.age) for one in due})
    made = Counter((one.outlet_id, rung_of(ladder, one.age)) for one in due if one.outlet_id is not None)
    looks.count(conn, [(outlet, rung, number, 0) for (outlet, rung), number in made.items() if outlet is not None])
    return len(due)


def found_changes(conn: Connection, link_ids: Sequence[int], ladder: Sequence[float]) -> None:
    """Note that looks at links found a change or a withdrawal."""
    if not (ladder and link_ids):
        return
    ages = looks.ages(conn, link_ids)
    rows = Counter((outlet, rung_of(ladder, age)) for outlet, age in ages.values() if outlet is not None)
    looks.count(conn, [(outlet, rung, 0, number) for (outlet, rung), number in rows.items()])


def _ladders(
    conn: Connection, outlets: Sequence[str | None], ladder: Sequence[float]
) -> dict[str | None, tuple[float, ...]]:
    """The ages of each outlet; pages of no outlet have the ladder as it is."""
    names = sorted({outlet for outlet in outlets if outlet is not None})
    learned = looks.known(conn, names) if names else {}
    found: dict[str | None, tuple[float, ...]] = {None: tuple(ladder)}
    for name in names:
        found[name] = rungs(ladder, {rung: Known(*seen) for rung, seen in learned.get(name, {}).items()})
    return found

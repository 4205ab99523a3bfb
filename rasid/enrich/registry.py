"""Which enrichers there are, which are wanted, and in which order they go.

Others add theirs by an entry point of the group ``rasid.enrichers``: its name is the enricher's, and what it names is
called without arguments to make it. Installed is not wanted: a setting names those that are used.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import structlog

from rasid.enrich.builtin import BUILT_IN, EXTRAS
from rasid.enrich.interface import Enricher
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from rasid.context import Context

log = structlog.get_logger()

GROUP = "rasid.enrichers"
#: In place of a name: all that rasid brings along.
ALL_BUILT_IN = "builtin"
_OURS = "rasid-"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_VERSION = re.compile(r"[0-9A-Za-z.+_-]{1,40}")
WHAT = re.compile(r"[a-z][a-z_]{0,29}")


@dataclass(frozen=True, slots=True)
class Choice:
    """Enrichers in the order in which they go, and why others that were wanted are not among them, by name."""

    enrichers: tuple[Enricher, ...]
    left_out: Mapping[str, str]


class Broken(Exception):
    """An enricher that cannot be used; the message says why."""


def wanted(setting: str) -> list[str]:
    """The names that a setting asks for: ``builtin,my-tagger,-rasid-gazetteer``.

    Args:
        setting: names, comma-separated; ``builtin`` stands for all that rasid brings along, a name with ``-`` before
            it is left out.
    """
    names: dict[str, None] = {}
    for word in (part.strip() for part in setting.split(",")):
        if word == ALL_BUILT_IN:
            names |= dict.fromkeys(BUILT_IN)
        elif word.startswith("-"):
            names.pop(word[1:], None)
        elif word:
            names[word] = None
    return list(names)


def installed() -> dict[str, EntryPoint]:
    """What other packages bring along, by name; of two with one name the first."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, point)
    return found


def choose(context: Context, names: Sequence[str]) -> Choice:
    """Make the enrichers of these names, and put them in order.

    One of another package that cannot be made is left out, and logged: it must not stop the others.

    Raises:
        RasidError: one of rasid's own cannot be made.
    """
    others = installed() if set(names) - set(BUILT_IN) - set(EXTRAS) else {}
    made: list[Enricher] = []
    left_out: dict[str, str] = {}
    for name in names:
        if name in BUILT_IN:
            made.append(BUILT_IN[name](context))
            continue
        try:
            made.append(_extra(context, name) if name in EXTRAS else _load(name, others))
        except Broken as error:
            left_out[name] = str(error)
    ordered, unmet = in_order(made)
    left_out |= unmet
    for name, why in left_out.items():
        log.error("enricher.left_out", enricher=name, reason=why)
    return Choice(tuple(ordered), left_out)


def known(names: Iterable[str]) -> list[str]:
    """`names`, if there is an enricher of each.

    Raises:
        UsageError: there is none of a name; it names the nearest.
    """
    there = [*BUILT_IN, *EXTRAS, *installed()]
    asked = list(names)
    for name in asked:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(there))}"
            raise UsageError(f"there is no enricher {name!r}; {hint}")
    return asked


def _extra(context: Context, name: str) -> Enricher:
    try:
        enricher = EXTRAS[name](context)
    except Exception as error:
        raise Broken(str(error) if isinstance(error, RasidError) else f"{type(error).__name__}: {error}") from error
    if problem := misfit(enricher):
        raise Broken(f"it {problem}")
    return enricher


def _load(name: str, others: Mapping[str, EntryPoint]) -> Enricher:
    point = others.get(name)
    if point is None:
        raise Broken(f"no installed package has an entry point {name!r} in {GROUP}")
    if name.startswith(_OURS) or not NAME.fullmatch(name):
        raise Broken(f"its name must be of a-z, 0-9 and -, and not begin with {_OURS!r}")
    try:
        enricher: Any = point.load()()
    # SystemExit too: a package that gives up must not take the worker with it.
    except (Exception, SystemExit) as error:
        log.warning("enricher.broken", enricher=name, exc_info=error)
        raise Broken(f"{point.value} cannot be made: {type(error).__name__}: {error}") from error
    if problem := misfit(enricher):
        raise Broken(f"{point.value} {problem}")
    if enricher.name != name:
        raise Broken(f"{point.value} calls itself {enricher.name!r}, its entry point {name!r}")
    checked: Enricher = enricher
    return checked


def misfit(enricher: object) -> str | None:
    """In what an object is no enricher; None where it is one."""
    if not isinstance(enricher, Enricher) or not callable(enricher.enrich):
        lacks = [name for name in _PARTS if not hasattr(enricher, name)]
        return f"is no enricher: it has no {', '.join(lacks) or 'enrich that can be called'}"
    if not isinstance(enricher.name, str) or not NAME.fullmatch(enricher.name):
        return f"has the name {enricher.name!r}, which is not of a-z, 0-9 and -"
    if not isinstance(enricher.version, str) or not _VERSION.fullmatch(enricher.version):
        return f"has the version {enricher.version!r}, which is not of letters, digits and .+-_"
    for part in ("languages", "needs", "provides"):
        value = getattr(enricher, part)
        if not isinstance(value, (set, frozenset)) or not all(isinstance(one, str) for one in value):
            return f"has no set of strings as {part}"
    if not enricher.provides or not all(WHAT.fullmatch(one) for one in enricher.provides):
        return "provides nothing, or kinds that are not of a-z and _"
    if isinstance(enricher.cost, bool) or not isinstance(enricher.cost, (int, float)) or not enricher.cost >= 0:
        return f"has no number as cost, but {enricher.cost!r}"
    return None


_PARTS = ("name", "version", "languages", "needs", "provides", "cost", "enrich")


def in_order(enrichers: Sequence[Enricher]) -> tuple[list[Enricher], dict[str, str]]:
    """Each after those that give what it needs, the cheap ones first; and why some cannot go, by name.

    One that reads some languages only goes after those that tell the language. Of two that wait for each other, with
    what they need given by a third, the cheaper goes first.
    """
    waiting = sorted(enrichers, key=lambda one: (one.cost, one.name))
    ordered: list[Enricher] = []
    given: set[str] = set()
    while able := [one for one in waiting if one.needs <= given]:
        ready = next((one for one in able if not _waits(one, waiting)), able[0])
        waiting.remove(ready)
        ordered.append(ready)
        given |= ready.provides
    lacking = {one.name: ", ".join(sorted(one.needs - given)) for one in waiting}
    return ordered, {
        name: f"it needs {what}, which no enricher in use gives before it" for name, what in lacking.items()
    }


def _waits(one: Enricher, waiting: Sequence[Enricher]) -> bool:
    """Whether somebody who has not gone yet gives what this one needs."""
    return any(other is not one and other.provides & _wishes(one) for other in waiting)


def _wishes(one: Enricher) -> frozenset[str]:
    """What it is better asked after: what it needs, and which language it is."""
    return one.needs | {"language"} if one.languages else one.needs


def with_needs(meant: Sequence[Enricher], there: Sequence[Enricher]) -> list[Enricher]:
    """Enrichers and all of `there` whose words they need, directly or not, in the order of `there`."""
    asked = {one.name for one in meant}
    for one in reversed(there):
        if any(one.provides & _wishes(other) for other in there if other.name in asked and other is not one):
            asked.add(one.name)
    return [one for one in there if one.name in asked]


def split(enrichers: Sequence[Enricher], *, most: float) -> tuple[list[Enricher], list[Enricher]]:
    """Those that are asked at once, and those that are asked later: they cost more, or need what such a one gives.

    Args:
        enrichers: in their order.
        most: milliseconds an article.
    """
    now: list[Enricher] = []
    later: list[Enricher] = []
    given: set[str] = set()
    for one in enrichers:
        if one.cost <= most and one.needs <= given:
            now.append(one)
            given |= one.provides
        else:
            later.append(one)
    return now, later

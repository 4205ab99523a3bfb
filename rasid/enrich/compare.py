"""What is said of an article now, against what was said before. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import orjson

from rasid.enrich.interface import Annotation


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said otherwise. `before` is None for what is new, `after` for what is gone."""

    before: Annotation | None
    after: Annotation | None

    @property
    def what(self) -> str:
        """The kind of annotation."""
        one = self.after or self.before
        assert one is not None
        return one.what

    @property
    def sort(self) -> str:
        """``added removed changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Of what is changed, the fields that are: name -> before and after."""
        if self.before is None or self.after is None:
            return {}
        pairs = {name: (getattr(self.before, name), getattr(self.after, name)) for name in Annotation.__slots__}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def compare(before: Sequence[Annotation], after: Sequence[Annotation]) -> tuple[list[Change], Counter[str]]:
    """What is said otherwise, and of each kind how much is said as before.

    Two annotations of one kind on one span are one thing that has changed; so are two of the whole article with one
    text or name. Fields are compared as they are stored: lists and tuples in details are the same.
    """
    old = [_as_stored(one) for one in before]
    new = [_as_stored(one) for one in after]
    gone, came, same = _without_equals(old, new)
    waiting: defaultdict[object, list[Annotation]] = defaultdict(list)
    for one in gone:
        waiting[_place(one)].append(one)
    changes = []
    for one in came:
        others = waiting[_place(one)]
        changes.append(Change(others.pop(0) if others else None, one))
    changes += [Change(one, None) for others in waiting.values() for one in others]
    return changes, same


def _without_equals(
    old: Sequence[Annotation], new: Sequence[Annotation]
) -> tuple[list[Annotation], list[Annotation], Counter[str]]:
    there: defaultdict[object, list[Annotation]] = defaultdict(list)
    for one in old:
        there[_key(one)].append(one)
    came = []
    same: Counter[str] = Counter()
    for one in new:
        if equals := there[_key(one)]:
            equals.pop()
            same[one.what] += 1
        else:
            came.append(one)
    gone = [one for equals in there.values() for one in equals]
    return gone, came, same


def _as_stored(one: Annotation) -> Annotation:
    return replace(one, detail=orjson.loads(orjson.dumps(dict(one.detail)))) if one.detail else one


_VALUES = attrgetter(*(name for name in Annotation.__slots__ if name != "detail"))


def _key(one: Annotation) -> object:
    return _VALUES(one), orjson.dumps(dict(one.detail), option=orjson.OPT_SORT_KEYS) if one.detail else None


def _place(one: Annotation) -> object:
    if one.start is not None:
        return one.what, one.in_title, one.start, one.end
    return one.what, one.text or one.name or one.ref or one.kind


def scope(annotations: Sequence[Annotation], only: frozenset[str] | None) -> Sequence[Annotation]:
    """Those of some kinds; all where `only` is None."""
    return annotations if only is None else [one for one in annotations if one.what in only]

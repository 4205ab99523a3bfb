"""How well an outlet's articles are filled in now, against its own past. Pure.

A share that falls says that the outlet changed its pages, or that a reader of ours broke: either is worth a look, and
neither shows in the number of articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rasid.observe.expect import at_least, median, share_fell, shorter

#: Articles that are "now", and the fewest that are enough to judge; those before them, and the fewest.
NOW, ENOUGH = 60, 20
BEFORE, ENOUGH_BEFORE = 400, 40
#: A share fell that is so much lower, and below so much of what it was; and this unlikely by chance.
_POINTS, _PART, _CHANCE = 0.15, 0.75, 1e-5
#: A last line that so many articles share is furniture.
_TAIL = 0.3
_LINE = 15


@dataclass(frozen=True, slots=True)
class Sample:
    """One article as far as its being filled in goes. `last_line` is None where the text has one line alone."""

    id: int
    titled: bool
    dated: bool
    signed: bool
    length: int
    last_line: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """One field now and before.

    Attributes:
        name: ``title date author text tail``; ``read`` for the part of its open pages that became articles.
        now, before: the share of articles that have it; for ``text`` the median length in characters; for ``tail`` the
            share that ends in one and the same line. None where there are none.
        of, of_before: how many articles that is.
        chance: how likely so bad a value is if nothing changed; 1 where there are too few to say.
        worse: whether that is a decay.
        samples: ids of the newest articles that show it; of links, for ``read``.
        line: for ``tail``, the line.
    """

    name: str
    now: float | None
    before: float | None
    of: int
    of_before: int
    chance: float = 1.0
    worse: bool = False
    samples: tuple[int, ...] = ()
    line: str | None = field(default=None)


def compare(articles: Sequence[Sample], *, split: int = NOW) -> tuple[Filled, ...]:
    """Hold the newest `split` of `articles` (the newest first) against those before them."""
    now, before = articles[:split], articles[split : split + BEFORE]
    return (
        _share("title", now, before, lambda one: one.titled),
        _share("date", now, before, lambda one: one.dated),
        _share("author", now, before, lambda one: one.signed),
        _text(now, before),
        _tail(now, before),
    )


def compare_read(now: tuple[int, int], before: tuple[int, int], *, samples: tuple[int, ...] = ()) -> Filled:
    """Hold the part of pages that became articles against that of before; each as (articles, pages)."""
    share, share_before = _part(*now), _part(*before)
    chance = 1.0
    if now[1] >= ENOUGH and before[1] >= ENOUGH_BEFORE:
        chance = share_fell(now[0], now[1], before[0], before[1])
    worse = chance < _CHANCE and fell(share, share_before)
    return Filled("read", share, share_before, now[1], before[1], chance, worse, samples)


def _enough(now: Sequence[Sample], before: Sequence[Sample]) -> bool:
    return len(now) >= ENOUGH and len(before) >= ENOUGH_BEFORE


def _share(name: str, now: Sequence[Sample], before: Sequence[Sample], has: Callable[[Sample], bool]) -> Filled:
    hits, hits_before = sum(map(has, now)), sum(map(has, before))
    share, share_before = _part(hits, len(now)), _part(hits_before, len(before))
    chance = 1.0
    if share is not None and share_before is not None and _enough(now, before):
        chance = share_fell(hits, len(now), hits_before, len(before))
    worse = chance < _CHANCE and fell(share, share_before)
    lacking = tuple(one.id for one in now if not has(one))[:5]
    return Filled(name, share, share_before, len(now), len(before), chance, worse, lacking)


def fell(share: float | None, before: float | None) -> bool:
    """Whether a share is so much lower than before that it matters."""
    return share is not None and before is not None and share <= min(before - _POINTS, before * _PART)


def _part(hits: int, of: int) -> float | None:
    return hits / of if of else None


def _text(now: Sequence[Sample], before: Sequence[Sample]) -> Filled:
    lengths, lengths_before = [float(one.length) for one in now], [float(one.length) for one in before]
    middle, middle_before = median(lengths), median(lengths_before)
    chance = shorter(lengths, lengths_before) if _enough(now, before) else 1.0
    worse = chance < _CHANCE and middle < 0.5 * middle_before
    short = tuple(one.id for one in now if one.length < 0.5 * middle_before)[:5]
    return Filled(
        "text", middle if now else None, middle_before if before else None, len(now), len(before), chance, worse, short
    )


def _tail(now: Sequence[Sample], before: Sequence[Sample]) -> Filled:
    """The line in which most articles end: a tail that is not cut any more, or a new one."""
    lines = Counter(one.last_line for one in now if one.last_line and len(one.last_line) >= _LINE)
    line, hits = lines.most_common(1)[0] if lines else (None, 0)
    if hits < 2:
        line, hits = None, 0
    hits_before = sum(line is not None and one.last_line == line for one in before)
    share, share_before = _part(hits, len(now)), _part(hits_before, len(before))
    chance = 1.0
    if line and share is not None and share_before is not None and share >= _TAIL and _enough(now, before):
        chance = at_least(hits, len(now), min(share_before + 0.05, 0.95))
    worse = chance < _CHANCE and share is not None and share >= (share_before or 0.0) + _POINTS
    ending = tuple(one.id for one in now if line and one.last_line == line)[:5]
    return Filled("tail", share, share_before, len(now), len(before), chance, worse, ending, line)

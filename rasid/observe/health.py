"""Whether an outlet brings what it should, and if not, in what way. Pure: facts in, a verdict with its reason out.

A verdict becomes the outlet's state only when it holds for a while, and a state is left by a softer test than the one
by which it was entered: an outlet at the edge does not flicker. How likely an outcome is by chance decides, not a fixed
number: what is silence at a news agency is a usual week of a magazine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from rasid.model import FEEDS
from rasid.observe.expect import HOUR, Expectation, Hour, at_least, hour_of, so_few
from rasid.observe.fill import Filled


class OutletState(StrEnum):
    """How an outlet does, as an operator is told."""

    #: No article has ever come of it.
    NOTHING_YET = "nothing_yet"
    #: It brings articles, but for too short a time to know what to expect.
    LEARNING = "learning"
    AS_EXPECTED = "as_expected"
    #: Far less than expected.
    QUIET = "quiet"
    #: Its channels answer, and name nothing new where something is expected; or a feed came back empty.
    SILENT_ZERO = "silent_zero"
    #: Most of its pages, or all of its channels, are kept behind a wall.
    BOT_WALL = "bot_wall"
    #: No channel of it answers.
    UNREACHABLE = "unreachable"
    #: Its articles lack what they used to have.
    DECAY = "decay"


#: States that want an operator's eye, the worst first.
BAD = (
    OutletState.UNREACHABLE,
    OutletState.BOT_WALL,
    OutletState.SILENT_ZERO,
    OutletState.QUIET,
    OutletState.DECAY,
)
#: In these states what is counted teaches nothing about a usual week.
ODD = frozenset(BAD) - {OutletState.DECAY}
#: An outlet that has been quiet for so long publishes less: that is its usual from then on.
NEW_USUAL = timedelta(days=28)

#: Codes of a wall that keeps robots out, and of one that wants a reader to pay or to log in.
WALLS = frozenset(
    {"robots_refused", "robot_wall", "consent_wall", "http_401", "http_403", "http_429", "http_451", "http_999"}
)
PAID = frozenset({"login_wall", "paywall", "http_402"})
#: Code of a wall that was told from what it says; the message names it first: ``robot_wall: …``.
BLOCKED = "blocked"

#: How long a verdict must hold before it is the state.
_CONFIRM = {
    OutletState.QUIET: timedelta(hours=1),
    OutletState.SILENT_ZERO: timedelta(minutes=30),
    OutletState.BOT_WALL: timedelta(minutes=15),
    OutletState.UNREACHABLE: timedelta(minutes=15),
    OutletState.DECAY: timedelta(minutes=30),
    OutletState.AS_EXPECTED: timedelta(minutes=15),
}
#: Judgements further apart do not confirm each other: nobody looked in between.
_STALE = timedelta(hours=6)

#: Chance below which a lack is no accident, and above which it is none any more. Outlets are looked at again and again,
#: so that one in a thousand would come every few weeks.
_ENTER, _LEAVE = 1e-4, 0.02
#: A lack counts where so many were expected, and less than this part of them came.
_FEWEST, _HALF = 5.0, 0.5
#: Spans over which quiet is looked for.
_SPANS = (timedelta(hours=24), timedelta(hours=72), timedelta(days=7))
#: The shortest silence; until a week is known, nights and days of rest are not: then a whole day.
_SHORTEST, _UNKNOWN, _WEEK_DAYS = timedelta(hours=3), timedelta(hours=24), 5.0
#: Days of history before anything is expected of an outlet whose seed promises nothing.
_LEAST_DAYS = 2.0
#: How far back a silence is reckoned.
LONGEST = timedelta(days=28)
#: Without a visit for so long, of whatever outcome, nobody has looked: no verdict.
_UNWATCHED = timedelta(hours=30)
#: A feed that named so many entries once and names none now is empty.
_USED_TO_NAME = 3


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as far as its outlet's health goes. `entries` is what its last new body named; None: never read."""

    id: int
    kind: str
    url: str = ""
    visits: int = 0
    failures: int = 0
    code: str | None = None
    message: str | None = None
    visited_at: datetime | None = None
    ok_at: datetime | None = None
    new_at: datetime | None = None
    entries: int | None = None
    entries_most: int = 0
    emptied_at: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether it is a feed that used to name entries and names none now. A news sitemap may be, on a slow day."""
        return self.kind in FEEDS and self.entries == 0 and self.entries_most >= _USED_TO_NAME

    @property
    def walled(self) -> bool:
        """Whether a wall keeps us from it."""
        return self.failures >= 2 and (self.code == BLOCKED or self.code in WALLS or self.code in PAID)

    @property
    def obstacle(self) -> str | None:
        """The code of its last failure; of a wall that was told, which one it is."""
        named = (self.message or "").partition(":")[0]
        return named if self.code == BLOCKED and named else self.code


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the pages of some time: articles, those behind a wall, behind a price or login; of how many."""

    tried: int = 0
    articles: int = 0
    walled: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an outlet at `now`.

    Attributes:
        since: when its first channel answered first; None: none ever has.
        hours: the watched hours of the last `LONGEST`, in order, as `rasid.observe.expect.covered` gives them.
        pages: what became of the pages of the last day (or of the last some, where that were few).
        articles: how many it ever brought.
        endings: codes by which the links of an outlet without articles ended, the commonest first.
        samples: ids of links that ended behind a wall, the newest first.
    """

    now: datetime
    since: datetime | None = None
    channels: tuple[Channel, ...] = ()
    hours: tuple[Hour, ...] = ()
    expectation: Expectation | None = None
    pages: Read = Read()
    fill: tuple[Filled, ...] = ()
    articles: int = 0
    links: int = 0
    last_link: int | None = None
    endings: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the facts say. `since`: from when on what was counted is odd; None where nothing is.

    `evidence` holds ids to look at (``links articles channels``) and the numbers of the test.
    """

    state: OutletState
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """The state of an outlet, since when, and the verdict that may become the next.

    `odd_since`: from when on what is counted is no usual week; None while nothing is wrong.
    """

    state: OutletState = OutletState.NOTHING_YET
    since: datetime | None = None
    candidate: OutletState | None = None
    candidate_since: datetime | None = None
    judged_at: datetime | None = None
    odd_since: datetime | None = None


def step(memory: Memory, verdict: Verdict, now: datetime) -> Memory:
    """The state after a verdict. It changes when the same other verdict has held for its time."""
    if verdict.state is memory.state:
        return Memory(memory.state, memory.since or now, judged_at=now, odd_since=memory.odd_since)
    stale = memory.judged_at is None or now - memory.judged_at > _STALE
    began = memory.candidate_since if memory.candidate is verdict.state and not stale else None
    began = began or now
    calm = memory.state not in BAD and verdict.state not in BAD
    if calm or now - began >= _CONFIRM.get(verdict.state, timedelta(0)):
        return Memory(verdict.state, now, judged_at=now, odd_since=_odd_since(memory, verdict))
    return Memory(memory.state, memory.since, verdict.state, began, now, memory.odd_since)


def _odd_since(memory: Memory, verdict: Verdict) -> datetime | None:
    """When the spell began whose hours teach nothing."""
    return (verdict.since or memory.judged_at) if verdict.state in ODD else None


def judge(facts: Facts, memory: Memory) -> Verdict | None:
    """What the facts say; None where nobody has looked at the outlet, so that they say nothing."""
    visited = [channel.visited_at for channel in facts.channels if channel.visited_at is not None]
    if visited and facts.now - max(visited) > _UNWATCHED:
        return None
    looks: Sequence[Callable[[Facts, Memory], Verdict | None]] = (
        _unreachable, _walled, _emptied, _silent, _quiet, _decayed, _nothing, _known,
    )  # fmt: skip
    return next((verdict for look in looks if (verdict := look(facts, memory)) is not None), None)


def untroubled(facts: Facts) -> Verdict:
    """The state of an outlet that nothing is wrong with: where one that was never judged begins."""
    return _nothing(facts, Memory()) or _known(facts, Memory())


def _unreachable(facts: Facts, memory: Memory) -> Verdict | None:
    """All channels fail, and not for a wall."""
    if not _all_fail(facts) or all(channel.walled for channel in facts.channels):
        return None
    codes = sorted({channel.obstacle for channel in facts.channels if channel.obstacle})
    last = _ago(facts.now, _newest(channel.ok_at for channel in facts.channels))
    return Verdict(
        OutletState.UNREACHABLE,
        f"no channel answers ({', '.join(codes)}); the last success was {last}",
        {"channels": [channel.id for channel in facts.channels][:10]},
        _newest(channel.ok_at for channel in facts.channels) or facts.now,
    )


def _all_fail(facts: Facts) -> bool:
    """Whether every channel failed twice and more, and none succeeded in the last two hours."""
    last = _newest(channel.ok_at for channel in facts.channels)
    return (
        bool(facts.channels)
        and all(channel.failures >= 2 for channel in facts.channels)
        and (last is None or facts.now - last > timedelta(hours=2))
    )


def _newest(times: Any) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def _walled(facts: Facts, memory: Memory) -> Verdict | None:
    """All channels, or most pages, are behind a wall."""
    if _all_fail(facts) and all(channel.walled for channel in facts.channels):
        codes = sorted({str(channel.obstacle) for channel in facts.channels})
        return Verdict(
            OutletState.BOT_WALL,
            f"all its channels answer {', '.join(codes)}",
            {"channels": [channel.id for channel in facts.channels][:10]},
            _newest(channel.ok_at for channel in facts.channels) or facts.now,
        )
    pages = facts.pages
    behind = pages.walled + pages.paid
    share = behind / pages.tried if pages.tried else 0.0
    if memory.state is OutletState.BOT_WALL:
        wall = bool(pages.tried) and share >= 0.2 and at_least(behind, pages.tried, 0.1) < 0.05
    else:
        wall = pages.tried >= 8 and share >= 0.5 and at_least(behind, pages.tried, 0.2) < 1e-3
    if not wall:
        return None
    kinds = f"{pages.walled} behind a wall against robots, {pages.paid} behind a login or a price"
    return Verdict(
        OutletState.BOT_WALL,
        f"{behind} of the last {pages.tried} pages were blocked: {kinds}",
        {"links": list(facts.samples[:5]), "blocked": behind, "of": pages.tried},
        facts.now - timedelta(hours=24),
    )


def _emptied(facts: Facts, memory: Memory) -> Verdict | None:
    """A feed came back empty, and nothing new came by another way since."""
    empty = [channel for channel in facts.channels if channel.empty and channel.emptied_at is not None]
    began = min((channel.emptied_at for channel in empty if channel.emptied_at), default=None)
    newest = _newest(channel.new_at for channel in facts.channels)
    if began is None or (newest is not None and newest >= began):
        return None
    most = max(channel.entries_most for channel in empty)
    return Verdict(
        OutletState.SILENT_ZERO,
        f"{len(empty)} of {len(facts.channels)} channels came back empty {_ago(facts.now, began)}, where up to {most} "
        "entries stood",
        {"channels": [channel.id for channel in empty][:10], "last_link": facts.last_link},
        began,
    )


def _silent(facts: Facts, memory: Memory) -> Verdict | None:
    """The channels answer, and have named nothing new for longer than chance allows."""
    if not _expects(facts):
        return None
    watch = _watched(facts, memory, {OutletState.SILENT_ZERO, OutletState.QUIET})
    last = max((at for at, hour in watch.hours.items() if hour.found), default=None)
    gap = {at: part for at, part in watch.parts.items() if last is None or at > last}
    expected = watch.expectation.over(gap)
    days = sum(gap.values()) / 24
    shortest = _SHORTEST if watch.expectation.days >= _WEEK_DAYS else _UNKNOWN
    if days * 86_400 < shortest.total_seconds():
        return None
    chance = so_few(0, expected, spread=watch.expectation.doubt, days=days)
    if chance >= (_LEAVE if memory.state is OutletState.SILENT_ZERO else _ENTER):
        return None
    began = (last + HOUR) if last is not None else min(gap)
    return Verdict(
        OutletState.SILENT_ZERO,
        f"its channels answer, but have named nothing new for {_span(days)}, where {_number(expected)} links are "
        f"expected (chance {chance:.1g})",
        {"expected": round(expected, 1), "seen": 0, "chance": chance, "last_link": facts.last_link,
         "channels": [channel.id for channel in facts.channels if channel.failures == 0][:10]},
        began,
    )  # fmt: skip


def _quiet(facts: Facts, memory: Memory) -> Verdict | None:
    """Far less than expected over a day, three days or a week."""
    if not _expects(facts) or facts.expectation is None or facts.expectation.days < _WEEK_DAYS:
        return None
    watch = _watched(facts, memory, {OutletState.QUIET})
    chances = []
    for span in _SPANS:
        parts = {at: part for at, part in watch.parts.items() if at >= watch.end - span}
        if sum(parts.values()) * 3600 < 0.9 * span.total_seconds():
            continue
        seen = sum(watch.hours[at].found for at in parts)
        expected = watch.expectation.over(parts)
        chance = so_few(seen, expected, spread=watch.expectation.doubt, days=span / timedelta(days=1))
        chances.append((chance, seen, expected, span))
    worst = min(chances, default=None, key=lambda one: one[0])
    stays = memory.state is OutletState.QUIET
    if worst is None or worst[0] >= (_LEAVE if stays else _ENTER):
        return None
    chance, seen, expected, span = worst
    if expected < _FEWEST or seen >= (0.7 if stays else _HALF) * expected:
        return None
    return Verdict(
        OutletState.QUIET,
        f"{seen} new links in the last {_span(span / timedelta(days=1))}, where {_number(expected)} are expected "
        f"(chance {chance:.1g})",
        {"expected": round(expected, 1), "seen": seen, "chance": chance, "last_link": facts.last_link},
        watch.end - span,
    )


def _decayed(facts: Facts, memory: Memory) -> Verdict | None:
    """A field is filled in less often than it was."""
    worse = [one for one in facts.fill if one.worse]
    if memory.state is OutletState.DECAY and not worse:
        # It is left when the field is back, not when the test has too little to say.
        worse = [one for one in facts.fill if one.chance < _LEAVE and one.samples]
    if not worse:
        return None
    told = "; ".join(_told(one) for one in worse)
    return Verdict(
        OutletState.DECAY,
        told,
        {
            "fields": [one.name for one in worse],
            **{"links" if one.name == "read" else "articles": list(one.samples) for one in reversed(worse)},
        },
    )


def _told(one: Filled) -> str:
    now, before = one.now or 0.0, one.before or 0.0
    if one.name == "text":
        return f"text: the last {one.of} have {now:.0f} characters in the middle, before {before:.0f}"
    if one.name == "tail":
        line = (one.line or "")[:60]
        return f"text: {now:.0%} of the last {one.of} end in the same line ({line}), before {before:.0%}"
    if one.name == "read":
        return f"pages: {now:.0%} of the last {one.of} became articles, before {before:.0%}"
    return f"{one.name}: {now:.0%} of the last {one.of} have one, before {before:.0%}"


def _nothing(facts: Facts, memory: Memory) -> Verdict | None:
    """No article yet, and what stands in the way as far as that is known."""
    if facts.articles:
        return None
    visits = sum(channel.visits for channel in facts.channels)
    if not facts.channels:
        reason = "nothing yet: it has no channel"
    elif not visits:
        reason = "nothing yet: none of its channels was visited"
    elif not facts.links:
        reason = f"nothing yet: {visits} visits named no link"
    else:
        ends = ", ".join(f"{code} {n}" for code, n in list(facts.endings.items())[:4])
        reason = f"nothing yet: {facts.links} links, none an article" + (f" ({ends})" if ends else ", all under way")
    return Verdict(OutletState.NOTHING_YET, reason)


def _known(facts: Facts, memory: Memory) -> Verdict:
    if _expects(facts) and facts.expectation is not None:
        return Verdict(OutletState.AS_EXPECTED, f"as expected: about {_number(facts.expectation.level)} links a day")
    days = facts.expectation.days if facts.expectation else 0.0
    return Verdict(OutletState.LEARNING, f"learning what to expect: {days:.1f} days known")


# --- what was watched ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watched:
    """The hours that count, the part of each that was watched, and the end of the last."""

    expectation: Expectation
    hours: dict[datetime, Hour]
    parts: dict[datetime, float]
    end: datetime


def _expects(facts: Facts) -> bool:
    """Whether enough is known to expect something, and some channel has answered."""
    known = facts.expectation
    if known is None or facts.since is None or not any(channel.ok_at for channel in facts.channels):
        return False
    return known.days >= _LEAST_DAYS or (known.level > 0 and facts.now - facts.since >= _UNKNOWN)


def _watched(facts: Facts, memory: Memory, own: Collection[OutletState]) -> Watched:
    """Hours up to the last successful visit, without those of a bad spell.

    The hours of the present spell count where it is one of `own`: they prove that it lasts. An outlet that speaks again
    after a silence is not quiet for having been silent.
    """
    assert facts.expectation is not None
    end = _newest(channel.ok_at for channel in facts.channels) or facts.now
    spell = memory.odd_since if memory.odd_since is not None and memory.state in own else end
    hours = {
        hour.at: hour
        for hour in facts.hours[1:]
        if (not hour.odd or hour.at >= spell) and facts.now - LONGEST <= hour.at <= end
    }
    parts = dict.fromkeys(hours, 1.0)
    if hour_of(end) in parts:
        parts[hour_of(end)] = (end - hour_of(end)) / HOUR
    return Watched(facts.expectation, hours, parts, end)


def outlook(facts: Facts, memory: Memory) -> list[dict[str, Any]]:
    """Expected and seen new links of the last hours, day and week; empty where nothing is expected yet."""
    if facts.expectation is None or facts.since is None:
        return []
    watch = _watched(facts, memory, ODD)
    rows = []
    for name, span in (("6 h", timedelta(hours=6)), ("24 h", _SPANS[0]), ("7 d", _SPANS[2])):
        parts = {at: part for at, part in watch.parts.items() if at >= watch.end - span}
        expected = watch.expectation.over(parts)
        seen = sum(watch.hours[at].found for at in parts)
        chance = so_few(seen, expected, spread=watch.expectation.doubt, days=max(span / timedelta(days=1), 0.1))
        rows.append({"span": name, "expected": round(expected, 1), "seen": seen, "chance": chance})
    return rows


# --- words --------------------------------------------------------------------------------------------------------


def _ago(now: datetime, then: datetime | None) -> str:
    return "never" if then is None else f"{_span((now - then) / timedelta(days=1))} ago"


def _span(days: float) -> str:
    """
    >>> _span(0.25), _span(3)
    ('6 h', '3 days')
    """
    return f"{days * 24:.0f} h" if days <= 2 else f"{days:.0f} days"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"

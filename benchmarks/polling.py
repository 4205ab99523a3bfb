"""How soon news is found when polling follows each channel's rhythm, against fixed intervals with as many requests.

    python benchmarks/polling.py [--channels 1000] [--days 28] [--interval 1800] [--seed 1] [--times FILE]

A thousand modelled channels: agencies that never sleep, sites with a working day, papers that publish a morning's
edition at once, single desks, channels with bursts, and dead ones, in time zones from New York to Tashkent. Both ways
of polling see the same items; the rhythm is learned by the very code of the discover stage, from nothing, on a clock
that the simulation turns. The fixed interval is chosen so that it makes exactly as many requests in the days that are
measured (all but the first week).

`--times FILE` takes real times instead: a line a channel, times of its items in Unix seconds, separated by blanks.
"""

from __future__ import annotations

import argparse
import heapq
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from rasid.discover import rhythm
from rasid.discover.rhythm import HOUR, Rhythm, Terms

DAY = 24 * HOUR
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()  # a Monday
_REPRICE = 6 * HOUR


@dataclass(slots=True)
class Channel:
    """A modelled channel: when its items come, how many its feed shows, and whether it says when they came."""

    kind: str
    times: list[float]
    zone: timezone
    shown: int = 30
    tells: bool = True
    rhythm: Rhythm = field(default_factory=Rhythm)
    visits: list[float] = field(default_factory=list)


# --- the model --------------------------------------------------------------------------------------------------------

#: Items an hour against the mean of the day, by the local hour.
_ROUND_THE_CLOCK = [0.7] * 6 + [1.0] * 4 + [1.25] * 10 + [0.9] * 4
_WORKING_DAY = [0.15] * 5 + [
    0.4,
    0.8,
    1.3,
    1.8,
    2.0,
    2.0,
    1.9,
    1.8,
    1.8,
    1.8,
    1.7,
    1.5,
    1.2,
    1.0,
    0.8,
    0.7,
    0.6,
    0.4,
    0.25,
]
_OFFICE = [0.02] * 7 + [0.5, 1.5, 3.0, 3.2, 3.0, 2.2, 2.2, 2.6, 2.6, 2.0, 0.9, 0.2] + [0.03] * 5
# Volumes are log-normal, as those of feeds are (Sia, Cho and Cho, Efficient Monitoring Algorithm for Fast News Alerts,
# TKDE 2007, find a heavy tail over 10,000 feeds): half of the channels bring 5 items a day and more, one in a hundred
# 500; the mean is that of the Europe Media Monitor, about 40 (100,000 articles a day from 2,500 sources). One in nine
# is dead.
_MEDIAN, _SPREAD, _DEAD = 5.0, 2.0, 0.11
#: By items a day: what sorts of channels there are, and how many of ten.
_KINDS: tuple[tuple[float, dict[str, int]], ...] = (
    (80.0, {"agency": 6, "site": 4}),
    (10.0, {"site": 5, "morning paper": 3, "bursts": 2}),
    (1.0, {"desk": 6, "site": 2, "bursts": 2}),
    (0.0, {"rare": 10}),
)
#: What is left of a usual day on a day off.
_DAY_OFF = {"agency": 0.85, "site": 0.7, "morning paper": 0.6, "bursts": 0.7, "desk": 0.15, "rare": 0.15}


def model(count: int, days: int, seed: int) -> list[Channel]:
    """`count` channels over `days` days."""
    rng = random.Random(seed)
    return [_channel(rng, days) for _ in range(count)]


def _channel(rng: random.Random, days: int) -> Channel:
    daily = min(_MEDIAN * rng.lognormvariate(0, _SPREAD), 1_500.0)
    kinds = next(kinds for least, kinds in _KINDS if daily >= least)
    name = rng.choices(list(kinds), list(kinds.values()))[0]
    if rng.random() < _DEAD:
        name, daily = "dead", 0.0
    zone = timezone(timedelta(hours=rng.choice([-5, 0, 1, 2, 3, 3, 3, 3, 3.5, 5])))
    weekend = rng.choice(((4, 5), (5, 6)))
    times: list[float] = []
    for day in range(days):
        date = START + day * DAY - zone.utcoffset(None).total_seconds()
        off = _DAY_OFF.get(name, 1.0) if datetime.fromtimestamp(date, zone).weekday() in weekend else 1.0
        times += [date + at for at in _SHAPES[name](rng, daily * off * rng.lognormvariate(-0.03, 0.25))]
    end = START + days * DAY
    return Channel(
        name,
        sorted(time for time in times if START <= time < end),
        zone,
        shown=rng.choice((15, 20, 30, 50)),
        tells=rng.random() < 0.8,
    )


def _by_hours(shape: Sequence[float]) -> Callable[[random.Random, float], Iterator[float]]:
    total = sum(shape)

    def draw(rng: random.Random, count: float) -> Iterator[float]:
        for hour, weight in enumerate(shape):
            for _ in range(_poisson(rng, count * weight / total)):
                yield (hour + rng.random()) * HOUR

    return draw


def _morning(rng: random.Random, count: float) -> Iterator[float]:
    """Two thirds of a day's items within half an hour in the morning, always about the same one; the rest by day."""
    begins = 5.5 * HOUR + rng.gauss(0, 600)
    for _ in range(_poisson(rng, count * 0.66)):
        yield begins + rng.random() * HOUR / 2
    yield from _by_hours(_WORKING_DAY)(rng, count * 0.34)


def _bursts(rng: random.Random, count: float) -> Iterator[float]:
    """Few items, and now and then an event that brings a dozen in two hours."""
    yield from _by_hours(_WORKING_DAY)(rng, count * 0.4)
    if rng.random() < 0.4:
        begins = rng.triangular(6, 23, 14) * HOUR
        for _ in range(_poisson(rng, count * 1.5)):
            yield begins + rng.expovariate(1 / HOUR)


_SHAPES: dict[str, Callable[[random.Random, float], Iterator[float]]] = {
    "agency": _by_hours(_ROUND_THE_CLOCK), "site": _by_hours(_WORKING_DAY), "morning paper": _morning,
    "desk": _by_hours(_OFFICE), "bursts": _bursts, "rare": _by_hours(_OFFICE), "dead": _by_hours(_WORKING_DAY),
}  # fmt: skip


def _poisson(rng: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count += 1
        left += rng.expovariate(1.0)
    return count


# --- polling ----------------------------------------------------------------------------------------------------------


def adaptive(channels: Sequence[Channel], interval: float, end: float, *, floor: float = 60.0) -> None:
    """Visit all channels as the discover stage would, on a budget of one request each `interval`; fills `visits`."""
    rng = random.Random(7)
    terms = Terms(price=0.0, interval=interval, floor=floor)
    queue = [(START + rng.random() * interval, number) for number in range(len(channels))]
    heapq.heapify(queue)
    priced = 0.0
    while queue and queue[0][0] < end:
        now, number = heapq.heappop(queue)
        if now - priced > _REPRICE:
            known = (rhythm.profile(one.rhythm, zone=one.zone) for one in channels if one.rhythm.until)
            price = rhythm.shared_price([(one.root, rhythm.own_price(one, interval)) for one in known], terms)
            terms, priced = Terms(price=price, interval=interval, floor=floor), now
        channel = channels[number]
        _visit(channel, now, interval)
        found = rhythm.profile(channel.rhythm, zone=channel.zone)
        pause = rhythm.plan(found, now=now, zone=channel.zone, terms=terms, shown=channel.shown).seconds
        heapq.heappush(queue, (now + pause * rng.uniform(0.95, 1.05), number))


def _visit(channel: Channel, now: float, interval: float) -> None:
    last = channel.visits[-1] if channel.visits else 0.0
    new = channel.times[bisect_right(channel.times, last) : bisect_right(channel.times, now)][-channel.shown :]
    times = new if channel.tells else [None] * len(new)
    rhythm.observe(channel.rhythm, now=now, times=times, zone=channel.zone, interval=interval)
    channel.visits.append(now)


def fixed(channels: Sequence[Channel], interval: float, end: float) -> list[list[float]]:
    """The visits of polling all channels alike, each with a phase of its own."""
    rng = random.Random(11)
    return [_steps(START + rng.random() * interval, interval, end) for _ in channels]


def _steps(first: float, interval: float, end: float) -> list[float]:
    return [first + interval * step for step in range(max(0, int((end - first) / interval) + 1))]


# --- figures ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Delays:
    """Of one channel in the days that count: seconds until each item was found, and how many were never seen."""

    found: list[float] = field(default_factory=list)
    lost: int = 0


def delays(channel: Channel, visits: Sequence[float], since: float) -> Delays:
    """How long each item after `since` lay there until a visit; one that was pushed out of the feed before is lost.

    Lost ones count with that visit, as if the feed had still shown them: left out, they would flatter who loses most.
    """
    out = Delays()
    for number in range(bisect_left(channel.times, since), len(channel.times)):
        at = bisect_left(visits, channel.times[number])
        if at == len(visits):
            continue
        out.lost += bisect_right(channel.times, visits[at]) - number > channel.shown
        out.found.append(visits[at] - channel.times[number])
    return out


def mean(groups: Sequence[Delays]) -> float:
    """Mean delay of all items of some channels, in seconds."""
    count = sum(len(one.found) for one in groups)
    return sum(sum(one.found) for one in groups) / count if count else 0.0


@dataclass(slots=True)
class Result:
    """Both ways over all channels, and over the quartiles of channels by volume, the quietest first."""

    requests: int
    interval: float
    since: float
    adaptive: list[Delays]
    fixed: list[Delays]
    order: list[int]

    def ratio(self, numbers: Sequence[int]) -> float:
        """Mean delay of the adaptive way by that of the fixed one, over some channels."""
        return mean([self.adaptive[n] for n in numbers]) / (mean([self.fixed[n] for n in numbers]) or 1.0)

    def quartiles(self) -> list[list[int]]:
        """The channels that had any item, in four parts."""
        size = len(self.order)
        return [self.order[size * part // 4 : size * (part + 1) // 4] for part in range(4)]


def compare(channels: Sequence[Channel], *, interval: float, days: int, warm_up: int = 7) -> Result:
    """Poll both ways with as many requests in the days after `warm_up`."""
    end, since = START + days * DAY, START + warm_up * DAY
    adaptive(channels, interval, end)
    requests = sum(len(one.visits) - bisect_left(one.visits, since) for one in channels)
    same = len(channels) * (end - since) / requests
    steady = fixed(channels, same, end)
    ours = [delays(one, one.visits, since) for one in channels]
    theirs = [delays(one, visits, since) for one, visits in zip(channels, steady, strict=True)]
    volume = {n: len(one.times) - bisect_left(one.times, since) for n, one in enumerate(channels)}
    order = sorted((n for n in volume if volume[n]), key=lambda n: volume[n])
    return Result(requests, same, since, ours, theirs, order)


def show(channels: Sequence[Channel], result: Result) -> None:
    """Print the table."""
    print(f"{len(channels)} channels, {result.requests} requests: fixed interval {result.interval:.0f} s")
    print(
        f"{'':24}{'items':>9}{'rhythm s':>10}{'fixed s':>10}{'ratio':>8}{'lost':>7}{'lost fixed':>11}{'requests':>10}"
    )
    rows = [
        ("all", result.order),
        *zip(("quietest quarter", "second", "third", "busiest quarter"), result.quartiles(), strict=True),
    ]
    kinds = dict.fromkeys(one.kind for one in channels)
    rows += [(f"  {kind}", [n for n in result.order if channels[n].kind == kind]) for kind in kinds]
    rows.append(("  without any item", [n for n in range(len(channels)) if n not in set(result.order)]))
    for name, numbers in rows:
        ours, theirs = [result.adaptive[n] for n in numbers], [result.fixed[n] for n in numbers]
        items = sum(len(one.found) for one in ours)
        asked = sum(len(channels[n].visits) - bisect_left(channels[n].visits, result.since) for n in numbers)
        ratio = result.ratio(numbers) if items else 0.0
        print(
            f"{name:24}{items:9}{mean(ours):10.0f}{mean(theirs):10.0f}{ratio:8.3f}"
            f"{sum(one.lost for one in ours):7}{sum(one.lost for one in theirs):11}{asked:10}"
        )


def recorded(path: Path) -> tuple[list[Channel], int]:
    """Channels with real times, moved so that they begin on the simulation's first day; and how many days they last."""
    rows = [sorted(map(float, line.split())) for line in path.read_text("utf-8").splitlines() if line.strip()]
    first = min(row[0] for row in rows)
    # By whole weeks, so that weekdays stay.
    shift = START - (first - (first - START) % (7 * DAY))
    channels = [Channel("recorded", [time + shift for time in row], timezone(timedelta(hours=3))) for row in rows]
    return channels, int((max(one.times[-1] for one in channels) - START) / DAY) + 1


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description="Polling by rhythm against polling at fixed intervals.")
    parser.add_argument("--channels", type=int, default=1000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument(
        "--interval", type=float, default=1800.0, help="seconds a request and channel that the budget allows"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=Path, help="real times, a line a channel")
    options = parser.parse_args()
    if options.times:
        channels, days = recorded(options.times)
        show(channels, compare(channels, interval=options.interval, days=days, warm_up=min(7, days // 3)))
    else:
        channels = model(options.channels, options.days, options.seed)
        show(channels, compare(channels, interval=options.interval, days=options.days))


if __name__ == "__main__":
    main()

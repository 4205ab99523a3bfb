"""How often an outlet is told for nothing, and how soon for something: outlets made by chance, judged hour by hour.

    python benchmarks/outlets.py [--weeks N] [--each N] [--seed N]

Each kind of outlet has a level (links a day), what its two days of rest bring of that, and how much its days differ
(the variance of the day's level, relative to its square). Counts are Poisson about that, by the hours of a newsroom's
day. Each outlet is judged every hour as the round does it. "False" are changes into a bad state while nothing is
wrong; then the same kind falls silent for good, or to a quarter, after six weeks, and the hours until that is told are
counted.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

from rasid.observe.expect import HOUR, Hour, covered, learn
from rasid.observe.health import BAD, LONGEST, Channel, Facts, Memory, OutletState, judge, step

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = [0.1] * 6 + [0.5, 1, 1.5, 2, 2, 2, 2, 2, 1.8, 1.6, 1.5, 1.4, 1.2, 1, 1, 0.8, 0.5, 0.3]
KINDS = (
    ("agency", 300.0, 0.6, 0.03),
    ("daily, two days of rest", 120.0, 0.3, 0.15),
    ("daily, uneven", 50.0, 1.0, 0.3),
    ("weekday site", 10.0, 0.1, 0.2),
    ("magazine", 3.0, 0.5, 0.3),
    ("one in two days", 0.5, 1.0, 0.3),
)
#: Weeks of calm before something goes wrong.
CALM = 6


def poisson(rng: random.Random, mean: float) -> int:
    count, left, product = 0, math.exp(-mean), rng.random()
    while product > left:
        count, product = count + 1, product * rng.random()
    return count


def outlet(rng: random.Random, level: float, rest: float, spread: float, weeks: int) -> list[Hour]:
    hours = []
    for day in range(weeks * 7):
        mood = level * rng.gammavariate(1 / spread, spread) * (rest if day % 7 in (4, 5) else 1.0)
        for hour, part in enumerate(DAY):
            hours.append(Hour(START + (24 * day + hour) * HOUR, 1, poisson(rng, mood * part / sum(DAY))))
    return hours


def watch(hours: list[Hour], *, begin: int) -> list[tuple[int, OutletState]]:
    """Judge after each hour; the hour and the state of each change."""
    memory, known, changes = Memory(OutletState.LEARNING, START), None, []
    for n in range(begin, len(hours)):
        now = hours[n].at + timedelta(minutes=30)
        if known is None or n % 12 == 0:
            known = learn(hours[max(n - 56 * 24, 0) : n], zone="UTC", now=now)
        channel = Channel(1, "feed", visits=n, ok_at=now, visited_at=now, new_at=now)
        seen = tuple(covered(hours[max(n - LONGEST // HOUR, 0) : n]).values())
        facts = Facts(now, START, (channel,), seen, known, articles=1, links=1)
        verdict = judge(facts, memory)
        assert verdict is not None
        after = step(memory, verdict, now)
        if after.state is not memory.state:
            changes.append((n, after.state))
        memory = after
        if memory.odd_since is not None:
            first = max((memory.odd_since - START) // HOUR, 0)
            hours[first:n] = [replace(hour, odd=True) for hour in hours[first:n]]
    return changes


def told_after(make: Callable[[], list[Hour]], keep: Callable[[int], int]) -> float | None:
    """Hours from when something goes wrong until it is told; None where it is not within four weeks."""
    hours, wrong = make(), CALM * 168 + 10
    hours[wrong:] = [replace(hour, found=keep(hour.found)) for hour in hours[wrong:]]
    changes = watch(hours, begin=wrong - 48)
    return next((float(n - wrong) for n, state in changes if state in BAD and n >= wrong), None)


def shown(hours: list[float | None]) -> str:
    found = [one for one in hours if one is not None]
    middle = f"{median(found):.0f} h" if found else "-"
    return f"{middle} ({len(found)} of {len(hours)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=20, help="of calm, for each outlet")
    parser.add_argument("--each", type=int, default=5, help="outlets of each kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print(f"{'kind':<26}{'a day':>6}{'weeks':>7}{'false':>7}   {'silence told after':<22}{'a quarter told after'}")
    for name, level, rest, spread in KINDS:

        def make(weeks: int, level: float = level, rest: float = rest, spread: float = spread) -> list[Hour]:
            return outlet(rng, level, rest, spread, weeks)

        calm = [watch(make(options.weeks), begin=30) for _ in range(options.each)]
        false = sum(state in BAD for changes in calm for _, state in changes)
        silent = [told_after(lambda: make(CALM + 4), lambda _: 0) for _ in range(options.each)]
        quarter = [
            told_after(lambda: make(CALM + 4), lambda n: sum(rng.random() < 0.25 for _ in range(n)))
            for _ in range(options.each)
        ]
        weeks = options.weeks * options.each
        print(f"{name:<26}{level:>6g}{weeks:>7}{false:>7}   {shown(silent):<22}{shown(quarter)}")


if __name__ == "__main__":
    main()

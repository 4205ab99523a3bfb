"""How much an outlet is expected to bring, hour by hour of its week, and how unlikely it is that so little came. Pure.

The number of new links of an hour is taken as a count whose mean follows the hour of the outlet's week, and whose days
are livelier or quieter as a whole (a negative binomial: Poisson counts under a gamma-distributed level of the day). All
is learned from the outlet's own past and shrunk: the hour of the week towards weekday x hour of day, that towards an
even day, the level towards what the seed promises. So a week of history is enough for a first judgement, and one lucky
hour does not make a rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
#: Hours of a week.
WEEK = 168
#: Days from which is learned, and after how many a day counts half.
LEARN_DAYS = 56
_HALF_LIFE = 21.0
#: Two successful visits so far apart still cover the hours between them: a day is the longest pause, and some.
_COVERS = timedelta(hours=27)
#: With a past of so many days, the last week is judged by what was before it: it must not excuse itself.
_LONG_PAST, _JUDGED = timedelta(days=21), timedelta(days=7)
#: A day counts where so many of its hours were covered.
_FULL_DAY = 20
#: Pseudo-observations: days for the seed's promise, days of a weekday, entries for the hours of the day, weeks of a
#: cell, days for the spread.
_PRIOR_DAYS, _WEEKDAY_DAYS, _SHAPE_COUNT, _CELL_WEEKS, _SPREAD_DAYS = 3.0, 1.0, 24.0, 4.0, 10.0
#: Variance of the day's level where nothing is known: newsrooms differ by about 40 % from day to day.
_SPREAD = 0.15
_SPREAD_LIMITS = (0.05, 4.0)
#: What a weekday that was never seen is expected to bring of a usual day: it may be the day of rest.
_UNSEEN = 0.3


@dataclass(frozen=True, slots=True)
class Hour:
    """What was counted in one hour (UTC, its start): successful visits of channels, and new links found.

    `odd`: it lies in a spell in which something was wrong, and teaches nothing.
    """

    at: datetime
    ok: int = 0
    found: int = 0
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of one outlet.

    Attributes:
        rates: new links of each hour of the local week, Monday 00:00 first.
        level: new links of a usual day.
        spread: variance of the level of a day, relative to its square; 0 would be Poisson.
        days: whole days that taught it, the older the less.
        zone: IANA name of the outlet's time zone.
    """

    rates: tuple[float, ...]
    level: float
    spread: float
    days: float
    zone: str = "UTC"

    @property
    def doubt(self) -> float:
        """The spread as far as a judgement goes: a weekday that was seen n times is known to one part in n."""
        return self.spread * (1.0 + 7.0 / max(self.days, 2.0))

    def at(self, hour: datetime) -> float:
        """New links expected in the hour that begins at `hour` (aware)."""
        return self.rates[_cell(hour, ZoneInfo(self.zone))]

    def over(self, hours: Mapping[datetime, float]) -> float:
        """New links expected in `hours`, each weighted with the part of it that counts."""
        zone = ZoneInfo(self.zone)
        return sum(self.rates[_cell(hour, zone)] * part for hour, part in hours.items())


def _cell(hour: datetime, zone: ZoneInfo) -> int:
    local = hour.astimezone(zone)
    return local.weekday() * 24 + local.hour


def covered(hours: Iterable[Hour]) -> dict[datetime, Hour]:
    """The hours that were watched, in order, empty ones too: between successful visits that lie not too far apart."""
    known = {hour.at: hour for hour in hours}
    visited = sorted(at for at, hour in known.items() if hour.ok)
    found: dict[datetime, Hour] = {}
    for one, following in zip(visited, [*visited[1:], None], strict=False):
        found[one] = known[one]
        at = one + HOUR
        while following is not None and following - one <= _COVERS and at < following:
            found[at] = known.get(at) or Hour(at)
            at += HOUR
    return found


def learn(hours: Iterable[Hour], *, zone: str, now: datetime, promised: float | None = None) -> Expectation | None:
    """Learn what to expect.

    Args:
        hours: what was counted, in any order. The first covered hour is left out: a first visit finds what is old.
        zone: IANA name of the outlet's time zone.
        promised: articles a day that the seed names; None where it names none.

    Returns:
        None where neither a whole day nor a promise says anything.
    """
    seen = _teaching([hour for hour in list(covered(hours).values())[1:] if not hour.odd], now)
    days = _days(seen, ZoneInfo(zone), now)
    level = _level(days, promised)
    if level is None:
        return None
    weekdays = _weekdays(days, level)
    shape = _shape(seen, ZoneInfo(zone), cap=_cap([day.rate / 24 for day in days]))
    flat = [level * weekdays[cell // 24] * shape[cell % 24] for cell in range(WEEK)]
    rates = _cells(seen, ZoneInfo(zone), now, flat)
    spread = _spread(days, level, weekdays)
    return Expectation(tuple(rates), level, spread, sum(day.weight for day in days), zone)


def _teaching(seen: list[Hour], now: datetime) -> list[Hour]:
    """The hours from which is learned."""
    if seen and seen[0].at < now - _LONG_PAST:
        return [hour for hour in seen if hour.at < now - _JUDGED]
    return seen


@dataclass(frozen=True, slots=True)
class _Day:
    weekday: int
    rate: float
    weight: float


def _weight(at: datetime, now: datetime) -> float:
    return float(0.5 ** (max((now - at).total_seconds(), 0.0) / 86_400 / _HALF_LIFE))


def _days(seen: Sequence[Hour], zone: ZoneInfo, now: datetime) -> list[_Day]:
    """Days that were covered nearly whole: their counts, scaled to 24 hours."""
    by_day: dict[tuple[int, int], list[Hour]] = {}
    for hour in seen:
        local = hour.at.astimezone(zone)
        by_day.setdefault((local.toordinal(), local.weekday()), []).append(hour)
    return [
        _Day(weekday, 24 * sum(hour.found for hour in hours) / len(hours), _weight(hours[0].at, now))
        for (_, weekday), hours in by_day.items()
        if len(hours) >= _FULL_DAY
    ]


def _cap(values: Sequence[float]) -> float:
    """Above this a value is an accident (an archive that turned up, one huge story): median + 5 robust deviations."""
    if not values:
        return math.inf
    middle = median(values)
    return middle + 5.0 * max(1.4826 * median([abs(value - middle) for value in values]), math.sqrt(middle), 1.0)


def median(values: Sequence[float]) -> float:
    """The middle value; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _level(days: Sequence[_Day], promised: float | None) -> float | None:
    cap = _cap([day.rate for day in days])
    total = sum(min(day.rate, cap) * day.weight for day in days)
    weight = sum(day.weight for day in days)
    if promised is not None:
        total, weight = total + _PRIOR_DAYS * promised, weight + _PRIOR_DAYS
    return total / weight if weight else None


def _weekdays(days: Sequence[_Day], level: float) -> list[float]:
    """Each weekday against the usual day."""
    cap = _cap([day.rate for day in days])
    factors = []
    for weekday in range(7):
        own = [day for day in days if day.weekday == weekday]
        if not own or not level:
            factors.append(_UNSEEN if level else 1.0)
            continue
        total = sum(min(day.rate, cap) * day.weight for day in own) + _WEEKDAY_DAYS * level
        factors.append(total / (sum(day.weight for day in own) + _WEEKDAY_DAYS) / level)
    return factors


def _shape(seen: Sequence[Hour], zone: ZoneInfo, *, cap: float) -> list[float]:
    """The part of a day that falls to each of its hours."""
    counts = [_SHAPE_COUNT / 24] * 24
    for hour in seen:
        counts[hour.at.astimezone(zone).hour] += min(hour.found, 24 * cap)
    total = sum(counts)
    return [count / total for count in counts]


def _cells(seen: Sequence[Hour], zone: ZoneInfo, now: datetime, flat: Sequence[float]) -> list[float]:
    """Each hour of the week by its own past, as far as that goes."""
    total = [_CELL_WEEKS * mean for mean in flat]
    weight = [_CELL_WEEKS] * WEEK
    for hour in seen:
        cell = _cell(hour.at, zone)
        own = _weight(hour.at, now)
        total[cell] += own * min(hour.found, flat[cell] + 4.0 * math.sqrt(flat[cell]) + 3.0)
        weight[cell] += own
    return [one / own for one, own in zip(total, weight, strict=True)]


def _spread(days: Sequence[_Day], level: float, weekdays: Sequence[float]) -> float:
    """By moments: what the days vary beyond what counts do, shrunk towards the usual."""
    over, square = _SPREAD * _SPREAD_DAYS * level**2, _SPREAD_DAYS * level**2
    cap = _cap([day.rate for day in days])
    for day in days:
        mean = level * weekdays[day.weekday]
        over += day.weight * ((min(day.rate, cap) - mean) ** 2 - mean)
        square += day.weight * mean**2
    return min(max(over / square if square else _SPREAD, _SPREAD_LIMITS[0]), _SPREAD_LIMITS[1])


# --- how unlikely -------------------------------------------------------------------------------------------------


def so_few(seen: int, expected: float, *, spread: float, days: float) -> float:
    """The probability that at most `seen` come where `expected` are.

    Days of one week are good or bad together: the spread of a longer time shrinks with the root of its days alone.

    >>> round(so_few(0, 3.0, spread=1e-9, days=1.0), 3)  # Poisson: exp(-3)
    0.05
    """
    if seen >= expected or expected <= 0:
        return 1.0
    size = math.sqrt(max(days, 1.0)) / spread
    # From the most likely term down: the terms fall, and those below a millionth of a millionth add nothing.
    term = total = 1.0
    for count in range(seen, 0, -1):
        term *= count * (expected + size) / ((count - 1 + size) * expected)
        total += term
        if term < 1e-12 * total:
            break
    return min(math.exp(_log_count(seen, expected, size)) * total, 1.0)


def _log_count(count: int, mean: float, size: float) -> float:
    """Logarithm of the negative binomial probability of `count`; `size` is the inverse of the spread."""
    ways = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    # log1p: with a large size the quotient is next to 1.
    return ways - size * math.log1p(mean / size) + count * (math.log(mean) - math.log(mean + size))


def share_fell(now: int, of: int, before: int, of_before: int, *, memory: int = 100) -> float:
    """The probability of at most `now` hits in `of` tries for a share that was `before` in `of_before`.

    Beta-binomial, with the past counted as at most `memory` tries: a share drifts, and a long past must not make it
    look surer than it is.
    """
    keep = min(memory / of_before, 1.0) if of_before else 0.0
    good, bad = keep * before + 0.5, keep * (of_before - before) + 0.5
    whole = _log_beta(good, bad)
    terms = (
        math.exp(_log_choose(of, hits) + _log_beta(hits + good, of - hits + bad) - whole) for hits in range(now + 1)
    )
    return min(sum(terms), 1.0)


def at_least(hits: int, of: int, share: float) -> float:
    """The probability of at least `hits` in `of` tries of a chance `share` between 0 and 1."""
    log, rest = math.log(share), math.log1p(-share)
    terms = (math.exp(_log_choose(of, n) + n * log + (of - n) * rest) for n in range(hits, of + 1))
    return min(sum(terms), 1.0)


def shorter(now: Sequence[float], before: Sequence[float]) -> float:
    """The probability that `now` ranks so low against `before` by chance (Mann-Whitney, normal approximation)."""
    ranked = sorted([(value, 0) for value in now] + [(value, 1) for value in before])
    ranks, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        ranks += sum(who == 0 for _, who in ranked[at:end]) * (at + 1 + end) / 2
        at = end
    n, m = len(now), len(before)
    if not n or not m:
        return 1.0
    z = (ranks - n * (n + 1) / 2 - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _log_choose(of: int, hits: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(hits + 1) - math.lgamma(of - hits + 1)


def hour_of(at: datetime) -> datetime:
    """The hour in which `at` (aware) lies, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

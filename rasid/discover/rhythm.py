"""When to visit a channel next: its rhythm, learned from what visits brought, against the price of a request. Pure.

**Rhythm.** Items come at a rate that changes with the hour of the week. It is learned for each of the 168 hours in the
outlet's own clock: Poisson rates with gamma priors, the hour of the week shrunk towards hour of the day times weekday,
the hour of the day towards the usual day of a newsroom (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6 and 5). Old
weeks fade. What the last hours brought above or below that is carried on for some hours, since news comes in bursts.

**When.** Items that lie there unseen for a while cost delay. If items come at the rate r(s) since the last visit, those
still unseen at t have waited, all together, W(t) = ∫ r(s)(t - s) ds. A channel is visited when W reaches the price of a
request, which is the same for all. For a steady rate that is an interval of √(2 price / rate), so requests are shared
by the square root of the rates, which is the split with the least mean delay (Cho and Garcia-Molina, Effective page
refresh policies, TODS 2003, for freshness; with delay in place of freshness the Lagrangian gives the root exactly).

**Patience.** Nobody pays for that with rare news found late: each channel has a price of its own that keeps its mean
delay at what asking at fixed intervals would give, and the lower of both prices holds. With m the mean rate and q the
mean root of the rates over the week, that needs q²/m of the requests (at most 1, by Cauchy and Schwarz); what is saved
so at night and at weekends pays for the busy hours of all.

Times are Unix seconds, rates items an hour.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from math import exp, log, sqrt
from typing import NamedTuple

HOUR = 3_600.0
HOURS = 168
_DAY_HOURS = 24
#: Old weeks count half after this many hours.
_HALF_LIFE = 5 * HOURS
_FADE_STEP = 6 * HOUR
#: A first visit learns from entries of at most so many hours past.
FIRST_LOOK = 4 * HOURS
# Prior of the mean rate: items, and hours in which they came.
_PRIOR_ITEMS, _PRIOR_HOURS = 0.25, 6.0
#: Weights of the priors, in expected items: hour of the day against the usual day, weekday against the mean, hour of
#: the week against both.
_DAY_WEIGHT, _WEEKDAY_WEIGHT, _WEEK_WEIGHT = 0.3, 1.0, 6.0
#: Within a day and a week no hour is believed to be as good as empty.
_LEAST_FACTOR = 0.02
#: The usual day of a newsroom, by the hour of its clock, with a mean of 1.
_USUAL_DAY = (
    0.55, 0.40, 0.30, 0.28, 0.33, 0.50, 0.75, 1.00, 1.20, 1.35, 1.45, 1.45,
    1.45, 1.45, 1.42, 1.40, 1.35, 1.30, 1.25, 1.20, 1.10, 1.00, 0.85, 0.67,
)  # fmt: skip
_ANY_DAY = (1.0,) * _DAY_HOURS
#: What the last hours brought fades to half in this time, and weighs against so many expected items.
_BURST_HALF_LIFE = 1.5 * HOUR
_BURST_WEIGHT = 2.5
_LEAST_BURST, _MOST_BURST = 0.5, 6.0
#: A feed is visited before so much of what it shows can have been pushed out.
_WINDOW_SHARE = 0.5
#: Of the delay that patience allows, so much is planned for: rates change faster than the formula assumes.
_MARGIN = 0.985
#: What channels with fewer items an hour than this (one in ten days) bring may be found later: nobody waits at them.
_RARE = 0.1 / 24
#: How fast a channel's price follows how late its items were (a step of a controller, an item), and how far.
_EASE_STEP, _LEAST_EASE, _MOST_EASE = 0.04, -1.0, 1.8


@dataclass(slots=True)
class Rhythm:
    """What is known of one channel.

    Attributes:
        items, hours: by hour of the week (Monday 00:00 first, the outlet's clock): what came, and for how long we
            looked; old weeks faded.
        until: up to when the channel was looked at; 0: never.
        burst, expected: items of the last hours, and what was expected of them; faded.
        ease: by how much, as a logarithm, the price that the formula finds for this channel is to be raised, so that
            its items are as late as they may be and no later.
    """

    items: array[float] = field(default_factory=lambda: array("f", bytes(4 * HOURS)))
    hours: array[float] = field(default_factory=lambda: array("f", bytes(4 * HOURS)))
    until: float = 0.0
    burst: float = 0.0
    expected: float = 0.0
    ease: float = 0.0
    _rates: tuple[float, ...] = ()


class Profile(NamedTuple):
    """The rates of a week, their mean, and the mean of their roots.

    `burst` multiplies the next hours' rates; `ease` is that of the rhythm.
    """

    rates: tuple[float, ...]
    mean: float
    root: float
    burst: float = 1.0
    ease: float = 0.0


class Plan(NamedTuple):
    """When to come again: seconds from now, and why then: ``price patience window floor ceiling``."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What visits cost.

    Attributes:
        price: of one request, in seconds of waiting of all unseen items together.
        interval: seconds between visits that the budget would allow if all channels were asked alike.
        floor, ceiling: least and most seconds between two visits.
    """

    price: float
    interval: float
    floor: float = 60.0
    ceiling: float = 86_400.0


def pack(rhythm: Rhythm) -> bytes:
    """A rhythm as bytes, 1,376 of them (little-endian on every machine that rasid runs on)."""
    rest = array("d", (rhythm.until, rhythm.burst, rhythm.expected, rhythm.ease))
    return rhythm.items.tobytes() + rhythm.hours.tobytes() + rest.tobytes()


def unpack(data: bytes | None) -> Rhythm:
    """What `pack` made; a new rhythm for None and for bytes of another form."""
    if data is None or len(data) != 8 * HOURS + 32:
        return Rhythm()
    items, hours, rest = array("f"), array("f"), array("d")
    items.frombytes(data[: 4 * HOURS])
    hours.frombytes(data[4 * HOURS : 8 * HOURS])
    rest.frombytes(data[8 * HOURS :])
    until, burst, expected, ease = rest
    return Rhythm(items, hours, until, burst, expected, ease)


def observe(
    rhythm: Rhythm,
    *,
    now: float,
    times: Iterable[float | None],
    zone: tzinfo | None,
    interval: float,
    pushed: bool = False,
) -> None:
    """Learn from one visit, or from what a hub pushed; `rhythm` is changed.

    Args:
        pushed: nobody asked, so that how late the items were says nothing of how often to ask.
        times: when each new item was published; None, or a time before the last visit, stands for "since then".
        zone: the outlet's clock; None is UTC.
        interval: as in `Terms`.
    """
    known = [time for time in times if time is None or time <= now]
    first = not rhythm.until
    start = rhythm.until or _first_start(now, known)
    if now <= start:
        rhythm.until = rhythm.until or now
        return
    _fade(rhythm, now)
    clock = zone or UTC
    expected = 0.0 if first else _expected(rhythm, start, now, clock)
    for hour, seconds in spans(start, now, clock):
        rhythm.hours[hour] += seconds / HOUR
    if known:
        rhythm._rates = ()
    inside = [time for time in known if time is not None and time >= start - HOUR]
    for time in inside:
        rhythm.items[hour_of(max(time, start), clock)] += 1.0
    loose = 0 if first else len(known) - len(inside)
    if loose:
        for hour, seconds in spans(start, now, clock):
            rhythm.items[hour] += loose * seconds / (now - start)
    if not first:
        rhythm.burst += len(inside) + loose
        rhythm.expected += expected
        waited = sum(now - max(time, start) for time in inside) + loose * (now - start) / 2
        if not pushed:
            _correct(rhythm, len(inside) + loose, waited, interval)
    rhythm.until = now


def _correct(rhythm: Rhythm, count: int, waited: float, interval: float) -> None:
    """Take from how late items were whether this channel may be asked less often, or must be asked more."""
    if count:
        mean = (sum(rhythm.items) + _PRIOR_ITEMS) / (sum(rhythm.hours) + _PRIOR_HOURS)
        step = _EASE_STEP * (count - waited / allowed(mean, interval))
        rhythm.ease = min(max(rhythm.ease + min(max(step, -0.3), 0.3), _LEAST_EASE), _MOST_EASE)


def _first_start(now: float, times: Sequence[float | None]) -> float:
    """From when on a first visit knows all that came: the oldest entry that is shown, not too far back."""
    told = [time for time in times if time is not None and time > now - FIRST_LOOK * HOUR]
    # The oldest one begins the time that is known: counting both would find a rate where there is one entry.
    return min(told) if len(told) > 1 else now


def _fade(rhythm: Rhythm, now: float) -> None:
    fade = 0.5 ** ((now - rhythm.until) / _BURST_HALF_LIFE) if rhythm.until else 1.0
    rhythm.burst *= fade
    rhythm.expected *= fade
    # Weeks fade in steps of some hours: what changes so slowly need not be reckoned at every visit.
    steps = now // _FADE_STEP - rhythm.until // _FADE_STEP if rhythm.until else 0
    if steps:
        keep = 0.5 ** (steps * _FADE_STEP / (_HALF_LIFE * HOUR))
        rhythm.items = array("f", [value * keep for value in rhythm.items])
        rhythm.hours = array("f", [value * keep for value in rhythm.hours])
        rhythm._rates = ()


def _expected(rhythm: Rhythm, start: float, end: float, zone: tzinfo) -> float:
    rates = profile(rhythm, zone=zone).rates
    return sum(rates[hour] * seconds / HOUR for hour, seconds in spans(start, end, zone))


def hour_of(moment: float, zone: tzinfo) -> int:
    """The hour of the week (0 to 167) of a time in a clock."""
    local = datetime.fromtimestamp(moment, zone)
    return local.weekday() * _DAY_HOURS + local.hour


def spans(start: float, end: float, zone: tzinfo) -> list[tuple[int, float]]:
    """The time from `start` to `end` as (hour of the week, seconds in it) in order, five weeks at most."""
    found: list[tuple[int, float]] = []
    end = min(end, start + 5 * HOURS * HOUR)
    hour = hour_of(start, zone)
    # Clocks are off by quarters of an hour at most; the change to summer time moves one hour, which is forgiven.
    local = datetime.fromtimestamp(start, zone)
    left = HOUR - (local.minute * 60 + local.second + local.microsecond / 1e6)
    at = start
    while at < end:
        step = min(left, end - at)
        found.append((hour, step))
        at += step
        hour, left = (hour + 1) % HOURS, HOUR
    return found


def profile(rhythm: Rhythm, *, zone: tzinfo | None = None) -> Profile:
    """The rates by hour of the week that the rhythm makes likely."""
    rhythm._rates = rhythm._rates or _rates(rhythm, _USUAL_DAY if zone is not None else _ANY_DAY)
    burst = (rhythm.burst + _BURST_WEIGHT) / (rhythm.expected + _BURST_WEIGHT)
    rates = rhythm._rates
    return Profile(
        rates,
        sum(rates) / HOURS,
        sum(map(sqrt, rates)) / HOURS,
        min(max(burst, _LEAST_BURST), _MOST_BURST),
        rhythm.ease,
    )


def _rates(rhythm: Rhythm, usual: Sequence[float]) -> tuple[float, ...]:
    items, hours = rhythm.items, rhythm.hours
    mean = (sum(items) + _PRIOR_ITEMS) / (sum(hours) + _PRIOR_HOURS)
    by_day, by_weekday = _by_day(items, hours, mean, usual), _by_weekday(items, hours, mean)
    return tuple(
        _shrunk(came, seen, mean * by_day[hour % _DAY_HOURS] * by_weekday[hour // _DAY_HOURS])
        for hour, (came, seen) in enumerate(zip(items, hours, strict=True))
    )


def _shrunk(came: float, seen: float, rate: float) -> float:
    return rate * (came + _WEEK_WEIGHT) / (seen * rate + _WEEK_WEIGHT)


def _by_day(items: Sequence[float], hours: Sequence[float], mean: float, usual: Sequence[float]) -> list[float]:
    """Each hour of the day against the mean; neighbours lend a quarter, since few items are no sharp picture."""
    came = [sum(items[hour::_DAY_HOURS]) for hour in range(_DAY_HOURS)]
    seen = [sum(hours[hour::_DAY_HOURS]) * mean for hour in range(_DAY_HOURS)]
    found = []
    for hour in range(_DAY_HOURS):
        near = (hour - 1, (hour + 1) % _DAY_HOURS)
        counted = (came[hour] + sum(came[n] for n in near) / 2) / 2
        expected = (seen[hour] + sum(seen[n] for n in near) / 2) / 2
        found.append(max((counted + _DAY_WEIGHT * usual[hour]) / (expected + _DAY_WEIGHT), _LEAST_FACTOR))
    return found


def _by_weekday(items: Sequence[float], hours: Sequence[float], mean: float) -> list[float]:
    """Each day of the week against the mean."""
    found = []
    for first in range(0, HOURS, _DAY_HOURS):
        came, expected = sum(items[first : first + _DAY_HOURS]), sum(hours[first : first + _DAY_HOURS]) * mean
        found.append(max((came + _WEEKDAY_WEIGHT) / (expected + _WEEKDAY_WEIGHT), _LEAST_FACTOR))
    return found


def own_price(found: Profile, interval: float) -> float:
    """The price at which a channel's mean delay is what asking every `interval` seconds gives (seconds of waiting)."""
    # Rates are an hour, waiting is in seconds: rate/3600 items a second.
    price = 2 * (allowed(found.mean, interval) * found.mean / found.root) ** 2 / HOUR
    return price * exp(found.ease)


def allowed(mean: float, interval: float) -> float:
    """Seconds that an item may lie there unseen, on the mean."""
    return _MARGIN * interval / 2 * max(1.0, _RARE / mean)


def shared_price(channels: Iterable[tuple[float, float]], terms: Terms) -> float:
    """The price of a request at which all channels together keep to the budget of one request each `interval`.

    Args:
        channels: (mean root of the rates, own price) of every channel.
        terms: `interval`, `floor` and `ceiling` count; its price does not.
    """
    known = list(channels)
    budget = len(known) / terms.interval
    low, high = 1e-3, 1e12
    while high / low > 1.001:
        price = sqrt(low * high)
        asked = sum(_visits(root, min(price, own), terms) for root, own in known)
        low, high = (price, high) if asked > budget else (low, price)
    return high


def _visits(root: float, price: float, terms: Terms) -> float:
    """Requests a second of a channel at a price."""
    return min(max(root / sqrt(HOUR) / sqrt(2 * price), 1 / terms.ceiling), 1 / terms.floor)


def plan(found: Profile, *, now: float, zone: tzinfo | None, terms: Terms, shown: int | None = None) -> Plan:
    """When to visit a channel next that was visited `now`.

    Args:
        shown: entries that the channel shows at a time; None where that is no limit.
    """
    own = own_price(found, terms.interval)
    price, why = (terms.price, "price") if terms.price <= own else (own, "patience")
    most = _WINDOW_SHARE * shown if shown else float("inf")
    seconds = waited = unseen = 0.0
    for hour, span in spans(now, now + terms.ceiling, zone or UTC):
        # What the last hours were like tells less and less of the next ones.
        rate = found.rates[hour] * found.burst ** (0.5 ** (seconds / _BURST_HALF_LIFE)) / HOUR
        step = _until(rate, unseen, waited, price)
        if rate * min(step, span) + unseen >= most:
            return _bounded(seconds + max(0.0, (most - unseen) / rate), "window", terms)
        if step <= span:
            return _bounded(seconds + step, why, terms)
        waited += unseen * span + rate * span * span / 2
        unseen += rate * span
        seconds += span
    return Plan(terms.ceiling, "ceiling")


#: A channel whose hub is trusted is polled at least this often, or as often as it would be without one.
_RAREST = HOUR


def rarely(
    found: Profile, usual: Plan, *, now: float, zone: tzinfo | None, terms: Terms, shown: int | None, times: float
) -> Plan:
    """When to visit a channel whose items are pushed: not for news, but to see whether the hub still does its work.

    So many `times` rarer than the `usual` plan (intervals go with the root of the price), but at least every hour
    where that is usual, and always before items can be pushed out of a feed unseen. Never sooner than usual.
    """
    ease = found.ease + 2 * log(times)
    dear = replace(terms, price=terms.price * times * times)
    rare = plan(found._replace(ease=ease), now=now, zone=zone, terms=dear, shown=shown)
    seconds = max(usual.seconds, min(rare.seconds, _RAREST))
    return Plan(seconds, "pushed") if seconds > usual.seconds else usual


def _until(rate: float, unseen: float, waited: float, price: float) -> float:
    """Seconds until the waiting reaches the price at a steady rate: rate/2 t² + unseen t = price - waited."""
    left = max(price - waited, 0.0)
    if rate <= 0:
        return left / unseen if unseen > 0 else float("inf")
    return (sqrt(unseen * unseen + 2 * rate * left) - unseen) / rate


def _bounded(seconds: float, why: str, terms: Terms) -> Plan:
    if seconds < terms.floor:
        return Plan(terms.floor, "floor")
    return Plan(seconds, why) if seconds < terms.ceiling else Plan(terms.ceiling, "ceiling")


#: How much a failure of each sort counts against a channel: what is wrong with the address, what may be wrong with it,
#: and what passes (hard, soft, temporary: the weights of Media Cloud's rss-fetcher).
_HARD, _SOFT, _TEMPORARY = 1.0, 0.5, 0.25
_HARD_CODES = frozenset({"http_404", "http_410", "not_a_channel", "not_a_feed", "bad_redirect", "redirect_loop"})
_TEMPORARY_CODES = frozenset(
    {"http_429", "http_500", "http_502", "http_503", "http_504", "connect_timeout", "connect_failure", "read_timeout",
     "connection_refused", "connection_reset", "host_unreachable", "deadline", "robots_unreachable"}
)  # fmt: skip


def back_off(code: str, *, failures: int, first: float, ceiling: float) -> float:
    """Seconds until a channel that failed is tried again: doubles with each failure, slower for what passes by itself.

    Args:
        failures: how often it failed before in a row.
        first: the pause after the first failure.
    """
    weight = _HARD if code in _HARD_CODES else _TEMPORARY if code in _TEMPORARY_CODES else _SOFT
    doublings = min(weight * failures, log(max(ceiling / first, 1.0), 2) + 1)
    return float(min(first * 2.0**doublings, ceiling))

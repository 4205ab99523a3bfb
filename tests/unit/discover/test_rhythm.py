"""The rhythm of a channel: what is learned of it, when it is visited next, and that it pays."""

from __future__ import annotations

import importlib.util
import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from math import isfinite, sqrt
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover import rhythm
from rasid.discover.rhythm import HOUR, HOURS, Profile, Rhythm, Terms

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAMASCUS = ZoneInfo("Asia/Damascus")
TERMS = Terms(price=1e12, interval=1_800.0)


def watched(times: list[float], *, days: int, every: float = HOUR, zone: timezone | None = None) -> Rhythm:
    """What is known after visits at fixed intervals."""
    known, last = Rhythm(), 0.0
    for step in range(int(days * 24 * HOUR / every) + 1):
        now = MONDAY + step * every
        new = [time for time in times if last < time <= now]
        rhythm.observe(known, now=now, times=new if step else [], zone=zone or UTC, interval=1_800.0)
        last = now
    return known


def steady(rate: float) -> Profile:
    return Profile((rate,) * HOURS, rate, sqrt(rate))


def test_busy_hours_and_days_are_learned() -> None:
    """An item every half hour from 9 to 17 on working days."""
    times = [MONDAY + day * 24 * HOUR + 9 * HOUR + n * HOUR / 2 for day in range(28) if day % 7 < 5 for n in range(16)]
    rates = rhythm.profile(watched(times, days=28), zone=UTC).rates
    noon, night, sunday = rates[12], rates[3], rates[6 * 24 + 12]
    assert 1.2 < noon < 2.6
    assert night < noon / 20
    assert sunday < noon / 5


def test_the_outlets_own_clock_counts() -> None:
    east = timezone(timedelta(hours=3))
    times = [MONDAY + day * 24 * HOUR + 6 * HOUR for day in range(28) for _ in range(4)]
    rates = rhythm.profile(watched(times, days=28, zone=east), zone=east).rates
    assert max(range(24), key=lambda hour: sum(rates[hour::24])) == 9


def test_a_first_visit_learns_from_the_times_that_a_feed_tells() -> None:
    known, now = Rhythm(), MONDAY + 10 * 24 * HOUR
    rhythm.observe(known, now=now, times=[now - n * HOUR for n in range(1, 41)], zone=UTC, interval=1_800.0)
    assert 0.7 < rhythm.profile(known).mean < 1.4


def test_a_first_visit_without_times_says_nothing_of_the_past() -> None:
    known = Rhythm()
    rhythm.observe(known, now=MONDAY, times=[None] * 40, zone=UTC, interval=1_800.0)
    assert rhythm.profile(known).mean < 0.1


def test_items_without_a_time_count_over_the_whole_pause() -> None:
    known = Rhythm()
    rhythm.observe(known, now=MONDAY, times=[], zone=UTC, interval=1_800.0)
    rhythm.observe(known, now=MONDAY + 4 * HOUR, times=[None] * 8, zone=UTC, interval=1_800.0)
    assert [round(known.items[hour], 3) for hour in range(5)] == [2, 2, 2, 2, 0]


def test_times_of_tomorrow_are_not_believed() -> None:
    known = Rhythm()
    rhythm.observe(known, now=MONDAY, times=[], zone=UTC, interval=1_800.0)
    rhythm.observe(known, now=MONDAY + HOUR, times=[MONDAY + 90 * HOUR], zone=UTC, interval=1_800.0)
    assert sum(known.items) == 0


def test_news_that_breaks_is_followed_and_forgotten() -> None:
    known = watched([MONDAY + n * 6 * HOUR for n in range(56)], days=14)
    calm = rhythm.profile(known).burst
    now = MONDAY + 14 * 24 * HOUR + 600
    rhythm.observe(known, now=now, times=[now - n for n in range(10)], zone=UTC, interval=1_800.0)
    assert rhythm.profile(known).burst > 2 * calm
    rhythm.observe(known, now=now + 12 * HOUR, times=[], zone=UTC, interval=1_800.0)
    assert rhythm.profile(known).burst < 1.2


def test_requests_are_shared_by_the_root_of_the_rates() -> None:
    terms = Terms(price=600.0, interval=1e6, floor=1.0)
    four, one = (rhythm.plan(steady(rate), now=MONDAY, zone=UTC, terms=terms).seconds for rate in (4.0, 1.0))
    assert one / four == pytest.approx(2, rel=0.01)
    assert one == pytest.approx(sqrt(2 * 600.0 * HOUR), rel=0.01)


def test_patience_asks_a_steady_channel_as_often_as_fixed_polling() -> None:
    plan = rhythm.plan(steady(0.5), now=MONDAY, zone=UTC, terms=TERMS)
    assert plan.why == "patience"
    assert plan.seconds == pytest.approx(1_800, rel=0.06)


def test_the_night_is_slept_through() -> None:
    times = [MONDAY + day * 24 * HOUR + (9 + n) * HOUR for day in range(28) for n in range(10) for _ in range(2)]
    found = rhythm.profile(watched(times, days=28), zone=UTC)
    base = MONDAY + 28 * 24 * HOUR
    noon, night = (rhythm.plan(found, now=base + hour * HOUR, zone=UTC, terms=TERMS).seconds for hour in (12, 1))
    assert night > 2 * noon


def test_a_feed_is_visited_before_it_pushes_items_out() -> None:
    terms = Terms(price=1e12, interval=1e6)
    plan = rhythm.plan(steady(10.0), now=MONDAY, zone=UTC, terms=terms, shown=20)
    assert plan.why == "window"
    assert plan.seconds == pytest.approx(HOUR, rel=0.05)


def test_floor_and_ceiling_hold() -> None:
    terms = Terms(price=1e-3, interval=1_800.0, floor=60.0, ceiling=86_400.0)
    assert rhythm.plan(steady(1_000.0), now=MONDAY, zone=UTC, terms=terms) == (60.0, "floor")
    assert rhythm.plan(steady(1e-9), now=MONDAY, zone=UTC, terms=Terms(price=1e12, interval=1e9))[1] == "ceiling"


def test_the_shared_price_keeps_to_the_budget() -> None:
    rng = random.Random(1)
    rates = [rng.lognormvariate(-1, 2) for _ in range(500)]
    channels = [(sqrt(rate), rhythm.own_price(steady(rate), 900.0)) for rate in rates]
    price = rhythm.shared_price(channels, Terms(price=0.0, interval=900.0))
    terms = Terms(price=price, interval=900.0)
    asked = sum(1 / rhythm.plan(steady(rate), now=MONDAY, zone=UTC, terms=terms).seconds for rate in rates)
    assert asked == pytest.approx(500 / 900.0, rel=0.1)


def test_packed_and_unpacked_is_the_same() -> None:
    known = watched([MONDAY + 1_000.0, MONDAY + 90_000.0], days=3)
    again = rhythm.unpack(rhythm.pack(known))
    assert rhythm.pack(again) == rhythm.pack(known)
    assert (again.items, again.hours, again.until) == (known.items, known.hours, known.until)


@pytest.mark.parametrize("data", [None, b"", b"x" * 100])
def test_what_is_no_rhythm_begins_anew(data: bytes | None) -> None:
    assert rhythm.unpack(data).until == 0


def test_a_change_of_the_clock_costs_an_hour_at_most() -> None:
    start = datetime(2022, 3, 24, 12, tzinfo=DAMASCUS).timestamp()
    spans = rhythm.spans(start, start + 48 * HOUR, DAMASCUS)
    assert sum(seconds for _, seconds in spans) == pytest.approx(48 * HOUR)
    assert all((left + 1) % HOURS == right for (left, _), (right, _) in pairwise(spans))


@given(
    st.lists(
        st.tuples(st.floats(0, 3e6), st.lists(st.one_of(st.none(), st.floats(-1e7, 1e10)), max_size=8)), max_size=12
    ),
    st.sampled_from([None, UTC, DAMASCUS]),
)
def test_whatever_a_channel_tells_the_next_visit_is_within_bounds(
    visits: list[tuple[float, list[float | None]]], zone: timezone | ZoneInfo | None
) -> None:
    known, now = Rhythm(), MONDAY
    for pause, times in visits:
        now += pause
        rhythm.observe(known, now=now, times=times, zone=zone, interval=300.0)
        plan = rhythm.plan(rhythm.profile(known, zone=zone), now=now, zone=zone, terms=Terms(50.0, 300.0), shown=20)
        assert 60.0 <= plan.seconds <= 86_400.0
        assert all(isfinite(rate) and rate > 0 for rate in rhythm.profile(known, zone=zone).rates)


def test_what_is_wrong_with_an_address_backs_off_faster_than_what_passes() -> None:
    def pauses(code: str) -> list[float]:
        return [rhythm.back_off(code, failures=n, first=30.0, ceiling=86_400.0) for n in range(60)]

    gone, odd, busy = pauses("http_404"), pauses("http_403"), pauses("http_503")
    assert gone[0] == odd[0] == busy[0] == 30.0
    assert gone[8] > odd[8] > busy[8]
    assert gone[-1] == odd[-1] == 86_400.0
    assert gone == sorted(gone)


# --- does it pay? -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    """The program of benchmarks/."""
    path = Path(__file__).parents[3] / "benchmarks" / "polling.py"
    spec = importlib.util.spec_from_file_location("polling", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["polling"] = module
    spec.loader.exec_module(module)
    return module


def test_news_is_found_in_less_than_half_the_time_with_as_many_requests(simulation: ModuleType) -> None:
    """The benchmark over a thousand channels finds a third; sixty vary more."""
    channels = simulation.model(60, 16, 2)
    result = simulation.compare(channels, interval=3_600.0, days=16)
    assert result.requests == pytest.approx(60 * 9 * 24, rel=0.1)
    assert result.ratio(result.order) < 0.5
    assert all(result.ratio(part) < 1.15 for part in result.quartiles())

"""What is expected follows the outlet's own week, and chance is reckoned as the books have it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.observe.expect import (
    HOUR,
    Hour,
    at_least,
    covered,
    learn,
    share_fell,
    shorter,
    so_few,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def weeks(number: int, *, at: int = 9, count: int = 5, rest: tuple[int, ...] = ()) -> list[Hour]:
    """An outlet that brings `count` links at one hour (UTC) of each day but those of `rest` (0 is Monday)."""
    return [
        Hour(MONDAY + n * HOUR, ok=1, found=count if n % 24 == at and n // 24 % 7 not in rest else 0)
        for n in range(number * 168)
    ]


def test_the_hour_of_the_week_is_learned_in_the_outlets_own_zone() -> None:
    known = learn(weeks(8), zone="Asia/Damascus", now=MONDAY + 8 * 168 * HOUR)
    assert known is not None
    assert known.level == pytest.approx(5, rel=0.1)
    assert max(range(168), key=known.rates.__getitem__) % 24 == 12, "nine in UTC is noon in Damascus"
    assert known.at(MONDAY + 9 * HOUR) > 3.5
    assert known.at(MONDAY + 3 * HOUR) < 0.2


def test_a_day_of_rest_is_learned_and_a_weekday_never_seen_is_not_counted_on() -> None:
    known = learn(weeks(8, rest=(4,)), zone="UTC", now=MONDAY + 8 * 168 * HOUR)
    assert known is not None
    friday = known.over({MONDAY + (4 * 24 + n) * HOUR: 1.0 for n in range(24)})
    assert friday < 0.25 * known.level
    begun = learn(weeks(1)[:72], zone="UTC", now=MONDAY + 72 * HOUR)
    assert begun is not None
    sunday = begun.over({MONDAY + (6 * 24 + n) * HOUR: 1.0 for n in range(24)})
    assert sunday < 0.5 * begun.level


def test_a_first_visit_a_burst_and_a_bad_spell_teach_nothing() -> None:
    plain = weeks(6)
    known = learn(plain, zone="UTC", now=MONDAY + 6 * 168 * HOUR)
    burst = [Hour(plain[0].at, 1, 500), *plain[1:]]
    burst[300] = Hour(plain[300].at, 1, 400)
    dirty = learn(burst, zone="UTC", now=MONDAY + 6 * 168 * HOUR)
    spell = [Hour(h.at, h.ok, 0, True) if 400 < n < 600 else h for n, h in enumerate(plain)]
    spared = learn(spell, zone="UTC", now=MONDAY + 6 * 168 * HOUR)
    assert known is not None
    assert dirty is not None
    assert spared is not None
    assert dirty.level == pytest.approx(known.level, rel=0.15)
    assert spared.level == pytest.approx(known.level, rel=0.05)


def test_the_promise_of_the_seed_counts_until_days_are_known() -> None:
    assert learn([], zone="UTC", now=MONDAY) is None
    promised = learn([], zone="UTC", now=MONDAY, promised=60)
    assert promised is not None
    assert (promised.level, promised.days) == (60, 0)
    later = learn(weeks(4), zone="UTC", now=MONDAY + 4 * 168 * HOUR, promised=60)
    assert later is not None
    assert later.level < 20


def test_hours_far_from_any_visit_are_not_watched() -> None:
    visits = [Hour(MONDAY, 1), Hour(MONDAY + 5 * HOUR, 1), Hour(MONDAY + 60 * HOUR, 1)]
    assert [(at - MONDAY) / HOUR for at in covered(visits)] == [0, 1, 2, 3, 4, 5, 60]


def test_what_fails_does_not_cover() -> None:
    assert list(covered([Hour(MONDAY), Hour(MONDAY + HOUR, 1), Hour(MONDAY + 2 * HOUR)])) == [MONDAY + HOUR]


@given(st.integers(0, 60), st.floats(0.1, 100), st.floats(0.02, 4))
def test_so_few_is_the_sum_of_the_terms(seen: int, expected: float, spread: float) -> None:
    size = 1 / spread
    terms = [
        math.exp(
            math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
            + size * math.log(size / (size + expected)) + k * math.log(expected / (size + expected))
        )
        for k in range(seen + 1)
    ]  # fmt: skip
    found = so_few(seen, expected, spread=spread, days=1)
    assert found == (1.0 if seen >= expected else pytest.approx(sum(terms), rel=1e-6))


@given(st.integers(0, 3000), st.floats(0, 1e5), st.floats(0.02, 4), st.floats(0, 60))
def test_chances_are_chances(seen: int, expected: float, spread: float, days: float) -> None:
    chance = so_few(seen, expected, spread=spread, days=days)
    assert 0 <= chance <= 1
    assert chance <= so_few(seen + 1, expected, spread=spread, days=days) + 1e-12


def test_a_longer_past_is_not_believed_without_end() -> None:
    assert share_fell(30, 60, 400, 400) < 1e-5
    assert share_fell(57, 60, 400, 400) > 1e-3
    assert share_fell(5, 60, 40, 400) > 0.2
    assert share_fell(30, 60, 4_000, 4_000) == pytest.approx(share_fell(30, 60, 400, 400), rel=0.2)


def test_at_least_is_the_upper_tail() -> None:
    assert at_least(0, 10, 0.3) == pytest.approx(1)
    assert at_least(10, 10, 0.5) == pytest.approx(0.5**10)


def test_shorter_ranks_and_ties_are_even() -> None:
    assert shorter([1.0] * 30, [1.0] * 50) == pytest.approx(0.5)
    assert shorter([10.0 + n for n in range(30)], [100.0 + n for n in range(50)]) < 1e-9
    assert shorter([100.0 + n for n in range(30)], [10.0 + n for n in range(50)]) > 0.999
    assert shorter([], [1.0]) == 1.0


def test_summer_time_moves_the_hour_with_the_newsroom() -> None:
    summer = datetime(2026, 7, 6, tzinfo=UTC)
    known = learn(weeks(8), zone="Europe/Berlin", now=MONDAY + timedelta(days=21))
    assert known is not None
    assert known.at(summer + 8 * HOUR) > 1, "ten in the morning of Berlin, in winter and in summer"

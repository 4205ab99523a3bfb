"""An outlet is told for quiet, silent, blocked or decayed when chance cannot explain it, and for nothing else."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid.observe.expect import HOUR, Expectation, Hour, learn
from rasid.observe.fill import Filled
from rasid.observe.health import BAD, Channel, Facts, Memory, OutletState, Read, Verdict, judge, outlook, step

START = datetime(2026, 1, 5, tzinfo=UTC)
#: A newsroom's day: nothing at night, most from nine to six.
DAY = [0.0] * 6 + [0.5, 1, 1.5, 2, 2, 2, 2, 2, 1.8, 1.6, 1.5, 1.4, 1.2, 1, 1, 0.8, 0.5, 0.3]
MINUTE = timedelta(minutes=1)


def counts(rng: random.Random, level: float, *, days: int, rest: float = 0.3, spread: float = 0.15) -> list[Hour]:
    """Links by the hour of an outlet with livelier and quieter days, and two days of rest a week."""
    hours = []
    for day in range(days):
        mood = rng.gammavariate(1 / spread, spread) * (rest if day % 7 in (4, 5) else 1.0)
        for hour, part in enumerate(DAY):
            mean = level * mood * part / sum(DAY)
            hours.append(Hour(START + (24 * day + hour) * HOUR, 1, poisson(rng, mean)))
    return hours


def poisson(rng: random.Random, mean: float) -> int:
    count, left = 0, math.exp(-mean)
    product = rng.random()
    while product > left:
        count, product = count + 1, product * rng.random()
    return count


def feed(now: datetime, **fields: Any) -> Channel:
    usual: dict[str, Any] = {"visits": 9, "ok_at": now, "visited_at": now, "new_at": now, "entries": 20}
    return Channel(1, "feed", **{**usual, **fields})


def facts(hours: Sequence[Hour], now: datetime, expectation: Expectation | None, **fields: Any) -> Facts:
    usual: dict[str, Any] = {"channels": (feed(now),), "articles": 1, "links": 1, "last_link": 77}
    return Facts(now, START, hours=tuple(hours), expectation=expectation, **{**usual, **fields})


def watch(hours: list[Hour], *, begin: int, every: int = 2) -> list[tuple[float, OutletState]]:
    """Judge every few hours from the hour `begin` on; the day and state of each change."""
    memory, changes = Memory(OutletState.AS_EXPECTED, START), []
    known = None
    for n in range(begin, len(hours), every):
        now = START + n * HOUR + 30 * MINUTE
        if known is None or n % 24 == 0:
            known = learn(hours[max(n - 56 * 24, 0) : n], zone="UTC", now=now)
        verdict = judge(facts(hours[max(n - 28 * 24, 0) : n], now, known), memory)
        assert verdict is not None
        after = step(memory, verdict, now)
        if after.state is not memory.state:
            changes.append((n / 24, after.state))
        memory = after
        if memory.odd_since is not None:
            hours[:] = [replace(h, odd=True) if memory.odd_since <= h.at < now else h for h in hours]
    return changes


@pytest.mark.parametrize(("level", "spread"), [(120.0, 0.15), (12.0, 0.2), (0.7, 0.3)])
def test_nights_days_of_rest_and_slow_weeks_are_no_alarm(level: float, spread: float) -> None:
    hours = counts(random.Random(7), level, days=70, spread=spread)
    assert [change for change in watch(hours, begin=30) if change[1] in BAD] == []


def test_a_busy_outlet_that_falls_silent_is_told_within_a_day_and_comes_back() -> None:
    hours = counts(random.Random(3), 120.0, days=60)
    silent = range(42 * 24 + 10, 45 * 24)  # from a Monday morning
    for n in silent:
        hours[n] = replace(hours[n], found=0)
    told = watch(hours, begin=35 * 24)
    assert told[0][1] is OutletState.SILENT_ZERO
    assert 42.4 < told[0][0] < 43.0
    back = next(day for day, state in told if state is OutletState.AS_EXPECTED)
    assert 45.0 <= back < 48.0
    assert [state for day, state in told if day > back] == []


def test_a_quarter_of_the_usual_is_quiet_within_a_week() -> None:
    rng = random.Random(5)
    hours = counts(rng, 120.0, days=60, spread=0.1)
    for n in range(40 * 24, len(hours)):
        hours[n] = replace(hours[n], found=sum(rng.random() < 0.25 for _ in range(hours[n].found)))
    told = watch(hours, begin=35 * 24)
    assert told[0][1] is OutletState.QUIET
    assert 41 <= told[0][0] < 47


def usual(level: float = 48.0) -> Expectation:
    return Expectation((level / 24,) * 168, level, 0.1, 20.0)


def flat(now: datetime, *, days: int = 14, count: int = 2) -> list[Hour]:
    return [Hour(now - n * HOUR, 1, count) for n in range(days * 24, 0, -1)]


NOW = START + 60 * timedelta(days=1)


def test_a_feed_that_came_back_empty_is_silent_at_once_unless_news_came_by_another_way() -> None:
    empty = feed(NOW, entries=0, entries_most=30, emptied_at=NOW - HOUR, new_at=NOW - 2 * HOUR)
    verdict = judge(facts(flat(NOW), NOW, usual(), channels=(empty,)), Memory(OutletState.AS_EXPECTED))
    assert verdict is not None
    assert verdict.state is OutletState.SILENT_ZERO
    assert verdict.evidence == {"channels": [1], "last_link": 77}
    other = feed(NOW, new_at=NOW - 10 * MINUTE)
    verdict = judge(facts(flat(NOW), NOW, usual(), channels=(empty, other)), Memory(OutletState.AS_EXPECTED))
    assert verdict is not None
    assert verdict.state is OutletState.AS_EXPECTED
    never = replace(empty, entries_most=0)
    sitemap = replace(empty, kind="news_sitemap")
    for channel in (never, sitemap):
        verdict = judge(facts(flat(NOW), NOW, usual(), channels=(channel,)), Memory(OutletState.AS_EXPECTED))
        assert verdict is not None
        assert verdict.state is OutletState.AS_EXPECTED


def test_walls_and_outages_are_told_apart() -> None:
    was = Memory(OutletState.AS_EXPECTED)
    away = feed(NOW, failures=4, ok_at=NOW - 5 * HOUR, code="http_503")
    walled = replace(away, code="http_403")
    for channels, state in (
        ((away,), OutletState.UNREACHABLE),
        ((walled,), OutletState.BOT_WALL),
        ((away, walled), OutletState.UNREACHABLE),
        ((away, feed(NOW)), OutletState.AS_EXPECTED),
    ):
        verdict = judge(facts(flat(NOW), NOW, usual(), channels=channels), was)
        assert verdict is not None
        assert verdict.state is state


def test_most_pages_behind_a_wall_is_a_wall_and_some_are_not() -> None:
    was = Memory(OutletState.AS_EXPECTED)
    for pages, state in (
        (Read(tried=20, articles=4, walled=16), OutletState.BOT_WALL),
        (Read(tried=20, articles=14, walled=2, paid=4), OutletState.AS_EXPECTED),
        (Read(tried=4, walled=4), OutletState.AS_EXPECTED),
    ):
        verdict = judge(facts(flat(NOW), NOW, usual(), pages=pages, samples=(5, 4)), was)
        assert verdict is not None
        assert verdict.state is state
    blocked = judge(facts(flat(NOW), NOW, usual(), pages=Read(20, 4, 16), samples=(5, 4)), was)
    assert blocked is not None
    assert blocked.evidence["links"] == [5, 4]
    # Entered by most, it is left only when few are.
    some = judge(facts(flat(NOW), NOW, usual(), pages=Read(20, 14, 6)), Memory(OutletState.BOT_WALL))
    assert some is not None
    assert some.state is OutletState.BOT_WALL


def test_a_decay_names_the_field_and_articles_to_look_at() -> None:
    author = Filled("author", 0.1, 0.9, 60, 300, 1e-9, True, (9, 8))
    verdict = judge(facts(flat(NOW), NOW, usual(), fill=(author,)), Memory(OutletState.AS_EXPECTED))
    assert verdict is not None
    assert verdict.state is OutletState.DECAY
    assert verdict.evidence == {"fields": ["author"], "articles": [9, 8]}
    assert "author: 10% of the last 60 have one, before 90%" in verdict.reason


def test_an_outlet_without_articles_says_what_stands_in_the_way() -> None:
    def said(**fields: Any) -> str:
        verdict = judge(facts([], NOW, None, **{"articles": 0, "links": 0, **fields}), Memory())
        assert verdict is not None
        assert verdict.state is OutletState.NOTHING_YET
        return verdict.reason

    assert "no channel" in said(channels=())
    assert "none of its channels was visited" in said(channels=(Channel(1, "feed"),))
    assert "9 visits named no link" in said()
    assert "links, none an article (not_article_listing 7)" in said(links=9, endings={"not_article_listing": 7})


def test_without_history_there_is_no_alarm_and_without_a_visit_no_verdict() -> None:
    begun = judge(facts([Hour(NOW - HOUR, 1, 0)], NOW, None), Memory())
    assert begun is not None
    assert begun.state is OutletState.LEARNING
    old = feed(NOW - timedelta(days=3))
    assert judge(facts(flat(NOW), NOW, usual(), channels=(old,)), Memory(OutletState.AS_EXPECTED)) is None


def test_a_seeds_promise_alone_is_not_held_against_the_first_night() -> None:
    promised = learn([], zone="UTC", now=NOW, promised=300)
    hours = [Hour(NOW - n * HOUR, 1, 12 if n > 10 else 0) for n in range(30, 0, -1)]
    verdict = judge(facts(hours, NOW, promised), Memory(OutletState.LEARNING))
    assert verdict is not None
    assert verdict.state not in BAD


def test_a_state_changes_only_when_a_verdict_holds() -> None:
    memory = Memory(OutletState.AS_EXPECTED, START, judged_at=NOW - MINUTE)
    quiet = Verdict(OutletState.QUIET, "few", since=NOW - timedelta(days=1))
    fine = Verdict(OutletState.AS_EXPECTED, "fine")
    first = step(memory, quiet, NOW)
    assert (first.state, first.candidate) == (OutletState.AS_EXPECTED, OutletState.QUIET)
    assert step(first, fine, NOW + 5 * MINUTE).candidate is None
    held = step(replace(first, judged_at=NOW + 55 * MINUTE), quiet, NOW + 60 * MINUTE)
    assert (held.state, held.since, held.odd_since) == (OutletState.QUIET, NOW + 60 * MINUTE, quiet.since)
    # Nobody looked in between: two verdicts a day apart do not make one that held.
    assert step(first, quiet, NOW + timedelta(days=1)).state is OutletState.AS_EXPECTED


def test_the_outlook_counts_what_was_watched() -> None:
    rows = outlook(facts(flat(NOW), NOW, usual()), Memory(OutletState.AS_EXPECTED))
    assert [(row["span"], row["seen"]) for row in rows] == [("6 h", 12), ("24 h", 48), ("7 d", 336)]
    assert [row["expected"] for row in rows] == pytest.approx([12, 48, 336])
    assert outlook(facts([], NOW, None), Memory()) == []

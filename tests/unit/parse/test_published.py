"""Which of two times is that of publication."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.model import When
from rasid.parse.published import mistaken, settle

PAGE = When(datetime.fromisoformat("2026-03-05T09:30:00+03:00"), "minute", "offset", "json_ld")
FOUND = datetime.fromisoformat("2026-03-05T12:00:00+00:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("2026-03-05T06:45:00+00:00", None),
        ("2026-03-05T09:31:00+03:00", None),
        ("2026-03-04T17:00:00+03:00", None),
        ("2026-03-05T00:00:00+00:00", "day_only"),
        ("2026-03-05T00:00:00+03:00", "day_only"),
        ("2026-03-01T00:00:00+00:00", None),
        ("2026-03-05T15:00:00+00:00", "ahead"),
        ("2026-03-05T11:59:30+00:00", "visit"),
        ("2026-03-05T12:00:10+00:00", "visit"),
        ("2026-03-05T11:50:00+00:00", None),
        ("2026-03-05T08:15:20+00:00", "modified"),
        ("2026-03-05T09:30:00+00:00", "zone"),
    ],
)
def test_a_channel_that_tells_another_time_gives_itself_away(told: str, why: str | None) -> None:
    assert mistaken(at(told), PAGE, FOUND, at("2026-03-05T11:15:00+03:00")) == why
    source = settle(at(told), PAGE, found_at=FOUND, modified=at("2026-03-05T11:15:00+03:00"))[2]
    assert source == ("channel" if why is None else "json_ld")


def test_fresh_news_keeps_the_time_of_its_channel() -> None:
    told = FOUND - timedelta(seconds=40)
    page = When(FOUND - timedelta(minutes=20), "minute", "offset", "meta")
    assert settle(told, page, found_at=FOUND) == (told, "minute", "channel")


def test_a_page_without_minutes_does_not_beat_its_channel() -> None:
    day = When(at("2026-03-05T00:00:00+03:00"), "day", "country", "url")
    assert settle(FOUND, day, found_at=FOUND)[2] == "channel"
    assert settle(at("2026-03-05T00:00:00Z"), None, found_at=FOUND)[1:] == ("day", "channel")
    assert settle(None, day, found_at=FOUND) == (day.value, "day", "url")
    assert settle(None, None, found_at=FOUND) == (None, None, None)


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_one_of_both_is_taken_whatever_they_are(told: datetime, seen: datetime) -> None:
    value, _, source = settle(told, When(seen, "minute", "offset", "meta"), found_at=FOUND)
    assert (value, source) in ((told, "channel"), (seen, "meta"))

"""Times as channels write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover.times import read_time

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 03 Dec 2024 09:15:00 +0300", "2024-12-03T09:15:00+03:00"),
        ("Tue, 3 Dec 2024 09:15 GMT", "2024-12-03T09:15:00+00:00"),
        ("Tue, 03 Dec 2024 09:15:00 GMT+3", "2024-12-03T09:15:00+03:00"),
        ("03 Dec 24 09:15:00 EST", "2024-12-03T09:15:00-05:00"),
        ("Tuesday, December 3, 2024 5:04 PM", "2024-12-03T17:04:00+00:00"),
        ("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21+00:00"),
        ("2024-12-03T09:15:00Z", "2024-12-03T09:15:00+00:00"),
        ("2024-12-03T09:15+0300", "2024-12-03T09:15:00+03:00"),
        ("2024-12-03 09:15:00", "2024-12-03T09:15:00+00:00"),
        ("2024-12-03T24:00:00Z", "2024-12-04T00:00:00+00:00"),
        ("2024-12-03", "2024-12-03T00:00:00+00:00"),
        ("2024-12", "2024-12-01T00:00:00+00:00"),
        ("20241203T091500Z", "2024-12-03T09:15:00+00:00"),
        ("31/12/2024 23:59", "2024-12-31T23:59:00+00:00"),
        ("12/31/2024", "2024-12-31T00:00:00+00:00"),
        ("1733212800", "2024-12-03T08:00:00+00:00"),
        ("1733212800000", "2024-12-03T08:00:00+00:00"),
        ("الثلاثاء، 3 كانون الأول 2024 05:04 م", "2024-12-03T17:04:00+00:00"),
        ("٣ ديسمبر ٢٠٢٤ ١٠:٠٠", "2024-12-03T10:00:00+00:00"),
        ("mar., 3 déc. 2024 10:00:00 +0100", "2024-12-03T10:00:00+01:00"),
        ("3 Aralık 2024 10:00", "2024-12-03T10:00:00+00:00"),
    ],
)
def test_reads(text: str, expected: str) -> None:
    """Standard and broken forms give the moment and the zone they name; no zone is UTC."""
    moment = read_time(text, now=NOW)

    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    ["", None, "yesterday", "Mon, 32 Jan 2024", "2024-13-01", "Tue, 03 Dec 2024 25:15:00", "0001-01-01", "1970-01-01",
     "2099-01-01", "9999999999999", "1 " * 5_000, "٣" * 100],
)  # fmt: skip
def test_refuses(text: str | None) -> None:
    """What is no time, or a time that no news has, is None."""
    assert read_time(text, now=NOW) is None


def test_two_days_ahead_is_the_limit() -> None:
    """Clocks that run ahead are borne for two days."""
    near, far = NOW + timedelta(hours=47), NOW + timedelta(hours=49)

    assert read_time(near.isoformat(), now=NOW) == near
    assert read_time(far.isoformat(), now=NOW) is None


@given(st.integers(631_238_400, 1_767_225_600))
def test_round_trip(seconds: int) -> None:
    """RFC 822 and ISO forms of one moment are read alike, to the second."""
    moment = datetime.fromtimestamp(seconds, UTC)

    assert read_time(moment.strftime("%a, %d %b %Y %H:%M:%S GMT"), now=NOW) == moment
    assert read_time(moment.isoformat(), now=NOW) == moment


@given(st.text(max_size=90))
def test_never_raises(text: str) -> None:
    """Any text gives an aware time within the bounds, or None."""
    moment = read_time(text, now=NOW)

    assert moment is None or (moment.tzinfo is not None and moment.year >= 1990)

"""What an HTTP status comes to in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.errors import Gone, ItemError, Park, Retry
from rasid.http.status import MOST_RETRY_AFTER, Verdict, retry_after, verdict
from rasid.model import Answer

NOW = datetime(2021, 1, 18, 10, 0, tzinfo=UTC)


def _answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("https://example.org/a", status, named, b"")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_answer(200), Verdict.OK),
        (_answer(206), Verdict.OK),
        (_answer(304), Verdict.NOT_MODIFIED),
        (_answer(301, location="https://other.example/"), Verdict.MOVED),
    ],
)
def test_what_is_no_failure(answer: Answer, expected: Verdict) -> None:
    assert verdict(answer, NOW) is expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Gone) for status in (404, 410)),
        *((status, Retry) for status in (408, 421, 425, 429, 500, 502, 503, 504, 522, 599)),
        *((status, Park) for status in (300, 302, 400, 401, 402, 403, 405, 406, 414, 418, 451, 600, 999)),
    ],
)
def test_every_other_status_has_one_end(status: int, kind: type[ItemError]) -> None:
    """The class decides, the code names the status, and the evidence says where it came from."""
    with pytest.raises(ItemError) as caught:
        verdict(_answer(status), NOW)
    assert (type(caught.value), caught.value.code) == (kind, f"http_{status}")
    assert caught.value.evidence == {"status": status, "url": "https://example.org/a"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("99999999", MOST_RETRY_AFTER),
        ("9" * 5000, MOST_RETRY_AFTER),
        ("Mon, 18 Jan 2021 10:01:30 GMT", 90.0),
        ("Monday, 18-Jan-21 10:01:30 GMT", 90.0),
        ("Mon Jan 18 10:01:30 2021", 90.0),
        ("Mon, 18 Jan 2021 09:00:00 GMT", 0.0),
        ("Mon, 18 Jan 2031 10:00:00 GMT", MOST_RETRY_AFTER),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢٠", None),
        ("²", None),
        ("Mon, 99 Jan 2021 10:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_retry_after_is_carried_by_the_error() -> None:
    with pytest.raises(Retry) as caught:
        verdict(_answer(503, retry_after="30"), NOW)
    assert caught.value.after_seconds == 30.0
    with pytest.raises(Retry) as caught:
        verdict(_answer(429), NOW)
    assert caught.value.after_seconds is None


@given(st.integers(0, int(MOST_RETRY_AFTER)))
def test_a_date_and_its_seconds_say_the_same(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"retry-after": date}, NOW) == retry_after({"retry-after": str(seconds)}, NOW) == seconds


@given(st.text())
def test_any_header_is_none_or_within_a_day(value: str) -> None:
    seconds = retry_after({"retry-after": value}, NOW)
    assert seconds is None or 0 <= seconds <= MOST_RETRY_AFTER

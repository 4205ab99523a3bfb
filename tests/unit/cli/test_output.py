"""What people see: harmless, whole letters, plain words."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.cli.options import moment, number
from rasid.cli.output import age, harmless, print_fields, shorten, shown
from rasid.errors import UsageError


@given(st.text(st.characters(), max_size=200))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    left = harmless(text)
    assert not any(unicodedata.category(letter) == "Cc" for letter in left if letter not in "\n\t")
    assert not any(letter in left for letter in "\x1b\x9b\u202e\u2066")
    assert harmless(left) == left


@given(st.text(st.sampled_from("مح\u0651\u064e\u064fde\u0301x"), max_size=60), st.integers(1, 20))
def test_a_letter_keeps_its_marks(text: str, limit: int) -> None:
    """What is cut off never begins with a mark, and what is left has no more letters than asked for."""
    cut = shorten(text, limit)
    if cut != text:
        assert cut.endswith("…")
        assert unicodedata.category(text[len(cut) - 1]) != "Mn"
    assert sum(unicodedata.category(letter) != "Mn" for letter in cut) <= limit


def test_values_are_shown_as_people_read_them() -> None:
    at = datetime(2025, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=3)))
    assert [shown(one) for one in (None, True, 1.50, at, ["ar", "en"], {"rung": "near"})] == [
        "", "yes", "1.5", "2025-03-01 09:30", "ar, en", "rung near",
    ]  # fmt: skip


def test_spans_of_time() -> None:
    assert [age(seconds) for seconds in (None, 5, 300, 7_200, 864_000)] == ["", "5 s", "5 min", "2.0 h", "10.0 d"]


def test_since_reads_spans_dates_and_times() -> None:
    now = datetime(2025, 3, 10, tzinfo=UTC)
    assert moment(None) is None
    assert moment("24h", now=now) == datetime(2025, 3, 9, tzinfo=UTC)
    assert moment("2025-03-01") == datetime(2025, 3, 1, tzinfo=UTC)
    assert moment("2025-03-01T08:00:00+03:00") == datetime(2025, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "7 moons", "99999999d"])
def test_since_that_is_none_of_these_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        moment(text)


@pytest.mark.parametrize("text", ["", "-1", "0", "x", "١٢", "9" * 400])
def test_an_id_is_a_whole_number_that_a_database_holds(text: str) -> None:
    with pytest.raises(UsageError):
        number(text, what="an id")


def test_a_value_without_a_name_goes_on_below_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields([("links", 3), ("", {"done": 2, "skipped": 1}), ("empty", None)])
    assert capsys.readouterr().out == "links:         3\n               done 2, skipped 1\n"

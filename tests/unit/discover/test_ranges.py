"""Days in addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rasid.discover.ranges import Days, days_in, entry_days, may_cover, read_days
from rasid.errors import UsageError
from rasid.model import Entry


def day(year: int, month: int, number: int) -> Days:
    return Days(date(year, month, number), date(year, month, number))


@pytest.mark.parametrize(
    ("address", "days"),
    [
        ("https://a.example/2024/03/31/خبر", day(2024, 3, 31)),
        ("https://a.example/20240331-storm.html", day(2024, 3, 31)),
        ("https://a.example/news/2024-3-1/x", day(2024, 3, 1)),
        ("https://a.example/2024/02/30/x", Days(date(2024, 2, 1), date(2024, 2, 29))),
        ("https://a.example/sitemap_2023_12.xml", Days(date(2023, 12, 1), date(2023, 12, 31))),
        ("https://a.example/sitemap-2023.xml", Days(date(2023, 1, 1), date(2023, 12, 31))),
        ("https://2024-01-01.example/a", None),
        ("https://a.example/article/120240331123", None),
    ],
)
def test_days_in_addresses(address: str, days: Days | None) -> None:
    assert days_in(address) == days


def test_a_row_is_dated_by_news_then_address_then_change_and_never_by_a_year_in_its_title() -> None:
    changed = datetime(2025, 1, 9, tzinfo=UTC)
    assert entry_days(Entry("https://a.example/2024/03/31/x", updated_at=changed)) == day(2024, 3, 31)
    assert entry_days(Entry("https://a.example/budget-2024", updated_at=changed)) == day(2025, 1, 9)
    assert entry_days(Entry("https://a.example/budget-2024")) is None


def test_of_an_index_only_sitemaps_that_may_cover_the_days_are_asked_for() -> None:
    wanted = read_days("2024-03", "2024-03")
    assert may_cover(Entry("https://a.example/map-2024-03.xml"), wanted)
    assert not may_cover(Entry("https://a.example/map-2024-02.xml"), wanted)
    assert not may_cover(Entry("https://a.example/map-1.xml", updated_at=datetime(2024, 2, 9, tzinfo=UTC)), wanted)
    assert may_cover(Entry("https://a.example/map-1.xml", updated_at=datetime(2025, 2, 9, tzinfo=UTC)), wanted)
    assert may_cover(Entry("https://a.example/map-1.xml"), wanted)


@pytest.mark.parametrize("text", ["2024-13", "soon", "2024-02-30", "٢٠٢٤", "2024-1-1-1", "0000"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--since takes a day"):
        read_days(text, None)

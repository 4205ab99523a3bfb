"""Dates that a text speaks of, in four languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rasid.enrich.days import days
from rasid.enrich.tokens import tokenize

TUESDAY = datetime(2021, 1, 19, 11, 17, tzinfo=UTC)


def read(text: str, published_at: datetime | None = TUESDAY) -> list[tuple[str, str]]:
    return [(text[d.start : d.end], d.value) for d in days(text, tokenize(text), published_at=published_at)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("في 18 كانون الثاني 2021", "2021-01-18"),
        ("في ١٨ كانون الثاني/يناير ٢٠٢١", "2021-01-18"),
        ("يوم 3 شتنبر 2019", "2019-09-03"),
        ("في 6 آب من عام 2015", "2015-08-06"),
        ("في أيلول 2020", "2020-09"),
        ("بتاريخ 2020-12-31", "2020-12-31"),
        ("بتاريخ 31/12/2020", "2020-12-31"),
        ("منذ عام 2011", "2011"),
        ("on January 18, 2021", "2021-01-18"),
        ("on 18 January 2021", "2021-01-18"),
        ("on the 3rd of March 2020", "2020-03-03"),
        ("since 2011", "2011"),
        ("le 1er mars 2020", "2020-03-01"),
        ("le 14 juillet 2020", "2020-07-14"),
        ("18 Ocak 2021", "2021-01-18"),
        ("2015 yılında", "2015"),
    ],
)
def test_absolute_dates_need_no_day_of_publication(text: str, value: str) -> None:
    assert [found for _, found in read(text, None)] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("يوم أمس", "2021-01-18"),
        ("أول أمس", "2021-01-17"),
        ("غدا", "2021-01-20"),
        ("قبل ثلاثة أيام", "2021-01-16"),
        ("قبل أسبوعين", "2021-01-05"),
        ("منذ 3 أشهر", "2020-10"),
        ("العام الماضي", "2020"),
        ("الشهر المقبل", "2021-02"),
        ("يوم الأحد", "2021-01-17"),
        ("الثلاثاء", "2021-01-19"),
        ("الخميس المقبل", "2021-01-21"),
        ("27 كانون الأول", "2020-12-27"),
        ("5 شباط المقبل", "2021-02-05"),
        ("yesterday", "2021-01-18"),
        ("two weeks ago", "2021-01-05"),
        ("last Monday", "2021-01-18"),
        ("il y a 3 jours", "2021-01-16"),
        ("avant-hier", "2021-01-17"),
        ("dün", "2021-01-18"),
        ("3 gün önce", "2021-01-16"),
    ],
)
def test_relative_dates_count_from_the_day_of_publication(text: str, value: str) -> None:
    assert [found for _, found in read(text)] == [value]
    (unknown,) = [found for _, found in read(text, None)]
    assert unknown.startswith("XXXX")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("أمس", "XXXX-XX-XX"),
        ("الشهر الماضي", "XXXX-XX"),
        ("الأسبوع المقبل", "XXXX-WXX"),
        ("العام المقبل", "XXXX"),
        ("أحداث 11 سبتمبر", "XXXX-09-11"),
        ("يوم الثلاثاء", "XXXX-WXX-2"),
    ],
)
def test_what_only_the_day_of_publication_tells_is_written_with_x(text: str, value: str) -> None:
    assert [found for _, found in read(text, None)] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("الثامن من مايو 2016", ["2016-05-08"]),
        ("الحادي والعشرين من شهر مايو 2016", ["2016-05-21"]),
        ("يومي 10 و 11 أبريل 2016", ["2016-04-10", "2016-04-11"]),
        ("10-11 April 2016", ["2016-04-10", "2016-04-11"]),
        ("بغزو العراق 2003م", ["2003"]),
        ("طوال عامي 2002 و 2003", ["2002", "2003"]),
        ("أمس الأول", ["2021-01-17"]),
        ("هذا الأسبوع", ["2021-W03"]),
        ("قبل أسابيع", []),
        ("قبل عام 2011", ["2011"]),
        ("الأول من نوعه", []),
    ],
)
def test_days_in_words_pairs_and_weeks(text: str, values: list[str]) -> None:
    assert [found for _, found in read(text)] == values


def test_spans_cover_the_words() -> None:
    assert read("انتهى الاجتماع يوم أمس الاثنين في المدينة") == [("يوم أمس الاثنين", "2021-01-18")]


@pytest.mark.parametrize("text", ["30/02/2021", "2021-13-45", "مارس نشاطه", "may 1 be", "1.2.3.4", "5 من أصل"])
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert read(text, None) == []


def test_extreme_days_of_publication_do_not_raise() -> None:
    for moment in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        for text in ("أمس", "غدا", "منذ 999 عام", "5 شباط المقبل", "الخميس المقبل", "the Sunday", "قبل 900 أسبوع"):
            read(text, moment)


@pytest.mark.parametrize(
    "piece", ["يوم ", "يناير/", "كانون ", "الماضي ", "3 ", "1/", "قبل ", "on ", "il y a ", "2020 "]
)
def test_long_runs_of_date_words_are_read_in_one_pass(piece: str) -> None:
    """Neither deep recursion nor a look at the rest of the text from every word."""
    assert len(read(piece * 20_000)) <= 200


@pytest.mark.parametrize("text", ["30 و 1 أبريل 2016", "في 30 شباط", "31 و 32 أيار 2016"])
def test_days_that_no_month_has_are_not_told(text: str) -> None:
    told = [value for moment in (None, TUESDAY) for _, value in read(text, moment)]
    assert not [value for value in told if value.endswith(("-04-30", "-02-30", "-32"))]

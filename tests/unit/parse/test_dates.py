"""Dates as newsrooms write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.parse.calendars import islamic, jalali
from rasid.parse.dates import parse_date
from rasid.parse.page import read_page

LEVANTINE = (
    "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني",
    "كانون الأول",
)  # fmt: skip
NOW = datetime(2021, 1, 20, 12, 0, tzinfo=UTC)


def day(text: str, language: str | None = None) -> str | None:
    when = parse_date(text, language=language, now=NOW)
    return when.value.date().isoformat() if when else None


@pytest.mark.parametrize(
    "text",
    [
        "19 كانون الثاني 2021",
        "19 كانون الثاني/يناير 2021",
        "19 يناير/ كانون الثاني 2021",
        "١٩ يناير ٢٠٢١",
        "الثلاثاء 19 جانفي 2021",
        "6 جمادى الآخرة 1442 هـ",
        "1442/6/6 هـ",
        "30 دی 1399",
        "سی ام دی ۱۳۹۹",
        "19ê Çileya 2021",
        "١٩ی کانوونی دووەم ٢٠٢١",
        "19 Ocak 2021 Salı",
        "mardi 19 janvier 2021",
        "19. Januar 2021",
        "19 января 2021 г.",
        "2021年1月19日",
        "2021년 1월 19일",
        "January 19th, 2021",
        "19-Jan-2021",
        "19.01.2021",
        "2021/01/19",
        "20210119",
        "19 בינואר 2021",
    ],
)
def test_one_day_in_many_hands(text: str) -> None:
    """The language of the text is not told."""
    assert day(text, "fa" if "۱۳۹۹" in text or "1399" in text else None) == "2021-01-19"


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("كانون الثاني", 1), ("شباط", 2), ("آذار", 3), ("نيسان", 4), ("أيار", 5), ("حزيران", 6), ("تموز", 7), ("آب", 8),
        ("أيلول", 9), ("تشرين الأول", 10), ("تشرين الثاني", 11), ("كانون الأول", 12),
        ("جانفي", 1), ("فيفري", 2), ("أفريل", 4), ("ماي", 5), ("جوان", 6), ("جويلية", 7), ("أوت", 8),
        ("غشت", 8), ("شتنبر", 9), ("أكتوبر", 10), ("نونبر", 11), ("دجنبر", 12), ("مايس", 5), ("يونيو", 6), ("أغسطس", 8),
    ],
)  # fmt: skip
def test_months_of_every_arab_region(name: str, month: int) -> None:
    assert day(f"7 {name} 2020", "ar") == f"2020-{month:02}-07"


@pytest.mark.parametrize(
    ("text", "value", "zone_from"),
    [
        ("2021.01.19 | 11:17 دمشق", "2021-01-19T11:17:00+02:00", "city"),
        ("2023.01.19 | 11:17 دمشق", "2023-01-19T11:17:00+03:00", "city"),
        ("الثلاثاء 19 يناير 2021 - 11:17 بتوقيت القاهرة", "2021-01-19T11:17:00+02:00", "city"),
        ("Tue, 19 Jan 2021 11:17:00 -0500", "2021-01-19T11:17:00-05:00", "text"),
        ("Jan 19, 2021 5:04 p.m. ET", "2021-01-19T17:04:00-05:00", "text"),
        ("2021-01-19T11:17:00Z", "2021-01-19T11:17:00+00:00", "text"),
        ("2021-01-19 11:17 +03:30", "2021-01-19T11:17:00+03:30", "text"),
        ("19 يناير 2021 الساعة 3:30 م", "2021-01-19T15:30:00+00:00", "none"),
        ("19 يناير 2021، 12:05 صباحا", "2021-01-19T00:05:00+00:00", "none"),
        ("19.01.2021 14.30", "2021-01-19T14:30:00+00:00", "none"),
        ("19 Mar 2013 10h11", "2013-03-19T10:11:00+00:00", "none"),
    ],
)
def test_clock_and_zone(text: str, value: str, zone_from: str) -> None:
    when = parse_date(text)
    assert when is not None
    assert (when.value.isoformat(), when.zone_from) == (value, zone_from)


def test_the_country_gives_the_zone_where_the_text_does_not() -> None:
    summer = parse_date("19 تموز 2021 11:17", language="ar", country="SY")
    winter = parse_date("19 كانون الثاني 2021 11:17", language="ar", country="SY")
    assert summer is not None
    assert winter is not None
    assert (summer.value.utcoffset(), winter.value.utcoffset()) == (timedelta(hours=3), timedelta(hours=2))
    assert summer.zone_from == "country"


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("منذ ساعتين", "2021-01-20T10:00:00+00:00", "hour"),
        ("قبل 3 أيام", "2021-01-17T00:00:00+00:00", "day"),
        ("2 hours ago", "2021-01-20T10:00:00+00:00", "hour"),
        ("il y a 5 minutes", "2021-01-20T11:55:00+00:00", "minute"),
        ("vor 2 Stunden", "2021-01-20T10:00:00+00:00", "hour"),
        ("3 saat önce", "2021-01-20T09:00:00+00:00", "hour"),
        ("۲ ساعت پیش", "2021-01-20T10:00:00+00:00", "hour"),
        ("أمس", "2021-01-19T00:00:00+00:00", "day"),
        ("yesterday 14:30", "2021-01-19T14:30:00+00:00", "minute"),
        ("dün", "2021-01-19T00:00:00+00:00", "day"),
    ],
)
def test_relative_phrases_count_back_from_now(text: str, value: str, precision: str) -> None:
    when = parse_date(text, now=NOW)
    assert when is not None
    assert (when.value.isoformat(), when.precision) == (value, precision)
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "language", "country", "value"),
    [
        ("03/04/2021", "fr", None, "2021-04-03"),
        ("03/04/2021", "en", "GB", "2021-04-03"),
        ("03/04/2021", "en", "US", "2021-03-04"),
        ("13/04/2021", "en", "US", "2021-04-13"),
        ("03.04.2021", "en", "US", "2021-04-03"),
    ],
)
def test_order_of_numbers(text: str, language: str, country: str | None, value: str) -> None:
    when = parse_date(text, language=language, country=country)
    assert when is not None
    assert when.value.date().isoformat() == value


def test_a_date_without_year_is_the_last_such_day() -> None:
    assert day("18 يناير", "ar") == "2021-01-18"
    assert day("25 December", "en") == "2020-12-25"
    assert parse_date("25 December") is None


@pytest.mark.parametrize(
    ("text", "precision", "value"),
    [("March 2012", "month", "2012-03-01"), ("2012", "year", "2012-01-01"), ("2012-03", "month", "2012-03-01")],
)
def test_coarse_dates_say_that_they_are(text: str, precision: str, value: str) -> None:
    when = parse_date(text)
    assert when is not None
    assert (when.precision, when.value.date().isoformat()) == (precision, value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "خبر عاجل", "no date here", "31.02.2021", "2021-13-45", "1399/04/02", "12:30", "+A", "99", "013",
        "32 يناير 2021", "١٩", "a" * 300, "May", "رمضان 2021", "15 Thing 2021",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    assert parse_date(text) is None


@given(st.text(max_size=120), st.sampled_from([None, "ar", "fa", "ku", "en-US", "zz", "x-y-z"]))
def test_no_text_raises(text: str, language: str | None) -> None:
    when = parse_date(text, language=language, country="SY", now=NOW)
    assert when is None or when.value.tzinfo is not None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2069, 12, 31)))
def test_a_day_is_read_back_in_any_dress(on: date) -> None:
    dressed = f"{on.day} {LEVANTINE[on.month - 1]} {on.year}"
    eastern = dressed.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for text in (dressed, eastern, on.isoformat(), f"{on:%d %B %Y}", f"{on:%d.%m.%Y}"):
        assert day(text) == on.isoformat()


def test_calendars() -> None:
    assert jalali(1399, 12, 30) == date(2021, 3, 20)
    assert jalali(1400, 12, 30) is None
    assert islamic(1442, 6, 6) == date(2021, 1, 19)
    assert islamic(9999, 1, 1) is None


@given(st.dates(min_value=date(1950, 3, 22), max_value=date(2080, 1, 1)))
def test_jalali_years_have_no_gaps(on: date) -> None:
    """Every Gregorian day is exactly one Solar Hijri day."""
    year = on.year - 621
    days = [
        (month, number)
        for look in (year - 1, year)
        for month in range(1, 13)
        for number in range(1, 32)
        if jalali(look, month, number) == on
    ]
    assert len(days) == 1


def test_a_date_at_the_headline_beats_those_of_neighbours() -> None:
    html = """<html><body><ul class="teasers"><li><span class="date">1.2.2022</span> خبر آخر</li></ul>
    <div><h1>اجتماع في دمشق حول المياه</h1><div class="meta"><span>Damaskus, 19. Januar 2021</span></div>
    <p>نص طويل يتحدث عن الاجتماع وما دار فيه من نقاش بين الحاضرين.</p></div></body></html>"""
    found = read_page(html, url="https://a.example/x/123456").published
    assert found is not None
    assert (found.value.date().isoformat(), found.source) == ("2021-01-19", "headline")


@pytest.mark.parametrize(("url", "day"), [("https://a.example/1", "2020-12-05"), ("https://a.it/1", "2020-12-06")])
def test_a_machines_utc_is_told_by_the_clock_of_the_outlet(url: str, day: str) -> None:
    html = '<html><head><meta property="article:published_time" content="2020-12-05T23:15:00Z"></head></html>'
    found = read_page(html, url=url).published
    assert found is not None
    assert found.value.date().isoformat() == day
    assert found.value == datetime(2020, 12, 5, 23, 15, tzinfo=UTC)


NOON = datetime(2012, 11, 13, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("2003335", None, "2003-12-01"),
        ("2003-335", None, "2003-12-01"),
        ("-0312", None, "2003-12-01"),
        ("031231", None, "2003-12-31"),
        ("2003-012-31T10:14:55+00:00", None, "2003-12-31"),
        ("16:16", "en", "2012-11-13"),
        ("آذار", "ar", "2012-03-01"),
        ("December", "en", "2011-12-01"),
        ("u listopadu 2056.", "hr", "2056-10-01"),
        ("in 2 days", "en", "2012-11-15"),
        ("in zwei Tagen", "de", "2012-11-15"),
        ("übermorgen", "de", "2012-11-15"),
        ("غدا", "ar", "2012-11-14"),
        ("3月", "ja", "2012-03-01"),
        ("午後3時", "ja", "2012-11-13"),
    ],
)
def test_what_is_known_to_be_a_date_may_be_terser(text: str, language: str | None, value: str) -> None:
    found = parse_date(text, language=language, now=NOON, terse=True)
    assert found is not None
    assert found.value.date().isoformat() == value


@pytest.mark.parametrize("text", ["2003335", "031231", "-0312", "16:16", "December", "in 2 days", "3月"])
def test_on_a_page_such_things_are_no_dates(text: str) -> None:
    assert parse_date(text, language="en", now=NOON) is None


@pytest.mark.parametrize("text", ["Sun, 16 Dec 2012 11:47:32 +00:zz", "2003366x", "2003-400", "22013", "991399"])
def test_broken_forms_are_refused(text: str) -> None:
    assert parse_date(text, now=NOON, terse=True) is None


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [("u studenome 2015.", "hr", 1), ("2 martsi 2001 ataasinngorneq", "kl", 2), ("6 int 2009 domingo", "qu", 6)],
)
def test_inflected_names_of_many_languages_are_known(text: str, language: str, day: int) -> None:
    found = parse_date(text, language=language, now=NOON, terse=True)
    assert found is not None
    assert found.value.day == day

"""Which of several bearers a name means, and what was decided against."""

from __future__ import annotations

import pytest

from rasid.enrich.around import AT, SETTLED
from rasid.enrich.listed import CITY, CONTEXT, COUNTRY, CURATED, Entry
from rasid.enrich.resolve import Found, settle

ENTRIES = [
    Entry("lb", "place", "طرابلس", "Tripoli", "LB", 34.4, 35.8, 230_000, CITY, admin="LB.09"),
    Entry("ly", "place", "طرابلس", "Tripoli", "LY", 32.9, 13.2, 1_300_000, CITY, admin="LY.77"),
    Entry("beirut", "place", "بيروت", "Beirut", "LB", 33.9, 35.5, 1_900_000, CITY, admin="LB.04"),
    Entry("TN", "place", "تونس", "Tunisia", "TN", 34.0, 9.0, 0, COUNTRY),
    Entry("tunis", "place", "تونس", "Tunis", "TN", 36.8, 10.2, 690_000, CITY),
    Entry("columbus", "person", "كولومبوس", "Columbus", "IT", rank=CURATED),
    Entry("ohio", "place", "كولومبوس", "Columbus", "US", 40.0, -83.0, 900_000, CITY),
    Entry("suran-hama", "place", "صوران", "Suran", "SY", 35.3, 36.7, 2_000, CITY, admin="SY.10"),
    Entry("suran-aleppo", "place", "صوران", "Suran", "SY", 36.6, 37.2, 5_000, CITY, admin="SY.09"),
    Entry("hama", "place", "حماة", "Hama", "SY", 35.1, 36.7, 460_000, CITY, admin="SY.10"),
    Entry("raqqa-kw", "place", "الرقة", "Riqqah", "KW", 29.1, 48.1, 52_000, CITY),
]
NUMBER = {entry.ref: number for number, entry in enumerate(ENTRIES)}


def hit(*refs: str, flags: int = 0, around: int = 0, said: str = "", cued: bool = False, inside: bool = False) -> Found:
    return Found(
        0, 1, 0, 1, [(NUMBER[ref], flags) for ref in refs], cued, around=around, said=said, inside=inside or cued
    )


def decided(*hits: Found, source: str = "") -> list[str]:
    return [one.entry.ref for one in settle(hits, ENTRIES.__getitem__, source=source) if one.entry is not None]


def test_the_larger_wins_where_nothing_else_tells() -> None:
    assert decided(hit("lb", "ly")) == ["ly"]


@pytest.mark.parametrize(("source", "wanted"), [("LB", "lb"), ("LY", "ly"), ("SY", "ly")])
def test_the_outlets_country_decides(source: str, wanted: str) -> None:
    assert decided(hit("lb", "ly"), source=source) == [wanted]


def test_other_places_of_the_text_decide() -> None:
    assert decided(hit("beirut"), hit("beirut"), hit("lb", "ly"))[-1] == "lb"


def test_the_country_that_stands_behind_it_decides() -> None:
    assert decided(hit("lb", "ly", said="LB"), source="LY") == ["lb"]


def test_a_place_of_the_same_province_decides_within_a_country() -> None:
    assert decided(hit("suran-hama", "suran-aleppo")) == ["suran-aleppo"]
    assert decided(hit("hama"), hit("suran-hama", "suran-aleppo"))[-1] == "suran-hama"


def test_a_city_is_meant_behind_city_of_and_the_country_elsewhere() -> None:
    assert decided(hit("TN", "tunis")) == ["TN"]
    assert decided(hit("TN", "tunis", around=SETTLED, cued=True)) == ["tunis"]


def test_a_city_is_meant_and_no_person_where_only_places_stand() -> None:
    assert decided(hit("columbus", "ohio")) == ["columbus"]
    assert decided(hit("columbus", "ohio", around=AT, inside=True)) == ["ohio"]


def test_what_was_decided_against_is_kept_with_its_likelihood() -> None:
    (found,) = settle([hit("lb", "ly")], ENTRIES.__getitem__, source="LB")
    assert [one.ref for one, _ in found.likely] == ["lb", "ly"]
    assert sum(share for _, share in found.likely) == pytest.approx(1)
    assert found.share == found.likely[0][1]


def test_a_name_that_needs_its_country_goes_without() -> None:
    assert decided(hit("raqqa-kw", flags=CONTEXT)) == []
    assert decided(hit("raqqa-kw", flags=CONTEXT), source="KW") == ["raqqa-kw"]
    assert decided(hit("raqqa-kw", flags=CONTEXT, around=AT)) == ["raqqa-kw"]
    # In the place of an adjective the country is not enough.
    assert decided(hit("raqqa-kw", flags=CONTEXT, around=-1), source="KW") == []

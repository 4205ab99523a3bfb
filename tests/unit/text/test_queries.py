"""Saved queries: how they are read, what they refuse, and what they find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.errors import UsageError
from rasid.text.queries import QUERY_CHARACTERS, QUERY_PARTS, Query, match_doc, matches

DOC = match_doc(
    "توتر في الحسكة والقامشلي",
    "قالت مصادر محلية إن عناصر تابعين لقسد انسحبوا، فيما وصلت تعزيزات من قوات النظام السوري إلى الحي.\n\n"
    "European sanctions on the Kamışlı'da company were discussed.",
    language="ar-SY",
    source="Enab-Baladi",
    refs=["place:173811", "org:SDF"],
)


@pytest.mark.parametrize(
    "query",
    [
        "قسد",
        "القامشلي",
        "القامشلى الحسكه",
        "لقسد",
        "القوات",
        '"قوات النظام"',
        '"القامشلي"',
        '"توتر في الحسكة"',
        "حلب OR القامشلي",
        "قسد -مباراة",
        'قسد -"قوات سوريا"',
        "kamışlı",
        "SANCTIONS",
        "lang:ar",
        "lang:AR-iq قسد",
        "source:enab-baladi",
        "place:place:173811",
        "entity:org:sdf",
        "lang:en OR source:enab-baladi",
        "كلمة OR أخرى OR قسد انسحبوا",
    ],
)
def test_it_is_found(query: str) -> None:
    assert matches(Query.parse(query), DOC)


@pytest.mark.parametrize(
    "query",
    [
        "حلب",
        "قسد حلب",
        '"النظام قوات"',
        '"والقامشلي قالت"',
        "قسد -القامشلي",
        "قسد -lang:ar",
        "قسد -source:enab-baladi",
        "lang:en",
        "source:sana",
        "place:1",
        "قس",
        "وات",
        "حلب OR دمشق",
        '"قسد انسحب"',
    ],
)
def test_it_is_not_found(query: str) -> None:
    assert not matches(Query.parse(query), DOC)


def test_a_stem_finds_other_endings_in_the_language_of_the_article() -> None:
    doc = match_doc("", "New sanctions were announced", language="en")
    assert matches(Query.parse("sanction"), doc)
    assert matches(Query.parse("announce"), doc)
    assert not matches(Query.parse('"sanction"'), doc)


def test_a_phrase_does_not_run_from_the_title_into_the_text() -> None:
    doc = match_doc("قوات", "سوريا الديمقراطية")
    assert not matches(Query.parse('"قوات سوريا"'), doc)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "asks for nothing"),
        ("   ", "asks for nothing"),
        ("-قسد", "asks for nothing"),
        ("OR قسد", "both sides"),
        ("قسد OR", "both sides"),
        ("قسد OR OR حلب", "both sides"),
        ("قسد OR -حلب", "refused"),
        ('"قسد', "not closed"),
        ('""', "empty phrase"),
        ("lang:", "needs a value"),
        ("outlet:sana", "lang, source, place, entity"),
        ("!!!", "no letter"),
        ("x " * QUERY_CHARACTERS, "characters"),
        ("x " * (QUERY_PARTS + 1), "parts"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(query: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Query.parse(query)


def test_an_address_and_a_clock_time_are_words_not_fields() -> None:
    doc = match_doc("", "see https://example.org/a at 12:30")
    assert matches(Query.parse("https://example.org/a"), doc)
    assert matches(Query.parse("12:30"), doc)


@given(st.text(st.sampled_from('قسد حلب OR -":lang() \n\u200f'), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = Query.parse(text)
    except UsageError:
        return
    assert query.wanted
    assert matches(query, DOC) in (True, False)


@given(st.lists(st.sampled_from(["قسد", "حلب", "القامشلي", "قوات", "غائب"]), min_size=1, max_size=4))
def test_refusing_a_word_is_the_contrary_of_asking_for_it(found: list[str]) -> None:
    base = "تعزيزات"
    for word in found:
        wanted = matches(Query.parse(f"{base} {word}"), DOC)
        assert wanted != matches(Query.parse(f"{base} -{word}"), DOC)


def test_a_topic_is_asked_for_by_its_name() -> None:
    doc = match_doc("", "انخفض سعر الخبز", topics=("Food prices", "معيشة"))
    assert matches(Query.parse("topic:معيشة خبز"), doc)
    assert matches(Query.parse('topic:"food prices"'), doc)
    assert not matches(Query.parse("topic:aid"), doc)
    assert not matches(Query.parse("خبز -topic:معيشة"), doc)

"""Story documents: what weighs, by what they are found, and how they are kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.cluster import doc
from rasid.cluster.doc import (
    KEY_REFS,
    KEY_STEMS,
    KEY_TITLE,
    STEMS_LIMIT,
    Named,
    StoryDoc,
    keys,
    make_doc,
    pack_doc,
    unpack_doc,
    with_named,
)

TITLE = "تعليق الرحلات في مطار حلب"
TEXT = (
    "علّقت إدارة مطار حلب الرحلات الجوية حتى إشعار آخر بسبب أضرار في المدرج.\n\n"
    "وقالت الإدارة إن الرحلات ستحوّل إلى مطار اللاذقية، وإن أعمال الإصلاح في المدرج تحتاج إلى أسبوعين."
)


def length(bag: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in bag.values()))


def test_bags_have_length_one_and_hold_no_stopwords() -> None:
    doc = make_doc(1, TITLE, TEXT, language="ar", named=Named(["a", "a", "b"]))

    assert doc.refs is not None
    for bag in (doc.title, doc.lead, doc.body, doc.refs):
        assert length(dict(bag)) == pytest.approx(1)
        assert list(doc.body.values()) == sorted(doc.body.values(), reverse=True)
    assert "في" not in doc.body
    assert "الي" not in doc.body
    assert doc.refs["a"] > doc.refs["b"]


def test_spelling_and_proclitics_make_no_difference() -> None:
    other = TEXT.replace("الرحلات", "والرحلات").replace("أ", "ا").replace("إدارة", "ادارة")
    assert make_doc(1, TITLE, TEXT, language="ar").body == make_doc(1, TITLE, other, language="ar-SY").body


def test_rare_words_weigh_more_than_common_ones() -> None:
    doc = make_doc(1, "", "the government closed the aqueduct near the zeugma today", language="en")
    assert doc.body["zeugma"] > doc.body["govern"]


def test_names_are_words_whose_capital_no_sentence_asks_for() -> None:
    doc = make_doc(
        1, "", "Yesterday the minister met Wissam Halabi in Kamışlı. Nobody spoke.\nRain fell.", language="en"
    )
    assert doc.names is not None
    assert set(doc.names) == {"wissam", "halabi", "kamisli"}


@pytest.mark.parametrize("text", [TEXT, "all of it is written small, as some do", "今日は雨が降りました"])
def test_scripts_without_capitals_have_no_names(text: str) -> None:
    assert make_doc(1, "", text).names is None


def test_entities_that_nobody_looked_for_can_be_given_later() -> None:
    late = with_named(make_doc(1, TITLE, TEXT, language="ar"), Named(["a", "b"], ["a"]))
    assert make_doc(1, TITLE, TEXT, language="ar").refs is None
    assert late == make_doc(1, TITLE, TEXT, language="ar", named=Named(["a", "b"], ["a"]))


def test_figures_are_read_in_any_digits() -> None:
    doc = make_doc(1, "زلزال بقوة ٦.١", "قتل ٤٧ شخصا عام 2013 بينهم 3 أطفال", language="ar")
    assert doc.numbers == {"6.1", "47", "2013"}
    assert doc.share == 0.5  # 4 of 8 words of the text, the title's figure counted in


def test_what_tells_a_table_is_long_numbers_and_short_ones_beside_one_another() -> None:
    prices = make_doc(1, "", "البندورة 4500 ليرة، البصل 3200 ليرة، الثوم 12 الف، البيض 30 الف", language="ar")
    assert prices.table == {"4500", "3200", "12 30"}
    assert make_doc(1, TITLE, TEXT, language="ar").table == frozenset()


def test_an_article_without_title_or_text_still_has_a_document() -> None:
    assert make_doc(1, "", TEXT, language="ar").title
    assert make_doc(1, TITLE, "", language="ar").body
    empty = make_doc(1, "", "", language=None)
    assert (empty.title, empty.body, keys(empty)) == ({}, {}, [])


def test_keys_are_few_and_name_their_kind() -> None:
    doc = make_doc(1, TITLE, TEXT * 5, language="ar", named=Named([f"r{n}" for n in range(60)]))
    found = keys(doc)

    assert sum(key.startswith("e:") for key in found) == KEY_REFS
    assert 3 < sum(key.startswith("w:ar:") for key in found) <= KEY_STEMS + KEY_TITLE
    assert len(found) == len(set(found))


def test_long_texts_make_no_larger_documents() -> None:
    doc = make_doc(1, "", " ".join(f"word{n}" for n in range(50_000)), language="en")
    assert len(doc.body) <= STEMS_LIMIT


# The word list of a language is read when it is first met.
@settings(deadline=None)
@given(
    st.text(max_size=200),
    st.text(max_size=30),
    st.sampled_from(["ar", "en", "tr", "xx", None]),
    st.lists(st.text(min_size=1, max_size=5), max_size=5),
)
def test_any_document_survives_packing(text: str, title: str, language: str | None, refs: list[str]) -> None:
    at = datetime(2026, 3, 1, 8, 0, tzinfo=timezone(timedelta(hours=3)))
    doc = make_doc(7, title, text, language=language, named=Named(refs), at=at)
    assert unpack_doc(pack_doc(doc)) == doc


def test_a_naive_time_is_taken_for_utc() -> None:
    assert make_doc(1, "", "", at=datetime(2026, 3, 1)).at == datetime(2026, 3, 1, tzinfo=UTC)  # noqa: DTZ001


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="not a packed story document"):
        unpack_doc(b"\x00\x01")


def test_what_a_document_is_does_not_hang_on_the_articles_before_it() -> None:
    """Each worker has met other words: two that make the document of one article must make the same one."""
    forms = "وللمزارعين المزارعين مزارعون فالمزارعون بالمزارع والمزارعة"

    def made(before: str) -> StoryDoc:
        doc._lexicons.clear()
        make_doc(0, "", before, language="ar")
        return make_doc(1, TITLE, f"{TEXT} {forms}", language="ar")

    alone = made("")
    for word in forms.split():
        other = made(word)
        assert (other.title, other.lead, other.body) == (alone.title, alone.lead, alone.body)

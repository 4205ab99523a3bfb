"""Folding: what spellings of one word share, and where each folded letter came from."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rasid.text.fold import fold, fold_with_offsets, has_arabic

ARABIC = st.text(st.characters(min_codepoint=0x0600, max_codepoint=0x06FF), max_size=60)
ANY = st.one_of(st.text(max_size=80), ARABIC)


@given(ANY)
@example("İIıiSSßﷺﻻ")
@example("شَرْقُ الفُراتِ ١٢٣ ۴۵۶")
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY)
@example("شَرْقُ الفُراتِ ١٢٣ ۴۵۶")
@example("İıSSßﷺﻻ\0")
@example("وصل 😀 𝐀𝐁 𐤀")
@example("\ud800ب\udc00")
def test_a_long_text_folds_as_its_characters_do(text: str) -> None:
    assert fold(text * 120) == "".join(map(fold, text)) * 120


@given(ANY)
@example("e\u0301té \u200fقـــسد")
def test_offsets_name_the_character_that_gave_each_folded_one(text: str) -> None:
    folded, offsets = fold_with_offsets(text)

    assert len(offsets) == len(folded) + 1
    assert offsets[-1] == len(text)
    assert offsets == sorted(offsets)
    given_by: dict[int, str] = {}
    for index, char in enumerate(folded):
        given_by[offsets[index]] = given_by.get(offsets[index], "") + char
    for index, char in enumerate(text):
        assert given_by.get(index, "") == fold(char)


@given(ANY)
def test_both_ways_of_folding_give_the_same_text(text: str) -> None:
    assert fold_with_offsets(text)[0] == fold(text)


@given(ANY, ANY)
def test_folding_goes_letter_by_letter(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("إدلب", "ادلب"),
        ("الحسكة", "الحسكه"),
        ("عَفْرِين", "عفرين"),
        ("القامـشـلي", "القامشلى"),
        ("کوبانی", "كوبانى"),
        ("١٩ آذار", "19 اذار"),
        ("۱۴۰۰", "1400"),
        ("Kamışlı", "KAMIŞLI"),
        ("İSTANBUL", "istanbul"),
        ("Élysée", "elysee"),
        ("ق\u200fسد", "قسد"),
    ],
)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("حلب", "حلف"), ("عين", "غين"), ("سد", "صد"), ("گل", "كل")])
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_span_of_the_folded_text_leads_back_to_the_original() -> None:
    text = "في الحَسَكَةِ أمس"
    folded, offsets = fold_with_offsets(text)
    start = folded.index("الحسكه")
    end = start + len("الحسكه")

    assert text[offsets[start] : offsets[end - 1] + 1] == "الحَسَكَة"


def test_arabic_letters_are_seen() -> None:
    assert has_arabic("abc قسد")
    assert not has_arabic("Kamışlı 12")

"""Words with their offsets, and the forms that proclitics give them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rasid.enrich.tokens import Token, tokenize, variants, with_proclitics
from rasid.text.fold import fold

ORDINARY = st.text(st.sampled_from("ابتحدةأىكلمن12٣eé ،.:'_-\n"), max_size=60)
MARKED = st.text(st.sampled_from("ابتةىًَُّـ \u200f\u200c.é'ßİ\u0301😀"), max_size=60)


@given(st.one_of(ORDINARY, MARKED, st.text(max_size=60)))
@example("كثيراً مِنَ الـقول")
@example(" ًا")
@example("ـ x")
@example("كلمة\u200f، 😀 كلمة")
def test_a_long_text_has_the_words_of_its_lines_in_their_places(line: str) -> None:
    step, alone = len(line) + 1, tokenize(line)
    assert tokenize(f"{line}\n" * 120) == [
        Token(token.folded, token.start + step * number, token.end + step * number)
        for number in range(120)
        for token in alone
    ]


@given(st.one_of(ORDINARY, MARKED))
def test_a_word_is_what_stands_in_its_place(line: str) -> None:
    text = f"{line} " * 3
    for token in tokenize(text):
        assert fold(text[token.start : token.end]) == token.folded


def test_an_apostrophe_parts_words_and_a_mark_does_not() -> None:
    assert [token.folded for token in tokenize("Kamışlı'da كثيراً" + " و" * 60)][:3] == ["kamisli", "da", "كثيرا"]


def test_a_very_long_word_is_none() -> None:
    assert [token.folded for token in tokenize("ا" * 61 + " " + "ب" * 60)] == ["ب" * 60]


@pytest.mark.parametrize("form", ["النظام", "حلب", "الاسد", "لبنان", "assad", "ولد"])
def test_what_proclitics_join_their_removal_gives_back(form: str) -> None:
    for written, cut in with_proclitics(form):
        assert (form, cut) in variants(written)


@given(st.text(st.sampled_from("والفبكلحم"), min_size=3, max_size=7))
def test_no_way_of_writing_a_form_is_left_out(word: str) -> None:
    for form, cut in variants(word):
        if len(form) > 2:
            assert (word, cut) in with_proclitics(form)

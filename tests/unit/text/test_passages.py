"""Shared passages: where they stand, and that hostile texts cost no more than their length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rasid.text.fold import fold
from rasid.text.passages import shared_passages
from rasid.text.words import words

FIRST = "دمشق - سانا: أعلنت وزارة النقل اليوم افتتاح جسر جديد على نهر الفرات، وقال الوزير إنه سيخدم آلاف السكان."
SECOND = "أعلنتْ وزارةُ النقل اليوم إفتتاح جسر جديد على نهر الفرات. وفي سياق آخر قال مصدر محلي إن الطريق أغلق."


def test_the_longest_passage_is_found_through_spelling_variants() -> None:
    (passage,) = shared_passages(FIRST, SECOND)
    assert passage.words == 10
    assert FIRST[passage.start : passage.end] == "أعلنت وزارة النقل اليوم افتتاح جسر جديد على نهر الفرات"
    assert SECOND[passage.other_start : passage.other_end] == "أعلنتْ وزارةُ النقل اليوم إفتتاح جسر جديد على نهر الفرات"


@given(st.text("اأبت ثجح12َ\n.a", max_size=200), st.text("اأبت ثجح12َ\n.a", max_size=200))
def test_passages_are_the_same_words_and_inside_the_texts(one: str, other: str) -> None:
    found = shared_passages(one, other, least=2)
    for passage in found:
        left, right = one[passage.start : passage.end], other[passage.other_start : passage.other_end]
        assert words(fold(left)) == words(fold(right))
        assert len(words(fold(left))) == passage.words >= 2
    assert [passage.words for passage in found] == sorted((passage.words for passage in found), reverse=True)


def test_what_is_repeated_for_ever_is_looked_at_once() -> None:
    found = shared_passages("كلمة " * 100_000, "كلمة " * 100_000)
    assert [passage.words for passage in found] == [20_000]


def test_nothing_shared_gives_nothing() -> None:
    assert shared_passages("", "") == []
    assert shared_passages("!!! ؟", FIRST) == []
    assert shared_passages(FIRST, " ".join(reversed(FIRST.split()))) == []

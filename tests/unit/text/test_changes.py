"""Which changes of an article matter, and how they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.text.changes import compare, matters

TEXT = "أعلنت الوزارة افتتاح المركز.\n\nوقال الوزير إن العدد بلغ 12 مركزاً."


@pytest.mark.parametrize(
    "new",
    [
        TEXT,
        TEXT.replace(" ", "  "),
        TEXT.replace("أعلنت", "اعلنت"),
        TEXT.replace("المركز.", "المركزِ!"),
        f"{TEXT}\n\nآخر تحديث: 14:05 بتوقيت دمشق",
        f"Updated 3 minutes ago\n\n{TEXT}",
        f"{TEXT}\n\nعدد المشاهدات 1532",
    ],
)
def test_spelling_spacing_and_stamps_make_no_version(new: str) -> None:
    assert not matters("عنوان", TEXT, "عنوان", new)


@pytest.mark.parametrize(
    ("title", "text"),
    [("عنوان جديد", TEXT), ("عنوان", TEXT.replace("12", "13")), ("عنوان", TEXT + "\n\nوأضاف أن العمل مستمر.")],
)
def test_another_word_or_number_makes_one(title: str, text: str) -> None:
    assert matters("عنوان", TEXT, title, text)


def test_the_words_that_changed_are_told() -> None:
    runs = compare(TEXT, TEXT.replace("12", "13"))
    assert [(run.what, run.text) for run in runs if run.what != "kept"] == [("gone", "12"), ("new", "13")]


def test_a_new_paragraph_is_told_whole() -> None:
    runs = compare(TEXT, TEXT + "\n\nوأضاف.")
    assert runs[-1].what == "new"
    assert "وأضاف" in runs[-1].text


_TEXTS = st.lists(st.text(alphabet="ابج دab1.,", max_size=12), max_size=6).map("\n\n".join)


@given(_TEXTS, _TEXTS)
def test_the_runs_hold_all_words_of_both_texts(old: str, new: str) -> None:
    runs = compare(old, new)
    assert "".join("".join(r.text for r in runs if r.what != "new").split()) == "".join(old.split())
    assert "".join("".join(r.text for r in runs if r.what != "gone").split()) == "".join(new.split())


@given(_TEXTS)
def test_a_text_has_not_changed_against_itself(text: str) -> None:
    assert not matters("", text, "", text)
    assert all(run.what == "kept" for run in compare(text, text))

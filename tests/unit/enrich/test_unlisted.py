"""Names that stand in no list of actors: what given names, family names and titles tell of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import rasid.enrich.unlisted as unlisted
from rasid.enrich.tokens import tokenize
from rasid.enrich.unlisted import Guesser
from rasid.text.fold import fold

_DATA = Path(unlisted.__file__).parent / "data"


def people(text: str) -> dict[str, float]:
    """People guessed in a text, as written, with their scores."""
    guesses = Guesser({"الاميركي", "المصري"}).guess(text, tokenize(text), [])
    assert all(guess.mention.method == "heuristic" and guess.mention.score <= 0.6 for guess in guesses)
    return {guess.mention.text: guess.mention.score for guess in guesses if guess.mention.kind == "person"}


@pytest.mark.parametrize(
    ("text", "name", "score"),
    [
        ("قال جورج بوش أمس إن القوات باقية", "جورج بوش", 0.6),
        ("وصل ستيفين كلينتون إلى المدينة", "ستيفين كلينتون", 0.6),
        ("قال محمد الخطيب أمس", "محمد الخطيب", 0.6),  # a word too, yet behind a given name
        ("وقال مايكل زخبوط أمس", "مايكل زخبوط", 0.5),  # no list knows him
    ],
)
def test_a_known_family_name_makes_a_name_surer(text: str, name: str, score: float) -> None:
    assert people(text) == {name: score}


def test_a_family_name_counts_behind_a_title_or_once_introduced_but_not_by_itself() -> None:
    assert people("وأعلن شيراك أن المؤتمر تأجل") == {}
    assert people("وأعلن الرئيس الأميركي كلينتون أن المؤتمر تأجل") == {"كلينتون": 0.45}
    assert people("قال جاك شيراك إن المؤتمر تأجل، ثم عاد شيراك إلى العاصمة") == {"جاك شيراك": 0.6, "شيراك": 0.45}
    assert people("قال المتحدث العسكري إن الوضع هادئ") == {}


def test_a_surname_behind_a_title_means_the_one_named_in_full() -> None:
    text = "عاد الرئيس شيراك أمس. وقال جاك شيراك إن المؤتمر تأجل"
    guesses = Guesser(()).guess(text, tokenize(text), [])
    assert {guess.mention.ref for guess in guesses} == {"name:جاك شيراك"}


@pytest.mark.parametrize(
    "name", ["عبد الله غول", "عبدالله غول", "سيف الإسلام القذافي", "محمد عبد الرحمن", "صلاح الدين دميرطاش"]
)
def test_given_names_are_read_in_one_word_or_two(name: str) -> None:
    assert name in people(f"قال {name} أمس إن الوضع هادئ")


def test_a_proclitic_is_no_part_of_a_name_in_two_words() -> None:
    assert list(people("وعبد الله غول في العاصمة")) == ["عبد الله غول"]
    assert people("زار مسجد عبد الله أمس") == {}


def test_a_name_by_the_son_stands_by_itself() -> None:
    assert people("قال أبو مازن أمس إن الوضع هادئ") == {"أبو مازن": 0.5}


def test_names_that_are_everyday_words_need_a_name_or_a_title_around_them() -> None:
    assert people("عقد الاجتماع صباح الثلاثاء وفيه أمل كبير وحياة جديدة وجميل الكلام") == {}
    assert "أمل كلوني" in people("قالت أمل كلوني أمس إن القضية طويلة")
    assert list(people("قال مصطفى نور الدين شلبي أمس")) == ["مصطفى نور الدين شلبي"]


def test_words_with_a_pronoun_end_no_name() -> None:
    assert people("قال حسن مؤلفاتهم كثيرة") == {}


def test_an_everyday_last_word_is_not_taken_for_the_person_again() -> None:
    assert list(people("قال مايكل التميمي أمس. وزار الناس البابا في المدينة والبابا مريض")) == ["مايكل التميمي"]


@pytest.mark.parametrize(("file", "least"), [("given_names_ar.txt", 2_500), ("family_names_ar.txt", 2_500)])
def test_the_lists_hold_single_arabic_words_once(file: str, least: int) -> None:
    lines = (_DATA / file).read_text(encoding="utf-8").splitlines()
    names = [name for line in lines if not line.startswith("#") for name in line.lstrip("~").split()]
    folded = [fold(name) for name in names]
    assert len(folded) >= least
    assert len(set(folded)) == len(folded)
    assert all(name.isalpha() and "\u0621" <= name[0] <= "\u064a" and len(name) > 1 for name in folded)

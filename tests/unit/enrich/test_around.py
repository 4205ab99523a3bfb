"""What the words around a name say of it: a place, or a word of every day."""

from __future__ import annotations

import pytest

from rasid.enrich.around import ADJECTIVE, AT, DONE, FROM, LOOSE, NEAR, PEOPLE, SETTLED, joined, standing
from rasid.enrich.tokens import key_of, tokenize


def grade(text: str, name: str, language: str = "ar") -> int:
    tokens = tokenize(text)
    (first,) = [number for number, token in enumerate(tokens) if token.folded.endswith(key_of(name))]
    return standing(text, tokens, first, first + 1, language)


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("وصل الوفد إلى مدينة الميادين صباحا", "الميادين", SETTLED),
        ("ببلدة «السفيرة» أمس", "السفيرة", SETTLED),
        ("the town of Reading said", "Reading", SETTLED),
        ("سمعت أصوات شمال الميادين ليلا", "الميادين", NEAR),
        ("تظاهر أهالي الميادين ليلا", "الميادين", NEAR),
        ("دارت اشتباكات عنيفة في الميادين وأسفرت", "الميادين", NEAR),
        ("وقال سكان محليون في الميادين إن", "الميادين", PEOPLE),
        ("وأفاد مراسلنا في الميادين أن", "الميادين", PEOPLE),
        ("قصف الطيران ثم قصفت الميادين مساء", "الميادين", DONE),
        ("كان الهدوء في الميادين.", "الميادين", AT),
        ("عادوا من الميادين، ثم", "الميادين", FROM),
        # What follows draws the noun on.
        ("وكان ذلك في الميادين العامة", "الميادين", LOOSE),
        ("وكان ذلك في بلد مجاور", "بلد", LOOSE),
        ("وكان ذلك في بلد الياسمين", "بلد", LOOSE),
        # Neither a preposition nor an open sentence before it.
        ("وقال في. الميادين تشهد", "الميادين", 0),
        ("الميادين تشهد", "الميادين", 0),
        ("أخلت الجماهير الخارجة عن القانون", "الخارجة", ADJECTIVE),
    ],
)  # fmt: skip
def test_the_words_around_a_name_are_graded(text: str, name: str, wanted: int) -> None:
    assert grade(text, name) == wanted


def test_other_languages_have_their_own_prepositions() -> None:
    assert grade("او در سراب بود", "سراب", "fa") == LOOSE  # a verb follows: it might go on
    assert grade("او در سراب، بود", "سراب", "fa") == AT
    assert grade("وہ لاہور میں تھا", "لاہور", "ur") == AT


def test_a_list_goes_on() -> None:
    for text, cut, wanted in (("دمشق والرقة", 1, True), ("دمشق، الرقة", 0, True), ("دمشق الرقة", 0, False)):
        assert joined(text, tokenize(text), 1, cut) is wanted

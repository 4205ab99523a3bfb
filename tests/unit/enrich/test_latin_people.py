"""Persons in Latin script that stand in no list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.enrich.latin_people import Page, given_names, last_names, mention, people
from rasid.enrich.tokens import tokenize


def page(text: str, *, soft: str = "", taken: str = "", told: bool = True) -> Page:
    tokens = tokenize(text)
    places = [(n, n + 1) for n, token in enumerate(tokens) if text[token.start : token.end] in soft.split()]
    words = taken.split()
    ranges = [
        (n, n + len(words))
        for n in range(len(tokens))
        if words and [text[t.start : t.end] for t in tokens[n : n + len(words)]] == words
    ]
    return Page(text, tokens, ranges, places, told)


def found(text: str, *, language: str = "en", soft: str = "", taken: str = "") -> dict[str, float]:
    read = page(text, soft=soft, taken=taken)
    made = [mention(read, one) for one in people(read, language=language)]
    assert all(text[one.start : one.end] == one.text for one in made)
    return {one.text: one.score for one in made}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("He met Mazen Kiwan in the city.", "Mazen Kiwan"),
        ("Volunteers with Mazen Sha'ar's team arrived.", "Mazen Sha'ar"),
        ("It was late, said Salem al-Meslet, a spokesman.", "Salem al-Meslet"),
        ("They asked Dr. Anna K. Novak for help.", "Anna K. Novak"),
        ("The report by Jean-Luc Brunel was read.", "Jean-Luc Brunel"),
        ("Her brother José María de la Cruz fled.", "José María de la Cruz"),
        ("As Colonel Zubrowski put it, nobody won.", "Zubrowski"),
        ("The minister, Ghaith O’Neill, left.", "Ghaith O’Neill"),
    ],
)
def test_a_person_is_found_whole(text: str, name: str) -> None:
    assert name in found(text)


def test_endings_behind_an_apostrophe_are_no_part_of_a_name() -> None:
    assert list(found("Toplantıya Ayşe Karaca'nın ekibi katıldı.", language="tr")) == ["Ayşe Karaca"]
    assert list(found("We read Laura Whitfield's letter.")) == ["Laura Whitfield"]


@pytest.mark.parametrize(
    "text",
    [
        "They met on Oxford Street near Victor Hugo Square.",
        "The John Hopkins University said so.",
        "He works for Human Rights Watch in New York.",
        "In May Day marches, Will Power won.",
        "The White House and Paris Match were quoted.",
        "President of the Assembly, in Friday Prayers.",
        "nobody with capitals here",
    ],
)
def test_what_is_no_person_is_none(text: str) -> None:
    assert found(text) == {}


def test_a_town_of_that_name_needs_more_than_the_name() -> None:
    assert found("Paris Novak sang.", soft="Paris") == {}
    assert found("It was late, said Paris Novak.", soft="Paris") == {"Paris Novak": 0.5}


def test_what_tells_more_is_surer() -> None:
    alone = found("He met Mazen Kiwan there.")["Mazen Kiwan"]
    told = found("He met Mazen Kiwan, a lawyer from Homs.")["Mazen Kiwan"]
    by_title = found("He met Governor Brzeski there.")["Brzeski"]
    assert by_title < alone < told <= 0.6


def test_the_last_name_alone_is_the_same_person() -> None:
    read = page("He met Mazen Kiwan. Kiwan said no; the kiwan is a fruit.")
    made = people(read, language="en")
    assert [one.ref for one in made] == ["name:mazen kiwan"] * 2
    title = page("Kiwan Says No To Talks", told=False)
    (again,) = people(title, language="en", known=last_names(made, read.tokens))
    assert (again.ref, again.score) == ("name:mazen kiwan", 0.45)


def test_listed_names_are_left_alone() -> None:
    assert found("He met Mazen Kiwan there.", taken="Mazen Kiwan") == {}


def test_every_given_name_is_folded_and_sure_or_not() -> None:
    names = given_names()
    assert not names.sure & names.unsure
    for name in names.sure | names.unsure:
        assert name == tokenize(name)[0].folded


@given(st.text(alphabet="ABCabc éİı'’-. ,\nal", max_size=200), st.sampled_from(["en", "tr", "de", ""]))
def test_any_text_gets_names_that_stand_in_it(text: str, language: str) -> None:
    read = page(text)
    for one in people(read, language=language):
        told = mention(read, one)
        assert text[told.start : told.end] == told.text

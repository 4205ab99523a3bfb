"""What is told again of a story: only what two members say and nobody was told."""

from __future__ import annotations

from typing import Any

import pytest

from rasid.alert.develop import change, told

SAID: dict[str, Any] = {
    "voices": 2,
    "titles": ["زلزال يضرب حلب", "قتلى في زلزال حلب"],
    "places": {"g:1": ("حلب", 2), "g:2": ("إدلب", 1)},
    "actors": {"a:1": ("الدفاع المدني", 1)},
}


def later(**values: Any) -> dict[str, Any] | None:
    return change(told(**SAID), **{**SAID, **values})


def test_the_same_again_is_no_development() -> None:
    assert later() is None
    assert later(voices=3, places={**SAID["places"], "g:2": ("إدلب", 5)}) is None


def test_a_place_and_an_actor_are_new_once_two_members_name_them() -> None:
    assert later(places={**SAID["places"], "g:3": ("حماة", 1)}) is None
    assert later(places={**SAID["places"], "g:3": ("حماة", 2)}) == {"places": ["حماة"]}
    assert later(actors={"a:2": ("قسد", 2)}) == {"actors": ["قسد"]}


def test_a_number_is_new_once_two_titles_write_it_in_any_digits() -> None:
    assert later(titles=[*SAID["titles"], "٤٧ قتيلا في زلزال حلب"]) is None
    assert later(titles=["٤٧ قتيلا في زلزال حلب", "مقتل 47 شخصا بزلزال", "47 47"]) == {"numbers": ["47"]}
    assert later(titles=["47 47"]) is None


@pytest.mark.parametrize(("voices", "expected"), [(3, None), (4, {"voices": [2, 4]}), (9, {"voices": [2, 9]})])
def test_voices_are_news_when_they_have_doubled(voices: int, expected: object) -> None:
    assert later(voices=voices) == expected


def test_what_nobody_wrote_down_is_not_told_again() -> None:
    assert change(None, **SAID) is None

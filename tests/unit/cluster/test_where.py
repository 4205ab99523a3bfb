"""A story has one place: from the country down, as far as what is said goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.cluster.where import Named, place_of

PLACES = {
    "SY": Named("SY", "سوريا", 35.0, 38.0, "SY", "", (), 1, 1.0),
    "TR": Named("TR", "تركيا", 39.0, 35.0, "TR", "", (), 1, 1.0),
    "hasaka": Named("hasaka", "الحسكة", 36.7, 40.9, "SY", "SY.01", ("سوريا",), 1, 1.0),
    "qamishli": Named("qamishli", "القامشلي", 37.0, 41.2, "SY", "SY.01", ("سوريا", "الحسكة"), 1, 1.0),
    "amuda": Named("amuda", "عامودا", 37.1, 40.9, "SY", "SY.01", ("سوريا", "الحسكة"), 1, 1.0),
    "damascus": Named("damascus", "دمشق", 33.5, 36.3, "SY", "SY.13", ("سوريا", "دمشق"), 1, 1.0),
    "ankara": Named("ankara", "أنقرة", 39.9, 32.8, "TR", "TR.68", ("تركيا", "أنقرة"), 1, 1.0),
    "med": Named("med", "البحر المتوسط", 35.0, 18.0, "", "", (), 1, 1.0),
}


def named(**weights: float) -> list[Named]:
    from dataclasses import replace

    return [replace(PLACES[ref], weight=weight) for ref, weight in weights.items()]


@pytest.mark.parametrize(
    ("weights", "wanted", "level"),
    [
        ({"qamishli": 5.0, "SY": 4.0, "damascus": 1.0}, "qamishli", "place"),
        # The capital is mentioned in passing; the country's name is often beside.
        ({"qamishli": 3.0, "damascus": 1.0, "SY": 6.0}, "qamishli", "place"),
        # Another country is spoken of, but less.
        ({"qamishli": 4.0, "ankara": 3.0, "TR": 0.5}, "qamishli", "place"),
        # Of the country as a whole.
        ({"SY": 9.0, "damascus": 1.0, "qamishli": 1.0}, "SY", "country"),
        # Of the province.
        ({"hasaka": 6.0, "qamishli": 1.0, "amuda": 1.0}, "hasaka", "province"),
        ({"hasaka": 2.0, "qamishli": 3.0}, "qamishli", "place"),
        ({"TR": 2.0}, "TR", "country"),
        ({"med": 2.0, "SY": 1.0}, "med", "place"),
    ],
)
def test_the_place_of_which_most_is_said_is_chosen_from_above(
    weights: dict[str, float], wanted: str, level: str
) -> None:
    place = place_of(named(**weights))
    assert place is not None
    assert (place.ref, place.level) == (wanted, level)


def test_without_places_there_is_none() -> None:
    assert place_of([]) is None


@given(st.dictionaries(st.sampled_from(sorted(PLACES)), st.floats(0.01, 100), min_size=1), st.randoms())
def test_one_of_the_named_is_chosen_in_whatever_order(weights: dict[str, float], random: object) -> None:
    given = named(**weights)
    place = place_of(given)
    assert place in given
    shuffled = list(given)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert place_of(shuffled) == place

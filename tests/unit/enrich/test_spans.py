"""Names that somebody else found are looked for in the text: whole words, behind a particle at most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.enrich.extras.spans import occurrences


@pytest.mark.parametrize(
    ("host", "name", "found"),
    [
        ("زار القامشلي والقامشلي وبالقامشلي", "القامشلي", ["القامشلي"] * 3),
        ("حلبي من حلب", "حلب", ["حلب"]),
        ("حلبَ وحلبْ", "حلب", []),  # the marks belong to the word
        ("لحلب ولحلب فبحلب", "حلب", ["حلب"] * 3),
        ("the other thesis. The the", "the", ["the", "the"]),
        ("U.S. and U.S.", "U.S.", ["U.S."] * 2),
        ("aaa", "", []),
        ("a a a", "a", []),  # one letter is no name
        (". . .", ".", []),
        (" حلب ", " حلب", []),
        ("x", "longer than the text", []),
    ],
)
def test_where_a_name_stands(host: str, name: str, found: list[str]) -> None:
    assert [host[start:end] for start, end in occurrences(host, name)] == found


def test_of_a_name_that_stands_everywhere_some_are_enough() -> None:
    assert len(list(occurrences("ab " * 10_000, "ab"))) == 50
    assert list(occurrences("ab" * 50_000, "ab")) == []


@given(st.text("حلبوa 1.ً", max_size=60), st.text("حلبوa 1.ً", max_size=6))
def test_what_is_found_stands_there_and_does_not_overlap(host: str, name: str) -> None:
    last = 0
    for start, end in occurrences(host, name):
        assert host[start:end] == name
        assert last <= start < end
        last = end

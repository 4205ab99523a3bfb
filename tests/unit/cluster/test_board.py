"""Placing articles on a board of stories: joining, opening, merging, moving, and any order of coming."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from rasid.cluster.board import Board, Limits, Move
from rasid.cluster.doc import Id

EVEN = Limits(join=0.0, merge=0.0)


def board(limits: Limits | None = None) -> Board:
    numbers = count(1)
    return Board(lambda _: next(numbers), limits or EVEN)


def partition(made: Board) -> set[frozenset[Id]]:
    return {frozenset(members) for members in made.members.values()}


def test_an_article_joins_the_story_to_which_it_is_linked_best() -> None:
    made = board()
    made.place("a", {})
    made.place("b", {})
    placing = made.place("c", {"a": 1.0, "b": 3.0})

    assert (placing.story, placing.opened, placing.nearest, placing.odds) == (2, False, "b", 3.0)
    assert partition(made) == {frozenset("a"), frozenset("bc")}


def test_weak_links_open_a_story() -> None:
    made = board()
    made.place("a", {})
    placing = made.place("b", {"a": -0.5})
    assert (placing.opened, placing.odds) == (True, -0.5)


def test_one_good_link_to_a_large_story_is_not_enough() -> None:
    """All members count: those without a link as unlike."""
    made = board()
    made.place("a", {})
    for one, others in (("b", "a"), ("c", "ab"), ("d", "abc")):
        made.place(one, dict.fromkeys(others, 4.0))
    assert made.place("e", {"a": 4.0}).opened


def test_an_article_between_two_stories_merges_them_into_the_older() -> None:
    made = board()
    made.place("a", {})
    made.place("b", {"a": -0.5})
    placing = made.place("c", {"a": 4.0, "b": 4.0})

    assert placing.story == 1
    assert placing.moves == [Move("b", 2, 1, merged=True)]
    assert partition(made) == {frozenset("abc")}


def test_a_member_moves_to_the_story_that_fits_it_better() -> None:
    made = board()
    made.place("a", {})
    made.place("b", {"a": 1.0})
    made.place("c", {"b": 5.0})  # a and c are unlike: b must choose
    assert partition(made) == {frozenset("a"), frozenset("bc")}


def test_a_member_that_no_longer_fits_leaves() -> None:
    made = board()
    made.place("a", {})
    made.place("b", {"a": 0.5})
    made.place("c", {"a": 6.0, "b": -3.0})
    assert partition(made) == {frozenset("ac"), frozenset("b")}


def test_of_a_large_story_only_the_most_alike_count() -> None:
    made = board(Limits(join=0.0, merge=0.0, panel=3))
    for number in range(10):
        made.place(number, dict.fromkeys(range(number), 4.0))
    assert not made.place("late", {7: 2.0, 8: 2.0, 9: 2.0}).opened


def test_what_is_dropped_leaves_no_trace() -> None:
    made = board()
    made.place("a", {})
    made.place("b", {"a": 3.0})
    made.drop("a")
    made.drop("b")
    assert (made.story, made.members, made.links) == ({}, {}, {})


@given(
    st.lists(
        st.dictionaries(st.integers(0, 14), st.floats(-5, 8), max_size=5),
        max_size=15,
    )
)
def test_every_article_is_in_one_story_whatever_the_links(links: list[dict[int, float]]) -> None:
    made = board()
    for number, others in enumerate(links):
        made.place(number, {other: odds for other, odds in others.items() if other < number})
    assert sorted(one for members in made.members.values() for one in members) == list(range(len(links)))
    assert all(one in made.members[story] for one, story in made.story.items())


def test_stories_that_are_ruled_apart_are_never_made_one() -> None:
    made = board()
    for one in "abc":
        made.place(one, {})
    made.keep_apart([(1, 2)])
    made.place("d", {"a": 4.0, "b": 4.0})
    assert not any({"a", "b"} <= members for members in partition(made))
    # The younger of two that become one takes what was ruled on it along.
    made = board()
    made.place("a", {})
    made.place("b", {})
    made.place("c", {"b": -0.5})
    made.keep_apart([(1, 3)])
    made.place("d", {"b": 4.0, "c": 4.0})
    assert frozenset("bcd") in partition(made)
    made.place("e", dict.fromkeys("abcd", 4.0))
    assert not any({"a", "c"} <= members for members in partition(made))


def test_a_pinned_member_does_not_leave_by_itself() -> None:
    for pinned in (False, True):
        made = board()
        made.place("a", {})
        made.put("b", 1)
        made.link("b", {"a": -5.0})
        if pinned:
            made.pin("b")
        made.place("c", {"a": 6.0, "b": 2.0})
        assert (made.story["b"] == 1) is pinned


def test_an_article_that_stays_is_linked_and_placed_as_it_was() -> None:
    made = board()
    made.place("a", {})
    placing = made.stay("b", 1, {"a": -2.0})
    assert (placing.story, placing.odds, placing.nearest, placing.opened, placing.moves) == (1, -2.0, "a", False, [])

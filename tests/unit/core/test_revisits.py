"""At which ages the articles of an outlet are looked at again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rasid.revisits import Known, following, rung_of, rungs

HOUR = 3_600.0
LADDER = (HOUR, 6 * HOUR, 24 * HOUR, 168 * HOUR)


def test_an_outlet_that_is_not_known_gets_the_ladder() -> None:
    assert rungs(LADDER, {}) == LADDER


def test_an_outlet_that_never_edits_gets_fewer_looks_but_one() -> None:
    never = {int(age): Known(500, 0) for age in LADDER}
    assert rungs(LADDER, never) == (LADDER[-1],)


def test_an_outlet_that_edits_often_gets_a_look_in_between() -> None:
    found = rungs(LADDER, {int(HOUR): Known(100, 60)})
    assert found[0] == HOUR
    assert HOUR < found[1] < 6 * HOUR
    assert found[2:] == LADDER[1:]


def test_a_few_looks_say_little() -> None:
    assert rungs(LADDER, {int(HOUR): Known(5, 0)}) == LADDER


def test_no_ladder_no_looks() -> None:
    assert rungs((), {}) == ()


def test_the_next_look_comes_after_the_age() -> None:
    assert following(LADDER, 0.0) == HOUR
    assert following(LADDER, HOUR) == 6 * HOUR
    assert following(LADDER, 1e9) is None


@given(
    st.lists(st.floats(1, 1e7), unique=True, max_size=6).map(sorted),
    st.dictionaries(st.integers(1, 10**7), st.tuples(st.integers(0, 999), st.integers(0, 999))),
    st.floats(0, 1e8),
)
def test_looks_ascend_and_count_for_a_rung(ladder: list[float], known: dict[int, tuple[int, int]], age: float) -> None:
    found = rungs(ladder, {rung: Known(max(seen), min(seen)) for rung, seen in known.items()})
    assert list(found) == sorted(found)
    assert bool(found) == bool(ladder)
    if ladder:
        assert rung_of(ladder, age) in {int(one) for one in ladder}

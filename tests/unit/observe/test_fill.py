"""A field that is filled in less often than it was is told; one that never was is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rasid.observe.fill import Filled, Sample, compare, compare_read


def articles(number: int, *, start: int = 10_000, **fields: object) -> Iterator[Sample]:
    """Articles alike, the newest first; `fields` may be a value, or a function of the running number."""
    usual: dict[str, object] = {
        "titled": True,
        "dated": True,
        "signed": True,
        "length": lambda n: 2_000 + 37 * (n % 40),
    }
    for n in range(number):
        values = {name: value(n) if callable(value) else value for name, value in (usual | fields).items()}
        yield Sample(start - n, **values)  # type: ignore[arg-type]


def named(found: tuple[Filled, ...], name: str) -> Filled:
    return next(one for one in found if one.name == name)


def before(number: int = 200, **fields: object) -> list[Sample]:
    return list(articles(number, start=5_000, **fields))


def test_an_outlet_that_stays_as_it_was_decays_in_nothing() -> None:
    assert not any(one.worse for one in compare([*articles(60), *before()]))


@pytest.mark.parametrize(("name", "attribute"), [("title", "titled"), ("date", "dated"), ("author", "signed")])
def test_a_field_that_got_lost_is_told_with_articles_to_look_at(name: str, attribute: str) -> None:
    found = named(compare([*articles(60, **{attribute: lambda n: n % 2 == 0}), *before()]), name)
    assert found.worse
    assert (found.now, found.before) == (0.5, 1.0)
    assert found.samples[:2] == (9_999, 9_997)


def test_what_never_was_filled_in_is_no_decay() -> None:
    found = compare([*articles(60, signed=False), *before(signed=lambda n: n % 50 == 0)])
    assert not named(found, "author").worse


def test_a_small_change_or_a_few_articles_are_no_decay() -> None:
    assert not named(compare([*articles(60, signed=lambda n: n % 10 > 0), *before()]), "author").worse
    assert not named(compare([*articles(15, signed=False), *before()], split=15), "author").worse
    assert not named(compare([*articles(60, signed=False), *before(20)]), "author").worse


def test_texts_that_shrink_to_their_lead_are_told() -> None:
    found = named(compare([*articles(60, length=lambda n: 250 + n), *before()]), "text")
    assert found.worse
    assert found.now is not None
    assert found.now < 320
    assert len(found.samples) == 5


def test_a_tail_that_most_articles_share_is_told_when_it_is_new() -> None:
    line = "اقرأ أيضا: تابعونا على قناتنا في تلغرام"
    new = [*articles(60, last_line=lambda n: line if n % 2 else f"آخر فقرة من الخبر رقم {n}")]
    found = named(compare([*new, *before(last_line=lambda n: f"فقرة أخيرة رقم {n}")]), "tail")
    assert found.worse
    assert (found.line, found.now, found.before) == (line, 0.5, 0.0)
    always = named(compare([*new, *before(last_line=lambda n: line if n % 2 else f"فقرة أخيرة رقم {n}")]), "tail")
    assert not always.worse


def test_pages_that_become_articles_no_more_are_told() -> None:
    found = compare_read((5, 60), (380, 420), samples=(9, 8))
    assert (found.worse, found.samples) == (True, (9, 8))
    assert not compare_read((50, 60), (380, 420)).worse
    assert not compare_read((2, 10), (380, 420)).worse
    assert not compare_read((5, 60), (40, 420)).worse, "a front page that is mostly navigation was so before"
    assert compare_read((0, 0), (0, 0)).now is None


def test_nothing_is_compared_with_nothing() -> None:
    assert [(one.now, one.chance) for one in compare([])] == [(None, 1.0)] * 5

"""What is said otherwise than before: new, gone, changed."""

from __future__ import annotations

from rasid.enrich.compare import Change, compare
from rasid.enrich.interface import Annotation

HALAB = Annotation("entity", 0, 3, kind="place", ref="1", name="حلب", text="حلب", score=0.9)


def test_the_same_in_another_order_is_no_change() -> None:
    keyword = Annotation("keyword", text="حلب", score=2.0)
    assert compare([HALAB, keyword, HALAB], [keyword, HALAB, HALAB]) == ([], {"entity": 2, "keyword": 1})
    assert compare([], []) == ([], {})


def test_one_span_with_other_values_has_changed() -> None:
    other = Annotation("entity", 0, 3, kind="place", ref="2", name="حلب", text="حلب", score=0.9)
    (change,), same = compare([HALAB], [other])
    assert (change.sort, change.what, same) == ("changed", "entity", {})
    assert change.fields() == {"ref": ("1", "2")}


def test_a_keyword_with_another_score_has_changed_and_another_word_is_new() -> None:
    old = [Annotation("keyword", text="حلب", score=2.0), Annotation("keyword", text="نهر", score=1.0)]
    new = [Annotation("keyword", text="حلب", score=3.0), Annotation("keyword", text="جسر", score=1.0)]
    changes, same = compare(old, new)
    assert sorted((one.sort, (one.after or one.before).text) for one in changes if one.after or one.before) == [
        ("added", "جسر"),
        ("changed", "حلب"),
        ("removed", "نهر"),
    ]
    assert not same


def test_details_are_compared_as_they_are_stored() -> None:
    new = Annotation("topic", text="x", detail={"b": (1, 2), "a": None})
    stored = Annotation("topic", text="x", detail={"a": None, "b": [1, 2]})
    assert compare([stored], [new]) == ([], {"topic": 1})
    (change,), _ = compare([stored], [Annotation("topic", text="x")])
    assert change == Change(stored, Annotation("topic", text="x"))


def test_one_of_two_on_one_span_is_gone() -> None:
    org = Annotation("entity", 0, 3, kind="org", ref="7", name="حلب", text="حلب", score=0.5)
    changes, same = compare([HALAB, org], [HALAB])
    assert changes == [Change(org, None)]
    assert same == {"entity": 1}

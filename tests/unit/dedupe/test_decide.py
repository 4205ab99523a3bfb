"""Whose copy an article is: each rung, what it must not join, and the index in memory."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid.dedupe.decide import Candidate, Grouper, decide, likely, numbers_agreement
from rasid.dedupe.fingerprint import Fingerprint, fingerprint, fingerprints
from rasid.model import Relation

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def made_word(number: int) -> str:
    return "كلمة" + "".join("ابتثجحخدذر"[int(digit)] for digit in str(number))


def text_of(seed: int, count: int = 240) -> list[str]:
    rng = random.Random(seed)
    return [made_word(rng.randrange(4000)) for _ in range(count)]


def print_of(found: list[str]) -> Fingerprint:
    return fingerprint("", " ".join(found))


def candidate(
    found: list[str], *, id: int = 1, group: int = 1, source: str = "a", agency: str | None = None
) -> Candidate:
    return Candidate(id, group, print_of(found), source, agency)


def exchanged(found: list[str], share: float, seed: int = 9) -> list[str]:
    rng = random.Random(seed)
    return [made_word(5000 + rng.randrange(4000)) if rng.random() < share else word for word in found]


def test_without_candidates_an_article_is_an_original() -> None:
    verdict = decide(print_of(text_of(1)), [])
    assert (verdict.relation, verdict.group, verdict.matched) == (Relation.ORIGINAL, None, None)


def test_the_same_words_are_exact_and_join_the_group_of_the_match() -> None:
    verdict = decide(print_of(text_of(1)), [candidate(text_of(1), id=7, group=3)], source="b")
    assert (verdict.relation, verdict.group, verdict.matched, verdict.score) == (Relation.EXACT, 3, 7, 1.0)


@pytest.mark.parametrize(
    ("copy", "rung"),
    [
        (exchanged(text_of(1), 0.05), "near"),
        (exchanged(text_of(1), 0.2), "reworded"),
        (text_of(1)[:80], "inside"),
        (text_of(50, 20) + text_of(1) + text_of(51, 20), "near"),
    ],
)
def test_a_changed_copy_is_near_and_says_why(copy: list[str], rung: str) -> None:
    verdict = decide(print_of(copy), [candidate(text_of(1))], source="b")
    assert (verdict.relation, verdict.group) == (Relation.NEAR, 1)
    assert verdict.why["rung"] == rung
    assert 0 < verdict.score <= 1


def test_unrelated_articles_stay_apart() -> None:
    verdict = decide(print_of(text_of(1)), [candidate(text_of(seed), id=seed) for seed in range(2, 40)], source="b")
    assert verdict.relation == Relation.ORIGINAL


def test_the_print_of_another_outlet_is_syndicated_where_one_of_them_names_an_agency() -> None:
    copy = print_of(exchanged(text_of(1), 0.05))

    assert decide(copy, [candidate(text_of(1), agency="sana")], source="b").relation == Relation.SYNDICATED
    assert decide(copy, [candidate(text_of(1))], source="b", agency="sana").relation == Relation.SYNDICATED
    assert decide(copy, [candidate(text_of(1), agency="sana")], source="a").relation == Relation.NEAR
    assert decide(copy, [candidate(text_of(1), agency="sana")], source="b", agency="afp").relation == Relation.NEAR


def test_a_follow_up_that_repeats_the_background_is_no_copy() -> None:
    follow_up = text_of(80, 110) + text_of(1)[90:240]

    assert decide(print_of(follow_up), [candidate(text_of(1))], source="a").relation == Relation.ORIGINAL


def test_an_editors_own_version_is_no_copy_though_as_much_is_shared_as_where_words_were_exchanged() -> None:
    whole = text_of(1)
    spun = exchanged(whole, 0.25)
    sentences = [whole[at : at + 20] for at in range(0, 240, 20)]
    edited = [word for n, one in enumerate(sentences) for word in (text_of(90 + n, 26) if n % 2 else one)]

    assert decide(print_of(spun), [candidate(whole)], source="b").why["rung"] == "reworded"
    assert decide(print_of(edited), [candidate(whole)], source="b").relation == Relation.ORIGINAL


def test_who_copies_one_of_many_members_does_not_join() -> None:
    whole, tail = text_of(1), text_of(2, 60)
    members = [candidate(whole, id=n, group=1) for n in range(1, 7)] + [candidate(whole[:60] + tail, id=7, group=1)]
    new = print_of(tail)

    assert decide(new, members, source="b").relation == Relation.ORIGINAL
    assert decide(new, members[-1:], source="b", sizes={1: 7}).relation == Relation.ORIGINAL
    assert decide(new, members[-1:], source="b").group == 1


def test_what_one_paper_cut_and_another_extended_are_copies_of_what_stands_between_them() -> None:
    whole = text_of(1)
    members = [candidate(whole[:200], id=n, group=1) for n in range(1, 3)] + [candidate(whole, id=3, group=1)]
    extended = print_of(whole + text_of(60, 60))

    assert decide(extended, members[-1:], source="b", sizes={1: 3}).group == 1


def test_the_share_that_is_asked_of_a_few_sentences_is_larger_than_that_of_a_long_text() -> None:
    """Of both nearly the same share of shingles is in the longer text."""
    note, report = text_of(1, 30), text_of(2, 300)

    in_note = print_of(note[:27] + text_of(3, 60))
    in_report = print_of(report[:255] + text_of(4, 600))

    assert decide(in_note, [candidate(note)], source="a").relation == Relation.ORIGINAL
    assert decide(in_report, [candidate(report)], source="a").why["rung"] == "inside"


def test_a_few_gaps_do_not_tell_an_exchange_of_words() -> None:
    whole = text_of(1, 60)
    rewritten = [word if n % 12 else made_word(7000 + n) for n, word in enumerate(whole)] + text_of(5, 80)
    members = [candidate(whole)]

    assert decide(print_of(rewritten), members, source="b").relation == Relation.ORIGINAL


def bulletin(numbers: list[int]) -> str:
    return (
        f"سجل سعر غرام الذهب عيار 21 قيراطا في السوق المحلية اليوم {numbers[0]} ليرة للمبيع و{numbers[1]} ليرة للشراء، "
        f"فيما بلغ سعر غرام الذهب عيار 18 قيراطا {numbers[2]} ليرة. وبحسب نشرة جمعية الصاغة بلغ سعر الليرة الذهبية "
        f"{numbers[3]} ليرة وسعر الأونصة عالميا {numbers[4]} دولارا، وسط حركة ضعيفة في الأسواق مع اقتراب العيد. "
        "ودعت الجمعية أصحاب المحال إلى التقيد بالنشرة الرسمية وعدم البيع بسعر آخر، وتسليم الزبون فاتورة نظامية مختومة "
        "تبين وزن القطعة وعيارها وأجرة صياغتها."
    )


def test_bulletins_of_one_template_with_other_numbers_stay_apart() -> None:
    first = fingerprint("", bulletin([180500, 180000, 154700, 1444000, 1860]))
    second = fingerprint("", bulletin([191200, 190700, 163900, 1529600, 1912]))

    verdict = decide(second, [Candidate(1, 1, first, "a")], source="b")

    assert verdict.relation == Relation.ORIGINAL
    assert verdict.why["refused"]["rung"] == "numbers"


def test_a_bulletin_with_the_same_numbers_is_a_copy() -> None:
    numbers = [180500, 180000, 154700, 1444000, 1860]
    framed = f"دمشق - مراسلنا في السوق: {bulletin(numbers)} للمزيد تابعوا صفحتنا"

    assert decide(fingerprint("", framed), [Candidate(1, 1, fingerprint("", bulletin(numbers)), "a")]).group == 1


def test_one_number_of_many_may_change_in_a_correction() -> None:
    numbers = [180500, 180000, 154700, 1444000, 1860]
    first = fingerprint("", bulletin(numbers))

    assert decide(fingerprint("", bulletin([*numbers[:4], 1865])), [Candidate(1, 1, first, "a")], source="a").group == 1


def test_the_best_candidate_decides_whatever_their_order() -> None:
    near, nearer = exchanged(text_of(1), 0.12), exchanged(text_of(1), 0.03)
    both = [candidate(near, id=1, group=1), candidate(nearer, id=2, group=2)]

    assert {decide(print_of(text_of(1)), order, source="x").group for order in (both, both[::-1])} == {2}


def test_a_text_that_two_are_mixed_in_belongs_to_the_one_it_begins_with() -> None:
    begins, ends = text_of(1, 120), text_of(2, 120)
    mixed = print_of(begins + ends)

    assert decide(mixed, [candidate(ends, id=2, group=2), candidate(begins, id=1, group=1)], source="x").group == 1


def test_another_version_is_never_compared() -> None:
    old = candidate(text_of(1))
    other = replace(old, fingerprint=replace(old.fingerprint, version=0))
    assert decide(print_of(text_of(1)), [other]).relation == Relation.ORIGINAL


def test_the_bands_of_a_candidate_are_not_needed_to_judge_it() -> None:
    new, old = print_of(exchanged(text_of(1), 0.05)), candidate(text_of(1))
    thin = replace(old, fingerprint=replace(old.fingerprint, bands=()))

    assert decide(new, [thin], source="b") == decide(new, [old], source="b")


def test_what_few_have_weighs_more_than_what_all_have() -> None:
    assert likely([[1, 2, 3, 4], [1, 2, 3], [4]])[0] == 4
    assert likely([]) == likely([[]]) == []


def test_numbers_agree_with_repeats_counted() -> None:
    assert numbers_agreement((1, 1, 1), (1, 2, 3)) == pytest.approx(1 / 3)
    assert numbers_agreement((1, 2), (1, 2, 3)) is None
    assert numbers_agreement((), ()) is None


# --- in memory ----------------------------------------------------------------------------------------------------


def test_a_group_is_named_after_the_first_of_its_copies() -> None:
    grouper = Grouper()
    first, other = " ".join(text_of(1)), " ".join(text_of(2))

    answers = [
        grouper.add("a", "", first, "x", "ar", NOW),
        grouper.add("b", "", other, "x", "ar", NOW),
        grouper.add("c", "", " ".join(exchanged(text_of(1), 0.05)), "y", "ar", NOW),
        grouper.add("d", "", first, "z", "ar", NOW),
    ]

    assert [answer["group"] for answer in answers] == ["a", "b", "a", "a"]
    assert [answer["relation"] for answer in answers] == ["original", "original", "near", "exact"]


def test_a_fingerprint_that_was_made_before_is_as_good_as_the_text() -> None:
    one, other = Grouper(), Grouper()
    texts = [" ".join(found) for found in (text_of(1), text_of(2), exchanged(text_of(1), 0.1), text_of(1)[:100])]
    made = fingerprints([("", text) for text in texts])
    for id, (text, print_) in enumerate(zip(texts, made, strict=True)):
        assert one.add(id, "", text) == other.add(id, "", text, print_=print_)


def test_a_text_comes_back_as_news_after_the_window() -> None:
    grouper = Grouper(window=timedelta(days=7))
    text = " ".join(text_of(1))
    grouper.add("a", "", text, "x", None, NOW)

    assert grouper.add("b", "", text, "y", None, NOW + timedelta(days=6))["group"] == "a"
    assert grouper.add("c", "", text, "z", None, NOW + timedelta(days=30))["group"] == "c"


def test_undated_articles_are_within_reach_of_all() -> None:
    grouper = Grouper()
    grouper.add("a", "", " ".join(text_of(1)))
    assert grouper.add("b", "", " ".join(text_of(1)), None, None, NOW)["group"] == "a"


def test_one_article_from_the_future_makes_nothing_forgotten() -> None:
    grouper = Grouper()
    for number in range(30):
        grouper.add(f"n{number}", "", " ".join(text_of(100 + number)), "x", None, NOW)
    grouper.add("future", "", " ".join(text_of(999)), "x", None, NOW + timedelta(days=9000))

    assert grouper.add("copy", "", " ".join(text_of(100)), "y", None, NOW)["group"] == "n0"


def test_memory_is_bounded_by_time_and_by_number() -> None:
    by_time, by_number = Grouper(), Grouper(capacity=50)
    for number in range(200):
        text = " ".join(text_of(number, 60))
        by_time.add(number, "", text, "x", None, NOW + timedelta(days=number))
        by_number.add(number, "", text, "x", None, NOW)

    assert len(by_time._kept) <= 7 + Grouper.CLOCK + 2
    assert len(by_number._kept) == 50
    assert len(by_number._buckets) <= 50 * 60


def test_furniture_that_all_share_does_not_fill_a_bucket() -> None:
    grouper = Grouper()
    for number in range(120):
        grouper.add(number, "", " ".join(["ثابت"] * 40 + text_of(number, 30)), "x", None, NOW)
    assert max(map(len, grouper._shared(grouper._buckets))) <= Grouper.BUCKET


def test_an_edited_article_is_no_copy_of_itself() -> None:
    grouper = Grouper()
    grouper.add("a", "", " ".join(text_of(1)), "x", None, NOW)
    again = grouper.add("a", "", " ".join(exchanged(text_of(1), 0.05)), "x", None, NOW)

    assert (again["group"], again["relation"]) == ("a", "original")
    assert sum(bucket.count("a") for bucket in grouper._buckets.values()) == len(grouper._buckets)


def test_empty_articles_are_never_copies() -> None:
    grouper = Grouper()
    assert [grouper.add(n, "كاريكاتير", "", "x", None, NOW)["group"] for n in range(3)] == [0, 1, 2]


def test_groups_that_a_later_article_shows_to_be_one_take_the_name_of_the_first() -> None:
    # A text that outlets cut at other places: each is a copy of those cut nearby.
    grouper, whole = Grouper(), text_of(1, 500)

    def add(start: int) -> dict[str, Any]:
        return grouper.add(start, "", " ".join(whole[start : start + 240]), f"s{start}", "ar", NOW)

    assert {add(start)["group"] for start in (0, 2, 4, 6, 8, 10, 40)} == {0}
    assert add(100)["group"] == 100  # a copy of too few of them
    assert grouper.now(100) == (100, None)

    assert add(70)["group"] == 0
    assert grouper.now(100) == (0, 70)
    assert add(101)["group"] == 0


@pytest.mark.parametrize(
    "text", ["", "كلمة", "123 !! ؟", "word שלום كلمة " * 50, "كلمة " * 100_000, "…", "\u202e\u0640", "م" * 2_000_000]
)
def test_any_text_gets_an_answer_and_its_copy_too(text: str) -> None:
    grouper = Grouper()
    answers = [grouper.add(n, "عنوان", text, "x", None, NOW) for n in range(2)]

    assert answers[0]["relation"] == "original"
    assert answers[1]["relation"] in ("original", "exact")


def test_a_flood_of_nearly_the_same_pages_is_one_group() -> None:
    grouper = Grouper()
    rng = random.Random(4)
    flood = text_of(1, 120)
    groups = set()
    for number in range(400):
        page = flood[:]
        page[rng.randrange(120)] = made_word(5000 + number)
        groups.add(grouper.add(number, "", " ".join(page), f"s{number % 7}", "ar", NOW)["group"])

    assert groups == {0}
    assert max(map(len, grouper._shared(grouper._buckets))) <= Grouper.BUCKET


def test_a_date_in_the_past_does_not_make_an_article_the_first() -> None:
    grouper = Grouper()
    grouper.add("first", "", " ".join(text_of(1)), "a", "ar", NOW)

    assert grouper.add("dated back", "", " ".join(text_of(1)), "b", "ar", NOW - timedelta(days=3))["group"] == "first"

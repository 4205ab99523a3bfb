"""The texts: repeatable, many, long enough, and alike only where they are meant to be."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from rasid.newsroom.grammar import choose, counted, kinds, patterns
from rasid.newsroom.writing import Article, likeness, shingles, write_all

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    return write_all(seed=1, now=NOW, total=340)


def _root(article: Article) -> str:
    return article.copy_of or article.key


def test_one_seed_and_one_time_give_the_same_articles() -> None:
    assert write_all(seed=5, now=NOW, total=80) == write_all(seed=5, now=NOW, total=80)


def test_another_seed_gives_other_texts() -> None:
    one, other = (write_all(seed=seed, now=NOW, total=80) for seed in (5, 6))
    assert not {a.text for a in one} & {a.text for a in other}


def test_there_are_as_many_as_promised(articles: tuple[Article, ...]) -> None:
    at_first = [a for a in articles if not a.late]
    copies = [a for a in at_first if a.copy_of]
    assert len(at_first) == 340
    assert len({a.text for a in at_first if not a.copy_of}) >= 300
    assert len(copies) == 40
    assert len({a.copy_of for a in copies}) == 15
    assert len([a for a in articles if a.late]) == 2


@pytest.mark.parametrize("total", [60, 61, 133, 600])
def test_any_number_is_kept(total: int) -> None:
    assert sum(not a.late for a in write_all(seed=5, now=NOW, total=total)) == total


def test_most_are_arabic_and_four_languages_occur(articles: tuple[Article, ...]) -> None:
    count = Counter(a.language for a in articles)
    assert count["ar"] > 0.75 * len(articles)
    assert min(count[language] for language in ("en", "fr", "tr")) >= 10


def test_texts_have_the_length_of_news(articles: tuple[Article, ...]) -> None:
    lengths = [len(a.text.split()) for a in articles]
    assert min(lengths) >= 75
    assert sum(length >= 120 for length in lengths) >= 0.95 * len(lengths)
    assert max(lengths) <= 500


def test_unrelated_texts_are_no_near_copies(articles: tuple[Article, ...]) -> None:
    """Bulletins of one pattern and independent reports of one event included."""
    made = {a.key: shingles(a.text) for a in articles}
    for one, other in itertools.combinations(articles, 2):
        if one.language == other.language and _root(one) != _root(other):
            assert likeness(made[one.key], made[other.key]) < 0.3, (one.key, other.key)


def test_copies_are_near_and_run_elsewhere(articles: tuple[Article, ...]) -> None:
    by_key = {a.key: a for a in articles}
    likenesses = []
    for copy in (a for a in articles if a.copy_of):
        first = by_key[str(copy.copy_of)]
        likenesses.append(likeness(shingles(copy.text), shingles(first.text)))
        assert copy.outlet != first.outlet
        assert copy.published > first.published
    assert min(likenesses) > 0.6
    assert 0 < sum(value == 1.0 for value in likenesses) < len(likenesses)


def test_a_story_has_two_to_eight_articles_of_different_outlets(articles: tuple[Article, ...]) -> None:
    stories: dict[str, list[Article]] = {}
    for article in articles:
        if article.story:
            stories.setdefault(article.story, []).append(article)
    assert len(stories) == 60
    for members in stories.values():
        assert 2 <= len(members) <= 8
        assert len({a.outlet for a in members}) == len(members)
        assert len({a.place for a in members if a.language == "ar"}) <= 1
    assert sum(len({a.language for a in members}) > 1 for members in stories.values()) >= 10


def test_nothing_is_left_of_the_patterns(articles: tuple[Article, ...]) -> None:
    for article in articles:
        whole = f"{article.title}\n{article.text}"
        assert not re.search(r"[\[\]{}|]", whole), whole
        assert "  " not in whole
        assert not re.search(r"[لب]ـ[\u0621-\u064a]", whole), whole


def test_times_lie_in_the_past_and_are_whole_minutes(articles: tuple[Article, ...]) -> None:
    for article in articles:
        assert NOW - timedelta(days=4) < article.published <= NOW
        assert article.published.second == 0
        assert article.published.utcoffset() is not None


def test_places_occur_in_the_text(articles: tuple[Article, ...]) -> None:
    for article in articles:
        assert all(place in article.text for place in article.places)
    assert sum(bool(a.places) for a in articles) > 0.9 * len(articles)


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (3, "شخص", "ثلاثة أشخاص"),
        (10, "عائلة", "عشر عائلات"),
        (11, "شخص", "11 شخصا"),
        (99, "قذيفة", "99 قذيفة"),
        (100, "طالب", "100 طالب"),
        (205, "خيمة", "205 خيم"),
        (350, "يوم", "350 يوما"),
    ],
)
def test_numbers_agree_with_their_nouns(number: int, noun: str, said: str) -> None:
    assert counted(number, noun) == said


def test_choices_of_one_clause_go_together() -> None:
    import random

    made = {choose("[a|b] [c|d], [e|f]", rng=random.Random(i)) for i in range(60)}
    assert made == {"a c, e", "a c, f", "b d, e", "b d, f"}


def test_every_kind_can_be_told_in_arabic() -> None:
    assert {kind.name for kind in kinds()} <= set(patterns("ar"))
    assert {f"@{kind.mood}" for kind in kinds()} <= set(patterns("ar"))

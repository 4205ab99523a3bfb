"""Stories gathered in memory: what joins, what later articles put right, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.cluster.doc import Named
from rasid.cluster.memory import Article, Clusterer
from tests.unit.cluster.articles import AIRPORT, AIRPORT_AGAIN, AIRPORT_EN, HARVEST, NOW, REFS


def stories(clusterer: Clusterer) -> dict[object, object]:
    return {article: story for article, story, _ in clusterer.finish()}


def test_stories_are_named_after_their_first_article() -> None:
    clusterer = Clusterer()
    for key, article in (("a", AIRPORT), ("b", HARVEST), ("c", AIRPORT_AGAIN), ("d", HARVEST)):
        clusterer.add(key, *article, "ar", NOW)
    assert stories(clusterer) == {"a": "a", "b": "b", "c": "a", "d": "b"}


def test_the_answer_tells_what_was_nearest() -> None:
    clusterer = Clusterer()
    first = clusterer.add("a", *AIRPORT, "ar", NOW)
    again = clusterer.add("b", *AIRPORT_AGAIN, "ar", NOW)
    assert (first["story"], first["why"]) == ("a", {"rung": "new"})
    assert (again["story"], again["why"]["rung"], again["why"]["matched"]) == ("a", "joined", "a")
    assert again["story_score"] > 0.5


def test_the_order_of_a_stream_makes_no_difference() -> None:
    articles = {"a": AIRPORT, "b": HARVEST, "c": AIRPORT_AGAIN, "d": HARVEST}
    for order in ("abcd", "dcba", "bdac", "cdab"):
        clusterer = Clusterer()
        for key in order:
            clusterer.add(key, *articles[key], "ar", NOW)
        found = stories(clusterer)
        assert found["a"] == found["c"] != found["b"] == found["d"]


def test_languages_meet_where_a_finder_knows_entities() -> None:
    """Nobody looks for entities while a stream has one language; then those of earlier articles are looked for too."""
    asked: list[str] = []

    def finder(title: str, text: str, language: str | None) -> Named:
        asked.append(title)
        return Named(REFS)

    clusterer = Clusterer(refs=finder)
    clusterer.add("a", *AIRPORT, "ar", NOW)
    assert asked == []
    clusterer.add("b", *AIRPORT_EN, "en", NOW)
    assert asked == [AIRPORT[0], AIRPORT_EN[0]]
    assert stories(clusterer) == {"a": "a", "b": "a"}


def test_what_is_past_the_window_is_settled_and_forgotten_in_order() -> None:
    clusterer = Clusterer()
    for number in range(60):
        at = NOW + timedelta(hours=12 * number)
        clusterer.add(number, f"عنوان{number}", f"نص فريد{number} كلمة{number} أخرى{number}", "ar", at)
    settled = [article for article, _, _ in clusterer.settled()]
    assert settled == list(range(len(settled)))
    assert len(settled) > 30
    assert settled + [article for article, _, _ in clusterer.finish()] == list(range(60))


def test_the_memory_of_stories_is_bounded() -> None:
    clusterer = Clusterer(capacity=20)
    for number in range(300):
        clusterer.add(number, f"عنوان{number}", f"نص فريد{number} كلمة{number} أخرى{number}", "ar", NOW)
    assert len(clusterer._docs) == len(clusterer._board.story) == len(clusterer._numbers) == 20
    assert sum(map(len, clusterer._index.values())) <= 5 * 20 * 28
    assert sum(map(len, clusterer._board.links.values())) <= 20 * 20


def test_a_story_keeps_its_name_when_its_first_article_is_forgotten() -> None:
    clusterer = Clusterer(capacity=2)
    for key in "abcde":
        clusterer.add(key, *AIRPORT_AGAIN, "ar", NOW)
    settled = clusterer.settled() + clusterer.finish()
    assert [story for _, story, _ in settled] == ["a"] * 5


def test_an_article_that_comes_again_replaces_itself() -> None:
    clusterer = Clusterer()
    clusterer.add("a", *AIRPORT, "ar", NOW)
    clusterer.add("a", *AIRPORT, "ar", NOW)
    assert list(clusterer._numbers) == ["a"]
    assert {number for bucket in clusterer._index.values() for number in bucket} == set(clusterer._docs)
    assert stories(clusterer) == {"a": "a"}


@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(range(5)), st.integers(0, 60)), max_size=30),
    st.integers(1, 30),
)
def test_articles_that_come_together_get_the_answers_of_one_after_the_other(
    stream: list[tuple[int, int, int]], size: int
) -> None:
    """Some come again, some are forgotten while others come."""
    texts = (AIRPORT, AIRPORT_AGAIN, HARVEST, AIRPORT_EN, ("عنوان", "نص قصير"))
    times = [NOW + timedelta(hours=6 * place + hours) for place, (_, _, hours) in enumerate(stream)]
    articles = [
        Article(key, *texts[text], "en" if text == 3 else "ar", times[place], None, str(key))
        for place, (key, text, _) in enumerate(stream)
    ]
    found = []
    for together in (1, size):
        clusterer = Clusterer(refs=lambda *_: Named(REFS), capacity=8)
        told = []
        for start in range(0, len(articles), together):
            told += clusterer.add_all(articles[start : start + together])
        found.append((told, clusterer.settled(), clusterer.finish()))
    assert found[0] == found[1]


def test_an_article_that_cannot_be_read_leaves_the_others_alone() -> None:
    def finder(title: str, text: str, language: str | None) -> Named:
        if title == "broken":
            raise ValueError("no such place")
        return Named(REFS)

    clusterer = Clusterer(refs=finder)
    together = [Article("a", *AIRPORT, "ar", NOW), Article("b", *AIRPORT_EN, "en", NOW)]
    broken = Article("c", "broken", AIRPORT_EN[1], "en", NOW)
    told = clusterer.add_all([*together, broken, Article("d", *AIRPORT_AGAIN, "ar", NOW)])
    assert [isinstance(one, ValueError) for one in told] == [False, False, True, False]
    with pytest.raises(ValueError, match="no such place"):
        clusterer.add(*broken)
    assert stories(clusterer) == {"a": "a", "b": "a", "d": "a"}

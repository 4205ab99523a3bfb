"""Which story an article joins, across outlets, days and languages; and how alike two articles are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rasid.cluster.doc import StoryDoc, keys, make_doc
from rasid.cluster.memory import Clusterer, similar
from rasid.cluster.score import DEFAULT, StoryCandidate, decide, likeness, score

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

AIRPORT = (
    "تعليق الرحلات في مطار حلب بعد أضرار في المدرج",
    "علّقت إدارة مطار حلب الدولي الرحلات الجوية حتى إشعار آخر بسبب أضرار لحقت بالمدرج بعد العاصفة. "
    "وقالت الإدارة إن الرحلات ستحوّل إلى مطار اللاذقية وإن الإصلاح يحتاج إلى أسبوعين.",
)
AIRPORT_AGAIN = (
    "العاصفة تغلق مطار حلب وتحول الرحلات إلى اللاذقية",
    "أغلق مطار حلب أمام الرحلات الجوية بعدما ألحقت العاصفة أضرارا بالمدرج، وتحولت الرحلات إلى مطار اللاذقية، "
    "بحسب إدارة المطار التي قدّرت مدة الإصلاح بأسبوعين.",
)
HARVEST = (
    "مزارعو الغاب يبدؤون حصاد القمح وسط نقص الوقود",
    "بدأ المزارعون في سهل الغاب حصاد القمح قبل موعده، وسط شكاوى من نقص الوقود وارتفاع أجور الحصادات، فيما حددت "
    "مديرية الزراعة سعر شراء الكيلوغرام.",
)
AIRPORT_EN = (
    "Storm damage shuts Aleppo airport",
    "Flights from Aleppo were diverted to Latakia after a storm damaged the runway, the airport administration said.",
)
REFS = ["place:aleppo", "place:latakia", "org:aleppo-airport", "org:syrian-air"]


def doc(
    id: int, article: tuple[str, str], language: str = "ar", *, hours: float = 0, refs: list[str] | None = None
) -> StoryDoc:
    return make_doc(id, *article, language=language, at=NOW + timedelta(hours=hours), entity_refs=refs or [])


def test_an_article_joins_the_story_of_its_event() -> None:
    candidates = [StoryCandidate(doc(1, AIRPORT), "storm"), StoryCandidate(doc(2, HARVEST), "harvest")]
    verdict = decide(doc(3, AIRPORT_AGAIN, hours=5), candidates)

    assert verdict.story == "storm"
    assert verdict.score >= DEFAULT.join
    assert verdict.why["matched"] == 1
    assert verdict.why["rung"] == "joined"


def test_another_event_opens_a_story_and_says_what_was_nearest() -> None:
    verdict = decide(doc(3, HARVEST), [StoryCandidate(doc(1, AIRPORT), "storm")])
    assert verdict.story is None
    assert verdict.why["rung"] == "new"
    assert verdict.score < DEFAULT.join


def test_without_candidates_a_story_opens() -> None:
    assert decide(doc(1, AIRPORT), []).story is None


def test_the_window_closes_a_story() -> None:
    candidates = [StoryCandidate(doc(1, AIRPORT), "storm")]
    assert decide(doc(2, AIRPORT, hours=71), candidates).story == "storm"
    assert decide(doc(3, AIRPORT, hours=73), candidates).story is None


def test_the_score_fades_with_time_and_is_symmetric() -> None:
    fresh, stale = doc(2, AIRPORT_AGAIN, hours=1), doc(3, AIRPORT_AGAIN, hours=60)
    assert score(doc(1, AIRPORT), fresh) > score(doc(1, AIRPORT), stale) > 0
    assert score(doc(1, AIRPORT), fresh) == pytest.approx(score(fresh, doc(1, AIRPORT)))


def test_languages_are_joined_by_entities_alone() -> None:
    arabic, english = doc(1, AIRPORT, refs=REFS), doc(2, AIRPORT_EN, "en", refs=REFS)

    assert decide(english, [StoryCandidate(arabic, "storm")]).story == "storm"
    assert decide(doc(3, AIRPORT_EN, "en"), [StoryCandidate(arabic, "storm")]).story is None
    assert decide(doc(4, AIRPORT_EN, "en", refs=REFS[:2]), [StoryCandidate(arabic, "storm")]).story is None


def test_other_people_and_places_keep_like_words_apart() -> None:
    here = doc(1, AIRPORT, refs=["place:aleppo", "org:aleppo-airport"])
    there = doc(2, AIRPORT_AGAIN, refs=["place:basra", "org:basra-airport"])
    same = doc(3, AIRPORT_AGAIN, refs=["place:aleppo", "org:aleppo-airport"])

    assert score(here, there) < score(here, same)


def test_articles_on_one_event_share_a_key() -> None:
    assert set(keys(doc(1, AIRPORT))) & set(keys(doc(2, AIRPORT_AGAIN)))


def test_likeness_is_high_for_one_event_and_low_for_two() -> None:
    assert likeness(doc(1, AIRPORT), doc(2, AIRPORT_AGAIN, hours=9000)) > 0.5
    assert likeness(doc(1, AIRPORT), doc(2, HARVEST)) < 0.2
    assert likeness(doc(1, AIRPORT), doc(2, ("", ""))) == 0.0


# --- in memory ----------------------------------------------------------------------------------------------------


def test_stories_are_named_after_the_article_that_opened_them() -> None:
    clusterer = Clusterer()
    answers = [
        clusterer.add(key, *article, "ar", NOW)
        for key, article in (("a", AIRPORT), ("b", HARVEST), ("c", AIRPORT_AGAIN), ("d", HARVEST))
    ]
    assert [answer["story"] for answer in answers] == ["a", "b", "a", "b"]


def test_entities_come_from_the_finder_where_none_are_given() -> None:
    clusterer = Clusterer(refs=lambda title, text, language: REFS)
    clusterer.add("a", *AIRPORT, "ar", NOW)
    assert clusterer.add("b", *AIRPORT_EN, "en", NOW)["story"] == "a"


def test_the_memory_of_stories_is_bounded() -> None:
    clusterer = Clusterer(capacity=20)
    for number in range(60):
        clusterer.add(number, f"عنوان{number}", f"نص فريد{number} كلمة{number} أخرى{number}", "ar", NOW)
    assert len(clusterer._kept) == 20
    assert sum(map(len, clusterer._index.values())) <= 20 * 24


def test_an_article_that_comes_again_replaces_itself() -> None:
    clusterer = Clusterer()
    clusterer.add("a", *AIRPORT, "ar", NOW)
    clusterer.add("a", *AIRPORT, "ar", NOW)
    assert list(clusterer._kept) == ["a"]


def test_similar_takes_what_a_pipe_gives_it() -> None:
    a = {"title": AIRPORT[0], "text": AIRPORT[1], "language": "ar", "published_at": "2026-03-01T08:00:00+00:00"}
    b = {"title": AIRPORT_AGAIN[0], "text": AIRPORT_AGAIN[1], "language": "ar"}

    assert 0.5 < similar(a, b) <= 1
    assert similar(a, b) == similar(b, a)
    assert similar(a, {"text": "", "title": None, "published_at": "yesterday"}) == 0.0
    assert similar(a, {"title": AIRPORT_EN[0], "text": AIRPORT_EN[1], "language": "en"}) == 0.0

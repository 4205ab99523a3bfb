"""Which story an article joins, across outlets, days and languages; and how alike two articles are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rasid.cluster.doc import Named, StoryDoc, keys, make_doc
from rasid.cluster.meaning import Alike, alike, installed
from rasid.cluster.memory import similar
from rasid.cluster.score import UNLIKE, judge, likeness, likeness_features, speaking
from tests.unit.cluster.articles import AIRPORT, AIRPORT_AGAIN, AIRPORT_EN, HARVEST, NOW, REFS


def doc(
    id: int, article: tuple[str, str], language: str = "ar", *, hours: float = 0, refs: list[str] | None = None
) -> StoryDoc:
    return make_doc(id, *article, language=language, at=NOW + timedelta(hours=hours), named=Named(refs or []))


def odds(a: StoryDoc, b: StoryDoc) -> float:
    return judge(a, b).odds


def test_one_event_is_likelier_than_not_and_another_is_not() -> None:
    assert odds(doc(1, AIRPORT), doc(2, AIRPORT_AGAIN, hours=2)) > 0
    assert odds(doc(1, AIRPORT), doc(3, HARVEST)) < -3


def test_the_window_closes_a_story() -> None:
    assert odds(doc(1, AIRPORT), doc(2, AIRPORT, hours=71)) > 0
    assert odds(doc(1, AIRPORT), doc(3, AIRPORT, hours=73)) == UNLIKE


def test_the_odds_fade_with_time_and_are_symmetric() -> None:
    fresh, stale = doc(2, AIRPORT_AGAIN, hours=1), doc(3, AIRPORT_AGAIN, hours=60)
    assert odds(doc(1, AIRPORT), fresh) > odds(doc(1, AIRPORT), stale)
    assert odds(doc(1, AIRPORT), fresh) == pytest.approx(odds(fresh, doc(1, AIRPORT)))


def test_languages_are_joined_by_entities_figures_and_time() -> None:
    arabic, english = doc(1, AIRPORT, refs=REFS), doc(2, AIRPORT_EN, "en", refs=REFS)

    assert odds(english, arabic) > 0
    assert odds(doc(3, AIRPORT_EN, "en"), arabic) == UNLIKE
    assert odds(doc(4, AIRPORT_EN, "en", refs=REFS[:1]), arabic) == UNLIKE
    assert odds(doc(5, AIRPORT_EN, "en", refs=REFS, hours=40), arabic) < odds(english, arabic) - 1
    counted = doc(6, (AIRPORT[0], AIRPORT[1] + " 147 مسافرا"), refs=REFS)
    assert odds(doc(7, (AIRPORT_EN[0], AIRPORT_EN[1] + " 147 passengers"), "en", refs=REFS), counted) > odds(
        english, arabic
    )


def test_between_languages_a_known_meaning_counts_even_without_entities() -> None:
    arabic, english = doc(1, AIRPORT), doc(2, AIRPORT_EN, "en")

    assert judge(arabic, english).odds == UNLIKE
    far, near = judge(arabic, english, meaning=0.1).odds, judge(arabic, english, meaning=0.9).odds
    assert far < -3 < 0 < near
    assert judge(arabic, doc(3, AIRPORT), meaning=0.1) == judge(arabic, doc(3, AIRPORT)), "within one it does not count"


def test_entities_are_asked_for_only_between_languages() -> None:
    def unread(article: tuple[str, str], language: str = "ar") -> StoryDoc:
        return make_doc(9, *article, language=language, at=NOW)

    lead = (HARVEST[0], HARVEST[1] + AIRPORT_AGAIN[1])
    assert not judge(unread(AIRPORT), unread(lead)).wants_refs
    assert judge(unread(AIRPORT), unread(AIRPORT_EN, "en")).wants_refs


STRIKE = "قصفت طائرات حربية فجر اليوم مواقع عسكرية قرب المطار، وأسفر القصف عن أضرار في المدرج، وفق مصادر محلية."


def test_what_happened_and_what_two_say_of_it_are_three_events() -> None:
    def told(title: str, lead: str = "") -> StoryDoc:
        return doc(1, (title, lead + STRIKE))

    report, again = told("طائرات تقصف مواقع قرب المطار"), told("غارات على مواقع عسكرية قرب المطار")
    minister = told("الوزير: القصف قرب المطار جريمة", "قال الوزير إن القصف جريمة. ")
    council = told("المجلس المحلي يندد بقصف المطار", "ندد المجلس المحلي بالقصف. ")

    assert (report.speaker, minister.speaker, council.speaker) == (set(), {"زير"}, {"محل", "مجلس"})
    assert minister.lead_speaker >= {"زير"}
    assert speaking(report, again) == {}
    assert speaking(report, minister) == {"speaker_one": 1.0, "lead_speaker_one": 1.0}
    assert speaking(minister, council)["speaker_other"] == 1.0
    assert speaking(minister, minister)["speaker"] == 1.0
    assert odds(report, again) > odds(report, minister)
    assert odds(minister, council) < odds(minister, minister)


def test_other_people_and_places_keep_like_words_apart() -> None:
    article = (HARVEST[0], HARVEST[1] + AIRPORT_AGAIN[1])
    here = doc(1, AIRPORT, refs=["place:aleppo", "org:aleppo-airport"])
    there = doc(2, article, refs=["place:basra", "org:basra-airport"])
    same = doc(3, article, refs=["place:aleppo", "org:aleppo-airport"])

    assert odds(here, there) < odds(here, same)


WEATHER = (
    "تتراوح درجات الحرارة بين {} و{} في دمشق، وبين {} و{} في حلب، وبين {} و{} في اللاذقية، وتبلغ الرطوبة {} بالمئة، "
    "بحسب نشرة المديرية العامة للأرصاد الجوية."
)


def test_tables_in_words_are_one_story_only_where_their_figures_agree() -> None:
    today = ("نشرة الطقس", WEATHER.format(12, 24, 10, 21, 14, 19, 65))
    tomorrow = ("نشرة الطقس", WEATHER.format(15, 29, 11, 26, 17, 22, 48))
    assert odds(doc(1, today), doc(2, today)) > 0
    assert odds(doc(1, today), doc(2, tomorrow)) == UNLIKE


FORECAST = "{}: صحو، العظمى {} والصغرى {}، رياح غربية سرعتها {}، رطوبة {} في المئة."


def test_weather_of_many_towns_is_another_story_for_other_towns_though_chance_gives_them_the_same_numbers() -> None:
    def forecast(towns: str, seed: int) -> tuple[str, str]:
        lines = [
            FORECAST.format(town, 20 + (seed * 3 + n * 7) % 12, 8 + (seed * 5 + n * 5) % 12, 10 + (seed + n * 3) % 12,
                            30 + (seed * 7 + n) % 12)
            for n, town in enumerate(towns.split())
        ]  # fmt: skip
        return f"حالة الطقس في {towns.split()[0]} ومدن أخرى", "\n".join(lines)

    north = doc(1, forecast("حلب إدلب الباب منبج عفرين جرابلس اعزاز الأتارب حارم سلقين", 0))
    coast = doc(2, forecast("اللاذقية طرطوس بانياس جبلة صافيتا القدموس الحفة كسب صلنفة دريكيش", 5))
    assert len(north.numbers & coast.numbers) > 0.4 * len(north.numbers)
    assert odds(north, coast) == UNLIKE
    assert odds(north, doc(3, forecast("حلب إدلب الباب منبج عفرين جرابلس اعزاز الأتارب", 0))) > 0


def test_who_speaks_in_the_title_keeps_statements_apart() -> None:
    """Two ministers on one matter: the words are alike, whom the titles name is not."""
    article = (HARVEST[0], HARVEST[1] + AIRPORT_AGAIN[1])
    named = ["place:aleppo", "org:aleppo-airport"]

    def headed(id: int, heads: list[str]) -> StoryDoc:
        return make_doc(id, *article, language="ar", at=NOW, named=Named([*named, *heads], heads))

    here = make_doc(1, *AIRPORT, language="ar", at=NOW, named=Named([*named, "person:a"], ["person:a"]))
    assert odds(here, headed(2, ["person:b"])) < odds(here, headed(3, ["person:a"]))


def test_two_earthquakes_differ_by_place_and_figures() -> None:
    words = "A strong earthquake hit {} on Tuesday, killing {} people and destroying houses, officials said. "
    more = "The quake of magnitude {} was felt in {}, where people ran into the streets."
    aceh = ("", words.format("Aceh", 22) + more.format("6.1", "Medan"))
    again = ("", words.format("the province of Aceh", 22) + more.format("6.1", "Banda Aceh"))
    quetta = ("", words.format("Balochistan", 160) + more.format("6.4", "Quetta"))
    assert odds(doc(1, aceh, "en"), doc(2, again, "en")) > odds(doc(1, aceh, "en"), doc(3, quetta, "en")) + 2


def test_articles_on_one_event_share_a_key() -> None:
    assert set(keys(doc(1, AIRPORT))) & set(keys(doc(2, AIRPORT_AGAIN)))


def test_likeness_is_high_for_one_event_and_low_for_two() -> None:
    assert likeness(doc(1, AIRPORT), doc(2, AIRPORT_AGAIN, hours=9000)) > 0.5
    assert likeness(doc(1, AIRPORT), doc(2, HARVEST)) < 0.2
    assert likeness(doc(1, AIRPORT), doc(2, ("", ""))) == 0.0


def test_forms_of_a_word_that_share_no_stem_meet_by_how_they_begin() -> None:
    one, other = (make_doc(n, "", text, language="und") for n, text in enumerate(("fabrikada", "fabrikmisiz")))
    none = make_doc(3, "", "", language="und")
    assert likeness_features(one, one)["begins_root"] == pytest.approx(1.0)
    assert likeness_features(one, other)["begins_root"] == pytest.approx(1.0)
    assert likeness_features(one, none)["begins_root"] == 0.0


def test_a_lead_is_found_in_what_the_other_article_says() -> None:
    other = doc(2, (HARVEST[0], HARVEST[1] + AIRPORT[1]))
    found = likeness_features(doc(1, AIRPORT), other)
    assert found["lead_body"] > likeness_features(doc(1, AIRPORT), doc(3, HARVEST))["lead_body"]
    assert found == pytest.approx(likeness_features(other, doc(1, AIRPORT)))


def test_similar_takes_what_a_pipe_gives_it() -> None:
    a = {"title": AIRPORT[0], "text": AIRPORT[1], "language": "ar", "published_at": "2026-03-01T08:00:00+00:00"}
    b = {"title": AIRPORT_AGAIN[0], "text": AIRPORT_AGAIN[1], "language": "ar"}

    assert 0.5 < similar(a, b) <= 1
    assert similar(a, b) == similar(b, a)
    assert similar(a, {"text": "", "title": None, "published_at": "yesterday"}) == 0.0
    assert installed() or similar(a, {"title": AIRPORT_EN[0], "text": AIRPORT_EN[1], "language": "en"}) == 0.0


@pytest.mark.usefixtures("embed")
def test_the_extra_compares_meanings_between_languages() -> None:
    """Without it two languages that share no entity are unlike; a model reads what the words mean."""
    a = {"title": AIRPORT[0], "text": AIRPORT[1], "language": "ar"}
    same = {"title": AIRPORT_EN[0], "text": AIRPORT_EN[1], "language": "en"}
    other = {"title": "Wheat harvest begins", "text": "Farmers began to harvest their wheat.", "language": "en"}
    assert similar(a, same) > similar(a, other)
    assert similar(a, same) > 0.5


def test_two_languages_are_alike_by_names_and_figures() -> None:
    arabic, english = doc(1, AIRPORT, refs=REFS), doc(2, AIRPORT_EN, "en", refs=REFS)
    figures = doc(3, (AIRPORT[0], AIRPORT[1] + " 147"), refs=REFS), doc(4, (AIRPORT_EN[0], "147"), "en", refs=REFS)
    other = doc(5, AIRPORT_EN, "en", refs=[*REFS[:1], "a", "b", "c", "d"])

    assert likeness(arabic, other) < likeness(arabic, english) < likeness(*figures)


@pytest.mark.usefixtures("embed")
def test_what_stands_further_down_counts_too() -> None:
    """One leads with what the other tells after its first paragraphs."""
    long = (HARVEST[0], HARVEST[1] * 3 + AIRPORT_AGAIN[1])
    found, none = alike(AIRPORT, long), alike(AIRPORT, (HARVEST[0], HARVEST[1] * 4))
    assert found is not None
    assert none is not None
    assert found.beyond > none.beyond + 0.1
    assert alike(AIRPORT, ("", " ")) is None


def test_a_known_meaning_draws_two_articles_together_or_apart() -> None:
    far, near = doc(1, AIRPORT), doc(2, HARVEST)
    assert likeness(far, near, Alike(0, 0)) < likeness(far, near, Alike(0.4, 0)) < likeness(far, near, Alike(0.9, 0))
    assert likeness(far, near, Alike(0.4, 0.1)) < likeness(far, near, Alike(0.4, 0.8))
    english = doc(3, AIRPORT_EN, "en")
    assert likeness(far, english) == 0.0
    assert likeness(far, english, Alike(0.1, 0.1)) < 0.2 < 0.5 < likeness(far, english, Alike(0.8, 0.7))

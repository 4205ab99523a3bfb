"""Topics: rules and models on articles, how articles are made into numbers, and what is learned of tags."""

from __future__ import annotations

import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.enrich.interface import Annotation, Doc
from rasid.enrich.topics import (
    FEATURES,
    SLOTS,
    Model,
    Rule,
    Topics,
    TopicsEnricher,
    as_topics,
    check_name,
    features,
    likelihood,
    pack,
    unpack,
)
from rasid.enrich.train_topics import LEAST, Example, TooFew, train
from rasid.errors import RasidError
from rasid.testing import check_enricher
from rasid.text.queries import Query

BREAD = ["خبز", "طحين", "مخبز", "قمح", "رغيف", "أفران", "سعر", "دعم"]
OTHER = ["مباراة", "منتخب", "مطر", "جسر", "مدرسة", "وفد", "حدود", "مسرح", "سوق", "نهر"]


def article(words: list[str], chance: random.Random) -> str:
    return " ".join(chance.choice(words if chance.random() < 0.5 else OTHER) for _ in range(60))


def examples(count: int, *, stories: int | None = None) -> list[Example]:
    chance = random.Random(4)
    bread = [features("", article(BREAD, chance), language="ar") for _ in range(count)]
    other = [features("", article(OTHER, chance), language="ar") for _ in range(5 * count)]
    group = [number % stories if stories else number for number in range(count)]
    return [
        *(Example(one, True, number) for one, number in zip(bread, group, strict=True)),
        *(Example(one, False, 10_000 + number) for number, one in enumerate(other)),
    ]


def doc(text: str, **more: str) -> Doc:
    found = (Annotation("entity", 0, 3, ref="sdf", kind="org"), Annotation("place", 0, 3, ref="geonames:1"))
    return Doc(1, text, "", "ar", found=found, **more)  # type: ignore[arg-type]


def told(topics: Topics, article: Doc) -> list[tuple[str | None, float | None, str | None]]:
    (said,) = TopicsEnricher(lambda: topics).enrich([article])
    return [(one.name, one.score, one.method) for one in said]


def rule(name: str, query: str, topic_id: int = 1) -> Rule:
    return Rule(topic_id, name, Query.parse(query))


# --- rules --------------------------------------------------------------------------------------------------------


def test_a_rule_is_a_saved_query_and_sees_words_names_language_and_source() -> None:
    text = "ارتفع سعر الخبز في المدينة وللخبز طوابير"
    topics = Topics(
        [
            rule("bread", "خبز", 1),
            rule("sdf", "entity:sdf", 2),
            rule("place", "place:geonames:1 lang:ar", 3),
            rule("outlet", "خبز source:enab", 4),
            rule("football", "مباراة OR كأس", 5),
        ]
    )
    assert [name for name, _, _ in told(topics, doc(text, source="enab"))] == ["bread", "sdf", "place", "outlet"]
    assert [name for name, _, _ in told(topics, doc(text, source="other"))] == ["bread", "sdf", "place"]
    assert told(topics, doc(text))[0] == ("bread", 1.0, "rule")


def test_without_topics_nothing_is_said_and_the_contract_is_kept() -> None:
    assert told(Topics(), doc("خبز")) == []
    weights = np.zeros(SLOTS, dtype=np.float32)
    check_enricher(TopicsEnricher(lambda: Topics()), doc("خبز"))
    topics = Topics([rule("bread", "خبز OR قمح")], [Model(1, "bread", 1, weights, 0.0, 0.4)])
    check_enricher(TopicsEnricher(lambda: topics), doc("خبز"))


# --- numbers ------------------------------------------------------------------------------------------------------


def test_arabic_words_count_under_one_stem_through_their_proclitics() -> None:
    one, other = features("", "الخبز", language="ar"), features("", "وللخبز", language="ar")
    assert one.slots.tolist() == other.slots.tolist()


def test_names_and_titles_weigh_more() -> None:
    plain, named = features("", "خبز طحين"), features("", "خبز طحين", refs=["sdf"])
    assert len(named.slots) == len(plain.slots) + 1
    assert max(abs(named.values)) > max(abs(plain.values))
    titled = features("خبز", "خبز طحين")
    assert len(titled.slots) == 2
    assert abs(titled.values[0]) > abs(titled.values[1])


@settings(max_examples=100)
@given(st.text(max_size=300), st.text(max_size=60), st.sampled_from(["ar", "en", "tr", None]))
def test_any_article_is_a_vector_of_length_one_or_none(text: str, title: str, language: str | None) -> None:
    made = features(title, text, language=language)
    assert len(made.slots) == len(set(made.slots.tolist())) == len(made.values)
    assert ((made.slots >= 0) & (made.slots < SLOTS)).all()
    assert np.isfinite(made.values).all()
    if len(made.slots) == 1:
        assert abs(made.values[0]) == pytest.approx(1.0)


@given(st.floats(allow_nan=False))
def test_a_likelihood_lies_between_none_and_one(logit: float) -> None:
    assert 0.0 <= likelihood(logit) <= 1.0


def test_weights_are_kept_as_they_are_and_others_are_refused() -> None:
    weights = np.random.default_rng(1).normal(size=SLOTS).astype(np.float32)
    assert (unpack(pack(weights)) == weights).all()
    for broken in (b"", b"nothing", pack(weights[:10])):
        with pytest.raises(ValueError):
            unpack(broken)


# --- learning -----------------------------------------------------------------------------------------------------


def test_what_is_learned_tells_articles_that_it_has_not_seen() -> None:
    learned = train(examples(40))
    assert learned.scores.f1 > 0.8
    assert (learned.scores.positives, learned.scores.negatives, learned.scores.folds) == (40, 200, 5)
    model = Model(7, "bread", 3, unpack(pack(learned.weights)), learned.bias, learned.scores.threshold)
    topics = Topics(models=[model])
    chance = random.Random(99)
    bread = [told(topics, doc(article(BREAD, chance))) for _ in range(20)]
    other = [told(topics, doc(article(OTHER, chance))) for _ in range(20)]
    assert sum(map(bool, bread)) >= 17
    assert sum(map(bool, other)) <= 3
    (said,) = next(found for found in bread if found)
    assert (said[0], said[2]) == ("bread", "model")


def test_a_rule_goes_before_a_model_which_still_tells_what_it_thinks() -> None:
    weights = np.zeros(SLOTS, dtype=np.float32)
    topics = Topics([rule("bread", "خبز")], [Model(1, "bread", 2, weights, -5.0, 0.5)])
    (said,) = TopicsEnricher(lambda: topics).enrich([doc("خبز")])[0]
    assert (said.method, said.score, said.ref) == ("rule", 1.0, "topic:1")
    assert said.detail == {"query": "خبز", "model": 2, "likelihood": 0.007, "threshold": 0.5}


def test_too_few_tags_are_refused_with_what_is_needed() -> None:
    with pytest.raises(TooFew, match=f"19 articles are tagged.*{LEAST} of each"):
        train(examples(19))
    with pytest.raises(TooFew, match="one story"):
        train(examples(30, stories=1))
    with pytest.raises(TooFew):
        train([])


def test_a_story_never_stands_on_both_sides_of_a_test() -> None:
    """Words that are known by heart from one story must not make the figures look good."""
    chance = random.Random(8)

    def told_by(story: int) -> str:
        return " ".join(chance.choice([f"حدث{story}", f"شخص{story}", *OTHER]) for _ in range(40))

    positives = [Example(features("", told_by(n % 4), language="ar"), True, n % 4) for n in range(40)]
    negatives = [Example(features("", told_by(100 + n), language="ar"), False, 100 + n) for n in range(80)]
    assert train([*positives, *negatives]).scores.f1 < 0.8


# --- rows and names -----------------------------------------------------------------------------------------------


def test_what_can_no_longer_be_read_is_left_out() -> None:
    good = {"topic_id": 2, "name": "b", "version": 1, "bias": 0.0, "threshold": 0.5, "features": FEATURES}
    weights = pack(np.zeros(SLOTS, dtype=np.float32))
    made = as_topics(
        [{"id": 1, "name": "a", "query": 'an "open quote'}, {"id": 2, "name": "b", "query": "خبز"}],
        [good | {"weights": weights}, good | {"weights": b"x"}, good | {"weights": weights, "features": 0}],
    )
    assert [one.name for one in made.rules] == ["b"]
    assert [one.version for one in made.models] == [1]


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, 'a "b"', "a\x00b"])
def test_names_that_no_query_could_ask_for_are_refused(name: str) -> None:
    with pytest.raises(ValueError):
        check_name(name)


def test_blanks_in_names_are_single() -> None:
    assert check_name("  أسعار   الخبز\n") == "أسعار الخبز"


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    some = examples(20)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(RasidError, match=r"rasid\[topics\]"):
        train(some)

"""Which phrases may be keywords of an Arabic article, and how they are weighed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.enrich import build_salience
from rasid.enrich.keywords import Host, keywords
from rasid.enrich.phrases import Name, known, lead_end, quoted, runs
from rasid.enrich.ranker import FEATURES, Part, features, gather, weigh
from rasid.enrich.salience import Salience, hashed, shipped
from rasid.enrich.tokens import tokenize

TITLE = "افتتاح محطة لتحلية المياه في مدينة الغردقة"
TEXT = (
    "افتتحت الشركة أمس محطة تحلية المياه الجديدة على ساحل البحر، وتبلغ طاقة المحطة ألف متر مكعب في اليوم.\n"
    "وأكد المهندس أن محطة تحلية المياه ستخدم سكان المدينة، وأن «الأغشية العكسية» تقلل كلفة تحلية المياه كثيراً.\n"
    "وتحدث زوار عن طقس معتدل."
)


def host(text: str, *, is_title: bool = False) -> Host:
    return Host(text, tokenize(text), is_title=is_title)


def found() -> list[str]:
    return [one.text for one in keywords([host(TITLE, is_title=True), host(TEXT)], language="ar")]


def test_what_is_said_again_and_again_comes_before_what_is_said_once() -> None:
    best = found()
    assert "تحلية المياه" in best[:4]
    assert "طقس معتدل" not in best


def test_a_proclitic_is_no_part_of_a_keyword() -> None:
    assert not any(text.startswith("لتحلية") for text in found())


def test_what_stands_nowhere_but_inside_a_chosen_phrase_is_not_given_again() -> None:
    article = [
        host("قناة السويس", is_title=True),
        host("عبرت السفن قناة السويس. وقالت هيئة قناة السويس إن السفن عبرت."),
    ]
    best = [one.text for one in keywords(article, language="ar")]
    assert "قناة السويس" in best
    assert "قناة" not in best


def test_candidates_are_repeated_or_early_or_named_or_quoted() -> None:
    tokens = tokenize(TEXT)
    first = next(i for i, token in enumerate(tokens) if token.folded == "طقس")
    stop = {"في", "علي", "ان", "عن"}.__contains__
    without = gather([Part(TEXT, tokens, (), False)], stop).candidates
    named = gather([Part(TEXT, tokens, [Name(first, first + 2, "org")], False)], stop).candidates
    assert "طقس معتدل" not in without
    assert named["طقس معتدل"].kind == "org"
    assert without["الاغشيه العكسيه"].quoted
    assert without["تحليه المياه"].times == 3
    assert not any(key.split()[0] in ("في", "علي") or key.split()[-1] in ("في", "علي") for key in without)


def test_every_candidate_has_every_feature() -> None:
    article = gather([Part(TITLE, tokenize(TITLE), (), True), Part(TEXT, tokenize(TEXT), (), False)], lambda _: False)
    table = features(article)
    assert table.shape == (len(article.candidates), len(FEATURES))
    assert np.isfinite(table).all()
    assert ((weigh(article) >= 0) & (weigh(article) <= 1)).all()


def test_verbs_are_known_by_the_article_that_they_never_take() -> None:
    assert known("اعلنت").nominal < 0.1 < known("حكومه").nominal
    assert known("والحكومه").definite


def test_runs_end_at_punctuation() -> None:
    text = "قال الوزير، إن الأزمة"
    keys = {key for key, _, _ in runs(text, tokenize(text))}
    assert "قال الوزير" in keys
    assert "الوزير ان" not in keys


def test_short_quotations_and_first_sentences_are_found() -> None:
    text = "أعلن فريق «أطباء بلا حدود» في بيان نشره يوم أمس في العاصمة وفاة ثلاثة. وقال آخرون شيئا."
    tokens = tokenize(text)
    assert [[tokens[i].folded for i in range(*span)] for span in quoted(text, tokens)] == [["اطباء", "بلا", "حدود"]]
    assert text[: lead_end(text)].endswith("ثلاثة")


def test_a_table_is_counted_from_articles() -> None:
    texts = [("جسر الكوبري", "سقط جسر الكوبري في النهر")] * 3 + [("غيره", "عبر الناس جسر الكوبري")]
    table = Salience(build_salience.count(texts))
    assert table.texts == 4
    assert table.phrases(np.array([hashed("جسر الكوبري"), hashed("لا شيء")], np.uint32)).tolist() == [
        [4, 3, 4],
        [0, 0, 0],
    ]
    assert table.word("الكوبري").written == 4
    assert table.word("سقط").opening == 3


def test_the_shipped_table_knows_everyday_news() -> None:
    row = shipped().phrases(np.array([hashed("مجلس الامن")], np.uint32))[0]
    assert row[0] > row[1] > 0


@pytest.mark.parametrize("text", ["", " ", "١٢٣ 456", "في في في", "ا" * 5_000, "\u200f\u202e؟", "«»"])
def test_odd_texts_get_an_answer(text: str) -> None:
    assert isinstance(keywords([host(text, is_title=True), host(text)], language="ar"), list)


@given(st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهويةىأإآؤئ ً«».،؟\n 12-", max_size=400))
def test_any_arabic_text_gets_keywords_that_stand_in_it(text: str) -> None:
    for one in keywords([host(text)], language="ar"):
        assert one.text.removeprefix("ال")[:3] in " ".join(text.split())

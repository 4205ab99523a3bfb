"""Which phrases may be keywords of an Arabic article, and how they are weighed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.enrich import build_salience
from rasid.enrich.candidates import Part, gather
from rasid.enrich.keywords import Host, keywords
from rasid.enrich.phrases import Name, lead_end, quoted, runs
from rasid.enrich.ranker import FEATURES, features, weigh
from rasid.enrich.salience import Salience, hashed, shipped
from rasid.enrich.tokens import tokenize
from rasid.enrich.vocabulary import Vocabulary, Word

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
    words = Vocabulary({"في", "علي", "ان", "عن"}.__contains__)
    without = gather([Part(TEXT, tokens, (), False)], words)
    named = gather([Part(TEXT, tokens, [Name(first, first + 2, "org")], False)], words)
    assert "طقس معتدل" not in without.keys
    assert named.names[named.keys.index("طقس معتدل")].kind == "org"
    assert without.quoted[without.keys.index("الاغشيه العكسيه")]
    assert without.times[without.keys.index("تحليه المياه")] == 3
    assert not any(key.split()[0] in ("في", "علي") or key.split()[-1] in ("في", "علي") for key in without.keys)


def test_a_candidate_tells_where_it_stands() -> None:
    parts = [Part(TITLE, tokenize(TITLE), (), True), Part(TEXT, tokenize(TEXT), (), False)]
    article = gather(parts, Vocabulary(lambda _: False))
    for number, key in enumerate(article.keys):
        places = list(article.places(number, 99))
        assert len(places) == article.times[number]
        for part, place in places:
            words = [token.folded for token in parts[part].tokens[place : place + article.size[number]]]
            assert words[0].endswith(key.split()[0])
            assert words[1:] == key.split()[1:]
    assert list(article.places(article.keys.index("تحليه المياه"), 2)) == [(0, 2), (1, 4)]


def test_a_phrase_inside_a_longer_one_does_not_stand_alone() -> None:
    text = "مدير قناة السويس قال. مدير قناة السويس نفى. وعبرت السفن قناة السويس"
    article = gather([Part(text, tokenize(text), (), True)], Vocabulary(lambda _: False))
    alone = dict(zip(article.keys, article.alone.tolist(), strict=True))
    assert alone["مدير قناه السويس"] == 1.0
    assert alone["قناه السويس"] == pytest.approx(1 / 3)


def test_every_candidate_has_every_feature() -> None:
    parts = [Part(TITLE, tokenize(TITLE), (), True), Part(TEXT, tokenize(TEXT), (), False)]
    article = gather(parts, Vocabulary(lambda _: False))
    table = features(article)
    assert table.shape == (len(article.keys), len(FEATURES))
    assert np.isfinite(table).all()
    assert ((weigh(article) >= 0) & (weigh(article) <= 1)).all()


def test_verbs_are_known_by_the_article_that_they_never_take() -> None:
    words = Vocabulary(lambda _: False)
    assert words.word("اعلنت").nominal < 0.1 < words.word("حكومه").nominal
    assert words.word("والحكومه").definite
    assert words.word("والحكومه").bare == "الحكومه"


def test_a_vocabulary_learns_many_words_as_it_learns_one() -> None:
    many = [f"{letters}تفاح{number}" for number in range(6_000) for letters in ("", "و")]
    at_once, one_by_one = Vocabulary(lambda word: len(word) > 7), Vocabulary(lambda word: len(word) > 7)
    rows = at_once.rows([*many, *many])
    assert rows[: len(many)].tolist() == rows[len(many) :].tolist()
    assert [at_once.words[row] for row in rows[: len(many)]] == many
    for word in many[::997]:
        assert (
            at_once.word(word) == one_by_one.word(word) == Word("تفاح" + word.split("تفاح")[1], *at_once.word(word)[1:])
        )
        assert at_once.stops[at_once[word]] == (len(word) > 7)
        assert at_once.joined[at_once[word]] == word.startswith("و")


def test_threads_share_a_vocabulary() -> None:
    shared = Vocabulary(lambda _: False)
    texts = [[f"تفاح{number % 5_000}" for number in range(start, start + 2_000)] for start in range(0, 20_000, 500)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shared.rows, texts))
    assert [[shared.words[row] for row in rows] for rows in found] == texts
    assert len(shared.words) == len(shared) == 5_000


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

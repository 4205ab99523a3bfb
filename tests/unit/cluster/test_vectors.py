"""Documents compared with many at once: the same cosines and the same judgement as one by one."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.cluster.doc import STEMS_LIMIT, Said, StoryDoc, keys, make_doc, read_doc
from rasid.cluster.many import facts_of, judge_many
from rasid.cluster.score import DEFAULT, dot, judge
from rasid.cluster.vectors import Vectors
from tests.unit.cluster.articles import NOW

WORDS = [
    "افتتاح", "محطة", "تحلية", "المياه", "مدينة", "الغردقة", "سفن", "قناة", "السويس", "وزير", "اجتماع", "حكومة", "قال:",
    "وأكد", "12", "1500", "47 63", "Halabi", "Reuters.", "said",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
ARTICLES = st.tuples(TEXTS, TEXTS, st.sampled_from([None, 0, 5, 100]), st.sampled_from([None, "a", "b"]))
Article = tuple[str, str, int | None, str | None]


def full(number: int, article: Article) -> StoryDoc:
    title, text, hours, source = article
    at = None if hours is None else NOW + timedelta(hours=hours)
    return make_doc(number, title, text, language="ar", at=at, source=source)


def put(vectors: Vectors, articles: list[Article]) -> list[StoryDoc]:
    """Keeps each; the documents with their bags."""
    made = []
    for number, article in enumerate(articles):
        doc = full(number, article)
        vectors.put(number, doc, said(article))
        made.append(doc)
    return made


def said(article: Article) -> Said:
    return read_doc(0, article[0], article[1], language="ar")[1]


def cosines(a: StoryDoc, b: StoryDoc) -> list[float]:
    alike = [len(a.numbers & b.numbers), len(a.table & b.table), len(a.speaker & b.speaker)]
    bags = [dot(a.lead, b.lead), dot(a.body, b.body), dot(a.title, b.title), dot(a.names or {}, b.names or {})]
    return [*bags, *alike, len(a.lead_speaker & b.lead_speaker)]


@given(st.lists(ARTICLES, min_size=1, max_size=8))
def test_what_two_share_is_what_their_bags_share(articles: list[Article]) -> None:
    vectors = Vectors()
    made = put(vectors, articles)
    for number, doc in enumerate(made):
        found = vectors.shared([(number, range(len(made)))])
        assert found.tolist() == [pytest.approx(cosines(doc, other), abs=1e-5) for other in made]


@given(st.lists(ARTICLES, min_size=1, max_size=8))
def test_many_pairs_are_judged_as_each_alone(articles: list[Article]) -> None:
    vectors = Vectors()
    made = put(vectors, articles)
    facts = [facts_of(doc) for doc in made]
    for number, doc in enumerate(made):
        shared = vectors.shared([(number, range(len(made)))])
        found = judge_many([facts[number]] * len(made), facts, shared, DEFAULT)
        assert found.tolist() == pytest.approx([judge(doc, other).odds for other in made], abs=1e-4)


def test_a_document_is_found_by_its_heaviest_stems() -> None:
    article = ("افتتاح محطة تحلية في الغردقة", "افتتح وزير الري محطة تحلية المياه في مدينة الغردقة اليوم", None, None)
    vectors = Vectors()
    (doc,) = put(vectors, [article])
    lexicon, names = said(article).lexicon, list(vectors._numbers)
    assert [f"w:{names[key][2:]}" for key in vectors.keys(0)] == keys(doc)
    assert lexicon is said(article).lexicon


def test_nothing_is_shared_with_nobody() -> None:
    vectors = Vectors()
    put(vectors, [("عنوان", "نص قصير", None, None)])
    assert vectors.shared([(0, [])]).shape == vectors.shared([]).shape == (0, 8)


def test_many_are_compared_each_with_its_own() -> None:
    vectors = Vectors()
    made = put(vectors, [(f"افتتاح محطة {n}", "وزير المياه في السويس", None, None) for n in range(10, 14)])
    asked = [(0, [1, 2]), (1, []), (3, [0])]
    found = vectors.shared(asked).tolist()
    assert found == [pytest.approx(cosines(made[one], made[two]), abs=1e-5) for one, two in ((0, 1), (0, 2), (3, 0))]


def test_all_stems_that_are_looked_at_are_kept_though_the_heaviest_alone_weigh() -> None:
    found = read_doc(0, "", " ".join(f"word{n}" for n in range(200)), language="en")[1]
    assert len(found.stems) > STEMS_LIMIT == np.count_nonzero(found.body)


def test_stems_that_no_document_has_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vectors, "LIMIT", 40)
    vectors = Vectors()
    texts = [f"افتتاح محطة{n} تحلية{n} سفينة{n} وزير" for n in range(60)]
    articles: list[Article] = [(f"كلام{n} جديد", text, None, None) for n, text in enumerate(texts)]
    made = [full(number, article) for number, article in enumerate(articles)]
    for number, (doc, article) in enumerate(zip(made, articles, strict=True)):
        if vectors.crowded():
            before = vectors.keys(number - 1)
            anew = vectors.renumber()
            assert tuple(anew[key] for key in before) == vectors.keys(number - 1)
        vectors.put(number, doc, said(article))
        if number > 2:
            vectors.drop(number - 3)
    left = made[-3:]
    assert len(vectors._numbers) < 60
    for doc in left:
        found = vectors.shared([(int(doc.id), [int(other.id) for other in left])])
        assert found.tolist() == [pytest.approx(cosines(doc, other), abs=1e-5) for other in left]

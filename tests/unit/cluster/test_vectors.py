"""Documents compared with many at once: the same cosines as one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.cluster.doc import StoryDoc, make_doc
from rasid.cluster.score import dot
from rasid.cluster.vectors import Vectors

WORDS = ["افتتاح", "محطة", "تحلية", "المياه", "مدينة", "الغردقة", "سفن", "قناة", "السويس", "وزير", "اجتماع", "حكومة"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


def docs(texts: list[tuple[str, str]]) -> list[StoryDoc]:
    return [make_doc(number, title, text, language="ar") for number, (title, text) in enumerate(texts)]


def cosines(a: StoryDoc, b: StoryDoc) -> list[float]:
    return [dot(a.lead, b.lead), dot(a.body, b.body), dot(a.title, b.title)]


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_what_two_share_is_what_their_bags_share(texts: list[tuple[str, str]]) -> None:
    vectors, made = Vectors(), docs(texts)
    for doc in made:
        vectors.put(doc)
    for doc in made:
        found = vectors.shared(doc.id, [other.id for other in made])
        for other, shared in zip(made, found, strict=True):
            assert list(shared) == pytest.approx(cosines(doc, other), abs=1e-5)


def test_nothing_is_shared_with_nobody() -> None:
    vectors = Vectors()
    vectors.put(make_doc("a", "عنوان", "نص قصير", language="ar"))
    assert vectors.shared("a", []) == []


def test_stems_that_no_document_has_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vectors, "LIMIT", 40)
    vectors = Vectors()
    made = docs([(f"كلام{n} جديد", f"افتتاح محطة{n} تحلية{n} سفينة{n} وزير") for n in range(60)])
    for number, doc in enumerate(made):
        vectors.put(doc)
        if number > 2:
            vectors.drop(number - 3)
    left = made[-3:]
    assert len(vectors._numbers) < 60
    for doc in left:
        found = vectors.shared(doc.id, [other.id for other in left])
        assert [list(one) for one in found] == [pytest.approx(cosines(doc, other), abs=1e-5) for other in left]

"""`check_enricher` finds what breaks the contract; rasid's own enrichers and the example of the docs keep it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rasid.enrich.builtin import BUILT_IN
from rasid.settings import Settings
from rasid.store.engine import make_engine
from rasid.testing import Annotation, Doc, check_enricher, hostile_texts

ROOT = Path(__file__).resolve().parents[3]
DOC = Doc(1, "قال وزير الخارجية فيصل المقداد إن الوفد زار مدينة القامشلي.", "زيارة", "ar", "SY")


class Tagger:
    """Says `say` of each article; good as it stands."""

    name, version, cost = "tagger", "1", 1.0
    languages: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    provides = frozenset({"topic", "entity"})

    def __init__(self, say: Callable[[Doc], list[Any]]) -> None:
        self.say = say

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [self.say(doc) for doc in batch]


def test_a_good_one_passes_and_what_it_says_is_given_back() -> None:
    answers = check_enricher(Tagger(lambda doc: [Annotation("topic", text=doc.text[:5] or None)]), DOC)
    assert answers == [[Annotation("topic", text="قال و")]]


_counter = itertools.count()
_seen: set[object] = set()


def first_time(doc: Doc) -> list[Annotation]:
    if doc.id in _seen:
        return []
    _seen.add(doc.id)
    return [Annotation("topic")]


class DropsEmpty(Tagger):
    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [self.say(doc) for doc in batch if doc.text]


class LooksAtOthers(Tagger):
    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [[Annotation("topic", score=len(batch) / 100)] for _ in batch]


class NoVersion(Tagger):
    version = ""


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Tagger(lambda doc: [Annotation("smell")]), "does not say it provides"),
        (Tagger(lambda doc: [Annotation("entity", 0, len(doc.text) + 1, kind="other")]), "is not within"),
        (
            Tagger(lambda doc: [Annotation("entity", 0, 1, kind="other", text="؟")] if doc.text else []),
            "not what stands",
        ),
        (Tagger(lambda doc: [Annotation("topic", text=str(next(_counter)))]), "asked twice"),
        (Tagger(first_time), "asked twice"),
        (LooksAtOthers(lambda doc: []), "asked for an article alone"),
        (DropsEmpty(lambda doc: []), "answers for"),
        (Tagger(lambda doc: [Annotation("topic")] * 2_000), "2000 annotations"),
        (NoVersion(lambda doc: []), "has the version ''"),
        (SimpleNamespace(name="x"), "is no enricher"),
    ],
)
def test_one_that_breaks_the_contract_is_told_how(bad: Any, why: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(why)):
        check_enricher(bad, DOC)


def test_what_an_enricher_raises_on_a_hostile_text_comes_through() -> None:
    with pytest.raises(IndexError):
        check_enricher(Tagger(lambda doc: [Annotation("topic", text=doc.text[0])]))


def test_hostile_texts_can_be_stored() -> None:
    for text in hostile_texts():
        assert "\0" not in text
        assert text.encode("utf-8").decode("utf-8") == text


# What topics say hangs on the store; with rules and models given they are checked in test_topics.py.
@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "rasid-topics"])
def test_our_own_keep_the_contract(name: str, compiled_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").symlink_to(compiled_folder)
    # No database answers: what is kept there is left out.
    engine = make_engine("postgresql://rasid@127.0.0.1:1/none")
    context: Any = SimpleNamespace(settings=Settings(home=tmp_path), engine=engine)
    check_enricher(BUILT_IN[name](context), DOC)


def test_the_example_of_the_docs_keeps_the_contract() -> None:
    text = (ROOT / "docs" / "enrichers.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(# my_tagger/__init__.py\n.*?)```", text, flags=re.S)
    names: dict[str, Any] = {}
    exec(compile(code, "my_tagger", "exec"), names)  # the docs are ours
    (said,) = check_enricher(names["Tagger"](), Doc(1, "ضرب زلزال شمال سوريا", language="ar"))
    assert [(one.name, one.start, one.end) for one in said] == [("earthquake", 4, 9)]

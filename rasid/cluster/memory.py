"""Stories gathered in memory, article after article, and the likeness of two: no database, the same decision."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rasid.cluster.doc import Background, Id, StoryDoc, keys, make_doc
from rasid.cluster.score import DEFAULT, StoryCandidate, Weights, decide, likeness

#: Gives the entity refs of a title and a text in a language (a repeat for each mention).
Refs = Callable[[str, str, str | None], Sequence[str]]


class Clusterer:
    """Puts articles into stories as they come.

    Memory is bounded: the documents of the newest articles are kept, `capacity` at most.
    """

    #: Documents compared with a new one: those that share most keys with it.
    CANDIDATES = 80
    #: Newest documents kept under one key.
    BUCKET = 400

    def __init__(self, *, weights: Weights = DEFAULT, refs: Refs | None = None, capacity: int = 30_000) -> None:
        """`refs` finds the entities of an article where `add` is given none; without it words alone decide."""
        self._weights = weights
        self._refs = refs
        self._capacity = capacity
        self._background = Background()
        self._kept: dict[Id, StoryCandidate] = {}
        self._index: dict[str, deque[Id]] = {}

    def add(
        self,
        id: Id,
        title: str,
        text: str,
        language: str | None = None,
        published_at: datetime | None = None,
        entity_refs: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Put one article into a story; one that comes again is judged anew.

        Returns:
            ``story`` (the id of the article that opened it), ``story_score`` (0 to 1), ``why``.
        """
        if id in self._kept:
            self._drop(id)
        if not entity_refs and self._refs is not None:
            entity_refs = self._refs(title, text, language)
        doc = make_doc(
            id,
            title,
            text,
            language=language,
            entity_refs=entity_refs,
            at=published_at,
            background=self._background,
        )
        found = keys(doc)
        verdict = decide(doc, self._candidates(found), self._weights)
        story = id if verdict.story is None else verdict.story
        self._keep(StoryCandidate(doc, story), found)
        return {"story": story, "story_score": verdict.score, "why": verdict.why}

    def _candidates(self, found: Sequence[str]) -> list[StoryCandidate]:
        shared = Counter(one for key in found for one in self._index.get(key, ()))
        return [self._kept[one] for one, _ in shared.most_common(self.CANDIDATES)]

    def _keep(self, candidate: StoryCandidate, found: Sequence[str]) -> None:
        one = candidate.doc.id
        self._kept[one] = candidate
        for key in found:
            self._index.setdefault(key, deque(maxlen=self.BUCKET)).append(one)
        while len(self._kept) > self._capacity:
            self._drop(next(iter(self._kept)))

    def _drop(self, one: Id) -> None:
        for key in keys(self._kept.pop(one).doc):
            bucket = self._index.get(key)
            if bucket is not None and one in bucket:
                bucket.remove(one)
            if not bucket:
                self._index.pop(key, None)


def _moment(given: Any) -> datetime | None:
    if isinstance(given, datetime):
        return given
    try:
        return datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None


def _side(given: Mapping[str, Any], refs: Refs | None) -> StoryDoc:
    title, text, language = str(given.get("title") or ""), str(given.get("text") or ""), given.get("language")
    named = refs(title, text, language) if refs is not None else ()
    return make_doc("", title, text, language=language, entity_refs=named, at=_moment(given.get("published_at")))


def similar(
    a: Mapping[str, Any], b: Mapping[str, Any], *, weights: Weights = DEFAULT, refs: Refs | None = None
) -> float:
    """Whether two articles are on one story, 0 to 1; 0.5 is even odds.

    Args:
        a, b: ``title``, ``text``, ``language`` (may be missing); what else they hold is ignored.
        refs: finds entities; without it two languages cannot be compared and give 0.
    """
    return round(likeness(_side(a, refs), _side(b, refs), weights), 4)

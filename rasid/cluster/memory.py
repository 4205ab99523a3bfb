"""Stories gathered in memory, article after article, and the likeness of two: no database, the same decision."""

from __future__ import annotations

import sys
from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np

from rasid.cluster.board import DEFAULT as LIMITS
from rasid.cluster.board import Board, Limits, Move
from rasid.cluster.doc import STEMS_WIDE, Bag, Id, Named, StoryDoc, keys, make_doc, with_named
from rasid.cluster.meaning import alike
from rasid.cluster.score import DEFAULT, LEAST, Judged, Rules, judge, likely, likeness, probability
from rasid.cluster.vectors import Shared, Vectors
from rasid.text.words import base_language

#: Finds whom and what a title and a text in a language name.
Refs = Callable[[str, str, str | None], Named]
Judge = Callable[[StoryDoc, StoryDoc, Shared], Judged]
_NO_WORDS: Bag = MappingProxyType({})


class Clusterer:
    """Puts articles into stories as they come, and puts right what later ones show: see `settled`.

    Memory is bounded: articles older than the window, and the oldest beyond `capacity`, are forgotten.
    """

    #: Newest documents kept under one key.
    BUCKET = 300
    #: Articles whose times together say what "now" is, so that one article with a wrong date does not move it.
    CLOCK = 16
    #: Characters of a text in which entities are looked for, once there are two languages.
    READ_TEXT = 4_000

    def __init__(
        self,
        *,
        refs: Refs | None = None,
        rules: Rules = DEFAULT,
        limits: Limits = LIMITS,
        capacity: int = 20_000,
        judge_pair: Judge | None = None,
    ) -> None:
        """`refs` finds the entities of an article, once there are two languages; without it none are compared."""
        self._refs = refs
        self._judge = judge_pair or (lambda a, b, shared: judge(a, b, rules, shared))
        self._window = timedelta(hours=rules.window_hours)
        self._capacity = capacity
        # Documents without their words, which take most of the room: those are in the vectors, and in the keys.
        self._docs: dict[Id, StoryDoc] = {}
        self._vectors = Vectors()
        self._keys: dict[Id, list[str]] = {}
        self._texts: dict[Id, tuple[str, str, str | None]] = {}
        # Under each key the numbers of its documents, in the order of their arrival.
        self._index: dict[str, array[int]] = {}
        self._numbered: dict[int, Id] = {}
        self._recent: deque[datetime] = deque(maxlen=self.CLOCK)
        self._languages: set[str] = set()
        self._across = False
        stories = count()
        self._board = Board(lambda _: next(stories), limits)
        self._arrivals: dict[Id, int] = {}
        self._arrived = count()
        # Names of stories that were told to somebody, and with whom they were told.
        self._labels: dict[Id, Id] = {}
        self._settled: list[tuple[Id, Id, float]] = []

    def add(
        self,
        id: Id,
        title: str,
        text: str,
        language: str | None = None,
        published_at: datetime | None = None,
        named: Named | None = None,
        source: str | None = None,
    ) -> dict[str, Any]:
        """Put one article into a story; one that comes again is judged anew.

        Returns:
            ``story`` (the id of the first article in it), ``story_score`` (0 to 1), ``why``.
        """
        if id in self._docs:
            self._drop(id)
        doc = make_doc(
            id, title, text, language=language, named=named, at=published_at, source=source
        )  # fmt: skip
        self._meet(doc.language)
        found = keys(doc)
        self._vectors.put(doc)
        self._docs[id] = replace(doc, title=_NO_WORDS, lead=_NO_WORDS, body=_NO_WORDS)
        self._arrivals[id] = number = next(self._arrived)
        self._numbered[number] = id
        if self._refs is not None and named is None:
            self._texts[id] = (title, text[: self.READ_TEXT], language)
        if self._across:
            found += [key for key in self._names(id) if key not in found]
        links = self._links(id, found)
        placing = self._board.place(id, links)
        self._rename(placing.moves)
        self._enter(id, found)
        self._forget(doc.at)
        why: dict[str, Any] = {"rung": "new" if placing.opened else "joined"}
        if placing.nearest is not None:
            why |= {"matched": placing.nearest, "best": round(probability(links[placing.nearest]), 3)}
        return {"story": self._label(id), "story_score": round(probability(placing.odds), 3), "why": why}

    def now(self, id: Id) -> tuple[Id, float]:
        """Story and score of an article that is remembered, as they are at this point."""
        return self._label(id), round(probability(self._board.fit(id)), 3)

    def settled(self) -> list[tuple[Id, Id, float]]:
        """(article, story, score) of articles that were forgotten since the last call: what is said now stays."""
        found, self._settled = self._settled, []
        return found

    def finish(self) -> list[tuple[Id, Id, float]]:
        """The same of all articles that are left: the end of the stream."""
        for one in list(self._docs):
            self._settle(one)
        return self.settled()

    def _settle(self, one: Id) -> None:
        self._settled.append((one, *self.now(one)))

    def _label(self, one: Id) -> Id:
        story = self._board.story[one]
        if story in self._labels:
            return self._labels[story]
        return min(self._board.members[story], key=self._arrivals.__getitem__)

    def _rename(self, moves: Sequence[Move]) -> None:
        """A story that is merged into one that nobody was told of yet gives it its name."""
        for old, new in {(move.old, move.new) for move in moves if move.merged}:
            label = self._labels.pop(old, None)
            if label is not None:
                self._labels.setdefault(new, label)

    # --- comparing ----------------------------------------------------------------------------------------------

    def _links(self, one: Id, found: Sequence[str]) -> dict[Id, float]:
        others = self._candidates(found)
        shared = zip(others, self._vectors.shared(one, others), strict=True)
        judged = ((other, self._odds(one, other, same)) for other, same in shared)
        return {other: odds for other, odds in judged if odds > LEAST}

    def _candidates(self, found: Sequence[str]) -> list[Id]:
        buckets = (np.frombuffer(bucket, np.int64)[-self.BUCKET :] for key in found if (bucket := self._index.get(key)))
        return [self._numbered[number] for number in likely(buckets)]

    def _odds(self, one: Id, other: Id, shared: Shared) -> float:
        found = self._judge(self._docs[one], self._docs[other], shared)
        if found.wants_refs and self._refs is not None:
            found = self._judge(self._named(one), self._named(other), shared)
        return found.odds

    def _names(self, one: Id) -> list[str]:
        """The keys of a document that are names."""
        return [key for key in keys(self._named(one)) if key.startswith("e:")]

    def _named(self, one: Id) -> StoryDoc:
        """The document with its entities, looked for now where nobody has."""
        doc = self._docs[one]
        if doc.refs is None and self._refs is not None:
            doc = self._docs[one] = with_named(doc, self._refs(*self._texts.pop(one)))
        return doc

    # --- remembering and forgetting -----------------------------------------------------------------------------

    def _meet(self, language: str) -> None:
        """From the second language on, stories are joined by entities: look for them in all that is remembered."""
        self._languages.add(language)
        if len(self._languages) == 2 and not self._across:
            self._across = True
            for one in self._docs:
                self._enter(one, [key for key in self._names(one) if key not in self._keys[one]])

    def _enter(self, one: Id, found: Sequence[str]) -> None:
        number = self._arrivals[one]
        self._keys.setdefault(one, []).extend(map(sys.intern, found))
        for key in found:
            bucket = self._index.get(key)
            if bucket is None:
                bucket = self._index[key] = array("q")
            bucket.append(number)
            if len(bucket) >= 2 * self.BUCKET:
                del bucket[: -self.BUCKET]

    def _forget(self, at: datetime | None) -> None:
        if at is not None:
            self._recent.append(at)
        now = min(self._recent) if len(self._recent) == self.CLOCK else None
        while self._docs:
            one, oldest = next(iter(self._docs.items()))
            stale = now is not None and oldest.at is not None and oldest.at < now - self._window
            if not stale and len(self._docs) <= self._capacity:
                return
            self._settle(one)
            self._labels.setdefault(self._board.story[one], self._settled[-1][1])
            self._drop(one)

    def _drop(self, one: Id) -> None:
        number = self._arrivals.pop(one)
        del self._numbered[number]
        del self._docs[one]
        self._vectors.drop(one)
        for key in self._keys.pop(one, ()):
            bucket = self._index.get(key)
            if bucket is not None and number in bucket:
                bucket.remove(number)
            if not bucket:
                self._index.pop(key, None)
        self._texts.pop(one, None)
        story = self._board.story[one]
        self._board.drop(one)
        if story not in self._board.members:
            self._labels.pop(story, None)


def _side(given: Mapping[str, Any], refs: Refs | None) -> StoryDoc:
    title, text, language = str(given.get("title") or ""), str(given.get("text") or ""), given.get("language")
    named = refs(title, text, language) if refs is not None else Named(())
    return make_doc("", title, text, language=language, named=named, stems_limit=STEMS_WIDE)


def similar(a: Mapping[str, Any], b: Mapping[str, Any], *, refs: Refs | None = None) -> float:
    """Whether two articles are on one story, 0 to 1; from 0.5 it is worth taking them for one (see `likeness`).

    Args:
        a, b: ``title``, ``text``, ``language`` (may be missing); what else they hold is ignored.
        refs: finds entities; without it, and without the extra ``embed``, two languages cannot be compared and give 0.
    """
    apart = base_language(a.get("language")) != base_language(b.get("language"))
    finder = refs if apart else None
    left, right = _side(a, finder), _side(b, finder)
    return round(likeness(left, right, alike(*(_texts(side) for side in (a, b)))), 4)


def _texts(given: Mapping[str, Any]) -> tuple[str, str]:
    return str(given.get("title") or ""), str(given.get("text") or "")

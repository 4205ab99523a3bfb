"""Stories gathered in memory, article after article, and the likeness of two: no database, the same decision."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any, NamedTuple

import numpy as np

from rasid.cluster.board import DEFAULT as LIMITS
from rasid.cluster.board import Board, Limits, Move
from rasid.cluster.doc import STEMS_WIDE, Id, Named, Said, StoryDoc, make_doc, name_keys, read_doc, with_named
from rasid.cluster.many import facts_of, judge_many
from rasid.cluster.meaning import alike
from rasid.cluster.score import DEFAULT, LEAST, Judged, Rules, judge, likely, likeness, probability
from rasid.cluster.vectors import Array, Shared, Vectors
from rasid.text.words import base_language

#: Finds whom and what a title and a text in a language name.
Refs = Callable[[str, str, str | None], Named]
Judge = Callable[[StoryDoc, StoryDoc, Shared], Judged]


class Article(NamedTuple):
    """What `Clusterer.add` is given, for many at once."""

    id: Id
    title: str
    text: str
    language: str | None = None
    published_at: datetime | None = None
    named: Named | None = None
    source: str | None = None


class _Arrived(NamedTuple):
    """An article that is remembered and has no story yet: its number, whom it may be compared with, who goes for it."""

    number: int
    others: list[int]
    leaving: list[int]


_Read = tuple[StoryDoc, Said]


def _read(article: Article) -> _Read | Exception:
    try:
        id, title, text, language, at, named, source = article
        return read_doc(id, title, text, language=language, named=named, at=at, source=source)
    except Exception as error:
        return error


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
        """`refs` finds the entities of an article, once there are two languages; without it none are compared.

        `judge_pair` takes the place of the judgement; what it is given has empty bags.
        """
        self._refs = refs
        self._rules = rules
        self._judge_pair = judge_pair
        self._window = timedelta(hours=rules.window_hours)
        self._capacity = capacity
        # Articles are known by the number of their arrival: the oldest is the first. Documents are kept without their
        # words, which take most of the room: those are in the vectors.
        self._numbers: dict[Id, int] = {}
        self._arrived = count()
        self._docs: dict[int, StoryDoc] = {}
        self._facts: dict[int, bytes] = {}
        self._vectors = Vectors()
        self._texts: dict[int, tuple[str, str, str | None]] = {}
        # Under each key (a stem's number, a name) the numbers of its articles, in the order of their arrival. Such as
        # are forgotten stand before the others, and are taken out from time to time.
        self._index: dict[int | str, array[int]] = {}
        self._dropped = 0
        # The oldest that stays, and how many before it are to be forgotten.
        self._oldest = 0
        self._going = 0
        self._recent: deque[datetime] = deque(maxlen=self.CLOCK)
        self._languages: set[str] = set()
        # Whether there are two languages; whether any article has entities.
        self._across = self._entities = False
        stories = count()
        self._board = Board(lambda _: next(stories), limits)
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
        (told,) = self.add_all([Article(id, title, text, language, published_at, named, source)])
        if isinstance(told, Exception):
            raise told
        return told

    def add_all(self, articles: Sequence[Article]) -> list[dict[str, Any] | Exception]:
        """Put articles into stories, each as `add` would, one after the other; together that costs half as much.

        Returns:
            For each what `add` returns, or what it would raise: the article is not remembered then.
        """
        told: list[dict[str, Any] | Exception] = []
        together: dict[Id, Article] = {}
        spoken = set(self._languages)
        for article in articles:
            spoken.add(base_language(article.language))
            # At the second language all that is remembered changes: see `_meet`.
            second = len(spoken) > 1 and not self._across
            if second or article.id in self._numbers or article.id in together:
                told += self._add_new([*together.values()])
                together.clear()
                if article.id in self._numbers:
                    self._take_back(article.id)
            together[article.id] = article
        return told + self._add_new([*together.values()])

    def _add_new(self, articles: Sequence[Article]) -> list[dict[str, Any] | Exception]:
        """Put articles that are not remembered into stories. Each step is taken for all before the next, which its
        code and data stay in the caches of the processor for; what a step hangs on comes in the order of the articles.
        """
        arrived = [self._let_in(*one) for one in zip(articles, [*map(_read, articles)], strict=True)]
        links = iter(self._links([one for one in arrived if isinstance(one, _Arrived)]))
        return [one if isinstance(one, Exception) else self._place(one, next(links)) for one in arrived]

    def _let_in(self, article: Article, read: _Read | Exception) -> _Arrived | Exception:
        """Remember an article, find what it may be compared with, and see who is to be forgotten now that it came."""
        try:
            if isinstance(read, Exception):
                return read
            doc, said = read
            self._meet(doc.language)
            searched = (article.title, article.text[: self.READ_TEXT], article.language)
            if doc.refs is None and self._refs is not None and self._across:
                doc = with_named(doc, self._refs(*searched))
        except Exception as error:
            return error
        number = self._keep(doc, said)
        if doc.refs is None and self._refs is not None:
            self._texts[number] = searched
        found: list[int | str] = [*self._vectors.keys(number), *name_keys(doc)]
        others = likely(self._buckets(found), self._oldest)
        self._enter(number, found)
        return _Arrived(number, others, self._leaving(doc.at))

    def _place(self, one: _Arrived, links: dict[Id, float]) -> dict[str, Any]:
        """Put an article that is remembered into a story, and forget whoever is to be."""
        placing = self._board.place(one.number, links)
        self._rename(placing.moves)
        why: dict[str, Any] = {"rung": "new" if placing.opened else "joined"}
        if placing.nearest is not None:
            nearest = int(placing.nearest)
            why |= {"matched": self._docs[nearest].id, "best": round(probability(links[nearest]), 3)}
        for gone in one.leaving:
            self._settle(gone)
            self._labels.setdefault(self._board.story[gone], self._settled[-1][1])
            self._drop(gone)
        self._going -= len(one.leaving)
        if self._dropped > 4 * len(self._docs):
            self._sweep()
        return {"story": self._label(one.number), "story_score": round(probability(placing.odds), 3), "why": why}

    def now(self, id: Id) -> tuple[Id, float]:
        """Story and score of an article that is remembered, as they are at this point."""
        return self._now(self._numbers[id])

    def settled(self) -> list[tuple[Id, Id, float]]:
        """(article, story, score) of articles that were forgotten since the last call: what is said now stays."""
        found, self._settled = self._settled, []
        return found

    def finish(self) -> list[tuple[Id, Id, float]]:
        """The same of all articles that are left: the end of the stream."""
        for one in self._docs:
            self._settle(one)
        return self.settled()

    def _now(self, one: int) -> tuple[Id, float]:
        return self._label(one), round(probability(self._board.fit(one)), 3)

    def _settle(self, one: int) -> None:
        self._settled.append((self._docs[one].id, *self._now(one)))

    def _label(self, one: int) -> Id:
        story = self._board.story[one]
        if story in self._labels:
            return self._labels[story]
        return self._docs[min(map(int, self._board.members[story]))].id

    def _rename(self, moves: Sequence[Move]) -> None:
        """A story that is merged into one that nobody was told of yet gives it its name."""
        for old, new in {(move.old, move.new) for move in moves if move.merged}:
            label = self._labels.pop(old, None)
            if label is not None:
                self._labels.setdefault(new, label)

    # --- comparing ----------------------------------------------------------------------------------------------

    def _links(self, arrived: Sequence[_Arrived]) -> list[dict[Id, float]]:
        """How each of some articles is linked to those that it may be compared with."""
        pairs = [(one.number, other) for one in arrived for other in one.others]
        odds = self._odds(pairs, self._vectors.shared([(one.number, one.others) for one in arrived]))
        links: dict[int, dict[Id, float]] = {one.number: {} for one in arrived}
        for place in np.flatnonzero(odds > LEAST).tolist():
            one, other = pairs[place]
            links[one][other] = float(odds[place])
        return [*links.values()]

    def _buckets(self, found: Sequence[int | str]) -> list[array[int]]:
        """What stands under some keys. Forgotten ones are taken out where they have become many."""
        oldest = self._oldest
        long_ago = oldest - len(self._docs) // 4
        filled = []
        for key in found:
            bucket = self._index.get(key)
            if bucket is not None:
                if bucket[0] < long_ago:
                    self._cut(key, bucket, oldest)
                if bucket:
                    filled.append(bucket[-self.BUCKET :])
        return filled

    def _cut(self, key: int | str, bucket: array[int], oldest: int) -> None:
        if bucket[-1] < oldest:
            del self._index[key]
        del bucket[: bisect_left(bucket, oldest)]

    def _odds(self, pairs: Sequence[tuple[int, int]], shared: Array) -> Array:
        docs, facts = self._docs, self._facts
        if self._judge_pair is not None:
            judged = [
                self._judge_pair(docs[one], docs[other], Shared(*row)).odds
                for (one, other), row in zip(pairs, shared.tolist(), strict=True)
            ]
            return np.array(judged)
        ones, others = [facts[one] for one, _ in pairs], [facts[other] for _, other in pairs]
        odds = judge_many(ones, others, shared, self._rules)
        if self._entities:
            for place, (one, other) in enumerate(pairs):
                # Entities are compared one by one: between languages, and where somebody has found them.
                a, b = docs[one], docs[other]
                if a.language != b.language or (a.refs and b.refs):
                    odds[place] = self._across_odds(one, other, Shared(*shared[place].tolist()))
        return odds

    def _across_odds(self, one: int, other: int, shared: Shared) -> float:
        found = judge(self._docs[one], self._docs[other], self._rules, shared)
        if found.wants_refs and self._refs is not None:
            found = judge(self._named(one), self._named(other), self._rules, shared)
        return found.odds

    def _names(self, one: int) -> list[str]:
        """The keys of a document that are names."""
        return name_keys(self._named(one))

    def _named(self, one: int) -> StoryDoc:
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
            self._across = self._entities = True
            for one, doc in list(self._docs.items()):
                if doc.refs is None:
                    self._enter(one, self._names(one))
            for key, bucket in self._index.items():
                if isinstance(key, str):
                    self._index[key] = array("q", sorted(bucket))

    def _keep(self, doc: StoryDoc, said: Said) -> int:
        if self._vectors.crowded():
            anew = self._vectors.renumber()
            kept = ((anew.get(key) if isinstance(key, int) else key, bucket) for key, bucket in self._index.items())
            self._index = {key: bucket for key, bucket in kept if key is not None}
        number = self._numbers[doc.id] = next(self._arrived)
        self._vectors.put(number, doc, said)
        self._docs[number] = doc
        self._facts[number] = facts_of(doc)
        self._entities |= bool(doc.refs)
        return number

    def _enter(self, one: int, found: Sequence[int | str]) -> None:
        for key in found:
            bucket = self._index.get(key)
            if bucket is None:
                bucket = self._index[key] = array("q")
            bucket.append(one)
            if len(bucket) >= 2 * self.BUCKET:
                del bucket[: -self.BUCKET]

    def _leaving(self, at: datetime | None) -> list[int]:
        """Who is to be forgotten once an article of this time came, the oldest first."""
        if at is not None:
            self._recent.append(at)
        now = min(self._recent) if len(self._recent) == self.CLOCK else None
        leaving: list[int] = []
        staying = len(self._docs) - self._going
        for one, oldest in islice(self._docs.items(), self._going, None):
            stale = now is not None and oldest.at is not None and oldest.at < now - self._window
            if not stale and staying <= self._capacity:
                self._oldest = one
                break
            leaving.append(one)
            staying -= 1
        self._going += len(leaving)
        return leaving

    def _sweep(self) -> None:
        """Take out of the index what is forgotten, under keys that were not met for long too."""
        for key, bucket in list(self._index.items()):
            self._cut(key, bucket, self._oldest)
        self._dropped = 0

    def _take_back(self, id: Id) -> None:
        """Forget an article that comes again, though others before it are remembered."""
        one = self._numbers[id]
        found: list[int | str] = [*self._vectors.keys(one), *name_keys(self._docs[one])]
        for key in found:
            bucket = self._index.get(key)
            if bucket is not None and one in bucket:
                bucket.remove(one)
                if not bucket:
                    del self._index[key]
        self._drop(one)

    def _drop(self, one: int) -> None:
        del self._numbers[self._docs.pop(one).id]
        del self._facts[one]
        self._vectors.drop(one)
        self._texts.pop(one, None)
        self._dropped += 1
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

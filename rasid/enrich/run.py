"""Runs enrichers over a batch of articles: each within a deadline, behind a breaker, its answers checked and counted.

Whatever an enricher does, the others are heard and the articles go on; what was not said can be asked for later
(`rasid enrich`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from threading import Thread

import structlog

from rasid.enrich.builtin import BUILT_IN
from rasid.enrich.deadline import TimeUp, within
from rasid.enrich.interface import Annotation, Doc, Enricher
from rasid.enrich.sound import MOST, flaw
from rasid.errors import ItemError, Retry
from rasid.text.words import base_language

log = structlog.get_logger()

#: A batch waits for all enrichers of other packages together at most so many times as long as for one.
_PATIENCE = 3.0
#: Annotations of one article that are looked at, kept or not.
_READ = 10 * MOST


class Heard(StrEnum):
    """What came of one enricher and one article: exactly one of these, counted once."""

    DONE = "done"  # it answered, if only that there is nothing
    LANGUAGE = "other_language"  # it does not read this language: it was not asked
    UNMET = "unmet"  # those that give what it needs have failed
    FAILED = "failed"  # it raised, or gave something other than lists of annotations
    TIMEOUT = "timeout"
    AWAY = "away"  # it said itself that it cannot now: a server is away, a budget spent
    OPEN = "open"  # it failed so often that it is not asked for a while

    @property
    def answered(self) -> bool:
        """Whether that is all there is to hear of it: asked again, it would say the same."""
        return self in (Heard.DONE, Heard.LANGUAGE)


@dataclass(slots=True)
class Told:
    """What came of one article.

    Attributes:
        language: the one that was found; None where no enricher told it.
        said: by enricher (``name@version``) what it said, also where that is nothing; those that failed are not there.
        heard: by name, what came of each.
        dropped: by name, how many annotations were not believed.
        seconds: by name, how long it took.
    """

    language: str | None = None
    said: dict[str, Sequence[Annotation]] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def missed(self) -> dict[str, str]:
        """Why some enrichers did not answer, by name; empty where all did."""
        return {name: heard.value for name, heard in self.heard.items() if not heard.answered}

    def said_by(self, name: str) -> dict[str, Sequence[Annotation]]:
        """What one enricher said, under its name and the version that it had then; empty where it was not heard."""
        return {made_by: said for made_by, said in self.said.items() if made_by.partition("@")[0] == name}

    def annotations(self) -> Iterable[Annotation]:
        """All that was said, by whomever."""
        return (one for said in self.said.values() for one in said)


class Breaker:
    """Opens after some failures in a row, for a while; then one call may try.

    Args:
        failures: in a row that open it.
        seconds: for which it stays open.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = failures, seconds, clock
        self._failures, self._until = 0, 0.0

    def lets_through(self) -> bool:
        """Whether to call; an open one lets a single call through when its time is over."""
        if self._failures < self._most:
            return True
        if self._clock() < self._until:
            return False
        self._until = self._clock() + self._seconds
        return True

    def note(self, *, good: bool) -> bool:
        """Note how a call went. Returns whether that has opened it."""
        self._failures = 0 if good else self._failures + 1
        if self._failures < self._most:
            return False
        self._until = self._clock() + self._seconds
        return True

    @property
    def quiet(self) -> bool:
        """Whether the last call was good, or none was made."""
        return self._failures == 0


class Runner:
    """Asks the enrichers of one process, in their order.

    Args:
        enrichers: as `rasid.enrich.registry.in_order` gives them.
        seconds: that one may take for a batch.
        failures, pause: see `Breaker`.
        trusted: names whose answers are not checked, since tests have; by default rasid's own.
    """

    def __init__(
        self,
        enrichers: Sequence[Enricher],
        *,
        seconds: float = 10.0,
        failures: int = 3,
        pause: float = 300.0,
        trusted: Iterable[str] = BUILT_IN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.enrichers = tuple(enrichers)
        self._seconds, self._clock = seconds, clock
        self._trusted = frozenset(trusted)
        #: Calls in threads that did not come back.
        self._stuck: dict[str, Thread | None] = {}
        self._breakers = {one.name: Breaker(failures, pause, clock) for one in enrichers}

    def run(self, docs: Sequence[Doc]) -> list[Told]:
        """What comes of each article, in their order."""
        batch = _Batch(docs)
        left = self._seconds * _PATIENCE
        for enricher in self.enrichers:
            ready = batch.ready(enricher)
            if not ready:
                continue
            ours = enricher.name in self._trusted
            if left <= 0 and not ours:
                batch.miss(enricher, ready, Heard.TIMEOUT)
                continue
            began = self._clock()
            self._ask(enricher, batch, ready, self._seconds if ours else min(self._seconds, left))
            took = self._clock() - began
            batch.spend(enricher, ready, took / len(ready))
            left -= 0.0 if ours else took
        return batch.told

    def _ask(self, enricher: Enricher, batch: _Batch, ready: Sequence[int], seconds: float) -> None:
        breaker = self._breakers[enricher.name]
        if not breaker.lets_through():
            batch.miss(enricher, ready, Heard.OPEN)
            return
        fresh = breaker.quiet
        heard = self._call(enricher, batch, ready, seconds)
        good = heard is Heard.DONE
        if not good and fresh and len(ready) > 1 and heard is not Heard.AWAY:
            good = self._one_by_one(enricher, batch, ready, seconds)
        elif not good:
            batch.miss(enricher, ready, heard)
        if breaker.note(good=good):
            log.error("enricher.open", enricher=enricher.name)

    def _one_by_one(self, enricher: Enricher, batch: _Batch, ready: Sequence[int], seconds: float) -> bool:
        """Ask again for each article by itself, so that one bad article costs no other. Whether any was answered."""
        ends = self._clock() + seconds
        each = 2 * seconds / len(ready)
        good = False
        for place in ready:
            left = ends - self._clock()
            heard = self._call(enricher, batch, [place], min(each, left), quiet=True) if left > 0 else Heard.TIMEOUT
            if heard is Heard.DONE:
                good = True
            else:
                batch.miss(enricher, [place], heard)
        return good

    def _call(
        self, enricher: Enricher, batch: _Batch, places: Sequence[int], seconds: float, *, quiet: bool = False
    ) -> Heard:
        docs = [batch.doc(enricher, place) for place in places]
        stuck = self._stuck.get(enricher.name)
        if stuck is not None and stuck.is_alive():
            return Heard.TIMEOUT
        try:
            given = within(seconds, lambda: self._answers(enricher, docs))
            checked = [self._checked(enricher, doc, said) for doc, said in zip(docs, given, strict=True)]
        except TimeUp as late:
            self._stuck[enricher.name] = late.thread
            if not quiet:
                log.warning("enricher.timeout", enricher=enricher.name, articles=len(docs), seconds=seconds)
            return Heard.TIMEOUT
        except Retry as error:
            log.warning("enricher.away", enricher=enricher.name, code=error.code, reason=str(error))
            return Heard.AWAY
        except ItemError as error:
            log.warning("enricher.failed", enricher=enricher.name, code=error.code, reason=str(error))
            return Heard.FAILED
        # SystemExit too: an enricher that gives up must not take the worker with it.
        except (Exception, SystemExit) as error:
            if not quiet:
                log.error("enricher.failed", enricher=enricher.name, articles=len(docs), exc_info=error)
            return Heard.FAILED
        for place, (said, dropped) in zip(places, checked, strict=True):
            batch.hear(enricher, place, said, dropped)
        return Heard.DONE

    def _answers(self, enricher: Enricher, docs: list[Doc]) -> list[Sequence[Annotation]]:
        given = enricher.enrich(docs)
        # It may answer with generators, which would run on, without a deadline and without an end.
        trusted = enricher.name in self._trusted
        some = islice(given, len(docs) + 1)
        answers: list[Sequence[Annotation]] = [said if trusted else list(islice(said, _READ)) for said in some]
        if len(answers) != len(docs):
            raise ValueError(f"{len(answers)} answers for {len(docs)} articles")
        return answers

    def _checked(self, enricher: Enricher, doc: Doc, said: Sequence[Annotation]) -> tuple[Sequence[Annotation], int]:
        """What may be believed of an answer, and how many annotations may not."""
        if enricher.name in self._trusted:
            return said, 0
        kept: list[Annotation] = []
        dropped = 0
        for one in said:
            why = "too many" if len(kept) == MOST else flaw(one, doc, enricher.provides)
            if why is None:
                kept.append(one)
                continue
            dropped += 1
            if dropped == 1:
                log.warning("enricher.unsound", enricher=enricher.name, article=doc.id, reason=why)
        return kept, dropped


class _Batch:
    """The articles of one run, and what has been said of each so far."""

    def __init__(self, docs: Sequence[Doc]) -> None:
        self._docs = list(docs)
        self._given: list[set[str]] = [set() for _ in docs]
        self._failed: list[set[str]] = [set() for _ in docs]
        self.told = [Told(doc.language) for doc in docs]

    def ready(self, enricher: Enricher) -> list[int]:
        """Which articles it is asked for; of the others it is noted why not."""
        places = []
        for place, doc in enumerate(self._docs):
            if enricher.needs & (self._failed[place] - self._given[place]):
                self.miss(enricher, [place], Heard.UNMET)
            elif enricher.languages and base_language(doc.language) not in enricher.languages:
                self._note(enricher, place, Heard.LANGUAGE)
                self.told[place].said[made_by(enricher)] = ()
            else:
                places.append(place)
        return places

    def doc(self, enricher: Enricher, place: int) -> Doc:
        doc = self._docs[place]
        if not enricher.needs:
            return doc
        return replace(doc, found=tuple(one for one in self.told[place].annotations() if one.what in enricher.needs))

    def hear(self, enricher: Enricher, place: int, said: Sequence[Annotation], dropped: int) -> None:
        self._note(enricher, place, Heard.DONE)
        told = self.told[place]
        told.said[made_by(enricher)] = said
        if dropped:
            told.dropped[enricher.name] = dropped
        first = "language" in enricher.provides and "language" not in self._given[place]
        self._given[place] |= enricher.provides
        # One with a span tells of a part of the article alone.
        whole = (one.text for one in said if one.what == "language" and one.start is None)
        language = next(whole, None) if first else None
        if language:
            told.language = language
            self._docs[place] = replace(self._docs[place], language=language)

    def miss(self, enricher: Enricher, places: Iterable[int], heard: Heard) -> None:
        for place in places:
            self._note(enricher, place, heard)
            self._failed[place] |= enricher.provides

    def spend(self, enricher: Enricher, places: Iterable[int], seconds: float) -> None:
        for place in places:
            self.told[place].seconds[enricher.name] = seconds

    def _note(self, enricher: Enricher, place: int, heard: Heard) -> None:
        self.told[place].heard[enricher.name] = heard


def made_by(enricher: Enricher) -> str:
    """What stands on each of its annotations: ``name@version``."""
    return f"{enricher.name}@{enricher.version}"

"""The enrichers that rasid brings along, and how each is made.

One more is a class of `rasid.enrich.interface.Enricher`'s shape in a pure module, and a line in `BUILT_IN`; see
docs/enrichers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rasid.enrich import annotate, events, quotes, topics
from rasid.enrich.annotate import Annotator
from rasid.enrich.answers import place_detail
from rasid.enrich.current_topics import CurrentTopics
from rasid.enrich.fresh import Fresh
from rasid.enrich.interface import Annotation, Doc, Enricher
from rasid.enrich.learn import Present
from rasid.errors import UsageError
from rasid.model import Enrichment

if TYPE_CHECKING:
    from rasid.context import Context
    from rasid.enrich.keywords import Lexicon


class GazetteerEnricher:
    """Language, names, places, keywords and dates, by the compiled word lists; see `rasid.enrich.annotate`."""

    name = annotate.NAME
    languages: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    provides = frozenset({"language", "entity", "place", "keyword", "date"})
    cost = 7.0

    def __init__(self, annotator: Callable[[], Annotator], present: Present | None = None) -> None:
        """`annotator` gives the one to use for the next batch.

        `present` keeps the background of keywords; None for what is shipped.
        """
        self._newest, self._present = annotator, present
        self._annotator = annotator()

    @property
    def version(self) -> str:
        """That of the rules; behind plus signs that of an operator's lists, and of the background where one was
        learned.
        """
        learned = self._present.background.version if self._present else ""
        return "+".join(filter(None, (self._annotator.version, learned)))

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        if self._present is not None:
            self._present.refresh()
        self._annotator = annotator = self._newest()
        lexicon = self._present.lexicon if self._present else None
        return [list(_told(_read(annotator, doc, lexicon))) for doc in batch]


def _read(annotator: Annotator, doc: Doc, lexicon: Lexicon | None) -> Enrichment:
    return annotator.annotate(
        doc.text,
        title=doc.title,
        language=doc.language,
        country=doc.country,
        published_at=doc.published_at,
        lexicon=lexicon,
    )


def _told(made: Enrichment) -> Iterator[Annotation]:
    yield Annotation("language", text=made.language, score=made.language_score)
    for part in made.languages:
        yield Annotation("language", part.start, part.end, part.in_title, text=part.language, score=part.score)
    for e in made.entities:
        yield Annotation(
            "entity", e.start, e.end, e.in_title, e.kind, e.ref, e.name, e.text, score=e.score, method=e.method
        )
    for p in made.places:
        yield Annotation(
            "place",
            p.start,
            p.end,
            p.in_title,
            None,
            p.ref,
            p.name,
            None,
            p.lat,
            p.lon,
            p.country,
            p.score,
            detail=place_detail(p),
        )
    for k in made.keywords:
        yield Annotation("keyword", text=k.text, score=k.score)
    for d in made.dates:
        yield Annotation("date", d.start, d.end, text=d.value)


def _gazetteer(context: Context) -> Enricher:
    settings = context.settings
    return GazetteerEnricher(Fresh(settings.home / "cache", settings.own_lists).annotator, Present(context))


def _spacy(_: Context) -> Enricher:
    from rasid.enrich.extras.spacy_eu import SpacyEnricher

    return SpacyEnricher()


def _hub(context: Context) -> Enricher:
    from rasid.enrich.extras.hub import HubEnricher

    s = context.settings
    if s.hub_model is None:
        raise UsageError("RASID_HUB_MODEL is not set")
    return HubEnricher(s.hub_model, frozenset(word.strip() for word in s.hub_languages.split(",") if word.strip()))


def _llm(context: Context) -> Enricher:
    from rasid.enrich.extras.llm import LlmEnricher

    return LlmEnricher(context)


def _bot(context: Context) -> Enricher:
    from rasid.enrich.extras.bot import BotEnricher

    return BotEnricher(context)


#: Those that are off until a setting names them. They lean on what may not be there, and their answers are checked.
EXTRAS: dict[str, Callable[[Context], Enricher]] = {
    "rasid-spacy": _spacy,
    "rasid-hub": _hub,
    "rasid-llm": _llm,
    "rasid-bot": _bot,
}
#: By name; each is made once in a process. Their names begin with ``rasid-``, which no other enricher's may.
BUILT_IN: dict[str, Callable[[Context], Enricher]] = {
    annotate.NAME: _gazetteer,
    quotes.NAME: lambda context: quotes.QuotesEnricher(),
    events.NAME: lambda context: events.EventsEnricher(),
    topics.NAME: lambda context: topics.TopicsEnricher(CurrentTopics(context)),
}

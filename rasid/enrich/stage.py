"""Enrich: annotations for the first of each group; its copies share what their text shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from rasid.context import Context
from rasid.enrich.annotate import TEXT_LIMIT, TITLE_LIMIT
from rasid.enrich.interface import Doc, Enricher
from rasid.enrich.registry import Choice, choose, split, wanted
from rasid.enrich.run import Runner, Told
from rasid.errors import Retry
from rasid.model import Stage
from rasid.runner import Result, bug
from rasid.store import annotations as marks
from rasid.store import articles, pending
from rasid.store.articles import StoredArticle
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement
from rasid.store.pending import Wait


@dataclass(frozen=True, slots=True)
class Heard:
    """An article, in the version that was read, and what came of it."""

    article_id: int
    version: int
    told: Told


class EnrichStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.ENRICH

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[Heard] | None]:
        with transaction(context.engine) as conn:
            found = articles.load(conn, [item.article_id for item in items if item.article_id is not None])
        firsts: list[tuple[Claimed, StoredArticle]] = []
        for item in items:
            article = found.get(item.article_id or 0)
            if article is None:
                yield item, Retry("article_missing", "its article is not in the store")
            elif article.group_id not in (None, article.id):
                yield item, Settlement(item.id, code="copy")
            else:
                firsts.append((item, article))
        if firsts:
            yield from self._ask(context, firsts)

    def _ask(self, context: Context, firsts: Sequence[tuple[Claimed, StoredArticle]]) -> Iterator[Result[Heard]]:
        try:
            told = runner_of(context).run([doc_of(article) for _, article in firsts])
        except Exception as error:
            parking = bug(error)
            yield from ((item, parking) for item, _ in firsts)
            return
        for (item, article), one in zip(firsts, told, strict=True):
            yield item, Heard(article.id, article.version, one)

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, Heard]]) -> list[Settlement]:
        _keep(context, conn, [heard for _, heard in done])
        return [Settlement(item.id, detail=_detail(heard.told)) for item, heard in done]


def choice_of(context: Context) -> Choice:
    """The enrichers that the settings want; made once for the process."""
    return context.keep("enrich.choice", lambda: choose(context, wanted(context.settings.enrich_with)))


def runner_of(context: Context) -> Runner:
    """Those of them that the stage asks; the others are slow, see `rasid.enrich.later`."""
    return context.keep("enrich.runner", lambda: runner_for(context, _split(context)[0]))


def _split(context: Context) -> tuple[list[Enricher], list[Enricher]]:
    return split(choice_of(context).enrichers, most=context.settings.enrich_inline_ms)


def runner_for(context: Context, enrichers: Sequence[Enricher]) -> Runner:
    """Enrichers, in their order, ready to be asked."""
    s = context.settings
    return Runner(enrichers, seconds=s.enrich_seconds, failures=s.enrich_failures, pause=s.enrich_pause_seconds)


def doc_of(article: StoredArticle) -> Doc:
    """A stored article as enrichers see it: the beginning of it, since a page of a megabyte is no article."""
    return Doc(
        article.id,
        article.text[:TEXT_LIMIT],
        article.title[:TITLE_LIMIT],
        article.language,
        article.country,
        article.published_at or article.first_seen_at,
        article.outlet_id,
    )


def _keep(context: Context, conn: Connection, heard: Sequence[Heard]) -> None:
    """Store and count what enrichers said, and note who is still to be heard."""
    marks.replace(conn, [marks.Said(one.article_id, one.version, one.told.said, one.told.language) for one in heard])
    marks.count(conn, tallies(one.told for one in heard))
    later = [one.name for one in _split(context)[1]]
    answered = [(one.article_id, name) for one in heard for name, outcome in one.told.heard.items() if outcome.answered]
    pending.clear(conn, answered)
    pending.put(conn, (Wait(one.article_id, name, "later") for one in heard for name in later))
    pause = context.settings.retry_base_seconds
    pending.put(
        conn,
        (Wait(one.article_id, name, why, pause) for one in heard for name, why in one.told.missed.items()),
    )


def tallies(told: Iterable[Told], *, only: str | None = None) -> Iterator[tuple[str, str, str, int]]:
    """What is counted of enrichers, see `marks.count`.

    Args:
        only: name of the one that is meant; None for all.
    """
    outcomes: Counter[tuple[str, str]] = Counter()
    dropped: Counter[str] = Counter()
    spent: defaultdict[str, float] = defaultdict(float)
    for one in told:
        outcomes.update((name, heard.value) for name, heard in one.heard.items())
        dropped.update(one.dropped)
        for name, seconds in one.seconds.items():
            spent[name] += seconds
    rows = [
        *((marks.TALLY_ARTICLES, outcome, name, n) for (name, outcome), n in outcomes.items()),
        *((marks.TALLY_DROPPED, "dropped", name, n) for name, n in dropped.items()),
        *((marks.TALLY_SPENT, "spent", name, round(seconds * 1_000_000)) for name, seconds in spent.items()),
    ]
    return (row for row in rows if only is None or row[2] == only)


def _detail(told: Told) -> dict[str, object]:
    """For the crumb: how many names and places were found, and which enrichers were not heard, and why."""
    counts = Counter(one.what for one in told.annotations())
    detail: dict[str, object] = {"entities": counts["entity"], "places": counts["place"]}
    return {**detail, "missed": told.missed} if told.missed else detail

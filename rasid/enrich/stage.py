"""Enrich: annotations for the first of each group; its copies share what their text shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from rasid.context import Context
from rasid.enrich.annotate import TEXT_LIMIT, TITLE_LIMIT
from rasid.enrich.interface import Doc, Enricher
from rasid.enrich.registry import choose, wanted
from rasid.enrich.run import Runner, Told
from rasid.errors import Retry
from rasid.model import Stage
from rasid.runner import Result, bug
from rasid.store import annotations as marks
from rasid.store import articles
from rasid.store.articles import StoredArticle
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement


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
        keep(conn, [heard for _, heard in done])
        return [Settlement(item.id, detail=_detail(heard.told)) for item, heard in done]


def runner_of(context: Context) -> Runner:
    """The enrichers that the settings want, ready to be asked; one for the process."""
    names = wanted(context.settings.enrich_with)
    return context.keep("enrich.runner", lambda: runner_for(context, choose(context, names).enrichers))


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
    )


def keep(conn: Connection, heard: Sequence[Heard]) -> set[int]:
    """Store and count what enrichers said. Returns the ids of the articles that were written; see `marks.replace`."""
    said = [marks.Said(one.article_id, one.version, one.told.said, one.told.language) for one in heard]
    written = marks.replace(conn, said)
    marks.count(conn, _tallies(one.told for one in heard))
    return written


def _tallies(told: Iterable[Told]) -> Iterator[tuple[str, str, str, int]]:
    outcomes: Counter[tuple[str, str]] = Counter()
    dropped: Counter[str] = Counter()
    spent: defaultdict[str, float] = defaultdict(float)
    for one in told:
        outcomes.update((heard.value, name) for name, heard in one.heard.items())
        dropped.update(one.dropped)
        for name, seconds in one.seconds.items():
            spent[name] += seconds
    for (outcome, name), n in outcomes.items():
        yield marks.TALLY_ARTICLES, outcome, name, n
    for name, n in dropped.items():
        yield marks.TALLY_DROPPED, "dropped", name, n
    for name, seconds in spent.items():
        yield marks.TALLY_SPENT, "spent", name, round(seconds * 1_000_000)


def _detail(told: Told) -> dict[str, object]:
    """For the crumb: how many names and places were found, and which enrichers were not heard, and why."""
    counts = Counter(one.what for one in told.annotations())
    detail: dict[str, object] = {"entities": counts["entity"], "places": counts["place"]}
    return {**detail, "missed": told.missed} if told.missed else detail

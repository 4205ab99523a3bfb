"""Runs enrichers again over stored articles, a batch a transaction, and tells what has changed.

Nothing is written of an article of which the same is said as before: a second run changes nothing, and one that was
stopped can be begun anew, or gone on with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rasid.context import Context
from rasid.enrich.compare import Change, compare, scope
from rasid.enrich.interface import Annotation, Enricher
from rasid.enrich.registry import choose, known, wanted, with_needs
from rasid.enrich.run import Runner
from rasid.enrich.stage import doc_of, runner_for
from rasid.errors import RasidError, UsageError
from rasid.store import annotations as marks
from rasid.store import articles, pending
from rasid.store.articles import Range, StoredArticle
from rasid.store.engine import transaction


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the answers counts.

    Attributes:
        names: enrichers whose words are compared and written; others are asked only because these need them.
        only: kinds of annotation; None for all.
    """

    names: frozenset[str]
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """One change, of whom and in which article."""

    article_id: int
    enricher: str
    change: Change


@dataclass(slots=True)
class Batch:
    """What came of one batch.

    Attributes:
        articles: how many were read.
        last: id of the last one.
        written: how many were written, or would be.
        same: by kind, how many annotations are as they were.
        changes: all that are not.
        missed: (name of the enricher, why) -> articles that it was not heard of; of these nothing is changed.
        overtaken: articles that were changed while they were read: they are read anew by the stage.
    """

    articles: int
    last: int
    written: int = 0
    overtaken: int = 0
    same: Counter[str] = field(default_factory=Counter)
    changes: list[ArticleChange] = field(default_factory=list)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)


def run(
    context: Context, runner: Runner, meant: Scope, within: Range, *, write: bool, after: int | None = None
) -> Iterator[Batch]:
    """Go through a range of articles, the first of each group, in the order in which they were first seen.

    Args:
        meant: see `Scope`.
        write: whether what has changed is stored; each batch is one transaction.
        after: begin behind this article.
    """
    last = after
    while True:
        with transaction(context.engine) as conn:
            ids = articles.page(conn, within, after=last, limit=context.settings.batch)
            found = articles.load(conn, ids)
            before = marks.load(conn, ids, meant.names, only=meant.only)
        if not ids:
            return
        last = ids[-1]
        yield _batch(context, runner, meant, [found[id] for id in ids if id in found], before, write=write)


def _batch(
    context: Context,
    runner: Runner,
    meant: Scope,
    found: Sequence[StoredArticle],
    before: dict[tuple[int, str], marks.Kept],
    *,
    write: bool,
) -> Batch:
    """Read some articles, compare what is said with what is stored, and store what is not the same."""
    batch = Batch(len(found), found[-1].id)
    said: list[marks.Said] = []
    heard: list[tuple[int, str]] = []
    for article, told in zip(found, runner.run([doc_of(one) for one in found]), strict=True):
        by: dict[str, Sequence[Annotation]] = {}
        for enricher in runner.enrichers:
            if enricher.name not in meant.names:
                continue
            kept = before.get((article.id, enricher.name), marks.Kept())
            for maker, answer in told.said_by(enricher.name).items():
                heard.append((article.id, enricher.name))
                if _is_news(batch, article.id, maker, kept, scope(answer, meant.only)):
                    by[maker] = answer
        batch.missed.update((name, why) for name, why in told.missed.items() if name in meant.names)
        if by:
            tells = any(one.what == "language" for answer in by.values() for one in scope(answer, meant.only))
            said.append(marks.Said(article.id, article.version, by, told.language if tells else None))
    batch.written = len(said)
    if write:
        with transaction(context.engine) as conn:
            batch.written = len(marks.replace(conn, said, only=meant.only))
            if meant.only is None:
                pending.clear(conn, heard)
        batch.overtaken = len(said) - batch.written
    return batch


def _is_news(batch: Batch, article_id: int, maker: str, kept: marks.Kept, answer: Sequence[Annotation]) -> bool:
    """Whether an answer is not what is stored under this version. What it changes goes to the batch."""
    changes, same = compare(kept.found, answer)
    batch.same.update(same)
    batch.changes += [ArticleChange(article_id, marks.name_of(maker), change) for change in changes]
    return bool(changes) or not kept.current or bool(kept.by - {maker})


def choose_scope(context: Context, with_: Sequence[str], only: Sequence[str]) -> tuple[Runner, Scope]:
    """The enrichers to ask, and whose words and which kinds count.

    Args:
        with_: names; empty means those that the settings want (and that give one of the kinds, where kinds are named).
        only: kinds of annotation, in the singular or plural; empty for all.

    Raises:
        UsageError: there is no such enricher, or none of them gives such a kind.
        RasidError: one that was named cannot be used.
    """
    names = known(list(with_)) if with_ else wanted(context.settings.enrich_with)
    others = [name for name in wanted(context.settings.enrich_with) if name not in names]
    choice = choose(context, [*names, *others])
    for name in with_:
        if name in choice.left_out:
            raise RasidError(f"enricher {name} cannot be used: {choice.left_out[name]}")
    named = [one for one in choice.enrichers if one.name in names]
    kinds = frozenset(_kind(word, named) for word in only) or None
    meant = [one for one in named if kinds is None or one.provides & kinds]
    asked = with_needs(meant, choice.enrichers)
    return runner_for(context, asked), Scope(frozenset(one.name for one in meant), kinds)


def _kind(word: str, enrichers: Sequence[Enricher]) -> str:
    given = {what for one in enrichers for what in one.provides}
    for form in (word, word.removesuffix("s"), word.removesuffix("ies") + "y"):
        if form in given:
            return form
    raise UsageError(f"no enricher in use gives {word!r}; they give {', '.join(sorted(given)) or 'nothing'}")

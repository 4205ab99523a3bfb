"""``rasid enrich``: run enrichers again over stored articles, and tell what that changes."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json, Since, moment, number
from rasid.cli.shape import example
from rasid.errors import UsageError

if TYPE_CHECKING:
    from rasid.context import Context
    from rasid.enrich.backfill import ArticleChange, Batch
    from rasid.enrich.interface import Annotation
    from rasid.store.articles import Range

EPILOG = example(
    "rasid enrich --since 7d --only places,keywords --dry-run",
    "rasid enrich --since 2025-03-01 --until 2025-04-01 --with my-tagger",
    "rasid enrich --article 12 --article 15 --json",
)
_SORTS = ("added", "removed", "changed")
_TEXT = 60
_Tell = Callable[["Tally"], None]


def register(app: typer.Typer) -> None:
    app.command("enrich", epilog=EPILOG)(enrich)


def enrich(
    since: Since = None,
    until: Annotated[str | None, typer.Option("--until", help="Before then; in the form of --since.")] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", help="Articles of this outlet.")] = None,
    article: Annotated[list[str] | None, typer.Option("--article", help="This article; may be repeated.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All articles.")] = False,
    missed: Annotated[bool, typer.Option("--missed", help="Articles of which they were not heard.")] = False,
    with_: Annotated[
        list[str] | None, typer.Option("--with", help="This enricher; may be repeated. Else those of the settings.")
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", help="Kinds of annotation, with commas: places,keywords.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; tell what would change.")] = False,
    after: Annotated[str | None, typer.Option("--after", help="Go on behind this article.")] = None,
    examples: Annotated[int, typer.Option("--examples", min=0, max=1_000, help="Changes of each sort to show.")] = 3,
    as_json: Json = False,
) -> None:
    """Run enrichers again over stored articles, and tell what that changes.

    Articles are read in the order in which they were first seen, the first of each group. Each batch is one
    transaction; nothing is written of an article of which the same is said as before. An enricher's words replace its
    own, and of the kinds that are meant only. Stories are not gathered anew.
    """
    from rasid.cli.session import database
    from rasid.enrich import backfill
    from rasid.observe import logs
    from rasid.store.articles import Range

    within = _range(since, until, outlet, article or [])
    if every == (within != Range() or missed):
        raise UsageError("name a range (--since, --until, --outlet, --article, --missed), or --all")
    begin = None if after is None else number(after, what="--after, the id of an article,")
    kinds = [word.strip() for word in (only or "").split(",") if word.strip()]
    with database() as context:
        logs.set_up(level="WARNING", form=context.settings.log_format)
        runner, meant = backfill.choose_scope(context, with_ or [], kinds)
        within = replace(within, missed=tuple(meant.names) if missed else ())
        tally = Tally([f"{one.name}@{one.version}" for one in runner.enrichers if one.name in meant.names], examples)
        _check(context, within, begin)
        with _progress(context, within, begin) as tell:
            try:
                for batch in backfill.run(context, runner, meant, within, write=not dry_run, after=begin):
                    tally.add(batch)
                    tell(tally)
            except KeyboardInterrupt:
                tally.stopped = True
    _tell(tally, as_json, dry_run)
    if tally.stopped:
        raise typer.Exit(130)
    if tally.missed:
        raise typer.Exit(1)


@dataclass(slots=True)
class Tally:
    """What came of all batches so far: counts, and the first few changes of each kind and sort."""

    enrichers: Sequence[str]
    most: int
    articles: int = 0
    written: int = 0
    overtaken: int = 0
    last: int | None = None
    stopped: bool = False
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: defaultdict[tuple[str, str], list[ArticleChange]] = field(default_factory=lambda: defaultdict(list))

    def add(self, batch: Batch) -> None:
        self.articles += batch.articles
        self.written += batch.written
        self.overtaken += batch.overtaken
        self.last = batch.last
        self.missed.update(batch.missed)
        for what, n in batch.same.items():
            self.counts[what]["same"] += n
        for one in batch.changes:
            what, sort = one.change.what, one.change.sort
            self.counts[what][sort] += 1
            if len(shown := self.examples[what, sort]) < self.most:
                shown.append(one)


def _range(since: str | None, until: str | None, outlet: str | None, ids: list[str]) -> Range:
    from rasid.store.articles import Range

    within = Range(moment(since), moment(until), outlet, tuple(number(one, what="--article") for one in ids))
    if within.since is not None and within.until is not None and within.since >= within.until:
        raise UsageError("--since must be before --until")
    return within


def _check(context: Context, within: Range, begin: int | None) -> None:
    """Refuse an outlet and articles that are not there; say which of them are copies."""
    from rasid.cli.output import say
    from rasid.store import articles, outlets
    from rasid.store.engine import transaction

    asked = [*within.ids, *([begin] if begin is not None else [])]
    with transaction(context.engine) as conn:
        if within.outlet is not None and not outlets.by_id(conn, [within.outlet]):
            raise UsageError(f"there is no outlet {within.outlet!r}; `rasid sources list` names all")
        found = articles.load(conn, asked)
    if lacking := [str(id) for id in asked if id not in found]:
        raise UsageError(f"there is no article {', '.join(lacking)}")
    for id in within.ids:
        if found[id].group_id not in (None, id):
            say(f"article {id} is a copy: what is said of {found[id].group_id}, the first of its group, goes for it")


# --- what is shown ------------------------------------------------------------------------------------------------


@contextmanager
def _progress(context: Context, within: Range, begin: int | None) -> Iterator[_Tell]:
    """How far it is, on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rasid.store import articles
    from rasid.store.engine import transaction

    console = Console(file=sys.stderr)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("articles, {task.fields[n]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        total = None
        if console.is_terminal and begin is None:
            with transaction(context.engine) as conn:
                total = articles.number(conn, within)
        task = bar.add_task("", total=total, n="")

        def tell(tally: Tally) -> None:
            bar.update(task, completed=tally.articles, n=f"{tally.written} changed")

        yield tell


def _tell(tally: Tally, as_json: bool, dry_run: bool) -> None:
    from rasid.cli.output import print_one, print_table, say

    if as_json:
        print_one(_as_told(tally, dry_run))
    elif tally.counts:
        print_table(
            ("kind", *_SORTS, "same"),
            ((what, *(counts[sort] for sort in (*_SORTS, "same"))) for what, counts in sorted(tally.counts.items())),
            numbers=(*_SORTS, "same"),
        )
        _print_examples(tally)
    for (name, why), n in sorted(tally.missed.items()):
        say(f"{name} was not heard of {n} articles ({why.replace('_', ' ')}): what it said of them before stays")
    done = "would be changed" if dry_run else "changed"
    say(f"{', '.join(tally.enrichers)}: {tally.articles} articles read, {tally.written} {done}")
    if tally.overtaken:
        say(f"{tally.overtaken} articles got a new text meanwhile: they are left to the enrich stage")
    if tally.stopped:
        say("stopped" + (f"; --after {tally.last} goes on" if tally.last is not None else ""))


def _as_told(tally: Tally, dry_run: bool) -> dict[str, Any]:
    return {
        "enrichers": list(tally.enrichers),
        "dry_run": dry_run,
        "articles": tally.articles,
        "written": tally.written,
        "overtaken": tally.overtaken,
        "last": tally.last,
        "stopped": tally.stopped,
        "missed": [{"enricher": name, "why": why, "articles": n} for (name, why), n in sorted(tally.missed.items())],
        "kinds": {
            what: {sort: counts[sort] for sort in (*_SORTS, "same")} for what, counts in sorted(tally.counts.items())
        },
        "examples": [
            {
                "article": one.article_id, "enricher": one.enricher, "what": what, "sort": sort,
                "before": _plain(one.change.before), "after": _plain(one.change.after),
            }
            for (what, sort), shown in sorted(tally.examples.items())
            for one in shown
        ],
    }  # fmt: skip


def _plain(one: Annotation | None) -> dict[str, Any] | None:
    """An annotation for JSON, without what it does not have."""
    if one is None:
        return None
    values = {name: getattr(one, name) for name in one.__slots__}
    return {name: value for name, value in values.items() if value is not None and value != {} and value is not False}


def _print_examples(tally: Tally) -> None:
    from rasid.cli.output import print_table

    rows = [
        (what, sort, one.article_id, _label(one), _how(one))
        for (what, sort), shown in sorted(tally.examples.items())
        for one in shown
    ]
    if rows:
        typer.echo("")
        print_table(("kind", "sort", "article", "which", "how"), rows, numbers=("article",))


def _label(one: ArticleChange) -> str:
    from rasid.cli.output import shorten

    what = one.change.after or one.change.before
    assert what is not None
    label = what.name or what.text or what.ref or what.kind or ""
    where = "" if what.start is None else f" {'title ' if what.in_title else ''}{what.start}-{what.end}"
    return shorten(label, _TEXT) + where


def _how(one: ArticleChange) -> str:
    from rasid.cli.output import shorten, shown

    fields = one.change.fields()
    if fields:
        return ", ".join(
            f"{name} {shorten(shown(old), _TEXT) or 'none'} → {shorten(shown(new), _TEXT) or 'none'}"
            for name, (old, new) in fields.items()
        )
    what = one.change.after or one.change.before
    return shown([part for part in (what.kind, what.ref, what.score) if part is not None]) if what is not None else ""

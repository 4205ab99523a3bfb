"""CPU-milliseconds an article by stage, over the sample newsroom: real pages, real HTTP, a real PostgreSQL.

    python benchmarks/stages.py [--articles N] [--seed N]

Counts the CPU of this process alone, as `time.process_time` gives it: the stages, the ledger and the driver, not the
newsroom (a process of its own) and not PostgreSQL's own. Read the ratios; absolute numbers belong to the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import trafilatura

from rasid import runner
from rasid.alert.stage import AlertStage
from rasid.cluster.doc import make_doc
from rasid.cluster.stage import ClusterStage
from rasid.context import Context
from rasid.dedupe.fingerprint import fingerprint
from rasid.dedupe.stage import DedupeStage
from rasid.discover import stage as discover
from rasid.discover.channel import read_channel
from rasid.embedded.postgres import Postgres
from rasid.enrich.annotate import Annotator
from rasid.enrich.stage import EnrichStage
from rasid.fetch.stage import FetchStage
from rasid.model import Stage
from rasid.parse.page import read_page
from rasid.parse.stage import ParseStage
from rasid.settings import Settings
from rasid.store import articles, outlets, pages, schema, watches
from rasid.store.engine import make_engine, transaction
from rasid.text.queries import Query, match_doc, matches

_STAGES: tuple[runner.StageWork[Any], ...] = (
    FetchStage(), ParseStage(), DedupeStage(), EnrichStage(), ClusterStage(), AlertStage(),
)  # fmt: skip
_WATCHES = ("الجسر OR المدينة", '"وزارة النقل"', "lang:en minister", "قسد -مباراة", "place:170654")


@dataclass
class Line:
    """One row: `items` left the stage in `cpu` CPU-seconds; `core` is the pure work on one item, `peer` another's."""

    stage: str
    items: int
    cpu: float
    core: float | None = None
    peer: tuple[str, float] | None = None

    @property
    def each(self) -> float:
        return 1_000 * self.cpu / max(self.items, 1)


@contextlib.contextmanager
def newsroom(*, seed: int, count: int, folder: Path) -> Iterator[dict[str, Any]]:
    """The sample newsroom as a process of its own, so that its CPU is not counted. Gives what it says of itself."""
    state = folder / "newsroom.json"
    command = [sys.executable, "-m", "rasid.newsroom", f"--seed={seed}", f"--articles={count}", f"--state={state}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as child:
        try:
            while not state.exists():
                if child.poll() is not None:
                    raise SystemExit("the newsroom did not start")
                time.sleep(0.05)
            yield json.loads(state.read_text("utf-8"))
        finally:
            child.terminate()


def cpu(function: Callable[[], Any]) -> tuple[Any, float]:
    """What a function gave, and the CPU-seconds that this process spent on it."""
    began = time.process_time()
    result = function()
    return result, time.process_time() - began


def per_item(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """CPU-milliseconds that a function needs for one of `items`, after a first round that loads what it needs."""
    for item in items:
        function(item)
    _, seconds = cpu(lambda: [function(item) for item in items])
    return 1_000 * seconds / len(items)


def watch_all(context: Context, told: dict[str, Any]) -> None:
    """Outlets, channels and a few watches, as an operator would have them."""
    kinds = {"html": "section", "sitemap": "news_sitemap", "sitemapindex": "sitemap"}
    with transaction(context.engine) as conn:
        for one in told["outlets"]:
            channels = tuple(outlets.NewChannel(kinds.get(kind, "feed"), url) for kind, url in one["channels"])
            fields = {name: one[name] for name in ("id", "name", "family", "country", "language")}
            outlets.put(conn, [outlets.NewOutlet(**fields, channels=channels)])
        for n, query in enumerate(_WATCHES):
            watches.put(conn, name=f"watch-{n}", query=query, via="log", target=None)


def visit(context: Context) -> Line:
    """Read every channel, and those that they name, until nothing new is due."""
    visits = new = 0
    began = time.process_time()
    for _ in range(3):
        with transaction(context.engine) as conn:
            due = [row.id for row in conn.exec_driver_sql("SELECT id FROM channels WHERE visits = 0 ORDER BY id")]
        for one in due:
            counts = discover.run(context, [one])
            visits, new = visits + counts.get("channels", 0), new + counts.get("new", 0)
    return Line("discover", new, time.process_time() - began)


def measure(context: Context) -> list[Line]:
    """Every stage over everything, in messages of a batch. What fails once is not waited for."""
    lines = [visit(context)]
    with transaction(context.engine) as conn:
        ids = list(conn.exec_driver_sql("SELECT id FROM links WHERE state = 'found' ORDER BY host, id").scalars())
    batch = context.settings.batch
    for work in _STAGES:
        warm(context, work.stage)
        onward: list[int] = []
        began, done = time.process_time(), 0
        for at in range(0, len(ids), batch):
            done += one_message(context, work, ids[at : at + batch], onward)
        lines.append(Line(work.stage.value, done, time.process_time() - began))
        ids = sorted(onward)
    return lines


def one_message(context: Context, work: runner.StageWork[Any], ids: Sequence[int], onward: list[int]) -> int:
    """Take the links of one message through a stage; those that move on are added to `onward`. Gives how many left."""
    outcomes = runner.run(context, work, ids, send=lambda _, sent: onward.extend(sent), tell=lambda _: None)
    return sum(outcomes.values())


def warm(context: Context, stage: Stage) -> None:
    """Load what a process loads once in its life."""
    if stage is Stage.PARSE:
        read_page(b"<html><body><p>x</p></body></html>", url="https://outlet.example/", content_type="text/html")
    if stage is Stage.ENRICH:
        annotator = context.keep("enrich.annotator", lambda: Annotator(context.settings.home / "cache"))
        annotator.annotate("دير الزور", title="دمشق", language="ar")


def add_cores(context: Context, lines: list[Line]) -> None:
    """Measure the pure work of the stages alone, and a peer's on the same input where there is one."""
    with transaction(context.engine) as conn:
        page_ids = conn.exec_driver_sql("SELECT a.page_id FROM articles a ORDER BY a.id").scalars().all()
        kept = list(pages.load(conn, context.pages, page_ids).values())
        stored = list(articles.load(conn, conn.exec_driver_sql("SELECT id FROM articles").scalars().all()).values())
        feeds = conn.exec_driver_sql("SELECT url FROM channels WHERE kind = 'feed'").scalars().all()
    by_name = {line.stage: line for line in lines}
    bodies = [context.http.get(url).body for url in feeds]
    entries = sum(len(read_channel(body, url="").entries) for body in bodies) / len(bodies)
    by_name["discover"].core = per_item(lambda body: read_channel(body, url=""), bodies) / entries
    by_name["discover"].peer = ("feedparser", per_item(feedparser.parse, bodies) / entries)
    by_name["parse"].core = per_item(lambda p: read_page(p.body, url=p.url, content_type=p.content_type), kept)
    by_name["parse"].peer = (
        "trafilatura",
        per_item(lambda p: trafilatura.bare_extraction(p.body, url=p.url, with_metadata=True), kept[::4]),
    )
    by_name["dedupe"].core = per_item(lambda a: fingerprint(a.title, a.text), stored)
    annotator: Annotator = context.keep("enrich.annotator", lambda: Annotator(context.settings.home / "cache"))
    by_name["enrich"].core = per_item(lambda a: annotator.annotate(a.text, title=a.title, language=a.language), stored)

    by_name["cluster"].core = per_item(
        lambda a: make_doc(a.id, a.title, a.text, language=a.language, at=a.first_seen_at),
        stored,
    )
    queries = [Query.parse(query) for query in _WATCHES]
    by_name["alert"].core = per_item(lambda a: _match(a, queries), stored)


def _match(article: articles.StoredArticle, queries: Sequence[Query]) -> int:
    doc = match_doc(article.title, article.text, language=article.language, source=article.outlet_id)
    return sum(matches(query, doc) for query in queries)


def table(lines: Sequence[Line]) -> str:
    """The one table."""
    total = sum(line.each for line in lines)
    rows = [("stage", "items", "CPU-ms each", "share", "pure work", "the rest", "peer, CPU-ms (times ours)")]
    for line in lines:
        core = "" if line.core is None else f"{line.core:.2f}"
        rest = "" if line.core is None else f"{max(line.each - line.core, 0):.2f}"
        peer = ""
        if line.peer is not None and line.core:
            peer = f"{line.peer[0]} {line.peer[1]:.2f} ({line.peer[1] / line.core:.1f}x)"
        rows.append((line.stage, str(line.items), f"{line.each:.2f}", f"{line.each / total:.0%}", core, rest, peer))
    rows.append(("all", "", f"{total:.2f}", "100%", "", "", ""))
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if n in (0, 6) else cell.rjust(width) for n, (cell, width) in enumerate(
            zip(row, widths, strict=True)
        )).rstrip()
        for row in rows
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=120, help="articles of the newsroom, 60 to 600")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rasid-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        told = stack.enter_context(newsroom(seed=options.seed, count=options.articles, folder=folder))
        server = stack.enter_context(Postgres(folder / "home"))
        engine = make_engine(server.url)
        schema.upgrade(engine)
        engine.dispose()
        settings = Settings(
            home=folder / "home", fetch_allow="127.0.0.1", host_delay=0.0, host_delay_ceiling=0.0,
            fetch_read_seconds=2.0, fetch_deadline_seconds=3.0,
        )  # fmt: skip
        context = Context(settings, server.url, worker="bench:1")
        stack.callback(context.close)
        watch_all(context, told)
        lines = measure(context)
        add_cores(context, lines)
    print(table(lines))


if __name__ == "__main__":
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.WARNING)
    main()

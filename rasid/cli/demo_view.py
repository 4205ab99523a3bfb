"""What the demo shows: live progress on a terminal, plain lines elsewhere, and a summary for a stranger."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rasid.cli.output import harmless
from rasid.model import WAITING, State

_WORDS = {
    State.FOUND: "waiting to be fetched",
    State.FETCHED: "waiting to be read",
    State.PARSED: "waiting for copies to be folded",
    State.DEDUPED: "waiting for names and places",
    State.ENRICHED: "waiting for their story",
    State.CLUSTERED: "waiting for watches",
}
_REASONS = {
    "same_page": "led to a page already known",
    "robots_refused": "refused by robots.txt, never asked for",
    "blocked": "a wall: kept for an operator",
    "http_403": "refused by the server: kept for an operator",
    "http_404": "gone",
    "http_410": "withdrawn by the outlet",
    "soft_404": "gone, though the server says that all is well",
    "moved_home": "gone: it leads to the front page",
    "not_html": "not a web page",
    "too_large": "too large: kept for an operator",
    "not_article_listing": "a list of articles, not one",
    "not_article_other": "not an article",
    "not_article_empty": "nothing to read",
    "not_article_blocked": "a wall",
}


class View:
    """Progress while the job runs; everything goes to stderr, so that stdout holds the summary alone."""

    def __init__(self, *, stays: bool) -> None:
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=5, transient=True) if sys.stderr.isatty() else None
        self._stays = stays
        self._headline = "getting ready"
        self._body: Table | None = None
        self._started = time.monotonic()
        self._told = 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Take the live lines away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, headline: str) -> None:
        """What is going on now."""
        self._headline = headline
        if self._live is None:
            print(f"rasid demo: {headline}", file=sys.stderr, flush=True)
        self.tick()

    def note(self, line: str) -> None:
        """A line that stays, above what goes on."""
        if self._live is None:
            print(f"rasid demo: {line}", file=sys.stderr, flush=True)
        else:
            self._live.console.print(line, markup=False)

    def tick(self) -> None:
        """Show that time goes by."""
        if self._live is not None:
            seconds = time.monotonic() - self._started
            grid = Table.grid()
            grid.add_row(Text(f"{self._headline} … {seconds:.0f} s", style="bold"))
            if self._body is not None:
                grid.add_row(self._body)
            self._live.update(grid)

    def show(self, states: Mapping[State, int], totals: Mapping[str, int], *, channels: int) -> None:
        """How far the job has come."""
        self._body = _progress(states, totals, channels)
        self.tick()
        if self._live is None and time.monotonic() - self._told >= 5.0:
            self._told = time.monotonic()
            waiting = sum(states[state] for state in WAITING)
            print(
                f"rasid demo: {totals['discovered']} links, {totals['articles']} articles, {waiting} waiting",
                file=sys.stderr,
                flush=True,
            )


def _progress(states: Mapping[State, int], totals: Mapping[str, int], channels: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_row("links found", str(totals["discovered"]), _bar(totals["discovered"], totals["discovered"]))
    if channels:
        table.add_row("channels being read", str(channels), "")
    for state in WAITING:
        table.add_row(_WORDS[state], str(states[state]), _bar(states[state], totals["discovered"]))
    table.add_row("articles", str(totals["articles"]), _bar(totals["articles"], totals["discovered"]))
    table.add_row("  of them copies", str(totals["copies"]), _bar(totals["copies"], totals["discovered"]))
    table.add_row("stories", str(totals["stories"]), "")
    return table


def _bar(n: int, of: int, *, width: int = 40) -> Text:
    filled = round(width * n / of) if of else 0
    return Text("━" * filled, style="cyan")


def report(
    result: Mapping[str, Any],
    endings: Mapping[str, int],
    stories: Sequence[Mapping[str, Any]],
    places: Sequence[tuple[str, int]],
    *,
    pages: bool,
) -> None:
    """The summary, on stdout. Its first two lines say what was done and whether it was right."""
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    r = result
    console.print(_headline(r))
    console.print(_verdict(r, pages=pages))
    console.print(
        f"{r['copies']} of the articles are copies of another and are folded into it; the rest tell {r['stories']} "
        f"stories. {r['entities']} people, organisations and places are marked; {r['alerts']} alerts were sent."
    )
    if endings:
        told = ", ".join(f"{n} {_REASONS.get(code, code)}" for code, n in sorted(endings.items(), key=lambda e: -e[1]))
        console.print(f"Not stored as articles: {told}.")
    _stories(console, stories)
    if places:
        console.print(
            "Places most written about: " + ", ".join(f"{harmless(name)} ({n})" for name, n in places), markup=False
        )


def _headline(r: Mapping[str, Any]) -> str:
    if r["articles"] and not r["new_articles"]:
        return (
            f"rasid knew all [bold]{r['articles']} articles[/] of {r['discovered']} links from the run before, and "
            f"looked for new ones for {r['seconds']} s (--fresh begins with an empty database)."
        )
    return (
        f"rasid read [bold]{r['articles']} articles[/] from {r['discovered']} links in {r['seconds']} s "
        f"({r['new_articles']} new, {r['articles_per_second']} a second)."
    )


def _verdict(result: Mapping[str, Any], *, pages: bool) -> str:
    ends = ", ".join(f"{n} {state}" for state, n in result["states"].items() if n)
    if pages:
        return f"Every page is accounted for: {ends} = {result['discovered']} links."
    if result["truths_met"]:
        return (
            "[green]All newsroom truths met:[/] every article that should be found is, no listing, bot wall or error "
            f"page is stored as an article, and the states add up to what was found ({ends})."
        )
    return f"[red]{len(result['problems'])} newsroom truths are not met[/] (they are listed below): {ends}."


def _stories(console: Console, stories: Sequence[Mapping[str, Any]]) -> None:
    if not stories:
        return
    table = Table(title="The stories that most outlets tell", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("story", "outlets", "articles", "where", "headline"):
        table.add_column(name, no_wrap=name != "headline")
    for one in stories:
        where = harmless(", ".join(one["places"]) or "-")
        # Two right-to-left cells side by side would be read as one: a left-to-right mark keeps the columns apart.
        table.add_row(
            str(one["id"]), str(one["voices"]), str(one["articles"]), f"{where}\u200e", Text(harmless(one["headline"]))
        )
    console.print(table)


def _command(home: Path, arguments: str) -> str:
    program = Path(sys.executable).with_name("rasid")
    shown = os.path.relpath(program) if program.is_file() else "rasid"
    return f"RASID_HOME={shlex.quote(os.path.relpath(home))} {shlex.quote(shown)} {arguments}"


def afterwards(home: Path) -> None:
    """Where to look when the demo has stopped: what it stored stays."""
    console = Console(highlight=False, soft_wrap=True)
    console.print("\nWhat was stored stays. Look at it with:")
    for arguments in ("stories", "search القامشلي", "show story:1", "status"):
        console.print(f"  {_command(home, arguments)}", markup=False)
    console.print("The README says how to watch an outlet of your own.")


def explore(home: Path, flower_port: int | None, login: str) -> None:
    """Where to look while the demo stays up."""
    console = Console(highlight=False, soft_wrap=True)
    console.print("\nEverything keeps running until Ctrl-C. Look around in another terminal:")
    for arguments in ("stories", "search القامشلي", "show story:1", "status", "sources list"):
        console.print(f"  {_command(home, arguments)}", markup=False)
    if flower_port is not None:
        console.print(f"  Flower (the task queue): http://127.0.0.1:{flower_port}  login {login}", markup=False)

"""How a site that was looked at is shown, and as what it is told in JSON."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasid.cli.explore import Site

_TITLE = 60


def as_told(site: Site) -> dict[str, Any]:
    """What was found, for JSON: ``found`` (every channel that answered or was named), ``trial``, ``health``."""
    from rasid.discover.onboard import fill_rates

    return {
        "found": [asdict(one) for one in shown_channels(site)],
        "trial": [asdict(one) for one in site.tried],
        "fill": fill_rates(site.tried),
        "health": asdict(site.health) if site.health else None,
        "requests": site.requests,
        "cut_short": site.full,
    }


def shown_channels(site: Site) -> list[Any]:
    """The channels worth showing: usual addresses at which nothing lies are left out."""
    return [
        one for one in site.channels
        if one.entries or not (one.origin in ("usual", "navigation") or (one.origin == "given" and one.kind == "page"))
    ]  # fmt: skip


def show(site: Site, facts: dict[str, str]) -> None:
    """Facts with their grounds, the channels, the trial and the figure."""
    from rasid.cli.output import age, print_fields, print_table

    now = datetime.now(UTC)
    print_fields(facts.items())
    print_table(
        ("watch", "kind", "state", "entries", "newest", "a day", "found by", "why", "address"),
        (
            ("yes" if one.keep else "no", one.kind.replace("_", " "), one.state, one.entries or "",
             age((now - one.newest).total_seconds()) if one.newest else "", one.per_day, one.origin,
             f"{one.why} as {one.same_as}" if one.same_as else one.why, one.url)
            for one in shown_channels(site)
        ),
        numbers=("entries", "a day"),
    )  # fmt: skip
    if site.tried:
        _show_trial(site)
    if site.health is not None and site.health.score is not None:
        parts = {"fresh": site.health.fresh, "read": site.health.read, "filled in": site.health.filled}
        told = ", ".join(f"{name} {100 * value:.0f} %" for name, value in parts.items() if value is not None)
        print_fields([("health", f"{site.health.score} of 100, {site.health.word} ({told})")])
    print_fields([("asked", f"{site.requests} requests{', cut short by the ceiling' if site.full else ''}")])


def _show_trial(site: Site) -> None:
    from rasid.cli.output import print_fields, print_table, shorten
    from rasid.discover.onboard import fill_rates

    print_table(
        ("trial", "published", "author", "letters", "language", "title"),
        (
            (one.code or "article", one.published, ", ".join(one.authors[:2]), one.characters, one.language,
             shorten(one.title or one.url, _TITLE))
            for one in site.tried
        ),
        numbers=("letters",),
    )  # fmt: skip
    rates = fill_rates(site.tried)
    print_fields([("filled in", ", ".join(f"{name} {100 * rate:.0f} %" for name, rate in rates.items()))])


@contextlib.contextmanager
def progress(ceiling: int) -> Iterator[Callable[[str, int], None]]:
    """What is asked now, on stderr, where that is a terminal: hosts are asked slowly, and people wait."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from rasid.cli.output import shorten

    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.fields[n]}"), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, n="")

        def tell(what: str, requests: int) -> None:
            bar.update(task, description=escape(shorten(what, 90)), n=f"{requests} of at most {ceiling} requests")

        yield tell

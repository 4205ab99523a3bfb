"""The tree of commands, and what an error becomes: one sentence on stderr and an exit code.

The modules of the commands import nothing heavy at their top: ``rasid --help`` and ``rasid pipe`` start fast.
"""

from __future__ import annotations

from typing import Annotated

import typer

from rasid.cli import (
    background,
    config,
    enrich,
    failures,
    gazetteer,
    give,
    groups,
    hosts,
    intake,
    metrics,
    pipe,
    readers,
    run,
    sources,
    status,
    stories,
    topics,
    watches,
    web,
)
from rasid.cli.shape import Group, example

app = typer.Typer(
    name="rasid",
    cls=Group,
    help="Self-hosted news monitoring: finds, fetches, reads, folds copies, gathers stories, alerts.",
    epilog=example("rasid demo", "rasid up", "rasid pipe extract < pages.ndjson"),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)

# In the order in which the help lists them: run it, give it work, read it, look after it.
for module in (
    run,
    web,
    give,
    intake,
    readers,
    stories,
    status,
    metrics,
    sources,
    watches,
    topics,
    groups,
    enrich,
    gazetteer,
    failures,
    hosts,
    background,
    config,
    pipe,
):
    module.register(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        from rasid import __version__

        typer.echo(f"rasid {__version__}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version and end.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    del version

"""The program ``rasid`` over some of its commands, and what holds for all of them."""

from __future__ import annotations

from typing import Annotated, Protocol

import typer

from rasid.cli.shape import Group, example


class Commands(Protocol):
    """A module of commands."""

    def register(self, app: typer.Typer, /) -> None:
        """Add its commands, in the order in which the help lists them."""


def program(*modules: Commands) -> typer.Typer:
    """The program with the commands of these modules."""
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
    for module in modules:
        module.register(app)
    app.callback(no_args_is_help=True)(_common)
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        from rasid import __version__

        typer.echo(f"rasid {__version__}")
        raise typer.Exit


def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version and end.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    del version

"""What all commands have in common: how errors end, and how an example stands in the help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from rasid.errors import RasidError, UsageError


class Group(TyperGroup):
    """A group of commands in which an error raised on purpose becomes one sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RasidError as error:
            typer.echo(f"{ctx.command_path} {ctx.invoked_subcommand}: {_one_line(error)}", err=True)
            raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None


def _one_line(error: RasidError) -> str:
    return " ".join(str(error).split())


def example(*lines: str) -> str:
    """The end of a command's help: how it is called. The mark keeps its lines as they are."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def group(name: str, text: str, *examples: str, bare: Callable[..., None] | None = None) -> typer.Typer:
    """A group of commands under one word.

    Args:
        bare: what the word does by itself; None shows the help.
    """
    made = typer.Typer(
        name=name,
        cls=Group,
        help=text,
        epilog=example(*examples),
        no_args_is_help=bare is None,
        invoke_without_command=bare is not None,
        rich_markup_mode=None,
    )
    if bare is not None:
        made.callback()(bare)
    return made

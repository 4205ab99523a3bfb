"""``rasid config``: every setting, its value and where that comes from."""

from __future__ import annotations

from dataclasses import asdict

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example


def register(app: typer.Typer) -> None:
    app.command("config", epilog=example("rasid config", "rasid config --json"))(config)


def config(as_json: Json = False) -> None:
    """List every setting and where its value comes from.

    Each with its unit and default; passwords are hidden.
    """
    from rasid.cli.output import print_lines, print_table
    from rasid.settings import describe

    lines = describe()
    if as_json:
        print_lines(asdict(line) for line in lines)
        return
    print_table(
        ("name", "value", "unit", "origin", "what it is"),
        ((line.name, line.value, line.unit, line.origin, line.description) for line in lines),
    )

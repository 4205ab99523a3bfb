"""What commands have in common by which an operator rules: who, and why."""

from __future__ import annotations

import getpass
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rasid.store.rulings import Signed

Why = Annotated[str | None, typer.Option("--why", help="The reason, kept with the ruling.")]
By = Annotated[str | None, typer.Option("--by", help="Who rules; the name of the login if not given.")]


def signed(by: str | None, why: str | None) -> Signed:
    """Who rules, and why."""
    from rasid.store.rulings import Signed

    return Signed(by or _login(), why)


def _login() -> str:
    """Who sits there; a process without a user is an operator too."""
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "operator"

"""``rasid groups``: groups of copies, and what an operator rules on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json, number
from rasid.cli.rule import By, Why, signed
from rasid.cli.shape import example, group
from rasid.errors import RasidError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rasid.store.rulings import Signed

Ids = Annotated[list[str], typer.Argument(help="Ids of articles.")]
_TITLE = 90


def register(app: typer.Typer) -> None:
    groups = group(
        "groups",
        "Look at groups of copies, part them and join them; what is ruled here no later run undoes.",
        "rasid groups show 12",
        'rasid groups split 15 --why "another earthquake"',
    )
    groups.command("show", epilog=example("rasid groups show 12", "rasid groups show 12 --json"))(show)
    groups.command("split", epilog=example('rasid groups split 15 16 --why "another earthquake"'))(split)
    groups.command("merge", epilog=example('rasid groups merge 12 40 --why "one press release"'))(merge)
    app.add_typer(groups)


def show(
    article: Annotated[str, typer.Argument(help="Id of an article.")],
    as_json: Json = False,
) -> None:
    """Show the group of an article: its members, why each is one, and what was ruled on them."""
    from rasid.cli.output import print_one
    from rasid.cli.session import database
    from rasid.store import read
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        found = read.group(conn, number(article, what="the id of an article"))
    if found is None:
        raise RasidError(f"there is no article {article}")
    if as_json:
        print_one(found)
        return
    print_members(found["members"])
    print_rulings(found["rulings"])


def print_members(rows: Sequence[dict[str, Any]]) -> None:
    """Articles of one group, and why each is in it."""
    from rasid.cli.output import print_table, reason, shorten

    print_table(
        ("id", "seen", "source", "relation", "score", "why", "title"),
        (
            (row["id"], row["first_seen_at"], row["source"], row["relation"], row["score"], reason(row["why"]),
             shorten(row["title"], _TITLE))
            for row in rows
        ),
        numbers=("id", "score"),
    )  # fmt: skip


def print_rulings(rulings: Sequence[dict[str, Any]]) -> None:
    """What was ruled, with who, when and why; nothing where nothing was."""
    from rasid.cli.output import print_table

    if rulings:
        typer.echo("\nrulings:")
        print_table(
            ("id", "at", "by", "on", "what", "article", "other", "ended", "ended by", "why"),
            (
                (row["id"], row["at"], row["by"], row["subject"], row["what"], row["article"], row["other"],
                 row["ended_at"], row["ended_by"], row["why"])
                for row in rulings
            ),
            numbers=("id", "article", "other"),
        )  # fmt: skip


def split(articles: Ids, why: Why = None, by: By = None, as_json: Json = False) -> None:
    """Take articles out of their group of copies: together they are a group of their own.

    They and what is left are never joined again by a later run, nor when fingerprints are made anew.
    """
    from rasid.store import rulings

    _rule(rulings.split, articles, why, by, "taken out: they are group {group} now", as_json)


def merge(articles: Ids, why: Why = None, by: By = None, as_json: Json = False) -> None:
    """Make the groups of articles one, under the article that was seen first.

    A later run does not part them again, and a copy of any member joins them all.
    """
    from rasid.store import rulings

    _rule(rulings.merge, articles, why, by, "made one: group {group}", as_json)


def _rule(
    what: Callable[[Connection, Sequence[int], Signed], int],
    articles: list[str],
    why: str | None,
    by: str | None,
    told: str,
    as_json: bool,
) -> None:
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import read
    from rasid.store.engine import transaction

    ids = [number(one, what="the id of an article") for one in articles]
    with database() as context, transaction(context.engine) as conn:
        made = what(conn, ids, signed(by, why))
        found = read.group(conn, made)
    if as_json:
        print_one(found or {})
    else:
        say(f"{', '.join(articles)} {told.format(group=made)}")

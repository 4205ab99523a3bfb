"""``rasid sources shapes``: what an outlet's pages taught of its addresses."""

from __future__ import annotations

from typing import Annotated

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import UsageError

EPILOG = example("rasid sources shapes sana", "rasid sources shapes sana --json")


def shapes(outlet: Annotated[str, typer.Argument(help="Id of an outlet.")], as_json: Json = False) -> None:
    """Show which shapes of addresses turned out to be articles, and what that adds to the score of a link.

    Links of section pages with four points and more are taken for articles; their address, text and place give some.
    """
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.session import database
    from rasid.discover.shapes import ENOUGH, points_of, reckon
    from rasid.store import learned, links
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        if links.known_outlet(conn, outlet) is None:
            raise UsageError(f"there is no outlet {outlet!r}; `rasid sources list` names all")
        counted = reckon(learned.outcomes(conn, outlet))
    rows = [
        {"shape": shape, "articles": articles, "others": others,
         "points": points_of(articles, others) if articles + others >= ENOUGH else 0}
        for shape, (articles, others) in counted.items()
    ]  # fmt: skip
    if as_json:
        print_lines(rows)
    elif not rows:
        say("nothing is known yet: its pages have still to be read")
    else:
        print_table(("articles", "others", "points", "shape"),
                    ((row["articles"], row["others"], row["points"], row["shape"]) for row in rows),
                    numbers=("articles", "others", "points"))  # fmt: skip

"""``rasid stories``: lists stories; what an operator rules on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json, Language, Limit, Since, moment, number
from rasid.cli.rule import By, Why, signed
from rasid.cli.shape import example, group
from rasid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

Ids = Annotated[list[str], typer.Argument(help="Ids of articles.")]
Either = Annotated[list[str], typer.Argument(help="Ids of articles, or of stories: story:ID.")]
STORY = "story:"
_TITLE = 90


def register(app: typer.Typer) -> None:
    stories = group(
        "stories",
        "List stories; part them and join them: what is ruled here no later run undoes.",
        "rasid stories --since 24h",
        "rasid stories --since 7d --limit 1000 --geojson > map.geojson",
        "rasid stories split 15",
        bare=listing,
    )
    stories.command("split", epilog=example('rasid stories split 15 16 --why "another attack"'))(split)
    stories.command("merge", epilog=example('rasid stories merge story:3 story:9 --why "one summit"'))(merge)
    app.add_typer(stories)


def listing(
    ctx: typer.Context,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Print those that have a place as GeoJSON, for a map.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List stories, the one that changed last first, each with the place that it is about."""
    if ctx.invoked_subcommand is not None:
        return
    from rasid.cli.output import print_lines, print_one, say
    from rasid.cli.session import database
    from rasid.cli.story_map import collection, with_places
    from rasid.store import read
    from rasid.store.engine import transaction

    if geojson and as_json:
        raise UsageError("--geojson is JSON already: leave out --json")
    after = moment(since)
    with database() as context, transaction(context.engine) as conn:
        rows = with_places(conn, read.stories(conn, limit=limit, since=after, language=language))
    if geojson:
        print_one(collection(rows))
        if without := sum(row["place"] is None for row in rows):
            say(f"{without} of {len(rows)} stories name no place and are not on the map")
    elif as_json:
        print_lines(rows)
    elif not rows:
        say("there is no story yet")
    else:
        _print(rows)


def _print(rows: Sequence[dict[str, Any]]) -> None:
    from rasid.cli.output import print_table, shorten

    print_table(
        ("story", "changed", "articles", "voices", "languages", "place", "headline"),
        (
            (f"{STORY}{row['id']}", row["changed_at"], row["articles"], row["voices"], row["languages"],
             row["place"] and row["place"]["name"], shorten(row["headline"], _TITLE))
            for row in rows
        ),
        numbers=("articles", "voices"),
    )  # fmt: skip


def split(articles: Ids, why: Why = None, by: By = None, as_json: Json = False) -> None:
    """Take articles out of their story: together they are a story of their own.

    The two are never made one by a later run, and who is in either now stays there. Copies go with the first of them.
    """
    from rasid.cli.session import database
    from rasid.store import read, story_rulings
    from rasid.store.engine import transaction

    ids = [number(one, what="the id of an article") for one in articles]
    with database() as context, transaction(context.engine) as conn:
        made = story_rulings.split(conn, ids, signed(by, why))
        found = read.story(conn, made)
    _tell(found, f"{', '.join(articles)} taken out: they are {STORY}{made} now", as_json)


def merge(stories: Either, why: Why = None, by: By = None, as_json: Json = False) -> None:
    """Make the stories of articles one, under the one that was opened first.

    No later run parts them again.
    """
    from rasid.cli.session import database
    from rasid.store import read, story_rulings
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        made = story_rulings.merge(conn, _articles(conn, stories), signed(by, why))
        found = read.story(conn, made)
    _tell(found, f"{', '.join(stories)} made one: {STORY}{made}", as_json)


def _articles(conn: Connection, given: Sequence[str]) -> list[int]:
    from rasid.store.story_rulings import any_member

    return [
        any_member(conn, number(one.removeprefix(STORY), what="the id of a story after story:,"))
        if one.startswith(STORY)
        else number(one, what="the id of an article, or story:ID,")
        for one in given
    ]


def _tell(found: dict[str, object] | None, told: str, as_json: bool) -> None:
    from rasid.cli.output import print_one, say

    if as_json:
        print_one(found or {})
    else:
        say(told)

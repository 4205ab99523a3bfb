"""``rasid background``: how common words are in what this crawl brings, by which keywords are told."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example, group
from rasid.errors import RasidError

_TELL_EVERY = 2_000
Which = Annotated[str | None, typer.Option("--language", "-l", help="First part of a BCP 47 tag; all if not given.")]


def register(app: typer.Typer) -> None:
    background = group(
        "background",
        "How common words are in what this crawl brings: a keyword is what is telling against that.",
        "rasid background",
        "rasid background learn --language ar",
        "rasid background forget",
        bare=listing,
    )
    background.command("learn", epilog=example("rasid background learn", "rasid background learn -l ar"))(learn)
    background.command("forget", epilog=example("rasid background forget -l ar"))(forget)
    app.add_typer(background)


def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """List the languages that were counted."""
    if ctx.invoked_subcommand is not None:
        return
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.session import database
    from rasid.store import backgrounds
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        rows = backgrounds.listing(conn)
    if as_json:
        print_lines(rows)
    elif not rows:
        say("nothing is counted yet: keywords are told by the tables that are shipped")
    else:
        print_table(
            ("language", "version", "articles", "counted", "bytes"),
            ((row["language"], row["version"], row["texts"], row["made_at"], row["bytes"]) for row in rows),
            numbers=("version", "articles", "bytes"),
        )


def learn(language: Which = None, as_json: Json = False) -> None:
    """Count the newest articles now, whether they are due or not.

    Workers use it within a minute; what is stored is made anew by `rasid enrich --only keywords`.
    """
    from rasid.cli.output import print_lines, say
    from rasid.cli.session import database
    from rasid.enrich import learn as work
    from rasid.enrich.background import ENOUGH
    from rasid.store import backgrounds
    from rasid.store.engine import transaction

    with database() as context:
        if not context.settings.background_texts:
            raise RasidError("RASID_BACKGROUND_TEXTS is 0: nothing may be counted")
        with transaction(context.engine) as conn:
            languages = [language] if language else backgrounds.languages(conn, least=ENOUGH)
        counted = [work.learn(context, which, tell=partial(_read, which)) for which in languages]
    if as_json:
        print_lines({"language": one.language, "texts": one.texts, "version": one.version} for one in counted)
        return
    if not counted:
        say(f"no language has {ENOUGH} articles yet")
    for one in counted:
        told = f"version {one.version}" if one.version is not None else f"too few: {ENOUGH} are needed"
        say(f"{one.language}: {one.texts} articles, {told}")


def _read(language: str, articles: int) -> None:
    from rasid.cli.output import say

    if articles % _TELL_EVERY == 0:
        say(f"{language}: {articles} articles read")


def forget(language: Which = None, as_json: Json = False) -> None:
    """Forget what was counted: keywords are told by the tables that are shipped, until it is counted anew."""
    from rasid.cli.output import print_lines, say
    from rasid.cli.session import database
    from rasid.store import backgrounds
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        gone = backgrounds.forget(conn, language)
    if as_json:
        print_lines({"language": one} for one in gone)
    else:
        say(f"forgotten: {', '.join(gone)}" if gone else "nothing was counted")

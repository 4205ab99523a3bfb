"""``rasid sources``: what is watched."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rasid.cli import health, learned, listing, onboard, recheck
from rasid.cli.options import Json
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError

Outlet = Annotated[str, typer.Argument(help="Id of an outlet.")]


def register(app: typer.Typer) -> None:
    sources = group(
        "sources",
        "Look after outlets and their channels.",
        "rasid sources load seeds",
        "rasid sources add https://outlet.example",
    )
    sources.command("list", epilog=example("rasid sources list", "rasid sources list enab-baladi --json"))(list_)
    sources.command("shapes", epilog=learned.EPILOG)(learned.shapes)
    sources.command("check", epilog=recheck.EPILOG)(recheck.check)
    sources.command("add", epilog=onboard.EPILOG)(onboard.add)
    sources.command("load", epilog=example("rasid sources load seeds", "rasid sources load seeds/syria/sana.toml"))(
        load
    )
    sources.command("remove", epilog=example("rasid sources remove example-org"))(remove)
    sources.command(
        "export",
        epilog=example("rasid sources export --opml feeds.opml", "rasid sources export --format toml --out seeds"),
    )(export)
    sources.command("health", epilog=health.EPILOG)(health.health)
    sources.command("check-now", epilog=example("rasid sources check-now", "rasid sources check-now sana"))(check_now)
    app.add_typer(sources)


def list_(
    outlet: Annotated[str | None, typer.Argument(help="One outlet: its channels are shown one by one.")] = None,
    as_json: Json = False,
) -> None:
    """List outlets: channels, last success, what is new, failures."""
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.session import database
    from rasid.store.engine import transaction
    from rasid.store.read import sources

    with database() as context, transaction(context.engine) as conn:
        rows = sources(conn, outlet_id=outlet)
    if outlet is not None and not rows:
        raise UsageError(f"there is no outlet {outlet!r}; `rasid sources list` names all")
    if as_json:
        print_lines(rows)
    elif not rows:
        say(
            "no outlet is watched yet: `rasid sources load seeds`, `rasid sources add URL` or `rasid import feeds.opml`"
        )
    elif outlet is not None:
        _print_channels(rows[0])
    else:
        print_table(
            ("outlet", "country", "language", "state", "channels", "new 24 h", "expected", "articles", "last success",
             "failures", "name"),
            (
                (row["id"], row["country"], row["language"], row["state"].replace("_", " "), len(row["channels"]),
                 row["new_day"], row["expected_day"], row["articles"], row["ok_at"], row["failures"], row["name"])
                for row in rows
            ),
            numbers=("channels", "new 24 h", "expected", "articles", "failures"),
        )  # fmt: skip


def _print_channels(row: dict[str, Any]) -> None:
    from datetime import datetime

    from rasid.cli.output import print_fields, print_table

    names = ("id", "name", "state", "reason", "country", "language", "time_zone", "home", "delay_seconds", "articles",
             "newest_at")  # fmt: skip
    print_fields((name, row[name]) for name in names)
    print_table(
        ("kind", "visits", "found", "last success", "failures", "code", "push", "url"),
        (
            (one["kind"], one["visits"], one["found"],
             datetime.fromisoformat(one["ok_at"]) if one["ok_at"] else None, one["failures"], one["code"],
             _push(one["push"]), one["url"])
            for one in row["channels"]
        ),
        numbers=("visits", "found", "failures"),
    )  # fmt: skip


def _push(push: dict[str, Any] | None) -> str | None:
    """How a channel stands with its hub, in a few words; None where it names none."""
    if push is None:
        return None
    pushes = f", {push['pushes']} pushes" if push["pushes"] else ""
    return f"{push['state']}{pushes}{': ' + push['last_error'] if push['last_error'] else ''}"


def load(
    path: Annotated[Path, typer.Argument(help="A folder of seed files, or one file.")],
    as_json: Json = False,
) -> None:
    """Watch the outlets of seed files; what is known is brought up to date, nothing is taken away."""
    from rasid.cli.outlets import from_seed
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.discover.seeds import load_folder, read_seed
    from rasid.store import outlets
    from rasid.store.engine import transaction

    seeds = [read_seed(path)] if path.is_file() else load_folder(path)
    if not seeds:
        raise UsageError(f"{path} holds no *.toml file")
    with database() as context, transaction(context.engine) as conn:
        new_outlets, new_channels = outlets.put(conn, [from_seed(seed) for seed in seeds])
    if as_json:
        print_one({"outlets": len(seeds), "new_outlets": new_outlets, "new_channels": new_channels})
    else:
        say(f"{len(seeds)} outlets read: {new_outlets} new outlets, {new_channels} new channels")


def remove(outlet: Outlet, as_json: Json = False) -> None:
    """Stop watching an outlet; its articles stay."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import outlets
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        gone = outlets.remove(conn, outlet)
    if not gone:
        raise RasidError(f"there is no outlet {outlet!r}; `rasid sources list` names all")
    if as_json:
        print_one({"outlet": outlet, "removed": True})
    else:
        say(f"{outlet} is no longer watched; its articles stay")


def export(
    outlet: Annotated[str | None, typer.Argument(help="One outlet; all if not given.")] = None,
    opml: Annotated[
        Path | None, typer.Option("--opml", help="Write OPML to this file (- for stdout), by country and language.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="opml (feeds alone) or toml (seed files).")] = "opml",
    out: Annotated[Path | None, typer.Option("--out", help="A file for OPML, a folder for TOML; else stdout.")] = None,
) -> None:
    """Write the watched outlets as OPML or as seed files."""
    from rasid.cli.session import database
    from rasid.store.engine import transaction
    from rasid.store.read import sources

    if opml is not None:
        form, out = "opml", (None if opml == Path("-") else opml)
    if form not in ("opml", "toml"):
        raise UsageError(f"--format takes opml or toml, not {form!r}")
    with database() as context, transaction(context.engine) as conn:
        rows = sources(conn, outlet_id=outlet)
    if outlet is not None and not rows:
        raise UsageError(f"there is no outlet {outlet!r}; `rasid sources list` names all")
    if form == "toml" and out is None and len(rows) != 1:
        raise UsageError("seed files are one an outlet: name a folder with --out, or one outlet")
    try:
        listing.write_opml(rows, out) if form == "opml" else _write_toml(rows, out)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or out}: {error.strerror}") from error


def _write_toml(rows: list[dict[str, Any]], out: Path | None) -> None:
    from rasid.cli.outlets import to_seed
    from rasid.discover.seeds import write_seed

    for row in rows:
        text = write_seed(to_seed(row))
        if out is None:
            sys.stdout.write(text)
            continue
        folder = out / (row["country"] or "ZZ").lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{row['id']}.toml").write_text(text, encoding="utf-8")


def check_now(
    outlet: Annotated[str | None, typer.Argument(help="One outlet; all if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Let channels be visited at the next tick instead of when they are due."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import outlets
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        count = outlets.make_due(conn, outlet_id=outlet)
    if outlet is not None and not count:
        raise RasidError(f"there is no outlet {outlet!r} with a channel")
    if as_json:
        print_one({"due": count})
    else:
        say(f"{count} channels are due now")

"""``rasid watches``: saved queries and where their alerts go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError


def register(app: typer.Typer) -> None:
    watches = group(
        "watches",
        "Look after saved queries and their alerts.",
        "rasid watches add Qamishli 'القامشلي OR الحسكة' --file alerts.ndjson",
    )
    watches.command("list", epilog=example("rasid watches list --json"))(list_)
    watches.command(
        "add",
        epilog=example(
            "rasid watches add aid '\"humanitarian aid\" -football lang:en' --log",
            "rasid watches add Aleppo حلب --webhook https://example.org/hook",
        ),
    )(add)
    watches.command("remove", epilog=example("rasid watches remove aid"))(remove)
    app.add_typer(watches)


def list_(as_json: Json = False) -> None:
    """List watches, with what they found and sent."""
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.session import database
    from rasid.store import watches
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        rows = watches.listing(conn)
    if as_json:
        print_lines(rows)
    elif not rows:
        say("no watch is set: `rasid watches add NAME QUERY`")
    else:
        print_table(
            ("name", "matches", "sent", "unsent", "last sent", "via", "target", "query"),
            (
                (row["name"], row["matches"], row["sent"], row["unsent"], row["sent_at"], row["via"], row["target"],
                 row["query"])
                for row in rows
            ),
            numbers=("matches", "sent", "unsent"),
        )  # fmt: skip


def add(
    name: Annotated[str, typer.Argument(help="Its name; one that is there is replaced.")],
    query: Annotated[
        str, typer.Argument(help='Words, "phrases", OR, -word, lang:ar, source:ID, place:ID, entity:ID, topic:NAME.')
    ],
    webhook: Annotated[str | None, typer.Option("--webhook", help="Post alerts to this URL.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Append alerts to this file, on the workers.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Write alerts to the log; the default.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check/--no-check", help="See that the file can be written here; not if workers are elsewhere."),
    ] = True,
    as_json: Json = False,
) -> None:
    """Save a query and where its alerts go."""
    from rasid.alert.deliver import check_target
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import watches
    from rasid.store.engine import transaction
    from rasid.text.queries import Query

    if not name.strip() or len(name) > 200 or any(letter in name for letter in "\x00\n\r"):
        raise UsageError("a watch needs a name of one line and at most 200 letters")
    via, target = _target(webhook, file, log)
    Query.parse(query)
    check_target(via, target)
    if via == "file" and target is not None and check:
        _check_file(Path(target))
    with database() as context:
        if via == "webhook" and target is not None and (reason := context.guard.refusal(target)) is not None:
            raise UsageError(f"{target} may not be contacted: {reason}; RASID_FETCH_ALLOW names exceptions")
        with transaction(context.engine) as conn:
            known = any(watch.name == name for watch in watches.all_watches(conn))
            watch_id = watches.put(conn, name=name, query=query, via=via, target=target)
    if as_json:
        print_one({"id": watch_id, "name": name, "query": query, "via": via, "target": target, "replaced": known})
    else:
        say(f"{name} {'is replaced' if known else 'is set'}: alerts go to the {via}{f' {target}' if target else ''}")


def _target(webhook: str | None, file: Path | None, log: bool) -> tuple[str, str | None]:
    if sum((webhook is not None, file is not None, log)) > 1:
        raise UsageError("choose one of --webhook, --file and --log")
    if webhook is not None:
        return "webhook", webhook
    # Workers run elsewhere than this command: the path must not hang on the folder.
    return ("file", str(file.expanduser().resolve())) if file is not None else ("log", None)


def _check_file(path: Path) -> None:
    """Refuse a file that nobody could append to here: alerts would be found missing only when they are wanted."""
    if not path.parent.is_dir():
        why = f"there is no folder {path.parent}"
    elif path.is_dir():
        why = "it is a folder"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        why = f"{path if path.exists() else path.parent} is not writable"
    else:
        return
    raise UsageError(f"alerts cannot be written to {path}: {why}; --no-check if the workers run on another machine")


def remove(name: Annotated[str, typer.Argument(help="Name of the watch.")], as_json: Json = False) -> None:
    """Take a watch away, with its matches and alerts."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import watches
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        gone = watches.remove(conn, name)
    if not gone:
        raise RasidError(f"there is no watch {name!r}; `rasid watches list` names all")
    if as_json:
        print_one({"name": name, "removed": True})
    else:
        say(f"{name} is removed")

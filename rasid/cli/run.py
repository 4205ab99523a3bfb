"""Commands that run rasid: ``up worker beat flower demo``, ``db upgrade`` and ``health``.

Processes are started by name (``python -m workers.local``): they live in the checkout and the image, not in the wheel.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError

#: A worker answers its tick every few seconds; one that has been silent for so long counts as away.
_SILENT_SECONDS = 90.0

Concurrency = Annotated[int | None, typer.Option("--concurrency", "-c", min=1, max=1000, help="Processes or threads.")]
FlowerPort = Annotated[int | None, typer.Option("--flower-port", min=1, max=65_535, help="Start Flower too, there.")]


def register(app: typer.Typer) -> None:
    app.command("up", epilog=example("rasid up", "rasid up -c 4 --flower-port 5555"))(up)
    app.command("demo", epilog=example("rasid demo", "rasid demo --once --json"))(demo)
    app.command("worker", epilog=example("rasid worker --stages fetch,discover -c 16"))(worker)
    app.command("beat", epilog=example("rasid beat"))(beat)
    app.command("flower", epilog=example("rasid flower --port 5555"))(flower)
    app.command("health", epilog=example("rasid health --json", "rasid health --role fetch"))(health)
    database = group("db", "Look after the database's schema.", "rasid db upgrade")
    database.command("upgrade", epilog=example("rasid db upgrade"))(upgrade)
    app.add_typer(database)


def up(
    concurrency: Concurrency = None,
    flower_port: FlowerPort = None,
    seeds: Annotated[Path, typer.Option("--seeds", help="Folder of outlets to point to, if none is watched.")] = Path(
        "seeds"
    ),
) -> None:
    """Run everything on this machine until Ctrl-C.

    Starts the workers, beat, and the servers that no setting names. Outlets are added with `rasid sources`.
    """
    from rasid.cli.processes import require_checkout

    require_checkout("up")
    _hint_at_seeds(seeds)
    arguments = ["-m", "workers.local"]
    arguments += ["-c", str(concurrency)] if concurrency is not None else []
    arguments += ["--flower-port", str(flower_port)] if flower_port is not None else []
    _become(arguments)


def worker(
    stages: Annotated[str | None, typer.Option("--stages", help="Queues to read, with commas; all by default.")] = None,
    concurrency: Concurrency = None,
    name: Annotated[str | None, typer.Option("--name", "-n", help="Name of the node before the @.")] = None,
) -> None:
    """Run one worker in the foreground."""
    arguments = ["--stages", stages] if stages is not None else []
    arguments += ["-c", str(concurrency)] if concurrency is not None else []
    arguments += ["-n", name] if name is not None else []
    _role("worker", arguments)


def beat() -> None:
    """Run the clockwork in the foreground.

    One is enough, two do no harm.
    """
    _role("beat", [])


def flower(
    port: Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="Address to listen on; loopback if none.")] = None,
) -> None:
    """Run Flower, the view of the queues, in the foreground."""
    arguments = ["--port", str(port)] if port is not None else []
    arguments += ["--address", address] if address is not None else []
    _role("flower", arguments)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when all is done, and print what was found.")] = False,
    as_json: Json = False,
    seed: Annotated[int, typer.Option("--seed", help="Of the made newsroom: the same seed, the same news.")] = 1,
    articles: Annotated[int, typer.Option("--articles", min=60, max=600, help="How many are published.")] = 340,
    pages: Annotated[Path | None, typer.Option("--pages", help="A tar of saved HTML pages to watch instead.")] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help="With --pages: JSON, name to original URL.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh/--keep", help="Begin with an empty database, or go on.")] = False,
) -> None:
    """See the whole stack at work on a built-in sample newsroom.

    Starts PostgreSQL, Valkey, the workers and beat, runs every stage, and holds what was stored against what the
    newsroom knows of itself. On a terminal it stays up until Ctrl-C. A second run finds everything known.
    """
    from rasid.cli.demo import run

    raise typer.Exit(
        run(once=once, as_json=as_json, seed=seed, articles=articles, pages=pages, map_file=map_file, fresh=fresh)
    )


def upgrade(as_json: Json = False) -> None:
    """Make the database's tables, or bring them up to date."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import raw_engine
    from rasid.store import schema

    with raw_engine(make=True) as engine:
        before, after = schema.upgrade(engine)
    if as_json:
        print_one({"before": before, "after": after})
    else:
        say(f"the schema is {after}" if before == after else f"the schema was {before or 'empty'}, it is {after} now")


# --- health -------------------------------------------------------------------------------------------------------


def health(
    name: Annotated[str | None, typer.Option("--worker", help="A worker by name, with or without @host.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="Some worker that reads this queue.")] = None,
    as_json: Json = False,
) -> None:
    """Ask broker and database whether they answer, and where they are.

    Exit 1 where one does not. With --worker or --role, a worker must also have taken a message in the last 90 s.
    """
    from rasid.cli.output import print_one, say
    from rasid.settings import load

    settings = load()
    found: dict[str, Any] = {"database": _ask_database(settings), "broker": _ask_broker(settings)}
    if name is not None or role is not None:
        found["worker"] = _ask_workers(settings, name, role)
    ok = all(part["ok"] for part in found.values())
    if as_json:
        print_one({"ok": ok, **found})
    else:
        for part, answer in found.items():
            where = f" ({answer['url']})" if "url" in answer else ""
            say(f"{part}: ok{where}" if answer["ok"] else f"{part}: {answer['error']}")
    raise typer.Exit(0 if ok else 1)


def _ask_database(settings: Any) -> dict[str, Any]:
    from rasid.embedded.urls import database_url
    from rasid.settings import without_password
    from rasid.store import schema
    from rasid.store.engine import make_engine

    try:
        engine = make_engine(database_url(settings), pool_size=1)
        try:
            schema.require(engine)
        finally:
            engine.dispose()
    except RasidError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "url": without_password(database_url(settings))}


def _ask_broker(settings: Any) -> dict[str, Any]:
    from rasid.cli.probe import ping
    from rasid.embedded.urls import broker_url
    from rasid.settings import without_password

    try:
        ping(settings)
    except RasidError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "url": without_password(broker_url(settings))}


def _ask_workers(settings: Any, name: str | None, role: str | None) -> dict[str, Any]:
    from rasid.embedded.urls import database_url
    from rasid.store import workers
    from rasid.store.engine import make_engine, transaction

    try:
        engine = make_engine(database_url(settings), pool_size=1)
        with transaction(engine) as conn:
            known = workers.listing(conn)
        engine.dispose()
    except RasidError as error:
        return {"ok": False, "error": str(error)}
    wanted = [
        row
        for row in known
        if (name is None or name in (row["name"], row["name"].partition("@")[0]))
        and (role is None or role in row["queues"])
    ]
    awake = [row["name"] for row in wanted if row["silent_seconds"] < _SILENT_SECONDS]
    if awake:
        return {"ok": True, "workers": awake}
    what = " and ".join([*([f"named {name}"] if name else []), *([f"that reads {role}"] if role else [])])
    return {"ok": False, "error": f"no worker {what} has taken a message in the last {_SILENT_SECONDS:.0f} s"}


# --- processes ----------------------------------------------------------------------------------------------------


def _hint_at_seeds(seeds: Path) -> None:
    """Say how outlets are loaded where none is watched yet."""
    from rasid.cli.output import say
    from rasid.cli.session import database, has_home
    from rasid.settings import load

    if not seeds.is_dir():
        return
    try:
        if has_home(load()):
            from rasid.store.engine import transaction
            from rasid.store.read import outlets_count

            with database() as context, transaction(context.engine) as conn:
                if outlets_count(conn):
                    return
    except UsageError:
        raise
    except RasidError:
        return  # `up` itself says what is wrong, or mends it
    say(f"no outlet is watched yet: run `rasid sources load {seeds}` beside this, or `rasid sources add URL`")


def _role(role: str, arguments: Sequence[str]) -> NoReturn:
    from rasid.cli.processes import require_checkout

    require_checkout(role)
    _become(["-m", "workers.run", role, *arguments])


def _become(arguments: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *arguments])

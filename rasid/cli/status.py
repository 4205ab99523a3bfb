"""``rasid status``: how all stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import BrokerDown, RasidError

if TYPE_CHECKING:
    from rasid.context import Context


def register(app: typer.Typer) -> None:
    app.command("status", epilog=example("rasid status", "rasid status --watch 2", "rasid status --json"))(status)


def status(
    watch: Annotated[float | None, typer.Option("--watch", "-w", min=0.2, help="Again every so many seconds.")] = None,
    hours: Annotated[int, typer.Option("--hours", min=1, max=87_600, help="Outcomes of so many hours.")] = 24,
    as_json: Json = False,
) -> None:
    """Show how all stands: links, outlets, stages, queues, workers, hosts.

    Exit 1 where the broker does not answer: nothing moves then. What the database knows is shown all the same.
    """
    from rasid.cli.output import print_one
    from rasid.cli.session import database

    with database() as context:
        while True:
            found = _gather(context, hours)
            if as_json:
                print_one(found)
            else:
                if watch is not None:
                    typer.echo("\x1b[H\x1b[2J", nl=False)  # to the top, and clear
                _print(found)
            if watch is None:
                break
            time.sleep(watch)
    if found["broker"] != "ok":
        raise BrokerDown(found["broker"])


def _gather(context: Context, hours: int) -> dict[str, Any]:
    from rasid.dedupe.fingerprint import VERSION
    from rasid.store import groups, health, read, workers
    from rasid.store.engine import transaction

    with transaction(context.engine) as conn:
        found = read.status(conn, hours=hours)
        found["workers"] = workers.listing(conn)
        found["outlets"] = health.states(conn)
        found["worst"] = health.worst(conn)
        found["copies"] = groups.counts(conn, version=VERSION)
    found["queues"], found["broker"] = _queues(context)
    return found


def _queues(context: Context) -> tuple[dict[str, int] | None, str]:
    """Messages by queue, and ``ok``; None and what is wrong where the broker does not answer."""
    from rasid.cli.probe import queue_depths

    try:
        return queue_depths(context.settings), "ok"
    except RasidError as error:
        if context.settings.broker_url is None:
            return None, "the embedded broker does not run, so nothing moves: `rasid up` starts all"
        return None, str(error)


def _print(found: dict[str, Any]) -> None:
    from rasid.cli.output import print_fields, print_table

    links = {name: n for name, n in found["links"].items() if n}
    sums = "" if found["adds_up"] else ", which does NOT add up to the states"
    print_fields(
        [
            ("links", f"{found['total']}{sums}"),
            ("", links),
            ("kept", found["kept"]),
            ("old fingerprints", found["copies"]["outdated"] or None),
            ("outlets", {state.replace("_", " "): n for state, n in found["outlets"].items()}),
            ("channels", _without_zeros(found["channels"])),
            ("push", found["push"]),
            ("hosts", _without_zeros(found["hosts"])),
            ("alerts", found["deliveries"]),
            ("parked", found["parked"]),
        ]
    )
    typer.echo("")
    _print_stages(found)
    if found["blocked"]:
        typer.echo("")
        print_table(
            ("blocked until", "why", "failures", "host"),
            ((row["blocked_until"], row["blocked_code"], row["failures"], row["host"]) for row in found["blocked"]),
            numbers=("failures",),
        )
    _print_worst(found["worst"])
    typer.echo("")
    _print_workers(found)


def _print_worst(worst: list[dict[str, Any]]) -> None:
    """Outlets that want an operator's eye."""
    from rasid.cli.output import print_table

    if worst:
        typer.echo("")
        print_table(
            ("outlet", "state", "since", "why"),
            ((row["id"], row["state"].replace("_", " "), row["since"], row["reason"]) for row in worst),
        )
        typer.echo("(`rasid sources health` lists all, `rasid sources health ID` says on what grounds)")


def _without_zeros(numbers: dict[str, Any]) -> dict[str, Any]:
    from rasid.cli.output import age

    shown = {name.replace("_", " "): n for name, n in numbers.items() if n and not name.endswith("_seconds")}
    shown |= {name.removesuffix("_seconds"): age(n) for name, n in numbers.items() if n and name.endswith("_seconds")}
    return shown


def _print_stages(found: dict[str, Any]) -> None:
    from rasid.cli.output import age, print_table

    outcomes = ("done", "skipped", "retry", "parked", "gone")
    queues = found["queues"] or {}
    print_table(
        ("stage", "waiting", "under way", "oldest", "messages", *outcomes),
        (
            (stage, wait.get("links"), wait.get("under_way"), age(wait["oldest_seconds"]) if wait.get("due") else "",
             queues.get(stage), *(found["stages"].get(stage, {}).get(outcome) for outcome in outcomes))
            for stage, wait in (("discover", {}), *found["waiting"].items())
        ),
        numbers=("waiting", "under way", "messages", *outcomes),
    )  # fmt: skip
    typer.echo(f"(outcomes of the last {found['hours']} h)")


def _print_workers(found: dict[str, Any]) -> None:
    from rasid.cli.output import age, print_table

    if found["broker"] != "ok":
        typer.echo("broker: away")
    if found["workers"]:
        print_table(
            ("worker", "last sign", "since", "queues"),
            ((row["name"], age(row["silent_seconds"]), row["started_at"], row["queues"]) for row in found["workers"]),
        )
    else:
        typer.echo("no worker runs: `rasid up` starts all")

"""``rasid failures``: work that was parked, with its evidence, and the ways out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rasid.cli.options import Json, Limit, number
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError

_DELIVERY = "delivery:"
Code = Annotated[str | None, typer.Option("--code", help="Only those parked with this word, as http_503.")]
StageName = Annotated[str | None, typer.Option("--stage", help="Only those that this stage gave up, as parse.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of links; delivery:ID for an alert.")]


def register(app: typer.Typer) -> None:
    failures = group(
        "failures",
        "Look after parked work: list, retry, drop.",
        "rasid failures list --stage parse",
        "rasid failures retry --all --code http_503",
    )
    failures.command("list", epilog=example("rasid failures list", "rasid failures list --code too_large --json"))(
        list_
    )
    failures.command("retry", epilog=example("rasid failures retry 12 delivery:3", "rasid failures retry --all"))(retry)
    failures.command("drop", epilog=example("rasid failures drop 12 13"))(drop)
    app.add_typer(failures)


def _check_stage(stage: str | None) -> None:
    from rasid.pipeline import BY_STAGE

    known = [name.value for name in BY_STAGE]
    if stage is not None and stage not in known:
        raise UsageError(f"--stage takes {', '.join(known)}, not {stage!r}")


def list_(code: Code = None, stage: StageName = None, limit: Limit = 100, as_json: Json = False) -> None:
    """List parked work, the newest first, with its evidence."""
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.session import database
    from rasid.store import failures
    from rasid.store.engine import transaction

    _check_stage(stage)
    with database() as context, transaction(context.engine) as conn:
        links = failures.listing(conn, code=code, stage=stage, limit=limit)
        alerts = failures.deliveries(conn, code=code, limit=limit) if stage in (None, "alert") else []
    rows = [
        *({"what": "link", **row} for row in links),
        *({"what": "delivery", **row, "id": f"{_DELIVERY}{row['id']}"} for row in alerts),
    ]
    if as_json:
        print_lines(rows)
    elif not rows:
        say("nothing is parked")
    else:
        print_table(
            ("id", "parked", "stage", "code", "tries", "message", "what"),
            (
                (row["id"], row["parked_at"], row.get("stage") or "alert", row["code"], row["attempts"],
                 row["message"], row.get("url") or f"{row['watch']} by {row['via']} {row['target'] or ''}")
                for row in rows
            ),
            numbers=("tries",),
        )  # fmt: skip


def retry(
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="All that --code and --stage leave.")] = False,
    code: Code = None,
    stage: StageName = None,
    refetch: Annotated[bool, typer.Option("--refetch", help="Begin anew: fetch the page again.")] = False,
    as_json: Json = False,
) -> None:
    """Put parked work back to where it was parked from, as if it had not been tried."""
    from rasid.cli.session import database
    from rasid.store import failures
    from rasid.store.engine import transaction

    _check_stage(stage)
    if bool(ids) == everything:
        raise UsageError("name ids, or --all (with --code or --stage to narrow it)")
    if ids and (code or stage):
        raise UsageError("--code and --stage narrow --all; ids stand alone")
    links, alerts = _split(ids)
    with database() as context, transaction(context.engine) as conn:
        done = failures.retry(conn, links, code=code, stage=stage, refetch=refetch) if links or everything else []
        wants_alerts = bool(alerts) or (everything and stage in (None, "alert"))
        sent = failures.retry_deliveries(conn, alerts, code=code) if wants_alerts else []
    _tell(done, sent, ids, as_json, word="put back", alert_state="waiting")


def drop(ids: Ids = None, as_json: Json = False) -> None:
    """Give parked work up for good: links are skipped, alerts are not sent."""
    from rasid.cli.session import database
    from rasid.store import failures
    from rasid.store.engine import transaction

    links, alerts = _split(ids)
    if not links and not alerts:
        raise UsageError("name the ids to drop; `rasid failures list` shows them")
    with database() as context, transaction(context.engine) as conn:
        done = failures.drop(conn, links or [])
        gone = failures.drop_deliveries(conn, alerts or [])
    _tell(done, gone, ids, as_json, word="dropped", alert_state="dropped")


def _split(ids: list[str] | None) -> tuple[list[int] | None, list[int] | None]:
    """Ids of links and of deliveries; None, None where no ids are named."""
    if not ids:
        return None, None
    alerts = [number(one.removeprefix(_DELIVERY), what="an id") for one in ids if one.startswith(_DELIVERY)]
    return [number(one, what="an id") for one in ids if not one.startswith(_DELIVERY)], alerts


def _tell(
    links: list[dict[str, Any]], alerts: list[int], ids: list[str] | None, as_json: bool, *, word: str, alert_state: str
) -> None:
    """What was done; exit 1 where an id that was named is not parked."""
    from rasid.cli.output import print_lines, say

    rows = [*links, *({"id": f"{_DELIVERY}{one}", "state": alert_state} for one in alerts)]
    if as_json:
        print_lines(rows)
    else:
        say(f"{len(links)} links and {len(alerts)} alerts {word}")
    missing = sorted(set(ids or ()) - {str(row["id"]) for row in rows})
    if missing:
        raise RasidError(f"not parked: {', '.join(missing)}")

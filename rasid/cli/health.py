"""``rasid sources health``: whether outlets bring what they should."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import UsageError

#: Channels that are shown of an outlet.
_CHANNELS = 40
EPILOG = example("rasid sources health", "rasid sources health sana", "rasid sources health sana --json")


def health(
    outlet: Annotated[str | None, typer.Argument(help="One outlet: what its state rests on.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also list outlets that do as expected.")] = False,
    as_json: Json = False,
) -> None:
    """Tell which outlets are quiet, blocked or decayed, and on what grounds.

    For one outlet: expected and seen, fields filled in now and before, what was blocked, delays, its channels and the
    last changes of its state.
    """
    from rasid.cli.output import print_lines, print_one, say
    from rasid.cli.session import database
    from rasid.rounds import examine
    from rasid.store import health as store
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        if outlet is not None:
            found = examine(conn, outlet)
            if found is None:
                raise UsageError(f"there is no outlet {outlet!r}; `rasid sources list` names all")
            print_one(found) if as_json else _print_one(found)
            return
        rows = store.listing(conn)
    shown = [row for row in rows if every or row["state"] in store.BAD_NAMES]
    if as_json:
        print_lines(rows if every else shown)
        return
    _print_list(shown)
    say(summary(_counts(rows)))


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    return counts


def summary(states: dict[str, int]) -> str:
    """How many outlets are in which state, in one line.

    >>> summary({"as_expected": 41, "silent_zero": 2})
    '43 outlets: 41 as expected, 2 silent zero'
    """
    total = sum(states.values())
    parts = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in sorted(states.items(), key=lambda one: -one[1]))
    return f"{total} outlets" + (f": {parts}" if parts else "")


def _print_list(rows: list[dict[str, Any]]) -> None:
    from rasid.cli.output import print_table

    if rows:
        print_table(
            ("outlet", "state", "since", "links 24 h", "expected", "why"),
            (
                (row["id"], row["state"].replace("_", " "), row["since"], row["seen_day"], row["expected_day"],
                 row["reason"])
                for row in rows
            ),
            numbers=("links 24 h", "expected"),
        )  # fmt: skip


def _print_one(found: dict[str, Any]) -> None:
    from rasid.cli.output import print_fields

    last = found["last_article"] or {}
    now = found["now"]
    changing = now is not None and now["state"] != found["state"]
    print_fields(
        [
            ("outlet", f"{found['id']} ({found['name']})"),
            ("state", f"{found['state'].replace('_', ' ')}"),
            ("since", found["since"]),
            ("why", found["reason"]),
            (
                "now",
                f"{now['state'].replace('_', ' ')}: {now['reason']} (not for long enough yet)" if changing else None,
            ),
            ("look at", found["evidence"]),
            ("judged", found["judged_at"]),
            ("counted until", found["counted_until"]),
            ("last article", f"{last['id']}  {last['title'][:80]}" if last else "none"),
            ("seen", last.get("first_seen_at")),
        ]
    )
    _print_numbers(found)
    _print_channels(found["channels"])
    _print_changes(found["changes"])


def _print_numbers(found: dict[str, Any]) -> None:
    from rasid.cli.output import age, print_table

    if found["outlook"]:
        typer.echo("")
        print_table(
            ("last", "links expected", "seen", "chance"),
            ((row["span"], row["expected"], row["seen"], f"{row['chance']:.2g}") for row in found["outlook"]),
            numbers=("links expected", "seen", "chance"),
        )
    typer.echo("")
    names = ("visits", "ok", "found", "tried", "articles", "walled", "paid")
    print_table(
        ("last", *names),
        ((span, *(row[name] for name in names)) for span, row in found["brought"].items()),
        numbers=names,
    )
    typer.echo("")
    print_table(
        ("filled in", "now", "before", "of", "of before", "chance", "worse"),
        (
            (one["name"], _filled(one, one["now"]), _filled(one, one["before"]), one["of"], one["of_before"],
             f"{one['chance']:.2g}", "worse" if one["worse"] else "")
            for one in found["fill"]
        ),
        numbers=("now", "before", "of", "of before", "chance"),
    )  # fmt: skip
    if found["delays"]:
        typer.echo("")
        print_table(
            ("step", "half within", "90 % within", "of"),
            ((step, age(row["p50"]), age(row["p90"]), row["of"]) for step, row in found["delays"].items()),
            numbers=("half within", "90 % within", "of"),
        )


def _filled(one: dict[str, Any], value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f} chars" if one["name"] == "text" else f"{value:.0%}"


def _print_channels(channels: list[dict[str, Any]]) -> None:
    from rasid.cli.output import print_table

    # An index of sitemaps has hundreds of children: those that are as they should be can be left out.
    shown = sorted(channels, key=lambda one: (not one["empty"], -one["failures"]))[:_CHANNELS]
    if shown:
        typer.echo("")
        print_table(
            ("channel", "kind", "last success", "last new", "entries", "at most", "failures", "code", "url"),
            (
                (one["id"], one["kind"], one["ok_at"], one["new_at"], one["entries"], one["entries_most"],
                 one["failures"], "empty" if one["empty"] else one["code"], one["url"])
                for one in sorted(shown, key=lambda one: one["id"])
            ),
            numbers=("entries", "at most", "failures"),
        )  # fmt: skip
        if len(channels) > len(shown):
            typer.echo(f"({len(channels) - len(shown)} more)")


def _print_changes(changes: list[dict[str, Any]]) -> None:
    from rasid.cli.output import print_table

    if changes:
        typer.echo("")
        print_table(
            ("changed", "from", "to", "why"),
            (
                (one["at"] if isinstance(one["at"], datetime) else None, one["before"].replace("_", " "),
                 one["state"].replace("_", " "), one["reason"])
                for one in changes
            ),
        )  # fmt: skip

"""``rasid sources check``: look at the sites of known outlets again, and say what has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from rasid.cli.explore import Site, Tell
    from rasid.context import Context
    from rasid.discover.changes import Change

EPILOG = example(
    "rasid sources check sana enab-baladi",
    "rasid sources check --all --json",
    "rasid sources check --all --apply",
)
#: Outlets that are looked at side by side; each host is asked one request at a time all the same.
_AT_ONCE = 4
_TRIAL = 2


@dataclass(frozen=True, slots=True)
class _Checked:
    """What came of one outlet; `error` where its site could not be looked at at all."""

    id: str
    changes: list[Change]
    site: Site | None
    error: str | None = None


def check(
    outlet: Annotated[list[str] | None, typer.Argument(help="Ids of outlets.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All outlets.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Do what can be done by itself.")] = False,
    requests: Annotated[
        int | None, typer.Option("--requests", min=3, max=500, help="Most requests a site; a setting if not given.")
    ] = None,
    trial: Annotated[int, typer.Option("--trial", min=0, max=50, help="Articles to read for a trial.")] = _TRIAL,
    as_json: Json = False,
) -> None:
    """Look at the sites of known outlets again: new feeds, vanished and moved ones, what went stale, what is wrong.

    Nothing is changed without --apply, which adds and removes channels, follows moves and sets facts that are missing.
    An outlet never loses its last channel by itself.
    """
    from rasid.cli.session import database
    from rasid.cli.site_view import progress

    if not outlet and not every:
        raise UsageError("name outlets, or --all")
    with database() as context:
        rows = _rows(context, outlet or [])
        ceiling = requests or context.settings.onboard_requests
        with progress(ceiling) as tell:
            checked = _side_by_side(rows, lambda row, heard: _checked(context, row, ceiling, trial, heard), tell)
        done_by_itself = {one.id: _apply(context, one) if apply else 0 for one in checked}
    _tell(checked, done_by_itself, as_json, apply)


def _side_by_side(
    rows: Sequence[dict[str, Any]], work: Callable[[dict[str, Any], Tell], _Checked], tell: Tell
) -> list[_Checked]:
    """What `work` gives for each row, a few at once; an interrupt ends it before the next request of each."""
    stopped = threading.Event()

    def heard(what: str, requests: int) -> None:
        if stopped.is_set():
            raise RasidError("stopped")
        tell(what, requests)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(lambda row: work(row, heard), rows))
        except KeyboardInterrupt:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _rows(context: Context, wanted: Sequence[str]) -> list[dict[str, Any]]:
    from rasid.store.engine import transaction
    from rasid.store.read import sources

    with transaction(context.engine) as conn:
        rows = sources(conn)
    known = {row["id"]: row for row in rows}
    for id in wanted:
        if id not in known:
            raise UsageError(f"there is no outlet {id!r}; `rasid sources list` names all")
    return [known[id] for id in dict.fromkeys(wanted)] if wanted else rows


def _checked(context: Context, row: dict[str, Any], ceiling: int, trial: int, tell: Tell) -> _Checked:
    from rasid.cli.explore import recheck
    from rasid.discover import changes

    watched = [changes.Watched(one["kind"], one["url"]) for one in row["channels"]]
    home = row["home"] or (watched[0].url if watched else None)
    if home is None:
        return _Checked(row["id"], [], None, "neither a front page nor a channel is known")
    try:
        site, answered = recheck(
            context, home, [one.url for one in watched], ceiling=ceiling, trial=trial, language=row["language"],
            country=row["country"], tell=tell,
        )  # fmt: skip
    except RasidError as error:
        return _Checked(row["id"], [], None, str(error))
    found = changes.compare(watched, answered, site.channels)
    found += changes.facts(row, {"language": site.language, "country": site.country})
    return _Checked(row["id"], found, site)


def _apply(context: Context, checked: _Checked) -> int:
    """Do what can be done by itself; gives how many changes that were."""
    from rasid.store import outlets
    from rasid.store.engine import transaction

    done = 0
    with transaction(context.engine) as conn:
        for change in checked.changes:
            if change.do == "add" and change.url is not None and change.kind is not None:
                done += len(outlets.add_channels(conn, checked.id, [outlets.NewChannel(change.kind, change.url)]))
            elif change.do == "remove" and change.url is not None:
                done += outlets.drop_channel(conn, checked.id, change.url)
            elif change.do == "move" and change.url is not None and change.to is not None:
                done += outlets.move_channel(conn, checked.id, change.url, change.to)
            elif change.do == "set" and change.to is not None:
                done += outlets.set_fact(conn, checked.id, change.what, change.to)
    return done


def _tell(checked: Sequence[_Checked], applied: dict[str, int], as_json: bool, apply: bool) -> None:
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.site_view import as_told

    if as_json:
        print_lines(
            {
                "outlet": one.id, "changes": [asdict(change) for change in one.changes], "error": one.error,
                "applied": applied[one.id], **(as_told(one.site) if one.site else {}),
            }
            for one in checked
        )  # fmt: skip
        return
    print_table(("outlet", "health", "change", "do", "channel", "why"), (row for one in checked for row in _lines(one)))
    by_itself = sum(change.do in ("add", "remove", "move", "set") for one in checked for change in one.changes)
    if apply:
        say(f"{sum(applied.values())} changes are made")
    elif by_itself:
        say(f"--apply makes {by_itself} of these changes")


def _lines(one: _Checked) -> Iterator[tuple[object, ...]]:
    health = one.site.health.score if one.site is not None and one.site.health is not None else None
    if one.error is not None:
        yield one.id, health, "not looked at", "wait", "", one.error
    elif not one.changes:
        yield one.id, health, "none", "", "", ""
    for change in one.changes:
        do = f"set {change.to}" if change.do == "set" else change.do
        yield one.id, health, change.what.replace("_", " "), do, change.url, change.why

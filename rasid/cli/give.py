"""The command ``rasid submit``: URLs for the ledger."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from rasid.context import Context

_BATCH = 500
_SHOWN_REFUSALS = 20
#: Largest file that is read whole.
_MAX_FILE = 100_000_000
_GZIP, _WARC = b"\x1f\x8b", b"WARC/"


def register(app: typer.Typer) -> None:
    app.command(
        "submit",
        epilog=example(
            "rasid submit https://example.org/news/1",
            "rasid submit urls.txt --wait 60",
            "cat urls.txt | rasid submit -",
        ),
    )(submit)


def submit(
    targets: Annotated[list[str], typer.Argument(help="URLs, a file with one URL a line, or - for stdin.")],
    source: Annotated[str | None, typer.Option("--source", "-s", help="Outlet of the URLs; by host if none.")] = None,
    wait: Annotated[float | None, typer.Option("--wait", min=0, help="Follow them for so many seconds.")] = None,
    as_json: Json = False,
) -> None:
    """Put URLs into the ledger, and say what became of each.

    A URL is new, known, looked at again (its outlet says it changed), or refused with the reason. Exit 1 where all
    are refused, or where --wait ends before all have.
    """
    from rasid.cli.output import print_lines, say
    from rasid.cli.session import database

    wanted = [url for target in targets for url in _read_target(target)]
    if not wanted:
        raise UsageError("there is no URL in what was given")
    with database() as context:
        results = list(_submitted(context, wanted, source))
        late = 0 if wait is None else _follow(context, results, wait)
    if as_json:
        print_lines(results)
    else:
        _show(results, followed=wait is not None)
    if late:
        say(f"{late} of {len(results)} have not ended after {wait:g} s; `rasid trace URL` tells how far they are")
    raise typer.Exit(1 if late or all(result["result"] == "refused" for result in results) else 0)


def _read_target(target: str) -> list[str]:
    from rasid.discover.lists import read_list

    if target == "-":
        return listed(read_list(sys.stdin.buffer.read(_MAX_FILE)), "stdin")
    if "://" in target:
        return [target]
    path = Path(target)
    if path.is_file():
        data = _read_file(path)
        _refuse_other_kinds(data, path)
        return listed(read_list(data), target)
    raise UsageError(f"{target!r} is neither a URL (https://…) nor a file")


def listed(found: Any, where: str) -> list[str]:
    """URLs of a list; lines that hold none are told."""
    from rasid.cli.output import say, shorten

    for line in found.unread[:_SHOWN_REFUSALS]:
        say(f"{where}, line {line.number}: {line.reason}: {shorten(line.text, 80)}")
    if len(found.unread) > _SHOWN_REFUSALS:
        say(f"{where}: {len(found.unread) - _SHOWN_REFUSALS} more lines hold no URL that can be fetched")
    return list(found.urls)


def _submitted(context: Context, wanted: Sequence[str], source: str | None) -> Iterator[dict[str, Any]]:
    """What became of each URL, in order; one that comes twice is answered twice."""
    from rasid.store import links, read
    from rasid.store.engine import transaction

    with transaction(context.engine) as conn:
        if source is not None and links.known_outlet(conn, source) is None:
            raise UsageError(f"there is no outlet {source!r}; `rasid sources list` names all")
    for part in _batches(wanted, _BATCH):
        with transaction(context.engine) as conn:
            before = read.find_links(conn, part)
            added = links.add(conn, [links.NewLink(url) for url in part], allowed=context.permits, outlet_id=source)
            after = read.find_links(conn, part)
        refused = {link.url: why for link, why in added.refused}
        for url in part:
            if url in refused:
                yield {"url": url, "result": "refused", "reason": refused[url], "link": None}
            else:
                yield {"url": url, "result": _word(before.get(url), after[url]), "reason": None, "link": after[url][0]}


def _word(before: tuple[int, str] | None, after: tuple[int, str]) -> str:
    if before is None:
        return "new"
    return "known" if before == after else "again"


def _batches(values: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def _follow(context: Context, results: list[dict[str, Any]], seconds: float) -> int:
    """Wait for the ends of links, and write how they stand into the results. Returns how many have not ended."""
    from rasid.model import ENDS
    from rasid.store import read
    from rasid.store.engine import transaction

    ends = {state.value for state in ENDS}
    ids = sorted({result["link"] for result in results if result["link"] is not None})
    deadline = time.monotonic() + seconds
    while True:
        with transaction(context.engine) as conn:
            standing = {row["id"]: row for row in read.standing(conn, ids)}
        late = sum(row["state"] not in ends for row in standing.values())
        if not late or time.monotonic() >= deadline:
            break
        time.sleep(min(0.5, max(deadline - time.monotonic(), 0.01)))
    for result in results:
        row = standing.get(result["link"], {})
        result.update({name: row.get(name) for name in ("state", "code", "message", "article", "group", "story")})
    return late


def _show(results: Sequence[dict[str, Any]], *, followed: bool) -> None:
    from collections import Counter

    from rasid.cli.output import print_table, say

    columns: tuple[str, ...]
    if followed:
        columns = ("link", "result", "state", "code", "article", "story", "url")
        print_table(columns, ([result.get(name) for name in columns] for result in results))
    elif len(results) <= _SHOWN_REFUSALS:
        columns = ("link", "result", "reason", "url")
        print_table(columns, ([result[name] for name in columns] for result in results))
    counts = Counter(result["result"] for result in results)
    say(", ".join(f"{counts[name]} {name}" for name in ("new", "again", "known", "refused") if counts[name]))
    reasons = Counter(result["reason"] for result in results if result["reason"])
    if reasons and len(results) > _SHOWN_REFUSALS:
        say("refused: " + ", ".join(f"{reason} {n}" for reason, n in reasons.most_common()))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > _MAX_FILE:
        raise RasidError(f"{path} has more than {_MAX_FILE} bytes: split it")
    return data


def _refuse_other_kinds(data: bytes, path: Path) -> None:
    """Say plainly what is no list of URLs."""
    head = data[:2_000].lower()
    if data.startswith((_GZIP, _WARC)) or b"<urlset" in head or b"<sitemapindex" in head or b"<opml" in head:
        raise UsageError(f"{path} is no list of URLs: `rasid import {path}` takes in archives, sitemaps and OPML")

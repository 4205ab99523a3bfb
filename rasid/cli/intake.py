"""The command ``rasid import``: OPML, lists of URLs, sitemaps, web archives."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import ItemError, RasidError, UsageError

if TYPE_CHECKING:
    from rasid.cli.backfill import Choice, Progress, Run
    from rasid.context import Context
    from rasid.model import ChannelReading
    from rasid.store.imports import Import

KINDS = ("opml", "urls", "sitemap", "warc")
#: Largest OPML file, list or sitemap that is read whole, unpacked.
_MAX_FILE = 100_000_000
_SITEMAP_BYTES = 52_428_800
_GZIP, _WARC = b"\x1f\x8b", b"WARC/"


def register(app: typer.Typer) -> None:
    app.command(
        "import",
        epilog=example(
            "rasid import feeds.opml",
            "rasid import urls.txt.gz",
            "rasid import https://outlet.example/sitemap.xml --since 2023-03 --until 2023-04",
            "rasid import CC-NEWS-20240301000000-00001.warc.gz --watched",
            "rasid import --list",
        ),
    )(import_)


def import_(
    what: Annotated[
        str | None, typer.Argument(help="A file (also .gz): OPML, URLs, sitemap, WARC; or the URL of a sitemap.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--as", help="opml, urls, sitemap or warc; told from it if none.")] = None,
    source: Annotated[str | None, typer.Option("--source", "-s", help="Outlet of all pages; by host if none.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="First day: 2024, 2024-03 or 2024-03-31.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day, in the same forms.")] = None,
    undated: Annotated[bool, typer.Option("--undated", help="Also sitemap rows that tell no day.")] = False,
    host: Annotated[list[str] | None, typer.Option("--host", help="Only this host and those below; repeat it.")] = None,
    watched: Annotated[bool, typer.Option("--watched", help="Only hosts of outlets that are watched.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Stop after so many new pages.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Begin at its start, whatever was done before.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List imports and how far each is.")] = False,
    as_json: Json = False,
) -> None:
    """Take in OPML, a list of URLs, a sitemap or a web archive (WARC).

    OPML gives outlets and feeds to watch. All else gives old pages: they go through the same stages behind fresh news
    and alert nobody. An import that was stopped goes on where it stopped when it is given again. Days are those of
    publication for a sitemap and those of capture for an archive.
    """
    from rasid.cli.session import database
    from rasid.discover.ranges import read_days

    if list_ or what is None:
        if not list_:
            raise UsageError("give a file or the URL of a sitemap, or --list")
        _list(as_json)
        return
    if kind not in (None, *KINDS):
        raise UsageError(f"--as takes {', '.join(KINDS)}, not {kind!r}")
    with database() as context:
        choice = _choice(context, source=source, days=read_days(since, until), undated=undated,
                         hosts=host or (), watched=watched)  # fmt: skip
        told = _take(context, what, kind, choice, limit=limit, again=again)
    _tell(told, as_json)
    raise typer.Exit(1 if told["state"] == "failed" else 0)


def _choice(context: Context, *, source: str | None, days: Any, undated: bool, hosts: Any, watched: bool) -> Choice:
    from rasid.cli.backfill import Choice, watched_hosts
    from rasid.store import links
    from rasid.store.engine import transaction

    if source is not None:
        with transaction(context.engine) as conn:
            if links.known_outlet(conn, source) is None:
                raise UsageError(f"there is no outlet {source!r}; `rasid sources list` names all")
    names = tuple(sorted({name.strip().lower().strip(".") for name in hosts}))
    return Choice(source, days, undated, names, watched_hosts(context) if watched else None)


def _take(
    context: Context, what: str, kind: str | None, choice: Choice, *, limit: int | None, again: bool
) -> dict[str, Any]:
    from rasid.cli import backfill

    if "://" in what:
        if kind not in (None, "sitemap"):
            raise UsageError(f"only sitemaps are read from their address; fetch {what} first and give the file")
        return _take_address(context, what, choice, limit=limit, again=again)
    path = Path(what)
    head = _head(path)
    kind = kind or _kind_of(path, head)
    if kind == "opml":
        return _take_opml(context, _read_file(path), path)
    key = backfill.fingerprint(path, kind, choice)
    with _begun(context, key, kind, str(path), choice, limit=limit, again=again) as run:
        if isinstance(run, dict):
            return run
        if kind == "warc":
            if not head.startswith((_GZIP, _WARC)):
                raise UsageError(f"{path} is no WARC archive: it begins with {head[:20]!r}")
            ended = backfill.take_archive(run, path)
        elif kind == "sitemap":
            ended = backfill.take_sitemaps(run, _sitemap(_read_file(path), path.resolve().as_uri()),
                                           path.resolve().as_uri(), _fetcher(context))  # fmt: skip
        else:
            ended = backfill.take_urls(run, _urls(_read_file(path), path))
        return _told(run, ended)


def _take_address(context: Context, what: str, choice: Choice, *, limit: int | None, again: bool) -> dict[str, Any]:
    from rasid.cli import backfill, outlets

    href = outlets.checked_url(context, what)
    # An address tells what it holds anew each time: an import of it that ended begins again by itself.
    key = backfill.key_of("sitemap", href.encode(), choice)
    fetch = _fetcher(context)
    with _begun(context, key, "sitemap", href, choice, limit=limit, again=again, renew=True) as run:
        assert not isinstance(run, dict)
        try:
            root = fetch(href)
        except ItemError as error:
            raise RasidError(f"{href} cannot be read: {error} ({error.code})") from error
        return _told(run, backfill.take_sitemaps(run, root, href, fetch))


@contextlib.contextmanager
def _begun(
    context: Context, key: bytes, kind: str, source: str, choice: Choice, *, limit: int | None, again: bool,
    renew: bool = False,
) -> Iterator[Run | dict[str, Any]]:  # fmt: skip
    """The run of an import; what is to be told where it has been done before."""
    from rasid.cli.backfill import Run
    from rasid.cli.output import say
    from rasid.store import imports
    from rasid.store.engine import transaction

    with transaction(context.engine) as conn:
        row = imports.begin(conn, key=key, kind=kind, source=source, afresh=again)
        if row.state == "done" and renew:
            row = imports.begin(conn, key=key, kind=kind, source=source, afresh=True)
    if row.state == "done":
        say(f"taken in already on {row.changed_at:%Y-%m-%d %H:%M} UTC; --again reads it once more")
        yield _as_told(row)
        return
    if row.place:
        say(f"going on where it stopped on {row.changed_at:%Y-%m-%d %H:%M} UTC")
    with imports.alone(context.engine, row.id), _bar(kind) as progress:
        yield Run(context, row, choice, progress, room=limit)


def _told(run: Run, ended: bool) -> dict[str, Any]:
    from rasid.store import imports
    from rasid.store.engine import transaction

    if ended:
        with transaction(run.context.engine) as conn:
            imports.finish(conn, run.row.id)
    state = "done" if ended else "stopped" if run.full else "failed"
    return {"import": run.row.id, "kind": run.row.kind, "source": run.row.source, "state": state,
            **{name: count for name, count in run.counts.items() if count}}  # fmt: skip


def _as_told(row: Import) -> dict[str, Any]:
    return {"import": row.id, "kind": row.kind, "source": row.source, "state": row.state, **row.counts}


@contextlib.contextmanager
def _bar(kind: str) -> Iterator[Progress]:
    """Progress on stderr, where that is a terminal."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr)
    columns = (
        TextColumn(kind),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[n]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(kind, total=None, n="")

        def show(at: int, total: int | None, counts: dict[str, int]) -> None:
            bar.update(task, completed=at, total=total, n=f"{counts.get('new', 0)} new")

        yield show


def _tell(told: dict[str, Any], as_json: bool) -> None:
    from rasid.cli.output import print_one, say

    if as_json:
        print_one(told)
        return
    counts = {name: n for name, n in told.items() if isinstance(n, int) and name != "import"}
    say(", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items()) or "nothing in it")
    if told["state"] == "stopped":
        say("stopped at --limit; give it again to go on")
    elif told["state"] == "failed":
        say("some of it could not be read; give it again to try that once more")
    elif told.get("damaged") or told.get("truncated"):
        what = "file is cut short" if told["kind"] == "opml" else "archive is damaged"
        say(f"the {what}; all that could be read was taken")


def _list(as_json: bool) -> None:
    from rasid.cli.output import print_lines, print_table
    from rasid.cli.session import database
    from rasid.store import imports
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        rows = imports.listing(conn)
    if as_json:
        print_lines(asdict(row) for row in rows)
        return
    print_table(
        ("import", "kind", "state", "new", "known", "changed", "source"),
        (
            (row.id, row.kind, row.state, row.counts.get("new", 0), row.counts.get("known", 0), row.changed_at,
             row.source)
            for row in rows
        ),
        numbers=("import", "new", "known"),
    )  # fmt: skip


# --- what is given ------------------------------------------------------------------------------------------------


def _head(path: Path) -> bytes:
    """The first bytes of a file, unpacked."""
    from rasid.discover.decode import gunzip

    try:
        with path.open("rb") as file:
            start = file.read(65_536)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return gunzip(start, 4_096)


def _kind_of(path: Path, head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(_WARC) or path.name.endswith((".warc", ".warc.gz")):
        return "warc"
    lower = text.lower()
    if b"<urlset" in lower or b"<sitemapindex" in lower:
        return "sitemap"
    return "opml" if text[:1] == b"<" else "urls"


def _read_file(path: Path) -> bytes:
    from rasid.discover.decode import gunzip

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if data.startswith(_GZIP):
        data = gunzip(data, _MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise RasidError(f"{path} has more than {_MAX_FILE} bytes: split it")
    return data


def _urls(data: bytes, path: Path) -> list[str]:
    from rasid.cli.give import listed
    from rasid.discover.lists import read_list

    wanted = listed(read_list(data), str(path))
    if not wanted:
        raise UsageError(f"{path} is no OPML, no sitemap, no WARC, and no line of it holds a URL")
    return wanted


def _sitemap(data: bytes, address: str) -> ChannelReading:
    from rasid.discover.channel import read_channel
    from rasid.model import ChannelKind

    reading = read_channel(data, url=address if "://" in address else "", max_entries=50_000)
    if reading.kind not in (ChannelKind.SITEMAP, ChannelKind.SITEMAPINDEX):
        raise UsageError(f"{address} is no sitemap")
    return reading


def _fetcher(context: Context) -> Callable[[str], ChannelReading]:
    """Asks for sitemaps, politely; they may be as large as their protocol allows."""
    from rasid.cli import outlets
    from rasid.errors import Park

    larger = max(context.settings.fetch_max_bytes, _SITEMAP_BYTES)
    context.settings = context.settings.model_copy(update={"fetch_max_bytes": larger})

    def fetch(url: str) -> ChannelReading:
        try:
            answer = outlets.fetch(context, url)
            return _sitemap(answer.body, answer.url)
        except (UsageError, outlets.NoChannel) as error:
            raise Park("no_sitemap", str(error)) from error

    return fetch


def _take_opml(context: Context, data: bytes, file: Path) -> dict[str, Any]:
    from rasid.cli.outlets import add_feeds
    from rasid.discover.opml import is_cut, read_opml

    try:
        outlines = read_opml(data)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
    new_outlets, new_channels, refused = add_feeds(context, outlines)
    feeds = outlines
    known = len(feeds) - new_channels - refused
    return {
        "kind": "opml", "source": str(file), "state": "failed" if refused == len(feeds) else "done",
        "feeds": len(feeds), "new_outlets": new_outlets, "new_channels": new_channels, "known_channels": known,
        "refused": refused, **({"truncated": 1} if is_cut(data) else {}),
    }  # fmt: skip

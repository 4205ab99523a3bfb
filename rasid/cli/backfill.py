"""Takes in much at once (archives, sitemaps, lists of URLs) piece by piece, and goes on where it was stopped.

Each piece is one transaction: what it brought and how far that is. So an import can be stopped at any moment.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rasid import urls
from rasid.discover.ranges import Days, entry_days, may_cover
from rasid.errors import ItemError, UsageError
from rasid.model import ChannelKind, ChannelReading, Entry, Lane
from rasid.store import imports, links
from rasid.store.engine import transaction

if TYPE_CHECKING:
    from rasid.context import Context

_URLS_A_PIECE = 500
#: Pages are large: a piece of them is written before it fills the memory.
_PAGES_A_PIECE, _BYTES_A_PIECE = 100, 16_000_000
_PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
#: Sitemaps of one import, and how deep one may name another.
_MOST_SITEMAPS, _DEEPEST = 20_000, 4
_MOST_ROWS = 50_000
_ENDS_OF_FILE = 65_536

_T = TypeVar("_T")
#: Called after each piece with how far it is (of `total`, where that is known) and the counts so far.
Progress = Callable[[int, int | None, dict[str, int]], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """What of an import is wanted.

    Attributes:
        source: outlet of all its pages; None lets the host decide.
        days: days of publication (sitemaps) or of capture (archives).
        undated: whether rows of a sitemap go in that tell no day, although `days` is bounded.
        hosts: these hosts and those below them; empty takes all.
        watched: hosts of outlets that are watched; None takes all.
    """

    source: str | None = None
    days: Days = field(default_factory=Days)
    undated: bool = False
    hosts: tuple[str, ...] = ()
    watched: frozenset[str] | None = None

    def reason_against(self, url: str) -> str | None:
        """``other_host`` where the URL's host is not wanted."""
        if not self.hosts and self.watched is None:
            return None
        host = urls.host(url)
        if self.watched is not None and host.removeprefix("www.") not in self.watched:
            return "other_host"
        if self.hosts and not any(host == wanted or host.endswith("." + wanted) for wanted in self.hosts):
            return "other_host"
        return None

    def key(self) -> bytes:
        """What tells this choice from another."""
        return repr((self.source, self.days, self.undated, self.hosts, self.watched is not None)).encode()


@dataclass(slots=True)
class Run:
    """One import under way. `room` is how many rows it may still take before it stops by itself; None: all."""

    context: Context
    row: imports.Import
    choice: Choice
    progress: Progress
    room: int | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.counts.update(self.row.counts)

    @property
    def full(self) -> bool:
        return self.room is not None and self.room <= 0

    def took(self, rows: int) -> None:
        if self.room is not None:
            self.room -= rows


def fingerprint(path: Path, kind: str, choice: Choice) -> bytes:
    """What tells an import of a file from all others: size, beginning and end of the file, and what is wanted of it.

    A file that was moved or renamed is still the same.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            ends = file.read(_ENDS_OF_FILE)
            file.seek(max(size - _ENDS_OF_FILE, 0))
            ends += file.read(_ENDS_OF_FILE)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return key_of(kind, ends + str(size).encode(), choice)


def key_of(kind: str, what: bytes, choice: Choice) -> bytes:
    """The key of an import of `what`."""
    return hashlib.blake2b(b"\0".join((kind.encode(), what, choice.key())), digest_size=16).digest()


def watched_hosts(context: Context) -> frozenset[str]:
    """Hosts of the channels and front pages of all outlets, without ``www.``."""
    from rasid.store.read import sources

    with transaction(context.engine) as conn:
        rows = sources(conn)
    named = (url for row in rows for url in (row["home"], *(one["url"] for one in row["channels"])) if url)
    return frozenset(urls.host(url).removeprefix("www.") for url in named)


def _pieces(values: Iterable[_T], size: int, weigh: Callable[[_T], int], most: int) -> Iterator[list[_T]]:
    piece: list[_T] = []
    weight = 0
    for value in values:
        piece.append(value)
        weight += weigh(value)
        if len(piece) >= size or weight >= most:
            yield piece
            piece, weight = [], 0
    if piece:
        yield piece


# --- lists of URLs ------------------------------------------------------------------------------------------------


def take_urls(run: Run, wanted: Sequence[str]) -> bool:
    """Take in a list of URLs. Returns whether its end was reached."""
    at = int(run.row.place.get("at", 0))
    while at < len(wanted) and not run.full:
        part = wanted[at : at + min(_URLS_A_PIECE, run.room or _URLS_A_PIECE)]
        at += len(part)
        entries = [Entry(url) for url in part]
        _add_links(run, entries, place={"at": at})
        run.took(len(part))
        run.progress(at, len(wanted), run.counts)
    return at >= len(wanted)


def _add_links(run: Run, entries: Sequence[Entry], *, place: dict[str, Any]) -> None:
    kept = []
    for entry in entries:
        if reason := run.choice.reason_against(entry.url):
            run.counts[reason] += 1
        else:
            kept.append(links.NewLink(entry.url, _hint(entry)))
    with transaction(run.context.engine) as conn:
        added = links.add(
            conn, kept, allowed=run.context.permits, outlet_id=run.choice.source, lane=Lane.BACKFILL
        )  # fmt: skip
        run.counts["new"] += len(added.new)
        run.counts["known"] += len(kept) - len(added.new) - len(added.refused)
        run.counts.update(f"refused_{reason}" for _, reason in added.refused)
        imports.advance(conn, run.row.id, place=place, counts=_plain(run.counts))


def _hint(entry: Entry) -> dict[str, Any]:
    """What a news sitemap says of a page; the time of its last change is no time of publication."""
    hint: dict[str, Any] = {}
    if entry.title:
        hint["title"] = entry.title[:500]
    if entry.published_at:
        hint["published_at"] = entry.published_at.isoformat()
    return hint


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


# --- sitemaps -----------------------------------------------------------------------------------------------------


def take_sitemaps(run: Run, root: ChannelReading, address: str, fetch: Callable[[str], ChannelReading]) -> bool:
    """Take in a sitemap, and those that it names if it is an index. Returns whether all were read.

    A sitemap of an index that cannot be read is counted (``unreadable``) and left out; the import is then not at its
    end, so that the next run asks for it again.

    Args:
        address: where `root` came from.
        fetch: gives the reading of a sitemap's address; raises `ItemError`.
    """
    done: set[str] = set(run.row.place.get("done", ()))
    run.counts.pop("unreadable", None)
    waiting: list[tuple[str, int, ChannelReading | None]] = [(address, 0, root)]
    seen, failed = {address}, 0
    while waiting and not run.full:
        url, depth, reading = waiting.pop(0)
        try:
            reading = reading or fetch(url)
        except ItemError:
            failed += 1
            run.counts["unreadable"] += 1
            continue
        if reading.kind is ChannelKind.SITEMAPINDEX:
            children = _children(run, reading, seen, room=_MOST_SITEMAPS - len(seen)) if depth < _DEEPEST else []
            # Those that were read by an earlier run need not be asked for again.
            waiting += [(child, depth + 1, None) for child in children if child not in done]
            continue
        complete = _take_rows(run, reading.entries, done)
        if complete:
            done.add(url)
            _note_done(run, done)
        run.progress(len(done), len(done) + len(waiting), run.counts)
    return not waiting and not run.full and not failed


def _children(run: Run, index: ChannelReading, seen: set[str], *, room: int) -> list[str]:
    chosen: list[str] = []
    for entry in index.entries:
        if not entry.url or entry.url in seen or len(chosen) >= room:
            continue
        seen.add(entry.url)
        if may_cover(entry, run.choice.days):
            chosen.append(entry.url)
        else:
            run.counts["sitemaps_of_other_days"] += 1
    return chosen


def _take_rows(run: Run, entries: Sequence[Entry], done: set[str]) -> bool:
    kept: list[Entry] = []
    for entry in entries:
        if not entry.url:
            continue
        if reason := _wrong_day(entry, run.choice):
            run.counts[reason] += 1
        else:
            kept.append(entry)
    place = {"done": sorted(done)}
    for at in range(0, len(kept), _URLS_A_PIECE):
        if run.full:
            return False
        part = kept[at : at + _URLS_A_PIECE]
        before = run.counts["new"]
        _add_links(run, part, place=place)
        # Rows that are known do not use up the room: else a limited import would never get past them.
        run.took(run.counts["new"] - before)
    return True


def _wrong_day(entry: Entry, choice: Choice) -> str | None:
    if not choice.days.bounded:
        return None
    days = entry_days(entry)
    if days is None:
        return None if choice.undated else "undated"
    return None if days.meets(choice.days) else "other_days"


def _note_done(run: Run, done: set[str]) -> None:
    with transaction(run.context.engine) as conn:
        imports.advance(conn, run.row.id, place={"done": sorted(done)}, counts=_plain(run.counts))


# --- archives -----------------------------------------------------------------------------------------------------


def take_archive(run: Run, path: Path) -> bool:
    """Take in the pages of a WARC file. Returns whether its end was reached."""
    from rasid.discover.warc import Capture, Passed, Place, read_archive

    settings = run.context.settings
    place = run.row.place
    after = Place(place["offset"], place["skip"]) if place else None
    total = path.stat().st_size

    def weight(record: Capture | Passed) -> int:
        return len(record.body) if isinstance(record, Capture) else 0

    with path.open("rb") as file:
        found = read_archive(file, after=after, types=_PAGE_TYPES, max_bytes=settings.fetch_max_bytes)
        for piece in _pieces(found, _PAGES_A_PIECE, weight, _BYTES_A_PIECE):
            _add_pages(run, [record for record in piece if isinstance(record, Capture)],
                       [record for record in piece if isinstance(record, Passed)], piece[-1].place)  # fmt: skip
            run.progress(piece[-1].place.offset, total, run.counts)
            if run.full:
                return False
    return True


def _add_pages(run: Run, captures: Sequence[Any], passed: Sequence[Any], place: Any) -> None:
    run.counts.update(record.reason for record in passed)
    kept: dict[str, imports.ArchivedPage] = {}
    for capture in captures:
        day = capture.at.date()
        reason = run.choice.reason_against(capture.url)
        if reason is None and not run.choice.days.meets(Days(day, day)):
            reason = "other_days"
        if reason is not None:
            run.counts[reason] += 1
            continue
        page = imports.ArchivedPage(capture.url, capture.at, capture.headers, capture.body)
        if kept.setdefault(urls.key(capture.url), page) is not page:
            run.counts["known"] += 1
    context = run.context
    with transaction(context.engine) as conn:
        counts = imports.add_pages(
            conn, context.pages, list(kept.values()), allowed=context.permits, outlet_id=run.choice.source,
            worker=context.worker, policy=context.policy,
        )  # fmt: skip
        run.counts.update(counts)
        at = {"offset": place.offset, "skip": place.skip}
        imports.advance(conn, run.row.id, place=at, counts=_plain(run.counts))
    run.took(counts.get("new", 0))

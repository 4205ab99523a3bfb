"""Imports: how far each has come, and pages that come in without being fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.errors import UsageError
from rasid.model import Answer, Lane, Stage
from rasid.store import ledger, links, pages
from rasid.store.ledger import Policy, Settlement


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it stands. `state` is ``running`` (also where it was interrupted) or ``done``."""

    id: int
    kind: str
    source: str
    state: str
    place: dict[str, Any]
    counts: dict[str, int]
    started_at: datetime
    changed_at: datetime


def begin(conn: Connection, *, key: bytes, kind: str, source: str, afresh: bool = False) -> Import:
    """The import of this key: a new one, or the one that was begun before.

    Args:
        key: what tells it apart: content and options, not the name of the file.
        afresh: begin at its start again, whatever was done before.
    """
    row = conn.execute(
        text(
            f"""
            INSERT INTO imports (key, kind, source) VALUES (:key, :kind, :source)
            ON CONFLICT (key) DO UPDATE SET source = excluded.source,
                state = CASE WHEN :afresh THEN 'running' ELSE imports.state END,
                place = CASE WHEN :afresh THEN '{{}}' ELSE imports.place END,
                counts = CASE WHEN :afresh THEN '{{}}' ELSE imports.counts END
            RETURNING {_COLUMNS}
            """
        ),
        {"key": key, "kind": kind, "source": source, "afresh": afresh},
    ).one()
    return Import(*row)


_COLUMNS = "id, kind, source, state, place, counts, started_at, changed_at"


@contextmanager
def alone(engine: Engine, import_id: int) -> Iterator[None]:
    """Hold an import, so that no two programs go on with it at once.

    Raises:
        UsageError: another program has it.
    """
    with engine.connect() as conn:
        conn = conn.execution_options(isolation_level="AUTOCOMMIT")
        if not conn.execute(text("SELECT pg_try_advisory_lock(:a, :b)"), {"a": _LOCK, "b": import_id}).scalar():
            raise UsageError(f"import {import_id} is under way in another program")
        try:
            yield
        finally:
            conn.execute(text("SELECT pg_advisory_unlock(:a, :b)"), {"a": _LOCK, "b": import_id})


_LOCK = 7_245_773


def advance(conn: Connection, import_id: int, *, place: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Note how far an import has come, in the transaction that writes its rows."""
    conn.execute(_ADVANCE, {"id": import_id, "place": dict(place), "counts": dict(counts)})


_ADVANCE = text("UPDATE imports SET place = :place, counts = :counts, changed_at = now() WHERE id = :id").bindparams(
    bindparam("place", type_=JSONB), bindparam("counts", type_=JSONB)
)


def finish(conn: Connection, import_id: int) -> None:
    """The end of what it had to read has been reached."""
    conn.execute(text("UPDATE imports SET state = 'done', changed_at = now() WHERE id = :id"), {"id": import_id})


def listing(conn: Connection, *, limit: int = 100) -> list[Import]:
    """Imports, the latest first."""
    rows = conn.execute(text(f"SELECT {_COLUMNS} FROM imports ORDER BY changed_at DESC LIMIT :limit"), {"limit": limit})
    return [Import(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page as another crawler met it at `at` (aware): it is read as if it had been fetched then."""

    url: str
    at: datetime
    headers: dict[str, str]
    body: bytes


def add_pages(
    conn: Connection,
    store: pages.PageStore,
    found: Sequence[ArchivedPage],
    *,
    allowed: Callable[[str], bool],
    outlet_id: str | None,
    worker: str,
    policy: Policy,
) -> dict[str, int]:
    """Add pages that need not be fetched any more; they wait for the parse stage in the backfill lane.

    A page whose link is known already is left out: what was fetched from its outlet is worth more. The time at which
    the other crawler met it counts as first seen: an archive from last year must not pass for today's news.

    Returns:
        How many are ``new``, ``known``, and refused for which reason (``refused_private_address`` ...).
    """
    wanted = [links.NewLink(page.url) for page in found]
    added = links.add(conn, wanted, allowed=allowed, outlet_id=outlet_id, lane=Lane.BACKFILL)
    token = uuid4()
    claim = ledger.claim(conn, Stage.FETCH, added.new, token=token, worker=worker, policy=policy)
    by_key = {links.key_hash(page.url): page for page in reversed(found)}
    pairs = [(item, by_key[links.key_hash(item.url)]) for item in claim.items]
    ids = pages.save(conn, store, [(item.id, Answer(page.url, 200, page.headers, page.body)) for item, page in pairs])
    settlements = [Settlement(item.id, page_id=ids[item.id], detail={"bytes": len(page.body)}) for item, page in pairs]
    ledger.settle(conn, Stage.FETCH, settlements, token=token, worker=worker, policy=policy)
    _date(conn, [(item.id, ids[item.id], page.at) for item, page in pairs])
    counts = {"new": len(pairs), "known": len(found) - len(pairs) - len(added.refused)}
    for _, reason in added.refused:
        counts[f"refused_{reason}"] = counts.get(f"refused_{reason}", 0) + 1
    return {name: count for name, count in counts.items() if count}


def _date(conn: Connection, rows: Sequence[tuple[int, int, datetime]]) -> None:
    if not rows:
        return
    now = datetime.now(UTC)
    values = [{"link": link, "page": page, "at": min(at, now)} for link, page, at in rows]
    conn.execute(text("UPDATE links SET found_at = :at WHERE id = :link"), values)
    conn.execute(text("UPDATE pages SET fetched_at = :at WHERE id = :page"), values)

"""Tables that are kept in parts by time: parts are made as they are needed, and old ones go whole.

A part is a PostgreSQL partition named after the days that it holds, ``bands_20260302_20260307`` for the second up to
the seventh of March, that one left out (UTC). Its days hang on the setting of the time when it was made; a part never
changes.

The parts of ``bands`` are unlogged: every band of an article lies on another page of the index, and to log these pages
is most of what an article would cost. After a crash PostgreSQL leaves such a table empty. A mark in each part tells;
where it is missing, `mend` fills the part anew from the fingerprints, which are logged and hold all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, text

#: Tables that are kept in parts, all by `seen_at` and by the same days.
TABLES = ("fingerprints", "bands")
_UNLOGGED = frozenset({"bands"})
#: The mark of a part that is whole: a band that no article is found by.
MARK = -(2**63)
_EPOCH = date(2000, 1, 1)
_NAME = re.compile(r"_(\d{8})_(\d{8})$")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from `start` up to `end`, that one left out."""

    start: date
    end: date

    def name(self, table: str) -> str:
        return f"{table}_{self.start:%Y%m%d}_{self.end:%Y%m%d}"


def width(window_days: int) -> int:
    """Days of one part: half of the window, so that few parts are looked into and little is kept too long.

    >>> width(14), width(1), width(365)
    (7, 1, 183)
    """
    return max(1, -(-window_days // 2))


def wanted(known: Sequence[Span], day: date, days: int) -> Span | None:
    """The part to make for a day; None where one holds it. Cut short where it would run into its neighbours.

    >>> wanted([], date(2000, 1, 8), 5), wanted([Span(date(2000, 1, 1), date(2000, 1, 9))], date(2000, 1, 8), 5)
    (Span(start=datetime.date(2000, 1, 6), end=datetime.date(2000, 1, 11)), None)
    """
    start = _EPOCH + timedelta(days=(day - _EPOCH).days // days * days)
    end = start + timedelta(days=days)
    for one in known:
        if one.start <= day < one.end:
            return None
        if one.end <= day:
            start = max(start, one.end)
        else:
            end = min(end, one.start)
    return Span(start, end)


def known(conn: Connection) -> dict[str, list[Span]]:
    """The parts of each table, oldest first."""
    rows = conn.execute(
        text(
            """
            SELECT p.relname AS parent, c.relname AS part
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
            WHERE i.inhparent IN ('fingerprints'::regclass, 'bands'::regclass) ORDER BY 1, 2
            """
        )
    )
    found: dict[str, list[Span]] = {table: [] for table in TABLES}
    for row in rows:
        if match := _NAME.search(row.part):
            found[row.parent].append(Span(_day(match[1]), _day(match[2])))
    return found


def ensure(conn: Connection, moments: Iterable[datetime], *, days: int) -> int:
    """Make the parts for moments that none holds yet; `days` is the length of a new one. Returns how many were made.

    Two that do so at once get in each other's way: take the turn of the groups first. Who reads or writes is not held
    up, since a part is filled in before it is attached.
    """
    wished = sorted({moment.astimezone(UTC).date() for moment in moments})
    made = 0
    for table, spans in known(conn).items():
        for day in wished:
            if (span := wanted(spans, day, days)) is not None:
                _make(conn, table, span)
                spans.append(span)
                made += 1
    return made


def drop(conn: Connection, *, before: datetime) -> int:
    """Drop the parts all of whose days lie before a moment, whatever they hold. Returns how many went."""
    conn.execute(text("SET LOCAL lock_timeout = '2s'"))
    gone = 0
    for table, spans in known(conn).items():
        for span in spans:
            if _midnight(span.end) <= before:
                conn.execute(text(f"DROP TABLE {span.name(table)}"))
                gone += 1
    return gone


def mend(conn: Connection) -> int:
    """Fill the parts of ``bands`` that a crash has emptied. Returns how many these were. Take the turn first."""
    counted = conn.execute(
        text(
            "SELECT (SELECT count(*) FROM pg_inherits WHERE inhparent = 'bands'::regclass) AS parts, "
            "(SELECT count(*) FROM bands WHERE band = :mark) AS marks"
        ),
        {"mark": MARK},
    ).one()
    if counted.parts == counted.marks:
        return 0
    mended = 0
    for span in known(conn)["bands"]:
        moments = {"start": _midnight(span.start), "end": _midnight(span.end), "mark": MARK}
        whole = "SELECT 1 FROM bands WHERE band = :mark AND seen_at = :start"
        if conn.execute(text(whole), moments).first() is None:
            conn.execute(text(_FILL), moments)
            _mark(conn, span)
            mended += 1
    return mended


_FILL = """
    INSERT INTO bands (band, seen_at, article_id)
    SELECT unnest(bands), seen_at, article_id FROM fingerprints WHERE seen_at >= :start AND seen_at < :end ORDER BY 1
    ON CONFLICT DO NOTHING
"""


def _make(conn: Connection, table: str, span: Span) -> None:
    name = span.name(table)
    kind = "UNLOGGED TABLE" if table in _UNLOGGED else "TABLE"
    conn.execute(text(f"CREATE {kind} {name} (LIKE {table} INCLUDING ALL)"))
    conn.execute(
        text(
            f"ALTER TABLE {table} ATTACH PARTITION {name} "
            f"FOR VALUES FROM ('{_midnight(span.start).isoformat()}') TO ('{_midnight(span.end).isoformat()}')"
        )
    )
    if table in _UNLOGGED:
        _mark(conn, span)


def _mark(conn: Connection, span: Span) -> None:
    conn.execute(
        text("INSERT INTO bands (band, seen_at, article_id) VALUES (:mark, :start, 0)"),
        {"mark": MARK, "start": _midnight(span.start)},
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day(digits: str) -> date:
    return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()

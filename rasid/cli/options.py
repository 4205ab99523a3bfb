"""Options that several commands share, and how their words are read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from rasid.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print NDJSON (one object for a single thing).")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="Most rows.")]
Language = Annotated[str | None, typer.Option("--language", "-l", help="BCP 47 tag, for example ar.")]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Id of an outlet.")]
Since = Annotated[str | None, typer.Option("--since", help="From then on: 24h, 7d, 2025-03-01 or a full time.")]

_SPAN = re.compile(r"(\d{1,5})\s*(min|m|h|d|w)")
_SECONDS = {"min": 60, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def moment(text: str | None, *, now: datetime | None = None) -> datetime | None:
    """The time that ``--since`` names: a span before now, a date, or a time; without an offset it is UTC.

    Raises:
        UsageError: it is none of these.

    >>> moment("2h", now=datetime(2025, 3, 1, 12, tzinfo=UTC)).isoformat()
    '2025-03-01T10:00:00+00:00'
    """
    if text is None:
        return None
    if span := _SPAN.fullmatch(text.strip()):
        return (now or datetime.now(UTC)) - timedelta(seconds=int(span[1]) * _SECONDS[span[2]])
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"--since takes 24h, 7d, 2025-03-01 or 2025-03-01T08:00:00Z, not {text!r}") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def number(text: str, *, what: str) -> int:
    """The id that an argument names.

    Raises:
        UsageError: it is no whole number from 1 on that a database can hold.
    """
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) < 2**63):
        raise UsageError(f"{what} is a whole number, not {text!r}")
    return int(text)

"""How results are printed: NDJSON for programs, tables for people. Results go to stdout, messages to stderr.

Text that came from outlets is made harmless before a terminal sees it, and is never cut inside a letter with its marks.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import typer

#: Width of a table where stdout is no terminal, in columns.
_WIDE = 200
_LEFT_TO_RIGHT = "\u200e"
_JOINERS = "\u200c\u200d"


def say(message: str) -> None:
    """A message for people: to stderr."""
    typer.echo(message, err=True)


def json_line(value: object) -> bytes:
    """`value` as one line of JSON; times are RFC 3339."""
    return orjson.dumps(value, default=_as_text, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _as_text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)


def print_one(value: Mapping[str, Any]) -> None:
    """One object as JSON."""
    _write(json_line(value))


def print_lines(values: Iterable[Mapping[str, Any]]) -> None:
    """Objects as NDJSON."""
    for value in values:
        _write(json_line(value))


def _write(data: bytes) -> None:
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(data.decode())
    else:
        sys.stdout.flush()
        stream.write(data)
        stream.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()) -> None:
    """Rows under headings; the last column takes the room that is left. `numbers` are set flush right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        last = name == columns[-1]
        # "fold" breaks a word that does not fit, and leaves a letter and its marks together.
        table.add_column(
            name, justify="right" if name in numbers else "left", overflow="fold", ratio=1 if last else None
        )
    # Two right-to-left cells side by side would be drawn as one: a mark that has no width keeps the columns apart.
    end = _LEFT_TO_RIGHT if console.is_terminal else ""
    for row in rows:
        table.add_row(*(Text(shown(cell) + end) for cell in row))
    console.print(table)


def print_text(text: str) -> None:
    """Text from an outlet, made harmless."""
    typer.echo(harmless(text))


def print_fields(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; values that are None or empty are left out. No name goes on with the line above."""
    for name, value in pairs:
        if value is not None and value not in ("", [], {}):
            typer.echo(f"{name + ':' if name else '':<14} {shown(value)}")


def shown(value: object) -> str:
    """A value as people read it: times in UTC to the minute, lists with commas, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(one)}" for name, one in value.items())
    return harmless(str(value))


def reason(why: dict[str, Any] | None) -> str:
    """Why two articles belong together, in a few words."""
    return shown({name: value for name, value in (why or {}).items() if not isinstance(value, dict | list)})


def harmless(text: str) -> str:
    """`text` without what could steer a terminal: control characters, escapes, changes of direction.

    >>> harmless("قسد" + chr(27) + "[31m")
    'قسد[31m'
    """
    return "".join(letter for letter in text if letter in "\n\t" or not _steers(letter))


def _steers(letter: str) -> bool:
    return letter not in _JOINERS and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co")


def shorten(text: str, limit: int) -> str:
    """`text` in one line of at most `limit` letters, an ellipsis included; a letter keeps all its marks.

    >>> shorten("مُحَمَّد", 3)
    'مُحَ…'
    """
    line = " ".join(harmless(text).split())
    ends = [at for at, letter in enumerate(line) if not _joins(line, at)]
    if len(ends) <= limit:
        return line
    return line[: ends[limit - 1]].rstrip() + "…"


def _joins(line: str, at: int) -> bool:
    """Whether the character belongs to the letter before it."""
    letter = line[at]
    return unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter in _JOINERS or line[at - 1 : at] == "\u200d"


def age(seconds: float | None) -> str:
    """A span of time for people.

    >>> age(42), age(4000), age(None)
    ('42 s', '1.1 h', '')
    """
    if seconds is None:
        return ""
    for limit, size, unit in ((120, 1, "s"), (3_600, 60, "min"), (172_800, 3_600, "h")):
        if seconds < limit:
            value = seconds / size
            return f"{value:.1f} {unit}" if unit == "h" else f"{value:.0f} {unit}"
    return f"{seconds / 86_400:.1f} d"

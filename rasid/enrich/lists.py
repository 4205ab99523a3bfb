"""An operator's own lists of names: their two forms, and what is wrong with a file, line by line.

A file with a bad row is not read at all: half a list would be taken for a whole one.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from rasid.enrich.builder import UNSURE, as_number, names_in
from rasid.enrich.tokens import key_of

#: The columns of a list of places, and of one of all kinds of entries. Only `id` and one column of names are needed;
#: places need their point too.
PLACES = (
    "id", "geonames", "wikidata", "country", "type", "names_ar", "names_lat", "names_other", "admin1", "lat", "lon",
    "population", "source", "licence",
)  # fmt: skip
ENTRIES = (
    "id", "type", "country", "context", "lat", "lon", "names_ar", "names_en", "names_fr", "names_tr", "source",
    "licence",
)  # fmt: skip
#: What an entry may be, the first part of its type; `hidden` takes the names of a listed one away.
KINDS = ("org", "person", "place", "event", "hidden")
#: The list that `rasid gazetteer add` writes into.
OWN = "own.tsv"

#: Bounds: bytes of a line, rows of a file, letters of a cell's name, and faults that are told of one file.
LINE_BYTES, MOST_ROWS, _LONGEST_NAME, MOST_FAULTS = 100_000, 2_000_000, 200, 1_000
_COUNTRY = re.compile(r"[A-Z]{2}")
_DIGITS = re.compile(r"\d{1,12}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a file."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """A list that was looked through. `form` is PLACES or ENTRIES, None where it is neither."""

    path: Path
    form: tuple[str, ...] | None
    rows: int
    faults: tuple[Fault, ...]


def lists_of(folder: Path) -> list[Path]:
    """The lists of a folder, those that were written by hand first; empty where there is no such folder."""
    return sorted(folder.glob("*.tsv"), key=lambda path: (path.name != OWN, path.name))


def check(path: Path) -> Checked:
    """Look through a list, row by row. At most `MOST_FAULTS` faults are told.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _checked(path, numbered_lines(file))


def _checked(path: Path, lines: Iterator[tuple[int, str]]) -> Checked:
    _, first = next(lines, (1, ""))
    header = first.split("\t")
    form = form_of(header)
    if form is None:
        why = str(first) if isinstance(first, Unreadable) else "no column names_lat, names_ar or names_en"
        return Checked(path, None, 0, (Fault(path, 1, why),))
    faults = [Fault(path, 1, flaw) for flaw in _header_flaws(header, form)]
    rows = 0
    if not faults:
        for fault in _row_faults(path, lines, header, form):
            if isinstance(fault, int):
                rows = fault
            elif len(faults) < MOST_FAULTS:
                faults.append(fault)
    return Checked(path, form, rows, tuple(faults))


def form_of(header: Sequence[str]) -> tuple[str, ...] | None:
    """Which form a header has; None where it has neither."""
    if "names_lat" in header:
        return PLACES
    return ENTRIES if "names_ar" in header or "names_en" in header else None


class Unreadable(str):
    """In place of a line: why it cannot be read."""


def numbered_lines(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1, without their ends; blank ones are left out.

    In place of one that cannot be read stands an `Unreadable`.
    """
    number = 0
    while raw := file.readline(LINE_BYTES + 1):
        number += 1
        if len(raw) > LINE_BYTES:
            yield number, Unreadable(f"a line of more than {LINE_BYTES:,} bytes")
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LINE_BYTES)
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield number, Unreadable(f"not UTF-8: byte {error.object[error.start]:#04x} at {error.start + 1}")
            continue
        if text.strip():
            yield number, text


def _header_flaws(header: Sequence[str], form: Sequence[str]) -> Iterator[str]:
    for name in header:
        if name not in form:
            near = difflib.get_close_matches(name, form, n=1)
            yield f"there is no column {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield f"the column {name!r} stands there twice"
    for name in ("id", *(("lat", "lon") if form is PLACES else ())):
        if name not in header:
            yield f"the column {name!r} is missing"


def _row_faults(
    path: Path, lines: Iterable[tuple[int, str]], header: Sequence[str], form: tuple[str, ...]
) -> Iterator[Fault | int]:
    """The faults of the rows, and at the end how many rows there are."""
    seen: dict[str, int] = {}
    rows = 0
    for number, text in lines:
        if isinstance(text, Unreadable):
            yield Fault(path, number, text)
            continue
        rows += 1
        if rows > MOST_ROWS:
            yield Fault(path, number, f"more than {MOST_ROWS:,} rows: part the file, or leave out what is not needed")
            break
        cells = text.split("\t")
        if len(cells) != len(header):
            yield Fault(path, number, f"{len(cells)} cells in place of {len(header)}")
            continue
        row = dict(zip(header, cells, strict=True))
        yield from (Fault(path, number, flaw) for flaw in flaws(row, form))
        before = seen.setdefault(row["id"], number)
        if row["id"] and before != number:
            yield Fault(path, number, f"the id {row['id']!r} stands in line {before} already")
    yield rows


def flaws(row: Mapping[str, str], form: Sequence[str]) -> Iterator[str]:
    """What is wrong with a row, one sentence each."""
    if not row["id"].strip() or len(row["id"]) > _LONGEST_NAME:
        yield "it has no id" if not row["id"].strip() else f"its id is longer than {_LONGEST_NAME} letters"
    for column, value in row.items():
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            yield f"{column} holds a control character"
    hidden = row.get("type", "").startswith("hidden")
    names = [(column, name) for column in row if column.startswith("names_") for name in names_in(row, column)]
    if not names and not hidden:
        yield "it has no name"
    for column, name in names:
        yield from _name_flaws(column, name)
    yield from _code_flaws(row)
    yield from _point_flaws(row, needed=form is PLACES)
    if form is ENTRIES:
        yield from _entry_flaws(row)


def _name_flaws(column: str, name: str) -> Iterator[str]:
    written = name.partition(":")[2] if column == "names_other" else name.removeprefix(UNSURE)
    if column == "names_other" and not written.strip():
        yield f"{column}: {name!r} is no language:name"
    elif len(name) > _LONGEST_NAME:
        yield f"{column}: a name of more than {_LONGEST_NAME} letters"
    elif not key_of(written):
        yield f"{column}: {name!r} has no letter"


def _code_flaws(row: Mapping[str, str]) -> Iterator[str]:
    country = row.get("country", "")
    if country and (not _COUNTRY.fullmatch(country) or country not in known_countries()):
        yield f"country {country!r} is no ISO 3166 code such as SY"
    for column in ("geonames", "population"):
        value = row.get(column, "")
        if value and not _DIGITS.fullmatch(value):
            yield f"{column} {value!r} is no whole number"


def _point_flaws(row: Mapping[str, str], *, needed: bool) -> Iterator[str]:
    lat, lon = row.get("lat", ""), row.get("lon", "")
    if not lat and not lon:
        if needed:
            yield "it has no lat and lon"
        return
    for column, value, most in (("lat", lat, 90.0), ("lon", lon, 180.0)):
        found = as_number(value)
        if found is None or abs(found) > most:
            yield f"{column} {value!r} is no number of degrees from -{most:.0f} to {most:.0f}"


def _entry_flaws(row: Mapping[str, str]) -> Iterator[str]:
    kind = row.get("type", "").partition(".")[0]
    if kind not in KINDS:
        yield f"type {row.get('type', '')!r} does not begin with one of {', '.join(KINDS)}"
    context = row.get("context", "")
    if context not in ("", "yes"):
        yield f"context is 'yes' or empty, not {context!r}"
    unsure = context == "yes" or any(name.startswith(UNSURE) for name in names_in(row, "names_ar"))
    if unsure and not row.get("country"):
        yield "a name that counts only beside another of its country needs a country"


@lru_cache(maxsize=1)
def known_countries() -> frozenset[str]:
    """The codes of countries that there are names for."""
    from babel import Locale

    names: dict[str, str] = dict(Locale.parse("en").territories)
    return frozenset(code for code in names if _COUNTRY.fullmatch(code))

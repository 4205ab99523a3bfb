"""Lists of others, read into the two forms of `rasid.enrich.lists`: GeoNames, Who's On First, Wikidata, ParaNames.

A file with a bad row gives nothing: the faults are told, each with its line.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, ClassVar

from rasid.enrich.lists import (
    ENTRIES,
    LINE_BYTES,
    MOST_FAULTS,
    MOST_ROWS,
    PLACES,
    Fault,
    Unreadable,
    flaws,
    form_of,
    numbered_lines,
)
from rasid.enrich.tokens import key_of
from rasid.errors import UsageError

Row = dict[str, str]
Cells = list[str]

#: Names that are kept of one entry, in Arabic script and in Latin letters.
_NAMES = 12
_GEONAMES_COLUMNS = 19
#: Classes of GeoNames that are places of the news: settlements, administrative areas.
CLASSES = "PA"
_AREA_TYPES = {"ADM1": "region", "ADM2": "county"}
_WIKIDATA_ID = re.compile(r"(?:https?://www\.wikidata\.org/entity/)?(Q\d{1,12})")
_POINT = re.compile(r"point\((-?[\d.]+)[ ,]+(-?[\d.]+)\)", re.IGNORECASE)
_ARABIC = re.compile(r"[\u0620-\u06ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken from a file.

    Attributes:
        countries: ISO 3166 codes; empty for all.
        people: least population of a settlement that is taken; 0 for all.
        classes: feature classes of GeoNames, a letter each.
        kind: what the entries of a Wikidata list are, where it does not say.
        source, licence: in place of those that the form is known to have.
    """

    countries: frozenset[str] = frozenset()
    people: int = 0
    classes: str = CLASSES
    kind: str = ""
    source: str = ""
    licence: str = ""


@dataclass(slots=True)
class Imported:
    """What a file gave. `rows` is empty where there are faults; `left_out` were not wanted."""

    form: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: int = 0


class _Bad(Exception):
    """A row that cannot be read; the message says why."""


#: Makes a row of a line's cells; None where it is not wanted. Raises _Bad.
_Reader = Callable[[Cells], Row | None]


def read(path: Path, wanted: Wanted, form: str = "auto") -> Imported:
    """Read a list of others.

    Args:
        form: ``geonames wof wikidata paranames``, or ``auto``: told by the first line.

    Raises:
        UsageError: the file cannot be read, or its form is none of these.
    """
    try:
        with _lines(path) as lines:
            number, first = next(lines, (1, ""))
            kind = _told(first) if form == "auto" else form
            if kind is None or kind not in _READERS:
                raise UsageError(f"{path}: its first line is of no known form: {', '.join(_READERS)}; see --format")
            return _READERS[kind](path, number, first, lines, wanted)
    except (OSError, EOFError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, _Bad) as error:
        raise UsageError(f"cannot read {path}: {error}") from error


def _told(first: str) -> str | None:
    """The form of a file by its first line."""
    if first.count("\t") == _GEONAMES_COLUMNS - 1 and first.partition("\t")[0].isdigit():
        return "geonames"
    header = _split(first, _separator(first))
    if {"wikidata_id", "label", "language"} <= set(header):
        return "paranames"
    if "names_lat" in header:
        return "wof"
    return "wikidata" if _Wikidata.known(header) else None


# --- GeoNames -----------------------------------------------------------------------------------------------------


def _geonames(path: Path, number: int, first: str, lines: Iterator[tuple[int, str]], wanted: Wanted) -> Imported:
    source = wanted.source or "GeoNames", wanted.licence or "CC BY 4.0"

    def reader(cells: Cells) -> Row | None:
        if len(cells) != _GEONAMES_COLUMNS:
            raise _Bad(f"{len(cells)} cells in place of {_GEONAMES_COLUMNS}")
        id, name, plain, others, lat, lon, group, code, country = cells[:9]
        admin1, people = cells[10], cells[14]
        if group not in wanted.classes or (wanted.countries and country not in wanted.countries):
            return None
        if group == "P" and wanted.people and (people.isdigit() and int(people) < wanted.people):
            return None
        names = list(dict.fromkeys([name, plain, *(one.strip() for one in others.split(","))]))
        return {
            "id": f"geonames:{id}", "geonames": id, "country": country,
            "type": _AREA_TYPES.get(code, "locality" if group == "P" else code.lower()),
            **_by_script(names), "admin1": f"{country}.{admin1}" if admin1 and country else "",
            "lat": lat, "lon": lon, "population": people if people != "0" else "",
            "source": source[0], "licence": source[1],
        }  # fmt: skip

    lines = chain([(number, first)], lines)
    return _all(path, PLACES, reader, lines, lambda line: line.split("\t"), skip=_nameless)


def _by_script(names: Sequence[str]) -> Row:
    """Names parted by script; those of other scripts, and what is no name, are left out."""
    names = [name for name in names if 1 < len(name) <= 200 and "|" not in name and key_of(name)]
    names = [name for name in names if key_of(name).count(" ") < 8]
    arabic = [name for name in names if _ARABIC.match(name)]
    latin = [name for name in names if _LATIN.match(name) and not name.startswith(("http", "wiki"))]
    return {"names_ar": "|".join(arabic[:_NAMES]), "names_lat": "|".join(latin[:_NAMES])}


# --- Who's On First -----------------------------------------------------------------------------------------------


def _whosonfirst(path: Path, _: int, first: str, lines: Iterator[tuple[int, str]], wanted: Wanted) -> Imported:
    """The form of places itself, with tabs or commas: what Who's On First was brought into."""
    separator = _separator(first)
    header = _split(first, separator)
    source = wanted.source or "Who's On First", wanted.licence or "CC BY 4.0"
    if form_of(header) is not PLACES or (unknown := [name for name in header if name not in PLACES]):
        unknown = unknown if form_of(header) is PLACES else header
        return Imported(PLACES, faults=[Fault(path, 1, f"there are no columns {', '.join(unknown)}")])

    def reader(cells: Cells) -> Row | None:
        if len(cells) != len(header):
            raise _Bad(f"{len(cells)} cells in place of {len(header)}")
        row = dict(zip(header, cells, strict=True))
        if wanted.countries and row.get("country") not in wanted.countries:
            return None
        people = row.get("population", "")
        if wanted.people and people.isdigit() and int(people) < wanted.people:
            return None
        row["source"] = row.get("source") or source[0]
        row["licence"] = row.get("licence") or source[1]
        return row

    return _all(path, PLACES, reader, lines, lambda line: _split(line, separator))


# --- Wikidata and ParaNames ---------------------------------------------------------------------------------------


class _Wikidata:
    """Columns that a list taken from the query service may have, by what they mean."""

    COLUMNS: ClassVar[dict[str, tuple[str, ...]]] = {
        "id": ("item", "id", "wikidata", "qid", "wikidata_id"),
        "ar": ("label_ar", "itemlabel_ar", "ar", "name_ar", "names_ar"),
        "en": ("label_en", "itemlabel_en", "itemlabel", "en", "name_en", "names_en", "label"),
        "fr": ("label_fr", "itemlabel_fr", "fr", "names_fr"),
        "tr": ("label_tr", "itemlabel_tr", "tr", "names_tr"),
        "more_ar": ("alt_ar", "altlabels_ar", "aliases_ar"),
        "more_en": ("alt_en", "altlabels_en", "aliases_en", "itemaltlabel"),
        "type": ("type", "kind"), "country": ("country", "iso2", "countrycode"),
        "point": ("coord", "coordinates", "location", "point"), "lat": ("lat", "latitude"), "lon": ("lon", "longitude"),
    }  # fmt: skip

    def __init__(self, header: Sequence[str]) -> None:
        lower = [name.lower().lstrip("?") for name in header]
        self._at = {
            meaning: lower.index(name)
            for meaning, names in self.COLUMNS.items()
            if (name := next((one for one in names if one in lower), None))
        }

    @classmethod
    def known(cls, header: Sequence[str]) -> bool:
        """Whether a header has an id and names."""
        found = cls(header)._at
        return "id" in found and bool({"ar", "en"} & set(found))

    def of(self, cells: Cells, meaning: str) -> str:
        at = self._at.get(meaning)
        return cells[at].strip() if at is not None and at < len(cells) else ""


def _wikidata(path: Path, _: int, first: str, lines: Iterator[tuple[int, str]], wanted: Wanted) -> Imported:
    separator = _separator(first)
    header = _split(first, separator)
    columns = _Wikidata(header)
    source = wanted.source or "Wikidata", wanted.licence or "CC0-1.0"

    def reader(cells: Cells) -> Row | None:
        if len(cells) != len(header):
            raise _Bad(f"{len(cells)} cells in place of {len(header)}")
        if not (id := _WIKIDATA_ID.fullmatch(columns.of(cells, "id"))):
            raise _Bad(f"{columns.of(cells, 'id')!r} is no id of Wikidata such as Q41183")
        country = columns.of(cells, "country").upper()
        if wanted.countries and country not in wanted.countries:
            return None
        lat, lon = columns.of(cells, "lat"), columns.of(cells, "lon")
        if point := _POINT.fullmatch(columns.of(cells, "point")):
            lon, lat = point[1], point[2]
        return {
            "id": f"wikidata:{id[1]}", "type": columns.of(cells, "type") or wanted.kind, "country": country,
            "lat": lat, "lon": lon,
            "names_ar": _joined([columns.of(cells, "ar"), *_parts(columns.of(cells, "more_ar"))], _ARABIC),
            "names_en": _joined([columns.of(cells, "en"), *_parts(columns.of(cells, "more_en"))], _LATIN),
            "names_fr": _joined([columns.of(cells, "fr")], _LATIN),
            "names_tr": _joined([columns.of(cells, "tr")], _LATIN),
            "source": source[0], "licence": source[1],
        }  # fmt: skip

    return _all(path, ENTRIES, reader, lines, lambda line: _split(line, separator), skip=_nameless)


def _nameless(row: Mapping[str, str]) -> bool:
    """Whether a row has no name in a script that is read: nothing to be found by, and no fault."""
    return not any(value for column, value in row.items() if column.startswith("names_"))


_PARANAMES_KINDS = {"PER": "person", "ORG": "org", "LOC": "place"}
_PARANAMES_LANGUAGES = {"ar": "names_ar", "arz": "names_ar", "en": "names_en", "fr": "names_fr", "tr": "names_tr"}


def _paranames(path: Path, _: int, first: str, lines: Iterator[tuple[int, str]], wanted: Wanted) -> Imported:
    """A row is one name of one entity in one language. Names of one word are left out of people and organisations.

    Such names are surnames and everyday words, and nothing here tells whose.
    """
    header = first.split("\t")
    at: dict[str, int] = {
        name: header.index(name) for name in ("wikidata_id", "label", "language", "type") if name in header
    }
    found = Imported(ENTRIES)
    rows: dict[str, Row] = {}
    source = wanted.source or "ParaNames", wanted.licence or "CC BY 4.0"
    for number, line in lines:
        try:
            said = _paraname(_readable(line).split("\t"), header, at)
        except _Bad as problem:
            _tell(found, Fault(path, number, str(problem)))
            continue
        if said is None or (wanted.kind and said[1] != wanted.kind):
            found.left_out += 1
            continue
        id, kind, column, label = said
        row = rows.get(id)
        if row is None:
            if len(rows) >= MOST_ROWS:
                raise UsageError(f"{path}: more than {MOST_ROWS:,} entities: keep the languages and types you need")
            row = rows[id] = {"id": id, "type": kind, "source": source[0], "licence": source[1]}
        known = row.get(column, "").split("|") if row.get(column) else []
        if label not in known and len(known) < _NAMES:
            row[column] = "|".join([*known, label])
    _finish(path, found, ((0, row) for row in rows.values()))
    return found


def _paraname(cells: Cells, header: Sequence[str], at: Mapping[str, int]) -> tuple[str, str, str, str] | None:
    """(id, kind, column, name) of a row; None where it is not wanted. Raises _Bad."""
    if len(cells) != len(header):
        raise _Bad(f"{len(cells)} cells in place of {len(header)}")
    id = _WIKIDATA_ID.fullmatch(cells[at["wikidata_id"]])
    if not id:
        raise _Bad(f"{cells[at['wikidata_id']]!r} is no id of Wikidata such as Q41183")
    column = _PARANAMES_LANGUAGES.get(cells[at["language"]])
    kinds = re.split(r"[-,/ ]", cells[at["type"]]) if "type" in at else []
    kind = next((_PARANAMES_KINDS[one] for one in kinds if one in _PARANAMES_KINDS), None)
    label = cells[at["label"]].strip()
    script = _ARABIC if column == "names_ar" else _LATIN
    if column is None or kind is None or not label or not script.match(label) or "|" in label:
        return None
    key = key_of(label)
    return (f"wikidata:{id[1]}", kind, column, label) if 1 < len(key.split()) <= 8 else None


# --- what all share -----------------------------------------------------------------------------------------------


def _all(
    path: Path,
    form: tuple[str, ...],
    reader: _Reader,
    lines: Iterator[tuple[int, str]],
    split: Callable[[str], Cells],
    *,
    skip: Callable[[Mapping[str, str]], bool] = lambda _: False,
) -> Imported:
    """Every line read and checked."""
    found = Imported(form)

    def rows() -> Iterator[tuple[int, Row]]:
        for number, line in lines:
            try:
                row = reader(split(_readable(line)))
            except _Bad as problem:
                _tell(found, Fault(path, number, str(problem)))
                continue
            if row is None or skip(row):
                found.left_out += 1
            else:
                yield number, row

    _finish(path, found, rows())
    return found


def _finish(path: Path, found: Imported, rows: Iterator[tuple[int, Row]]) -> None:
    seen: dict[str, int] = {}
    for number, row in rows:
        whole = {column: row.get(column, "") for column in found.form}
        for flaw in flaws(whole, found.form):
            _tell(found, Fault(path, number, flaw))
        before = seen.setdefault(whole["id"], number)
        if before != number:
            _tell(found, Fault(path, number, f"the id {whole['id']!r} stands in line {before} already"))
        if len(seen) > MOST_ROWS:
            raise UsageError(f"{path}: more than {MOST_ROWS:,} rows: take fewer countries, or larger places")
        if not found.faults:
            found.rows.append(whole)
    if found.faults:
        found.rows.clear()


def _readable(line: str) -> str:
    if isinstance(line, Unreadable):
        raise _Bad(line)
    return line


def _tell(found: Imported, fault: Fault) -> None:
    if len(found.faults) < MOST_FAULTS:
        found.faults.append(fault)


def _joined(names: Sequence[str], script: re.Pattern[str]) -> str:
    kept = [name for name in names if script.match(name) and "|" not in name and key_of(name).count(" ") < 8]
    return "|".join(list(dict.fromkeys(kept))[:_NAMES])


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|;,،]", text) if part.strip()]


def _separator(line: str) -> str:
    return "\t" if "\t" in line else ","


def _split(line: str, separator: str) -> Cells:
    """The cells of a line. With commas, quotation marks are understood; a cell cannot hold the end of a line."""
    if separator == "\t":
        return line.split("\t")
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as problem:
        raise _Bad(f"not a line of comma-separated values: {problem}") from problem


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    """The numbered lines of a file, plain, .gz, .xz, or the one text file in a .zip (as GeoNames gives them)."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.endswith((".txt", ".tsv", ".csv"))]
            inside = [name for name in inside if not name.lower().startswith("readme")]
            if len(inside) != 1:
                raise UsageError(f"{path} holds {len(inside)} text files: unpack the one that is meant")
            with archive.open(inside[0]) as file:
                yield numbered_lines(file)
        return
    with _open(path) as file:
        yield numbered_lines(file)


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"), LINE_BYTES)
    if path.suffix == ".xz":
        return io.BufferedReader(lzma.open(path, "rb"), LINE_BYTES)
    return path.open("rb")


_READERS: dict[str, Callable[[Path, int, str, Iterator[tuple[int, str]], Wanted], Imported]] = {
    "geonames": _geonames,
    "wof": _whosonfirst,
    "wikidata": _wikidata,
    "paranames": _paranames,
}
#: The names of the forms that are read.
FORMS = tuple(_READERS)

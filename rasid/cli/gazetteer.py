"""``rasid gazetteer``: names of one's own, and what the compiled lists know."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from rasid.enrich.listed import Entry
    from rasid.enrich.lists import Checked, Fault
    from rasid.enrich.mapped import Mapped
    from rasid.settings import Settings

#: Faults that are printed of one file; --json gives all.
_SHOWN = 20
_Names = Annotated[list[str] | None, typer.Option(help="A name; may be repeated.")]
_Build = Annotated[bool, typer.Option("--build/--no-build", help="Put it into effect at once.")]


def register(app: typer.Typer) -> None:
    names = group(
        "gazetteer",
        "Look after names of your own: people, organisations, places.",
        "rasid gazetteer add --name-ar 'رابطة الزمرد' --name-en 'Emerald League' --kind org --country SY",
        "rasid gazetteer import SY.zip --min-people 500",
    )
    names.command(
        "add",
        epilog=example(
            "rasid gazetteer add --name-ar 'رابطة الزمرد' --name-en 'Emerald League' --kind org.political --country SY",
            "rasid gazetteer add --name-ar 'تل الزمرد' --kind place --country SY --lat 36.5 --lon 38.5",
            "rasid gazetteer add --id sdf --name-ar 'قسد' --kind org.armed --country SY",
        ),
    )(add)
    names.command("remove", epilog=example("rasid gazetteer remove own:emerald-league"))(remove)
    names.command("hide", epilog=example("rasid gazetteer hide geonames:360923"))(hide)
    names.command(
        "import",
        epilog=example(
            "rasid gazetteer import SY.zip",
            "rasid gazetteer import allCountries.zip --country SY,IQ --min-people 1000",
            "rasid gazetteer import query.tsv --kind person --as politicians",
        ),
    )(import_)
    names.command("check", epilog=example("rasid gazetteer check", "rasid gazetteer check my-list.tsv --json"))(check)
    names.command("build", epilog=example("rasid gazetteer build"))(build)
    names.command("show", epilog=example("rasid gazetteer show الرقة", "rasid gazetteer show geonames:172955"))(show)
    names.command("credits", epilog=example("rasid gazetteer credits"))(credits_)
    app.add_typer(names)


# --- one entry ----------------------------------------------------------------------------------------------------


def add(
    kind: Annotated[str, typer.Option("--kind", "-k", help="org, person, place or event, or finer: org.armed.")],
    name_ar: _Names = None,
    name_en: _Names = None,
    name_fr: _Names = None,
    name_tr: _Names = None,
    country: Annotated[str, typer.Option("--country", "-c", help="ISO 3166 code, for example SY.")] = "",
    id: Annotated[
        str, typer.Option("--id", help="Its id; that of a listed entry changes that one. Else one is made.")
    ] = "",
    lat: Annotated[str, typer.Option("--lat", help="Degrees north.")] = "",
    lon: Annotated[str, typer.Option("--lon", help="Degrees east.")] = "",
    context: Annotated[
        bool, typer.Option("--context", help="Its names count only beside another name of its country.")
    ] = False,
    source: Annotated[str, typer.Option("--source", help="Where it comes from.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Its licence.")] = "",
    build: _Build = True,
    as_json: Json = False,
) -> None:
    """Add an entry to your own list; it wins over what rasid knows. One of the same id is replaced.

    Its names count wherever they stand: give a name that is an everyday word a question mark (?مبارك), or all of them
    --context.
    """
    row = {
        "id": id or _made_id([*(name_en or []), *(name_fr or []), *(name_tr or []), *(name_ar or [])]),
        "type": kind,
        "country": country.upper(),
        "context": "yes" if context else "",
        "lat": lat,
        "lon": lon,
        "names_ar": "|".join(name_ar or []),
        "names_en": "|".join(name_en or []),
        "names_fr": "|".join(name_fr or []),
        "names_tr": "|".join(name_tr or []),
        "source": source,
        "licence": licence,
    }
    replaced = _write_own(row)
    _effect(build, f"{row['id']} is {'replaced' if replaced else 'added'}", {**row, "replaced": replaced}, as_json)


def remove(
    id: Annotated[str, typer.Argument(help="Id of an entry of your own list.")],
    build: _Build = True,
    as_json: Json = False,
) -> None:
    """Take an entry out of your own list, or show again what was hidden."""
    settings = _settings()
    rows = _own_rows(settings)
    kept = [row for row in rows if row["id"] != id]
    if len(kept) == len(rows):
        raise RasidError(f"there is no {id!r} in {_own(settings)}")
    _keep_own(settings, kept)
    _effect(build, f"{id} is removed", {"id": id, "removed": True}, as_json)


def hide(
    ref: Annotated[str, typer.Argument(help="Id of a listed entry; `rasid gazetteer show NAME` tells it.")],
    build: _Build = True,
    as_json: Json = False,
) -> None:
    """Find the names of a listed entry no more."""
    settings = _settings()
    if not any(entry.ref == ref for _, entry in _entries(_load(settings))):
        raise RasidError(f"no entry has the id {ref!r}; `rasid gazetteer show NAME` tells ids")
    replaced = _write_own({"id": ref, "type": "hidden"})
    _effect(build, f"{ref} is hidden", {"id": ref, "hidden": True, "replaced": replaced}, as_json)


def _made_id(names: Sequence[str]) -> str:
    from rasid.enrich.tokens import key_of

    key = next((found for name in names if (found := key_of(name.removeprefix("?")))), "")
    if not key:
        raise UsageError("an entry needs a name: --name-ar, --name-en, --name-fr or --name-tr")
    return "own:" + key.replace(" ", "-")[:80]


def _write_own(row: Mapping[str, str]) -> bool:
    """Write a row into the own list; whether it took the place of another."""
    from rasid.enrich.lists import ENTRIES, flaws

    whole = {column: row.get(column, "") for column in ENTRIES}
    if wrong := list(flaws(whole, ENTRIES)):
        raise UsageError("; ".join(wrong))
    if broken := next((value for value in whole.values() if "\t" in value or "\n" in value), None):
        raise UsageError(f"{broken!r} holds a tab or the end of a line")
    settings = _settings()
    rows = _own_rows(settings)
    others = [one for one in rows if one["id"] != whole["id"]]
    _keep_own(settings, [*others, whole])
    return len(others) < len(rows)


def _own(settings: Settings) -> Path:
    from rasid.enrich.lists import OWN

    return settings.own_lists / OWN


def _own_rows(settings: Settings) -> list[dict[str, str]]:
    """The rows of the own list; a faulty one is not written over."""
    from rasid.enrich.builder import read_rows
    from rasid.enrich.lists import ENTRIES
    from rasid.enrich.lists import check as look_through

    path = _own(settings)
    if not path.exists():
        return []
    found = look_through(path)
    if found.faults:
        raise RasidError(f"{found.faults[0]}; put that right first (`rasid gazetteer check`)")
    return [{column: row.get(column, "") for column in ENTRIES} for row in read_rows(path)]


def _keep_own(settings: Settings, rows: Iterable[Mapping[str, str]]) -> None:
    from rasid.enrich.lists import ENTRIES

    _write_list(_own(settings), ENTRIES, rows)


def _write_list(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Put a list in its place once it is whole."""
    part = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}-", suffix=".part", delete=False, encoding="utf-8", newline="\n"
        ) as file:
            part = file.name
            file.write("\t".join(columns) + "\n")
            file.writelines("\t".join(row[column] for column in columns) + "\n" for row in rows)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            Path(part).unlink(missing_ok=True)
        raise RasidError(f"cannot write {path}: {error.strerror}") from error


# --- lists --------------------------------------------------------------------------------------------------------


def import_(
    file: Annotated[Path, typer.Argument(help="A file, also packed (.gz, .xz, .zip).")],
    form: Annotated[str, typer.Option("--format", "-f", help="geonames, wof, wikidata, paranames or auto.")] = "auto",
    name: Annotated[str, typer.Option("--as", help="Name of the list; one of that name is replaced.")] = "",
    country: Annotated[str, typer.Option("--country", "-c", help="Only these, with commas: SY,IQ.")] = "",
    min_people: Annotated[int, typer.Option("--min-people", min=0, help="Least population of a settlement.")] = 0,
    classes: Annotated[str, typer.Option("--classes", help="Feature classes of GeoNames, for example PAS.")] = "PA",
    kind: Annotated[str, typer.Option("--kind", "-k", help="What they are: org, person, place, event.")] = "",
    source: Annotated[str, typer.Option("--source", help="Where it comes from; else what the format tells.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Its licence; else what the format tells.")] = "",
    build: _Build = True,
    as_json: Json = False,
) -> None:
    """Take in a list of GeoNames, Who's On First, Wikidata or ParaNames.

    A file with a bad row is not taken in at all: each bad row is told with its line.
    """
    from rasid.enrich.importers import FORMS, Wanted, read

    if form not in ("auto", *FORMS):
        raise UsageError(f"--format takes auto, {', '.join(FORMS)}, not {form!r}")
    wanted = Wanted(
        frozenset(code.strip().upper() for code in country.split(",") if code.strip()),
        min_people, classes.upper(), kind, source, licence,
    )  # fmt: skip
    found = read(file, wanted, form)
    if found.faults:
        _print_faults(found.faults, as_json)
        raise RasidError(f"{file} is not taken in: {_many(len(found.faults), 'bad row')}")
    if not found.rows:
        raise RasidError(f"{file} holds nothing that is wanted ({_many(found.left_out, 'row')} left out)")
    path = _settings().own_lists / f"{_list_name(name or file.name)}.tsv"
    replaced = path.exists()
    _write_list(path, found.form, found.rows)
    said = {"list": str(path), "rows": len(found.rows), "left_out": found.left_out, "replaced": replaced}
    _effect(build, f"{len(found.rows):,} rows taken in as {path}, {found.left_out:,} left out", said, as_json)


def _list_name(name: str) -> str:
    stem = name
    for ending in (".zip", ".gz", ".xz", ".tsv", ".csv", ".txt"):
        stem = stem.removesuffix(ending)
    if not stem or stem == "own" or not all(letter.isalnum() or letter in "-_." for letter in stem) or stem[0] == ".":
        raise UsageError(f"{stem!r} cannot name a list: letters, digits, - and _; not own. Give one with --as")
    return stem


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Lists; all of yours if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Look through lists, and name every bad row with its line. Exit 1 if there is one."""
    from rasid.cli.output import print_lines, print_table, say
    from rasid.enrich.lists import check as look_through
    from rasid.enrich.lists import lists_of

    paths = files or lists_of(_settings().own_lists)
    try:
        found = [look_through(path) for path in paths]
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error
    faults = [fault for one in found for fault in one.faults]
    if as_json:
        print_lines(_told(one) for one in found)
    elif not found:
        say(f"there is no list of your own in {_settings().own_lists}")
    else:
        print_table(("rows", "faults", "list"), ((one.rows, len(one.faults), str(one.path)) for one in found),
                    numbers=("rows", "faults"))  # fmt: skip
        _print_faults(faults, as_json)
    if faults:
        raise typer.Exit(1)


def build(as_json: Json = False) -> None:
    """Compile all lists anew. Workers take the new ones within half a minute, without a restart."""
    _effect(True, "", {}, as_json)


def _effect(build: bool, said: str, result: Mapping[str, Any], as_json: bool) -> None:
    """Say what was done, and compile where that is wanted."""
    from rasid.cli.output import print_one, say

    made = _compile() if build else {}
    if as_json:
        print_one({**result, **made})
    else:
        if said:
            say(said)
        if made:
            say(_compiled(made))
        else:
            say("`rasid gazetteer build` puts it into effect")
    if made.get("faults"):
        raise RasidError("lists with a bad row are left out; `rasid gazetteer check` names each")


def _compile() -> dict[str, Any]:
    """Compile for the workers of this home; what came of it."""
    from rasid.enrich.compile import file_of, key_for, load
    from rasid.enrich.lists import check as look_through
    from rasid.enrich.lists import lists_of
    from rasid.observe import logs

    settings = _settings()
    logs.set_up(level="CRITICAL", form=settings.log_format)
    begun = time.monotonic()
    folder = settings.home / "cache"
    mapped = load(folder, settings.own_lists)
    path = file_of(folder, key_for(settings.own_lists))
    faults = sum(len(look_through(one).faults) for one in lists_of(settings.own_lists))
    size = path.stat().st_size if path.exists() else None
    return {
        "file": str(path) if size is not None else None, "bytes": size, "entries": len(mapped), "faults": faults,
        "seconds": round(time.monotonic() - begun, 1),
    }  # fmt: skip


def _compiled(made: Mapping[str, Any]) -> str:
    where = f"{made['bytes'] / 1e6:.1f} MB in {made['file']}" if made["file"] else "not kept: the folder is read-only"
    return f"{made['entries']:,} entries compiled, {where}"


def _print_faults(faults: Sequence[Fault], as_json: bool) -> None:
    from rasid.cli.output import print_lines, say

    if as_json:
        print_lines({"file": str(one.path), "line": one.line, "message": one.message} for one in faults)
        return
    for fault in faults[:_SHOWN]:
        say(str(fault))
    if len(faults) > _SHOWN:
        say(f"… and {len(faults) - _SHOWN} more; --json gives all")


def _told(found: Checked) -> dict[str, Any]:
    return {
        "list": str(found.path),
        "rows": found.rows,
        "faults": [{"line": one.line, "message": one.message} for one in found.faults],
    }


# --- what is known ------------------------------------------------------------------------------------------------


def show(
    what: Annotated[str, typer.Argument(help="A name, or the id of an entry.")],
    as_json: Json = False,
) -> None:
    """Show who bears a name, or one entry with all its names."""
    from rasid.cli.output import print_lines, print_table

    mapped = _load(_settings())
    rows = _bearers(mapped, what) or _entry_rows(mapped, what)
    if not rows:
        raise RasidError(f"nobody is known by {what!r}")
    if as_json:
        print_lines(rows)
        return
    print_table(
        ("ref", "kind", "name", "english", "country", "province", "people", "counts", "source", "licence"),
        (
            (row["ref"], row["kind"], row["name_ar"], row["name_en"], row["country"], row["admin"],
             row["people"] or None, row["counts"] if row["counts"] is not None else row["names"], row["source"],
             row["licence"])
            for row in rows
        ),
        numbers=("people",),
    )  # fmt: skip


def _bearers(mapped: Mapped, name: str) -> list[dict[str, Any]]:
    from rasid.enrich.listed import ENTRY_AT, FLAGS, FLAGS_AT
    from rasid.enrich.tokens import key_of

    found = mapped.bearers(key_of(name)) or ()
    return [_row(mapped, mapped.entry(one >> ENTRY_AT), counts=_conditions(one >> FLAGS_AT & FLAGS)) for one in found]


def _entry_rows(mapped: Mapped, ref: str) -> list[dict[str, Any]]:
    """The entries of an id, each with its folded names."""
    from rasid.enrich.listed import ENTRY_AT

    wanted = {number for number, entry in _entries(mapped) if entry.ref == ref}
    if not wanted:
        return []
    names: dict[int, list[str]] = {number: [] for number in wanted}
    for key, found in mapped.names():
        for number in {one >> ENTRY_AT for one in found} & wanted:
            names[number].append(key)
    return [_row(mapped, mapped.entry(number), names=sorted(names[number])) for number in sorted(wanted)]


def _row(
    mapped: Mapped, entry: Entry, *, counts: list[str] | None = None, names: list[str] | None = None
) -> dict[str, Any]:
    source = mapped.sources[entry.source]
    area = mapped.area(entry.admin) if entry.admin else None
    return {
        "ref": entry.ref, "kind": entry.kind, "name_ar": entry.arabic, "name_en": entry.latin,
        "country": entry.country or None, "admin": area.latin if area else None, "admin_code": entry.admin or None,
        "lat": entry.lat, "lon": entry.lon, "people": entry.people, "counts": counts, "names": names,
        "source": source.name, "licence": source.licence or None,
    }  # fmt: skip


def _conditions(flags: int) -> list[str]:
    """Where a name counts, in words."""
    from rasid.enrich import listed

    words = (
        (listed.CITY_OF, 'behind "city of"'), (listed.COMMON, "where people are said to be"),
        (listed.CUED, 'behind words like "north of"'), (listed.CONTEXT, "beside its country, or where places stand"),
        (listed.PLACED, "behind a preposition"), (listed.NAMED, "beside its full name"), (listed.SPORT, "in sport"),
        (listed.ACRONYM, "in capitals"), (listed.INNER, "inside a sentence"),
    )  # fmt: skip
    found = [text for flag, text in words if flags & flag]
    strictest = 1 if flags & listed.CUED else len(found)
    return found[:strictest] or ["anywhere"]


def credits_(as_json: Json = False) -> None:
    """List where the entries come from, under which licence, and whom to credit wherever places are shown."""
    from rasid.cli.output import print_lines, print_table, print_text

    mapped = _load(_settings())
    counts = Counter(entry.source for _, entry in _entries(mapped))
    rows = [
        {"source": one.name, "licence": one.licence or None, "entries": counts[number], "credit": one.credit or None}
        for number, one in enumerate(mapped.sources)
    ]
    rows.append({"source": "wordfreq", "licence": "CC BY-SA 4.0", "entries": 0,
                 "credit": "Word frequencies: wordfreq, CC BY-SA 4.0."})  # fmt: skip
    if as_json:
        print_lines(rows)
        return
    print_table(("entries", "licence", "source"), ((row["entries"], row["licence"], row["source"]) for row in rows),
                numbers=("entries",))  # fmt: skip
    for credit in dict.fromkeys(row["credit"] for row in rows if row["credit"]):
        print_text(str(credit))


def _entries(mapped: Mapped) -> Iterable[tuple[int, Entry]]:
    return ((number, mapped.entry(number)) for number in range(len(mapped)))


def _load(settings: Settings) -> Mapped:
    from rasid.enrich.compile import load
    from rasid.observe import logs

    logs.set_up(level="ERROR", form=settings.log_format)
    return load(settings.home / "cache", settings.own_lists)


def _settings() -> Settings:
    from rasid import settings

    return settings.load()


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"

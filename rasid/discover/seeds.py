"""Reads and writes the files of `seeds/`: one outlet each, in TOML. Strict: what it does not know, it refuses.

The format, field by field, is in ``seeds/README.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from rasid import urls
from rasid.errors import UsageError
from rasid.model import CHANNEL_KINDS

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_KEYS = ("name", "name_en", "family", "country", "language", "languages", "time_zone", "home", "delay_seconds", "note",
         "channels", "expect")  # fmt: skip
_NEEDED = ("name", "name_en", "family", "country", "language", "time_zone", "home", "channels")
_CHANNEL_KEYS = ("kind", "url", "unverified", "language", "section", "note")
_EXPECT_KEYS = ("articles_a_day",)


@dataclass(frozen=True, slots=True)
class Channel:
    """One place where an outlet shows what is new.

    Attributes:
        kind: one of `CHANNEL_KINDS`.
        url: absolute http(s) URL.
        unverified: nobody has seen this address answer yet.
        language: BCP 47, where it differs from the outlet's; else None.
        section: the desk it belongs to, in the outlet's words; None where it is the whole outlet.
        note: for people; None where there is none.
    """

    kind: str
    url: str
    unverified: bool = False
    language: str | None = None
    section: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """One publisher in one language or edition, as `seeds/` describes it.

    Attributes:
        id: the file's stem; lower-case words joined by hyphens.
        name: in its own script.
        name_en: as English texts call it.
        family: id of the publisher; outlets of one family are one voice when stories are counted.
        country: ISO 3166-1 alpha-2 of the newsroom.
        language: main language, BCP 47.
        languages: further languages of the outlet; empty for most.
        time_zone: IANA name; what times without an offset are read in.
        home: https URL of the front page.
        channels: at least one.
        delay_seconds: seconds between two requests to its hosts; None: robots.txt or the setting decides.
        articles_a_day: what a usual day brings; None where nobody has counted.
        note: for people; None where there is none.
    """

    id: str
    name: str
    name_en: str
    family: str
    country: str
    language: str
    time_zone: str
    home: str
    channels: tuple[Channel, ...]
    languages: tuple[str, ...] = ()
    delay_seconds: float | None = None
    articles_a_day: int | None = None
    note: str | None = None


def read_seed(source: Path | str, *, outlet_id: str | None = None) -> Outlet:
    """Read one outlet from a file, or from the TOML text itself.

    Args:
        source: a `Path` is opened; a `str` is the text.
        outlet_id: its id; None: the stem of the file. Needed for a text.

    Raises:
        UsageError: unreadable file, no TOML, an unknown key (the nearest known one is named), a missing or wrong value.
    """
    if isinstance(source, Path):
        where, name = str(source), outlet_id or source.stem
        try:
            text = source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{where}: cannot be read as UTF-8 text: {error}") from error
    else:
        where, name, text = outlet_id or "seed", outlet_id or "", source
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: no valid TOML: {error}") from error
    return _outlet(table, name, where)


def load_folder(path: Path | str) -> list[Outlet]:
    """Read every ``*.toml`` below a folder, sorted by id.

    Raises:
        UsageError: no such folder, a file that cannot be read (see `read_seed`), or an id that two files share.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of seeds")
    found: dict[str, Path] = {}
    outlets = []
    for file in sorted(folder.rglob("*.toml")):
        if (other := found.setdefault(file.stem, file)) is not file:
            raise UsageError(f"{file}: the id {file.stem!r} is taken by {other}; rename one of them")
        outlets.append(read_seed(file))
    return sorted(outlets, key=lambda outlet: outlet.id)


def write_seed(outlet: Outlet) -> str:
    """The TOML text of an outlet; `read_seed` of it with the same id gives the same outlet."""
    head = {key: getattr(outlet, key) for key in _KEYS if key not in ("channels", "expect")}
    lines = [f"{key} = {_toml(value)}" for key, value in head.items() if value not in (None, ())]
    for channel in outlet.channels:
        fields = {key: getattr(channel, key) for key in _CHANNEL_KEYS}
        lines += ["", "[[channels]]"]
        lines += [f"{key} = {_toml(value)}" for key, value in fields.items() if value not in (None, False)]
    if outlet.articles_a_day is not None:
        lines += ["", "[expect]", f"articles_a_day = {outlet.articles_a_day}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in value) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if char < " " or char == "\x7f" else char


# --- checks -------------------------------------------------------------------------------------------------------


def _outlet(table: dict[str, Any], outlet_id: str, where: str) -> Outlet:
    _known(table, _KEYS, where)
    if missing := [key for key in _NEEDED if key not in table]:
        raise UsageError(f"{where}: missing {', '.join(missing)}")
    expect = _table(table, "expect", where)
    _known(expect, _EXPECT_KEYS, f"{where}: [expect]")
    return Outlet(
        id=_matched(outlet_id, _ID, where, "the file name", "lower-case words joined by hyphens"),
        name=_string(table, "name", where),
        name_en=_string(table, "name_en", where),
        family=_matched(_string(table, "family", where), _ID, where, "family", "lower-case words joined by hyphens"),
        country=_matched(_string(table, "country", where), _COUNTRY, where, "country", "two capital letters, as SY"),
        language=_language(_string(table, "language", where), where),
        time_zone=_zone(_string(table, "time_zone", where), where),
        home=_url(_string(table, "home", where), where),
        channels=_channels(table["channels"], where),
        languages=tuple(_language(tag, where) for tag in _strings(table, "languages", where)),
        delay_seconds=_number(table, "delay_seconds", where),
        articles_a_day=_count(expect, "articles_a_day", where),
        note=_string(table, "note", where) if "note" in table else None,
    )


def _channels(listed: object, where: str) -> tuple[Channel, ...]:
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise UsageError(f"{where}: needs at least one [[channels]] table with kind and url")
    channels = tuple(_channel(one, f"{where}: channel {number}") for number, one in enumerate(listed, 1))
    seen: set[str] = set()
    for channel in channels:
        if channel.url in seen:
            raise UsageError(f"{where}: two channels have the url {channel.url}")
        seen.add(channel.url)
    return channels


def _channel(table: dict[str, Any], where: str) -> Channel:
    _known(table, _CHANNEL_KEYS, where)
    kind = _string(table, "kind", where)
    if kind not in CHANNEL_KINDS:
        raise UsageError(f"{where}: kind {kind!r} is none of {', '.join(CHANNEL_KINDS)}{_nearest(kind, CHANNEL_KINDS)}")
    unverified = table.get("unverified", False)
    if not isinstance(unverified, bool):
        raise UsageError(f"{where}: unverified must be true or false, not {unverified!r}")
    return Channel(
        kind=kind,
        url=_url(_string(table, "url", where), where),
        unverified=unverified,
        language=_language(_string(table, "language", where), where) if "language" in table else None,
        section=_string(table, "section", where) if "section" in table else None,
        note=_string(table, "note", where) if "note" in table else None,
    )


def _known(table: Mapping[str, object], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            raise UsageError(f"{where}: unknown key {key!r}{_nearest(key, keys) or '; known: ' + ', '.join(keys)}")


def _nearest(word: str, words: tuple[str, ...]) -> str:
    close = get_close_matches(word, words, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _table(table: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {key} must be a table, written [{key}]")
    return value


def _string(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: {key} must be a text that is not empty, not {value!r}")
    return value


def _strings(table: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}: {key} must be a list of texts, not {value!r}")
    return value


def _number(table: Mapping[str, Any], key: str, where: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise UsageError(f"{where}: {key} must be a number of seconds from 0 to 3600, not {value!r}")
    return float(value)


def _count(table: Mapping[str, Any], key: str, where: str) -> int | None:
    value = table.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise UsageError(f"{where}: {key} must be a whole number from 0, not {value!r}")
    return value


def _matched(value: str, pattern: re.Pattern[str], where: str, what: str, form: str) -> str:
    if not pattern.fullmatch(value):
        raise UsageError(f"{where}: {what} must be {form}, not {value!r}")
    return value


def _language(tag: str, where: str) -> str:
    return _matched(tag, _LANGUAGE, where, "language", "a BCP 47 tag, as ar, ckb or ku-Latn")


def _zone(name: str, where: str) -> str:
    zones = _zones()
    if name not in zones:
        raise UsageError(f"{where}: time_zone {name!r} is no IANA zone{_nearest(name, tuple(sorted(zones)))}")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _url(text: str, where: str) -> str:
    href = urls.normalise(text)
    if href is None or not href.startswith(("https://", "http://")):
        raise UsageError(f"{where}: {text!r} is no http(s) URL")
    able, reason = urls.fetchable(href)
    # Private addresses pass here: whether an operator may watch them is settled where they are fetched.
    if not able and reason in ("invalid_url", "not_http", "credentials", "too_long"):
        raise UsageError(f"{where}: {text!r} cannot be fetched: {reason}")
    return text

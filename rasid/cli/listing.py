"""The watched outlets as a list of feeds (OPML) that readers, and `rasid import`, take in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def write_opml(rows: Sequence[dict[str, Any]], out: Path | None) -> None:
    """Write the feeds of outlets (of `rasid.store.read.sources`) under their countries and languages; None is stdout.

    What `rasid import` needs to make the same outlets of them stands in attributes that others pass over. Channels that
    are no feeds have no place in such a list: how many were left out is said.
    """
    from rasid.cli.output import say
    from rasid.discover import opml
    from rasid.model import FEEDS

    outlines = [
        opml.OpmlOutline(
            row["name"],
            one["url"],
            row["home"],
            _folders(row["country"], row["language"]),
            row["language"],
            opml.labels_of({"outlet": row["id"], "family": row["family"], "country": row["country"],
                            "time_zone": row["time_zone"]}),
        )
        for row in rows
        for one in row["channels"]
        if one["kind"] in FEEDS
    ]  # fmt: skip
    data = opml.write_opml(outlines)
    if out is not None:
        out.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
    left = sum(len(row["channels"]) for row in rows) - len(outlines)
    if left:
        say(f"{left} channels are no feeds and are left out; --format toml keeps all")


def _folders(country: str | None, language: str | None) -> tuple[str, ...]:
    """Names of a country and a language in English, as readers show them."""
    from babel import Locale

    english = Locale("en")
    base = (language or "").partition("-")[0]
    names = (english.territories.get(country or "", country), english.languages.get(base, language))
    return tuple(name for name in names if name)

"""The word lists beside this package."""

from __future__ import annotations

import re
from functools import lru_cache

from rasid.text import tables
from rasid.text.tables import alternatives


def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of ``<name>.tsv``, cut at tabs."""
    return tables.rows(__package__, name)


@lru_cache(maxsize=32)
def any_of(*families: str) -> str:
    """A regular expression that matches any phrase of these families of `phrases.tsv`, the longest first."""
    return alternatives(row[1] for row in rows("phrases") if row[0] in families)


@lru_cache(maxsize=16)
def phrases(*families: str) -> re.Pattern[str]:
    """`any_of` as a pattern to search folded text with."""
    return re.compile(any_of(*families))

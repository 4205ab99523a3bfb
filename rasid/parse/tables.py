"""The word lists beside this package: tab-separated, a line that begins with # is a remark."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=8)
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of ``<name>.tsv``, cut at tabs."""
    text = resources.files(__package__).joinpath(f"{name}.tsv").read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=32)
def any_of(*families: str) -> str:
    """A regular expression that matches any phrase of these families of `phrases.tsv`, the longest first."""
    return alternatives(row[1] for row in rows("phrases") if row[0] in families)


def alternatives(patterns: Iterable[str]) -> str:
    """`patterns` as one group; a longer one comes before those that it begins with."""
    return f"(?:{'|'.join(sorted(set(patterns), key=len, reverse=True))})"


@lru_cache(maxsize=16)
def phrases(*families: str) -> re.Pattern[str]:
    """`any_of` as a pattern to search folded text with."""
    return re.compile(any_of(*families))

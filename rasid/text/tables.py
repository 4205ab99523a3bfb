"""Word lists that lie beside a package: tab-separated, a line that begins with # is a remark."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=16)
def rows(package: str, name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of ``<name>.tsv`` in `package`, cut at tabs."""
    text = resources.files(package).joinpath(f"{name}.tsv").read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


def alternatives(patterns: Iterable[str]) -> str:
    """`patterns` as one group; a longer one comes before those that it begins with."""
    return f"(?:{'|'.join(sorted(set(patterns), key=len, reverse=True))})"

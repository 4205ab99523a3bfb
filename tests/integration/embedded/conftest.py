"""A home with a space and Arabic letters in its path, and nothing left of it afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rasid.embedded import Home, Postgres, Valkey
from rasid.embedded.guardian import find


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter: pytest's own is closed to the user that PostgreSQL runs as under root."""
    made = Path(tempfile.mkdtemp(prefix="embedded-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    path = folder / "غرفة الأخبار" / "my home"
    yield path
    clear(path)


def clear(path: Path) -> None:
    """Stop what runs in the home, and make sure that nothing outlives it."""
    Postgres(path).stop()
    Valkey(path).stop()
    assert find(Postgres(path).target) is None
    assert find(Valkey(path).target) is None
    key = Home(path).key
    assert [each.name for each in Path("/tmp").glob(f"rasid-*-{key}-*")] == []
    if os.geteuid() == 0:
        shutil.rmtree(f"/var/lib/rasid-{key}", ignore_errors=True)

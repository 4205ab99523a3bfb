"""One annotator for all tests of this folder: compiling takes seconds, the tests only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rasid.enrich.annotate import Annotator


@pytest.fixture(scope="session")
def compiled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gazetteer")


@pytest.fixture(scope="session")
def annotator(compiled_folder: Path) -> Annotator:
    return Annotator(compiled_folder)

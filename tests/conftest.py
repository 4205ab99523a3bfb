"""Fixtures that every test may use."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text

from rasid.cluster.meaning import installed
from rasid.embedded.postgres import Postgres
from rasid.store import schema
from rasid.store.engine import make_engine

# How long an example takes is no one's business here: machines that run tests are shared and noisy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the whole stack may take longer than others."""
    for item in items:
        if "end_to_end" in item.path.parts:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of reference pages and labels beside the checkout; the test is skipped where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the reference pages (../shared/data) are not here")
    return folder


@pytest.fixture(scope="session")
def embed() -> None:
    """The extra ``embed``; the test is skipped where it is not installed, and fails in CI."""
    if not installed():
        if os.environ.get("CI"):
            pytest.fail("the extra `embed` is not installed, and the development set-up should have seen to that")
        pytest.skip("the extra `embed` is not installed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL for the whole run, with an empty schema in the database ``template_rasid``."""
    with open_folder() as folder, Postgres(folder / "home") as server:
        admin = create_engine(server.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as conn:
            conn.execute(text("CREATE DATABASE template_rasid"))
        template = make_engine(_named(server.url, "template_rasid"))
        schema.upgrade(template)
        template.dispose()
        admin.dispose()
        yield server


@contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder that others may enter: where root runs the tests, PostgreSQL runs as another user."""
    with tempfile.TemporaryDirectory(prefix="rasid-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """A database of this test alone, with rasid's tables and nothing in them."""
    name = f"test_{uuid4().hex}"
    admin = create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name} TEMPLATE template_rasid STRATEGY FILE_COPY"))
    yield _named(postgres.url, name)
    with admin.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    made = make_engine(database_url)
    yield made
    made.dispose()


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)

"""Migrations lead to exactly the tables that the code knows."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from rasid.errors import DatabaseDown
from rasid.store import schema
from rasid.store.engine import make_engine, transaction
from rasid.store.tables import Base


def test_migrations_and_tables_agree(engine: Engine) -> None:
    with transaction(engine) as conn:
        assert compare_metadata(MigrationContext.configure(conn), Base.metadata) == []


def test_an_upgrade_of_what_is_new_does_nothing(engine: Engine) -> None:
    before, after = schema.upgrade(engine)
    assert before == after == schema.newest()


def test_an_older_schema_is_told_apart(engine: Engine) -> None:
    with transaction(engine) as conn:
        conn.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(DatabaseDown, match="rasid db upgrade"):
        schema.require(engine)


def test_a_database_that_is_away_is_one_sentence_without_its_password() -> None:
    away = make_engine("postgresql://someone:secret@127.0.0.1:9/none")
    with pytest.raises(DatabaseDown, match="does not answer") as caught, transaction(away):
        pass
    assert "secret" not in str(caught.value)
    assert "RASID_DATABASE_URL" in str(caught.value)

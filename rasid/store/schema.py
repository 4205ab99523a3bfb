"""The schema: bring it up to date, and say whether it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from rasid.errors import DatabaseDown
from rasid.store.engine import transaction

_FOLDER = Path(__file__).parent / "migrations"
#: Any number will do as long as every rasid takes the same: two that upgrade at once must wait for each other.
_LOCK = 7_245_771


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    # ConfigParser would read a % in a path as interpolation.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def upgrade(engine: Engine) -> tuple[str | None, str | None]:
    """Bring the schema to the newest revision, one process at a time.

    Returns:
        The revision before (None: the database was empty) and after.
    """
    with transaction(engine) as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = _current(conn)
        command.upgrade(_config(conn), "head")
        return before, _current(conn)


def require(engine: Engine) -> None:
    """Make sure that the schema is the one this code knows.

    Raises:
        DatabaseDown: it is older or newer; the message says what to run.
    """
    with transaction(engine) as conn:
        current = _current(conn)
    if current != (head := newest()):
        raise DatabaseDown(
            f"the database has schema {current or 'none'}, this rasid needs {head}: run `rasid db upgrade`"
        )


def newest() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _current(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()

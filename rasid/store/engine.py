"""The engine, and the one place where a database that does not answer becomes a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from rasid.errors import DatabaseBusy, DatabaseDown

#: serialization_failure, deadlock_detected, lock_not_available
_BUSY = {"40001", "40P01", "55P03"}


def normalise_url(url: str) -> str:
    """`url` with the driver that rasid uses: ``postgres://`` and ``postgresql://`` become ``postgresql+psycopg://``."""
    scheme, sep, rest = url.partition("://")
    return f"postgresql+psycopg{sep}{rest}" if scheme in ("postgres", "postgresql") else url


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """An engine on PostgreSQL. Connects lazily; a connection that died in the pool is replaced.

    Args:
        url: see `normalise_url`.
        pool_size: connections kept; as many again may be opened for a moment.
    """
    return create_engine(
        normalise_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"connect_timeout": 5, "application_name": "rasid", "options": "-c TimeZone=UTC"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error.

    Raises:
        DatabaseDown: PostgreSQL did not answer.
        DatabaseBusy: another transaction was in the way; do it again.
    """
    try:
        with engine.begin() as conn:
            yield conn
    except (OperationalError, InterfaceError) as error:
        if getattr(error.orig, "sqlstate", None) in _BUSY:
            raise DatabaseBusy("two transactions were in each other's way") from error
        raise DatabaseDown(_explain(engine, error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseDown(_explain(engine, error)) from error
        raise


def check(engine: Engine) -> None:
    """Ask the database for an answer.

    Raises:
        DatabaseDown: it gave none.
    """
    with transaction(engine) as conn:
        conn.execute(text("SELECT 1"))


def _explain(engine: Engine, error: DBAPIError) -> str:
    where = engine.url.render_as_string(hide_password=True)
    cause = " ".join(str(error.orig).split()).rstrip(".")
    return f"the database does not answer ({where}): {cause}. Start it, or set RASID_DATABASE_URL."

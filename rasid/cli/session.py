"""The database of one command: the one that the settings name, or the embedded one of the home.

Where the embedded server does not run, it is started for this command and stopped after it, unless another command or
a supervisor uses it by then.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from rasid.errors import DatabaseDown, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from rasid.context import Context
    from rasid.embedded.home import Home
    from rasid.embedded.postgres import Postgres
    from rasid.settings import Settings

_NOTHING = (
    "nothing here yet: no database in {home}; run `rasid demo` or `rasid up` first, or name a database in "
    "RASID_DATABASE_URL"
)


@contextmanager
def database(*, make: bool = False, pool_size: int = 2) -> Iterator[Context]:
    """A context on a database whose schema is the one that this code knows.

    Args:
        make: whether an embedded database that is not there yet is made.
        pool_size: connections kept open; twice as many at most.

    Raises:
        DatabaseDown: it does not answer, has another schema, or there is none yet.
    """
    from rasid.context import Context
    from rasid.settings import load
    from rasid.store import schema

    settings = load()
    with _server(settings, make=make) as url:
        context = Context(settings, url, pool_size=pool_size)
        try:
            if settings.database_url is None:
                schema.upgrade(context.engine)
            else:
                schema.require(context.engine)
            yield context
        finally:
            context.close()


@contextmanager
def raw_engine(*, make: bool) -> Iterator[Engine]:
    """An engine on the same database, whatever its schema is.

    Raises:
        DatabaseDown: it does not answer, or there is none and it is not to be made.
    """
    from rasid.settings import load
    from rasid.store.engine import make_engine

    with _server(load(), make=make) as url:
        engine = make_engine(url, pool_size=1)
        try:
            yield engine
        finally:
            engine.dispose()


def has_home(settings: Settings) -> bool:
    """Whether there is a database to open: a named one, or an embedded one that was made before."""
    from rasid.embedded.postgres import Postgres

    return settings.database_url is not None or (Postgres(settings.home).data / "PG_VERSION").exists()


@contextmanager
def _server(settings: Settings, *, make: bool) -> Iterator[str]:
    """The address of a database that runs while the block does."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    from rasid.embedded.home import Home
    from rasid.embedded.postgres import Postgres

    home = Home(settings.home)
    if not make and not has_home(settings):
        raise DatabaseDown(_NOTHING.format(home=home.path))
    server = Postgres(home.path)
    home.prepare()
    signal.signal(signal.SIGTERM, _end)
    with _shared(home) as visitors:
        server.start()
        # Not what was seen before: a server that was just ending then is started anew, and would be left behind.
        if server.launched:
            _mark(visitors)
        try:
            yield server.url
        finally:
            _leave(home, server, visitors)


def _end(number: int, _: object) -> NoReturn:
    """End in good order: what was started is stopped on the way out."""
    raise SystemExit(128 + number)


@contextmanager
def _shared(home: Home) -> Iterator[int]:
    """A file that all commands that use the home's server hold together. It is not empty once one has started it."""
    handle = os.open(home.run / "commands.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield handle
    finally:
        os.close(handle)


def _mark(visitors: int) -> None:
    os.pwrite(visitors, b"started by a command\n", 0)


def _leave(home: Home, server: Postgres, visitors: int) -> None:
    """Stop the server if a command started it, and nobody else uses it."""
    try:
        fcntl.flock(visitors, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if os.fstat(visitors).st_size == 0:
        return
    # A supervisor that holds the home has taken the server over.
    with suppress(UsageError), home.lock(wait_seconds=0.0):
        server.stop()
    os.ftruncate(visitors, 0)

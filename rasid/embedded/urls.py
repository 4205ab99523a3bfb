"""Where the broker and the database are: as the settings say, or the embedded ones under home."""

from __future__ import annotations

from rasid.settings import Settings


def broker_url(settings: Settings) -> str:
    """The broker's address. Nothing is started."""
    if settings.broker_url is not None:
        return settings.broker_url
    from rasid.embedded.valkey import Valkey

    return Valkey(settings.home).url


def database_url(settings: Settings) -> str:
    """The database's address. Nothing is started."""
    if settings.database_url is not None:
        return settings.database_url
    from rasid.embedded.postgres import Postgres

    return Postgres(settings.home).url

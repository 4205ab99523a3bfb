"""Run by Alembic: applies migrations over the connection that `rasid.store.schema` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from rasid.store.tables import Base

connection = context.config.attributes["connection"]
# A migration that cannot get its lock quickly gives up and is run again; it must not stop the workers.
connection.execute(text("SET LOCAL lock_timeout = '5s'"))
context.configure(connection=connection, target_metadata=Base.metadata)
context.run_migrations()

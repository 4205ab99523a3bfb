"""The parts of bands are not logged, and bear a mark that says that they are whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MARK = -(2**63)


def upgrade() -> None:
    for part in _parts():
        op.execute(f"ALTER TABLE {part} SET UNLOGGED")
        # Named after their days: the first digits are the day on which it begins.
        op.execute(
            f"INSERT INTO bands (band, seen_at, article_id) "
            f"VALUES ({_MARK}, '{part.split('_')[1]}'::timestamp AT TIME ZONE 'UTC', 0)"
        )


def downgrade() -> None:
    op.execute(f"DELETE FROM bands WHERE band = {_MARK}")
    for part in _parts():
        op.execute(f"ALTER TABLE {part} SET LOGGED")


def _parts() -> list[str]:
    rows = op.get_bind().execute(
        sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bands'::regclass ORDER BY 1")
    )
    return list(rows.scalars())

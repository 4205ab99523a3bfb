"""The rhythm of each channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBERS = ("rate", "rate_root", "own_price")


def upgrade() -> None:
    op.add_column("channels", sa.Column("rhythm", sa.LargeBinary(), nullable=True))
    for name in _NUMBERS:
        op.add_column("channels", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("channels", sa.Column("due_why", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("due_why", *reversed(_NUMBERS), "rhythm"):
        op.drop_column("channels", name)

"""Answers of servers of others, and what was spent on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remote_answers",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("enricher", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_remote_answers"),
    )
    op.create_index("ix_remote_answers_at", "remote_answers", ["at"])
    op.create_table(
        "remote_spent",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("enricher", sa.Text, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "enricher", name="pk_remote_spent"),
    )


def downgrade() -> None:
    op.drop_table("remote_spent")
    op.drop_table("remote_answers")

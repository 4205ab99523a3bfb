"""Alerts that tell what is new in a story."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OLD = "uq_deliveries_watch_id_story_id"
_NEW = "uq_deliveries_watch_id_story_id_part"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("part", sa.BigInteger(), server_default=sa.text("1"), nullable=False))
    op.add_column("deliveries", sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.drop_constraint(op.f(_OLD), "deliveries", type_="unique")
    op.create_unique_constraint(op.f(_NEW), "deliveries", ["watch_id", "story_id", "part"])


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE part > 1")
    op.drop_constraint(op.f(_NEW), "deliveries", type_="unique")
    op.create_unique_constraint(op.f(_OLD), "deliveries", ["watch_id", "story_id"])
    op.drop_column("deliveries", "told")
    op.drop_column("deliveries", "part")

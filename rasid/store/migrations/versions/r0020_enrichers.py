"""Annotations have details and the version of the text that was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("annotations", sa.Column("detail", JSONB(none_as_null=True)))
    op.add_column("annotations", sa.Column("version", sa.Integer))


def downgrade() -> None:
    op.drop_column("annotations", "version")
    op.drop_column("annotations", "detail")

"""What robots.txt allowed and refused, kept with each host."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("robots_allowed", "robots_refused"):
        op.add_column("hosts", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "hosts",
        sa.Column("rulings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    )


def downgrade() -> None:
    for name in ("rulings", "robots_refused", "robots_allowed"):
        op.drop_column("hosts", name)

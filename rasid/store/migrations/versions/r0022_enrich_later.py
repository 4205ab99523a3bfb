"""What enrichers are still to be asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrich_later",
        sa.Column(
            "article_id",
            sa.BigInteger,
            sa.ForeignKey("articles.id", ondelete="CASCADE", name="fk_enrich_later_article_id"),
            nullable=False,
        ),
        sa.Column("enricher", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("attempts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "enricher", name="pk_enrich_later"),
    )
    op.create_index("ix_enrich_later_due", "enrich_later", ["enricher", "due_at"])


def downgrade() -> None:
    op.drop_table("enrich_later")

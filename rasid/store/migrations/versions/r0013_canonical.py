"""Articles are found by the canonical address that they name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_articles_canonical",
        "articles",
        ["canonical_url"],
        postgresql_using="hash",
        postgresql_where=sa.text("canonical_url <> url"),
    )


def downgrade() -> None:
    op.drop_index("ix_articles_canonical", table_name="articles")

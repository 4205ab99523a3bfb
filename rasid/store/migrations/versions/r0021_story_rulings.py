"""Rulings of operators on stories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rulings", sa.Column("subject", sa.Text(), server_default=sa.text("'group'"), nullable=False))
    op.add_column("story_docs", sa.Column("ruling", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_story_docs_ruling"), "story_docs", "rulings", ["ruling"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    op.drop_column("story_docs", "ruling")
    op.execute("DELETE FROM rulings WHERE subject <> 'group'")
    op.drop_column("rulings", "subject")

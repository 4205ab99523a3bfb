"""Pages packed with another page of their site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pages", sa.Column("dictionary_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_pages_dictionary", "pages", ["dictionary_id"], postgresql_where=sa.text("dictionary_id IS NOT NULL")
    )
    op.create_table(
        "page_dictionaries",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("pages", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("raw_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("packed_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_page_dictionaries")),
    )


def downgrade() -> None:
    # Pages that were packed with another cannot be read without it: `rasid` of that schema would lose them.
    op.drop_table("page_dictionaries")
    op.drop_index("ix_pages_dictionary", table_name="pages")
    op.drop_column("pages", "dictionary_id")

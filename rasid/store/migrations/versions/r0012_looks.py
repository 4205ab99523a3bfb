"""Articles are looked at again, when that is worth it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_links_look",
        "links",
        ["look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL AND state IN ('done','gone')"),
    )
    op.create_table(
        "outlet_looks",
        sa.Column("outlet_id", sa.Text(), nullable=False),
        sa.Column("rung", sa.BigInteger(), nullable=False),
        sa.Column("looks", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("changes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_outlet_looks_outlet_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outlet_id", "rung", name=op.f("pk_outlet_looks")),
    )


def downgrade() -> None:
    op.drop_table("outlet_looks")
    op.drop_index("ix_links_look", table_name="links")
    op.drop_column("links", "look_at")

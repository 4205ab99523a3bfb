"""Lanes: what is not fresh waits behind what is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNDER_WAY = "state IN ('fetched','parsed','deduped','enriched','clustered')"


def upgrade() -> None:
    op.add_column("links", sa.Column("lane", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_index("ix_links_found", table_name="links")
    op.drop_index("ix_links_waiting", table_name="links")
    op.create_index(
        "ix_links_found", "links", ["host", "lane", "due_at", "id"], postgresql_where=sa.text("state = 'found'")
    )
    op.create_index(
        "ix_links_waiting", "links", ["state", "due_at"], postgresql_where=sa.text(f"{_UNDER_WAY} AND lane = 0")
    )
    op.create_index(
        "ix_links_behind", "links", ["state", "lane", "due_at"], postgresql_where=sa.text(f"{_UNDER_WAY} AND lane > 0")
    )


def downgrade() -> None:
    op.drop_index("ix_links_behind", table_name="links")
    op.drop_index("ix_links_waiting", table_name="links")
    op.drop_index("ix_links_found", table_name="links")
    op.create_index("ix_links_found", "links", ["host", "due_at", "id"], postgresql_where=sa.text("state = 'found'"))
    op.create_index("ix_links_waiting", "links", ["state", "due_at"], postgresql_where=sa.text(_UNDER_WAY))
    op.drop_column("links", "lane")

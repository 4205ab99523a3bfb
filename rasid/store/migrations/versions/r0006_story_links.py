"""Links between articles of stories, and the development of stories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "story_links",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("odds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["story_docs.article_id"], name=op.f("fk_story_links_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["story_docs.article_id"], name=op.f("fk_story_links_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_story_links")),
    )
    op.create_index("ix_story_links_other", "story_links", ["other_id"])
    op.create_table(
        "story_events",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_events_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_events")),
    )
    op.create_index("ix_story_events_story", "story_events", ["story_id", "id"])


def downgrade() -> None:
    op.drop_table("story_events")
    op.drop_table("story_links")

"""Topics of readers: rules, tags, and models of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
        sa.UniqueConstraint("key", name="uq_topics_key"),
    )
    op.create_table(
        "topic_tags",
        sa.Column(
            "topic_id",
            sa.BigInteger,
            sa.ForeignKey("topics.id", ondelete="CASCADE", name="fk_topic_tags_topic_id"),
            nullable=False,
        ),
        sa.Column(
            "article_id",
            sa.BigInteger,
            sa.ForeignKey("articles.id", ondelete="CASCADE", name="fk_topic_tags_article_id"),
            nullable=False,
        ),
        sa.Column("positive", sa.Boolean, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("topic_id", "article_id", name="pk_topic_tags"),
    )
    op.create_index("ix_topic_tags_article_id", "topic_tags", ["article_id"])
    op.create_table(
        "topic_models",
        sa.Column(
            "topic_id",
            sa.BigInteger,
            sa.ForeignKey("topics.id", ondelete="CASCADE", name="fk_topic_models_topic_id"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("features", sa.Integer, nullable=False),
        sa.Column("weights", sa.LargeBinary, nullable=False),
        sa.Column("bias", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("scores", JSONB(none_as_null=True), nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("topic_id", "version", name="pk_topic_models"),
    )


def downgrade() -> None:
    op.drop_table("topic_models")
    op.drop_table("topic_tags")
    op.drop_table("topics")

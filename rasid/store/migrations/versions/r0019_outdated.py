"""Fingerprints of an old version are found by an index."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_fingerprints_version", "fingerprints", ["version", "seen_at"])


def downgrade() -> None:
    op.drop_index("ix_fingerprints_version", "fingerprints")

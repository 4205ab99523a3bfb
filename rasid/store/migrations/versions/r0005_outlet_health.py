"""What is expected of each outlet, what came, and how it does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTS = ("visits", "ok", "found", "articles", "tried", "walled", "paid")


def _time(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)  # type: ignore[arg-type]


def _json(name: str, *, needed: bool = False) -> sa.Column[object]:
    kind = postgresql.JSONB(astext_type=sa.Text())
    return sa.Column(name, kind, server_default=sa.text("'{}'") if needed else None, nullable=not needed)


def _outlet(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["outlet_id"], ["outlets.id"], name=op.f(f"fk_{table}_outlet_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.add_column("channels", sa.Column("entries", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("entries_most", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("channels", _time("emptied_at", nullable=True))
    op.create_table(
        "outlet_hours",
        sa.Column("outlet_id", sa.Text(), nullable=False),
        _time("at", nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False) for name in _COUNTS),
        sa.Column("odd", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _outlet("outlet_hours"),
        sa.PrimaryKeyConstraint("outlet_id", "at", name=op.f("pk_outlet_hours")),
    )
    op.create_index("ix_outlet_hours_at", "outlet_hours", ["at"])
    op.create_table(
        "outlet_health",
        sa.Column("outlet_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="nothing_yet", nullable=False),
        _time("since", server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        _json("evidence", needed=True),
        sa.Column("candidate", sa.Text(), nullable=True),
        *(_time(name, nullable=True) for name in ("candidate_since", "odd_since", "judged_at")),
        _json("expectation"),
        _time("learned_at", nullable=True),
        _json("fill"),
        _time("filled_at", nullable=True),
        sa.Column("fill_before", sa.BigInteger(), nullable=True),
        _json("facts", needed=True),
        _outlet("outlet_health"),
        sa.PrimaryKeyConstraint("outlet_id", name=op.f("pk_outlet_health")),
    )
    op.create_table(
        "outlet_changes",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("outlet_id", sa.Text(), nullable=False),
        _time("at", server_default=sa.text("now()"), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        _json("evidence", needed=True),
        _outlet("outlet_changes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet_changes")),
    )
    op.create_index("ix_outlet_changes_outlet", "outlet_changes", ["outlet_id", "at"])
    op.create_table(
        "rollups",
        sa.Column("name", sa.Text(), nullable=False),
        _time("until", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rollups")),
    )


def downgrade() -> None:
    for table in ("rollups", "outlet_changes", "outlet_health", "outlet_hours"):
        op.drop_table(table)
    for column in ("emptied_at", "entries_most", "entries"):
        op.drop_column("channels", column)

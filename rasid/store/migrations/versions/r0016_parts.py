"""Fingerprints and bands in parts by time; an exact hash is found as a band is. What is stored moves along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: Days of a part that is made here.
_DAYS = 7
#: Fingerprints that were seen longer ago, and before the oldest band, are found by nothing any more.
_OLDEST = "least(now() - interval '90 days', (SELECT min(seen_at) FROM old_bands))"
# The first eight bytes of the exact hash as a number.
_EXACT = "('x' || encode(substring(f.exact FROM 1 FOR 8), 'hex'))::bit(64)::bigint"


def upgrade() -> None:
    for table in ("fingerprints", "bands"):
        op.rename_table(table, f"old_{table}")
        op.execute(f"ALTER TABLE old_{table} RENAME CONSTRAINT pk_{table} TO old_pk_{table}")
    _create()
    for start in _starts():
        _part("fingerprints", start)
        _part("bands", start)
    op.execute(
        f"""
        INSERT INTO fingerprints (article_id, seen_at, version, exact, data, bands)
        SELECT f.article_id, f.seen_at, f.version, f.exact, f.data,
               ARRAY(SELECT band FROM old_bands b WHERE b.article_id = f.article_id)
               || CASE WHEN f.exact = '' THEN '{{}}'::bigint[] ELSE ARRAY[{_EXACT}] END
        FROM old_fingerprints f WHERE f.seen_at >= {_OLDEST}
        """
    )
    op.execute(
        "INSERT INTO bands (band, seen_at, article_id) "
        "SELECT DISTINCT unnest(bands), seen_at, article_id FROM fingerprints ORDER BY 1"
    )
    op.drop_table("old_bands")
    op.drop_table("old_fingerprints")
    op.drop_index("ix_articles_group", "articles")
    op.create_index("ix_articles_group", "articles", ["group_id", "id"])


def _create() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("exact", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("bands", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "seen_at", name=op.f("pk_fingerprints")),
        postgresql_partition_by="RANGE (seen_at)",
    )
    # Hashes do not get smaller: to try it costs time.
    op.execute("ALTER TABLE fingerprints ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("band", "seen_at", "article_id", name=op.f("pk_bands")),
        postgresql_partition_by="RANGE (seen_at)",
    )


def _starts() -> list[date]:
    """The first days of the parts that hold what is stored."""
    days = op.get_bind().execute(
        sa.text(f"SELECT DISTINCT (seen_at AT TIME ZONE 'UTC')::date FROM old_fingerprints WHERE seen_at >= {_OLDEST}")
    )
    epoch = date(2000, 1, 1)
    return sorted({epoch + timedelta(days=(day - epoch).days // _DAYS * _DAYS) for day in days.scalars()})


def _part(table: str, start: date) -> None:
    end = start + timedelta(days=_DAYS)
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat() for day in (start, end))
    op.execute(
        f"CREATE TABLE {table}_{start:%Y%m%d}_{end:%Y%m%d} PARTITION OF {table} "
        f"FOR VALUES FROM ('{first}') TO ('{last}')"
    )


def downgrade() -> None:
    op.drop_index("ix_articles_group", "articles")
    op.create_index("ix_articles_group", "articles", ["group_id"])
    for table in ("fingerprints", "bands"):
        op.rename_table(table, f"old_{table}")
        op.execute(f"ALTER TABLE old_{table} RENAME CONSTRAINT pk_{table} TO old_pk_{table}")
    op.create_table(
        "fingerprints",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("exact", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_fingerprints_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_fingerprints")),
    )
    op.create_index("ix_fingerprints_exact", "fingerprints", ["exact"])
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_bands_article_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_bands")),
    )
    op.create_index("ix_bands_article", "bands", ["article_id"])
    op.execute(
        "INSERT INTO fingerprints SELECT f.article_id, f.version, f.exact, f.data, f.seen_at "
        "FROM old_fingerprints f JOIN articles a ON a.id = f.article_id"
    )
    op.execute(
        "INSERT INTO bands SELECT b.band, b.article_id, b.seen_at FROM old_bands b JOIN fingerprints USING (article_id)"
    )
    op.drop_table("old_bands")
    op.drop_table("old_fingerprints")

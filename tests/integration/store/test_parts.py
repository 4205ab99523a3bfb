"""Tables in parts by time: made where they are needed, dropped whole, and what was stored before moves along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from rasid.store import groups, parts, schema
from rasid.store.engine import transaction
from rasid.store.parts import Span

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAYS = st.dates(date(1999, 1, 1), date(2030, 1, 1))


@given(st.lists(st.tuples(DAYS, st.integers(1, 40)), max_size=12))
def test_parts_never_overlap_and_hold_every_day_asked_for(asked: list[tuple[date, int]]) -> None:
    known: list[Span] = []
    for day, days in asked:
        if (span := parts.wanted(known, day, days)) is not None:
            known.append(span)
        assert any(one.start <= day < one.end for one in known)
    ordered = sorted(known)
    assert all(one.end <= after.start for one, after in pairwise(ordered))


def _print(article: int, seen: datetime, bands: tuple[int, ...]) -> groups.Print:
    return groups.Print(article, article, None, None, 2, b"", b"x", seen, bands)


def test_old_parts_are_dropped_whole_and_new_ones_made_as_they_are_needed(engine: Engine) -> None:
    since = NOW - timedelta(days=60)
    with transaction(engine) as conn:
        for days in (0, 3, 20, 40):
            groups.keep(conn, [_print(days + 1, NOW - timedelta(days=days), (7,))], since=since, days=5)
        before = parts.known(conn)
        assert before["bands"] == before["fingerprints"]
        assert len(before["bands"]) == 4
        assert parts.drop(conn, before=NOW - timedelta(days=14)) == 4
        assert _articles(conn) == [1, 4]
        assert sorted(conn.execute(text("SELECT article_id FROM fingerprints")).scalars()) == [1, 4]
        assert parts.ensure(conn, [NOW, NOW - timedelta(days=3)], days=5) == 0


def _articles(conn: Connection) -> list[int]:
    return sorted(conn.execute(text("SELECT article_id FROM bands WHERE article_id > 0")).scalars())


def test_what_a_crash_has_emptied_is_filled_again(engine: Engine) -> None:
    with transaction(engine) as conn:
        for days in (0, 20):
            groups.keep(
                conn, [_print(days + 1, NOW - timedelta(days=days), (7, -9))], since=NOW - timedelta(days=60), days=5
            )
        assert parts.mend(conn) == 0
        span = parts.known(conn)["bands"][0]
        # What PostgreSQL does to a table that is not logged when it starts after a crash.
        conn.execute(text(f"TRUNCATE {span.name('bands')}"))
        assert _articles(conn) == [1, 1]
        assert parts.mend(conn) == 1
        assert _articles(conn) == [1, 1, 21, 21]
        assert parts.mend(conn) == 0


def test_what_nobody_can_find_any_more_is_not_stored(engine: Engine) -> None:
    with transaction(engine) as conn:
        groups.keep(conn, [_print(1, NOW - timedelta(days=15), (7,))], since=NOW - timedelta(days=14), days=5)
        assert parts.known(conn) == {"fingerprints": [], "bands": []}


def test_a_fingerprint_stands_in_place_of_the_one_before(engine: Engine) -> None:
    with transaction(engine) as conn:
        for bands in ((1, 2, 3), (3, 4)):
            groups.keep(conn, [_print(1, NOW, bands)], since=NOW - timedelta(days=14), days=5)
        assert conn.execute(text("SELECT band FROM bands WHERE article_id > 0 ORDER BY 1")).scalars().all() == [3, 4]
        assert conn.execute(text("SELECT count(*) FROM fingerprints")).scalar_one() == 1


def test_a_look_opens_only_the_parts_of_its_window(engine: Engine) -> None:
    with transaction(engine) as conn:
        for days in range(0, 60, 5):
            groups.keep(conn, [_print(days + 1, NOW - timedelta(days=days), (7,))], since=NOW - timedelta(90), days=5)
        values = {"n": [1], "bands": [7], "since": [NOW - timedelta(days=7)], "bucket": 48, "but": [0], "most": 16}
        conn.execute(groups._BY_INDEX, {"on": "off"})
        plan = conn.execute(text(f"EXPLAIN (ANALYZE, COSTS OFF) {groups._NEAR.text}"), values).scalars().all()
    opened = [line for line in plan if " on bands_" in line and "never executed" not in line]
    assert 1 <= len(opened) <= 3
    assert all("Index Only Scan" in line for line in opened)


def test_an_upgrade_moves_what_is_stored_and_back(engine: Engine) -> None:
    exact = bytes(range(16))
    with transaction(engine) as conn:
        command.downgrade(schema._config(conn), "0015")
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        for article, days in ((1, 0), (2, 9)):
            values = {"id": article, "seen": datetime.now(UTC) - timedelta(days=days), "exact": exact}
            conn.execute(
                text(
                    "INSERT INTO articles (id, link_id, url, title, text, method, confidence, first_seen_at) "
                    "VALUES (:id, :id, '', '', '', '', 1, :seen)"
                ),
                values,
            )
            conn.execute(text("INSERT INTO fingerprints VALUES (:id, 2, :exact, 'data', :seen)"), values)
            conn.execute(text("INSERT INTO bands SELECT b, :id, :seen FROM unnest(ARRAY[-5, 9]) AS b"), values)
    with transaction(engine) as conn:
        command.upgrade(schema._config(conn), "head")
        key = int.from_bytes(exact[:8], "big", signed=True)
        for article in (1, 2):
            kept = conn.execute(text("SELECT * FROM fingerprints WHERE article_id = :id"), {"id": article}).one()
            assert (kept.version, bytes(kept.exact), bytes(kept.data)) == (2, exact, b"data")
            assert sorted(kept.bands) == sorted([-5, 9, key])
            found = conn.execute(
                text("SELECT band FROM bands WHERE article_id = :id AND seen_at = :seen ORDER BY band"),
                {"id": article, "seen": kept.seen_at},
            )
            assert found.scalars().all() == sorted([-5, 9, key])
    with transaction(engine) as conn:
        command.downgrade(schema._config(conn), "0015")
        assert conn.execute(text("SELECT count(*) FROM fingerprints")).scalar_one() == 2
        assert sorted(conn.execute(text("SELECT DISTINCT band FROM bands")).scalars())[0] == -5

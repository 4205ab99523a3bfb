"""The numbers behind the metrics.

Each statement reads folded tallies, an index over what waits, or one row an outlet: a scrape costs about the same in
the first week and in the fifth year.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from rasid.model import WAITING, Lane, Stage
from rasid.observe.health import OutletState
from rasid.pipeline import BY_STATE
from rasid.store import annotations as marks
from rasid.store import groups, subscriptions

Row = tuple[tuple[str, ...], float]
#: Others stand in the tallies too: pushes, enrichers.
_STAGES = ", ".join(f"'{stage.value}'" for stage in Stage)


def read(conn: Connection, *, fingerprints: int) -> dict[str, list[Row]]:
    """All rows that the database gives, by the name of the metric.

    Args:
        fingerprints: the version of fingerprints that is made now.
    """
    prints = groups.counts(conn, version=fingerprints)
    return {
        "rasid_links_total": _rows(
            conn,
            "SELECT stage, outcome, coalesce(code, ''), sum(n) FROM tallies "
            f"WHERE stage IN ({_STAGES}) GROUP BY 1, 2, 3",
        ),
        **_enrichers(conn),
        "rasid_websub_pushes_total": _rows(
            conn, "SELECT outcome, coalesce(code, ''), sum(n) FROM tallies WHERE stage = 'websub' GROUP BY 1, 2"
        ),
        "rasid_websub_subscriptions": [((state,), float(n)) for state, n in subscriptions.states(conn).items()],
        **_waiting(conn),
        "rasid_links_parked": _rows(
            conn, "SELECT coalesce(code, ''), count(*) FROM links WHERE state = 'parked' GROUP BY 1"
        ),
        "rasid_channels": _rows(conn, _CHANNELS),
        "rasid_channel_delay_seconds": _rows(
            conn,
            "SELECT coalesce(greatest(extract(epoch FROM now() - min(due_at)), 0), 0) FROM channels "
            "WHERE lease_by IS NULL",
        ),
        "rasid_hosts": _rows(
            conn,
            "SELECT 'blocked', count(*) FILTER (WHERE blocked_until > now()) FROM hosts UNION ALL "
            "SELECT 'busy', count(*) FILTER (WHERE busy_until > now() AND busy_by IS NOT NULL) FROM hosts",
        ),
        "rasid_deliveries": _rows(conn, "SELECT state, count(*) FROM deliveries GROUP BY 1"),
        "rasid_worker_silent_seconds": _rows(conn, "SELECT name, extract(epoch FROM now() - tick_at) FROM workers"),
        **_outlets(conn),
        "rasid_fingerprints": [((), float(prints["fingerprints"]))],
        "rasid_fingerprints_outdated": [((), float(prints["outdated"]))],
    }


def _enrichers(conn: Connection) -> dict[str, list[Row]]:
    """What came of asking enrichers; the tallies have their names as codes."""
    statement = "SELECT code, {} FROM tallies WHERE stage = '{}' GROUP BY {}"
    return {
        "rasid_enricher_articles_total": _rows(conn, statement.format("outcome, sum(n)", marks.TALLY_ARTICLES, "1, 2")),
        "rasid_enricher_dropped_total": _rows(conn, statement.format("sum(n)", marks.TALLY_DROPPED, "1")),
        "rasid_enricher_waiting": _rows(
            conn,
            "SELECT enricher, CASE WHEN due_at = 'infinity' THEN 'given_up' ELSE code END, count(*) "
            "FROM enrich_later GROUP BY 1, 2",
        ),
        "rasid_enricher_spent_total": _rows(conn, "SELECT enricher, sum(spent) FROM remote_spent GROUP BY 1"),
        "rasid_enricher_seconds_total": _rows(conn, statement.format("sum(n) / 1e6", marks.TALLY_SPENT, "1")),
    }


def _rows(conn: Connection, statement: str) -> list[Row]:
    """Rows whose last column is the number and whose others are the labels."""
    return [(tuple(map(str, row[:-1])), float(row[-1])) for row in conn.execute(text(statement))]


_CHANNELS = """
    SELECT CASE WHEN visits = 0 THEN 'never_visited' WHEN failures > 0 THEN 'failing'
                WHEN kind IN ('feed', 'websub') AND entries = 0 AND entries_most > 0 THEN 'empty' ELSE 'ok' END,
           count(*)
    FROM channels GROUP BY 1
"""


def _waiting(conn: Connection) -> dict[str, list[Row]]:
    """What waits, state by state: each has a partial index, and the table is never read as a whole."""
    waiting: list[Row] = []
    oldest: list[Row] = []
    for state in WAITING:
        stage = BY_STATE[state].stage.value
        rows = conn.execute(
            text(
                f"SELECT lane, count(*) AS n, extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())) "
                f"AS age FROM links WHERE state = '{state.value}' AND lane = 0 GROUP BY lane UNION ALL "
                f"SELECT lane, count(*), NULL FROM links WHERE state = '{state.value}' AND lane > 0 GROUP BY lane"
            )
        ).all()
        found = {row.lane: row for row in rows}
        waiting += [((stage, lane.name.lower()), float(found[lane].n if lane in found else 0)) for lane in Lane]
        fresh = found.get(Lane.FRESH)
        oldest.append(((stage,), float(fresh.age or 0.0) if fresh else 0.0))
    return {"rasid_links_waiting": waiting, "rasid_links_oldest_seconds": oldest}


def _outlets(conn: Connection) -> dict[str, list[Row]]:
    rows = [row._mapping for row in conn.execute(_HEALTH)]
    counts = {"not_judged": 0, **{state.value: 0 for state in OutletState}}
    for row in rows:
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    return {
        "rasid_outlets": [((state,), float(n)) for state, n in counts.items()],
        "rasid_outlet_state": [
            ((row["id"], state.value), float(row["state"] == state.value)) for row in rows for state in OutletState
        ],
        "rasid_outlet_expected_links": _numbers(rows, "expected_links"),
        "rasid_outlet_seen_links": _numbers(rows, "seen_links"),
        "rasid_outlet_expected_articles": _numbers(rows, "expected_articles"),
        "rasid_outlet_seen_articles": _numbers(rows, "seen_articles"),
        "rasid_outlet_blocked_ratio": _numbers(rows, "blocked"),
        "rasid_outlet_last_article_timestamp_seconds": _numbers(rows, "last_article"),
        **_filled(rows),
        "rasid_rounds_behind_seconds": _rows(
            conn, "SELECT extract(epoch FROM now() - until) FROM rollups WHERE name = 'outlet_hours'"
        ),
    }


def _numbers(rows: list[Any], field: str) -> list[Row]:
    return [((row["id"],), float(row[field])) for row in rows if row[field] is not None]


def _filled(rows: list[Any]) -> dict[str, list[Row]]:
    filled: list[Row] = []
    length: list[Row] = []
    delay: list[Row] = []
    for row in rows:
        kept = row["fill"] or {}
        for one in kept.get("fields", ()):
            if one["now"] is not None and one["name"] in ("title", "date", "author", "read"):
                filled.append(((row["id"], one["name"]), float(one["now"])))
            elif one["now"] is not None and one["name"] == "text":
                length.append(((row["id"],), float(one["now"])))
        for step, took in kept.get("delays", {}).items():
            delay += [((row["id"], step, name), float(took[key])) for name, key in (("0.5", "p50"), ("0.9", "p90"))]
    return {
        "rasid_outlet_filled_ratio": filled,
        "rasid_outlet_text_characters": length,
        "rasid_outlet_delay_seconds": delay,
    }


_HEALTH = text(
    """
    SELECT o.id, coalesce(h.state, 'not_judged') AS state, h.fill,
           (SELECT CAST(one ->> 'expected' AS float8) FROM jsonb_array_elements(h.facts -> 'outlook') AS one
            WHERE one ->> 'span' = '24 h') AS expected_links,
           CAST(h.facts #>> '{brought,24 h,found}' AS float8) AS seen_links,
           CAST(h.facts ->> 'expected_articles' AS float8) AS expected_articles,
           CAST(h.facts #>> '{brought,24 h,articles}' AS float8) AS seen_articles,
           (CAST(h.facts #>> '{brought,24 h,walled}' AS float8) + CAST(h.facts #>> '{brought,24 h,paid}' AS float8))
               / nullif(CAST(h.facts #>> '{brought,24 h,tried}' AS float8), 0) AS blocked,
           (SELECT extract(epoch FROM first_seen_at) FROM articles WHERE outlet_id = o.id
            ORDER BY first_seen_at DESC LIMIT 1) AS last_article
    FROM outlets o LEFT JOIN outlet_health h ON h.outlet_id = o.id ORDER BY o.id
    """
)

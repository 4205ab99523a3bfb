"""How outlets do: what they bring by the hour, rolled up as the ledger grows, and the state that follows from it.

The rollup reads each link and each crumb once: it goes on where it stopped, in steps of bounded length, and stays a
little behind the clock, so that what a transaction still holds is not missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.observe.expect import LEARN_DAYS, Expectation, Hour, covered
from rasid.observe.fill import BEFORE, NOW, Sample
from rasid.observe.health import BAD, LONGEST, PAID, WALLS, Channel, Facts, Memory, OutletState, Read, Verdict

#: All that roll up or judge take this lock: one at a time, wherever they run.
_LOCK = 7_245_773
_NAME = "outlet_hours"
#: No transaction that writes links or crumbs lasts so long.
_BEHIND = timedelta(seconds=120)
#: One step covers so much time: some ten thousand crumbs of a busy installation.
_STEP = timedelta(hours=6)


def alone(conn: Connection) -> bool:
    """Whether this transaction is the only one that rolls up or judges now; the lock goes with the transaction."""
    return bool(conn.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar())


# --- counting -----------------------------------------------------------------------------------------------------


def rolled_until(conn: Connection) -> datetime | None:
    """Up to when all is counted; None where nothing is yet."""
    return conn.execute(text("SELECT until FROM rollups WHERE name = :name"), {"name": _NAME}).scalar()


def roll(conn: Connection, *, now: datetime) -> bool:
    """Count the next step of what happened, and remember how far that goes.

    Returns:
        Whether more remains to be counted before `now`.
    """
    since = rolled_until(conn) or _beginning(conn, now)
    until = min(since + _STEP, now - _BEHIND)
    if until <= since:
        return False
    span = {"since": since, "until": until}
    conn.execute(_FOUND, span)
    conn.execute(_VISITS, span)
    conn.execute(_PAGES, {**span, "walls": sorted(WALLS), "paid": sorted(PAID)})
    conn.execute(_ENTRIES, span)
    conn.execute(
        text(
            "INSERT INTO rollups (name, until) VALUES (:name, :until) "
            "ON CONFLICT (name) DO UPDATE SET until = excluded.until"
        ),
        {"name": _NAME, "until": until},
    )
    return until < now - _BEHIND


def _beginning(conn: Connection, now: datetime) -> datetime:
    """Where the first step begins: at the first link, but no further back than is learned from."""
    oldest = conn.execute(text("SELECT min(created_at) FROM outlets")).scalar()
    horizon = now - timedelta(days=LEARN_DAYS)
    return horizon if oldest is None else max(min(oldest, now), horizon)


#: Links that channels named. What an import brought says nothing about the outlet's days.
_FOUND = text(
    """
    INSERT INTO outlet_hours AS h (outlet_id, at, found)
    SELECT o.id, date_trunc('hour', l.found_at, 'UTC'), count(*)
    FROM outlets o CROSS JOIN LATERAL (
        SELECT found_at FROM links WHERE outlet_id = o.id AND found_at >= :since AND found_at < :until
           AND channel_id IS NOT NULL AND lane < 2 OFFSET 0) l
    GROUP BY 1, 2
    ON CONFLICT (outlet_id, at) DO UPDATE SET found = h.found + excluded.found
    """
)
_VISITS = text(
    """
    INSERT INTO outlet_hours AS h (outlet_id, at, visits, ok)
    SELECT c.outlet_id, date_trunc('hour', k.at, 'UTC'), count(*), count(*) FILTER (WHERE k.outcome = 'done')
    FROM crumbs k JOIN channels c ON c.id = k.channel_id WHERE k.at >= :since AND k.at < :until
    GROUP BY 1, 2
    ON CONFLICT (outlet_id, at) DO UPDATE SET visits = h.visits + excluded.visits, ok = h.ok + excluded.ok
    """
)
#: Pages that were looked at for the first time; of several tries within an hour the last counts. Which wall one
#: is, its code says, or the beginning of its message.
_PAGES = text(
    """
    INSERT INTO outlet_hours AS h (outlet_id, at, articles, tried, walled, paid)
    SELECT outlet_id, date_trunc('hour', at, 'UTC'), count(*) FILTER (WHERE outcome = 'done'), count(*),
           count(*) FILTER (WHERE code = ANY(:walls) OR (code = 'blocked' AND NOT wall = ANY(:paid))),
           count(*) FILTER (WHERE code = ANY(:paid) OR (code = 'blocked' AND wall = ANY(:paid)))
    FROM (
        SELECT DISTINCT ON (l.id, date_trunc('hour', k.at, 'UTC'))
               l.outlet_id, k.at, k.outcome, k.code, split_part(coalesce(k.message, ''), ':', 1) AS wall
        FROM crumbs k JOIN links l ON l.id = k.link_id
        WHERE k.at >= :since AND k.at < :until AND l.outlet_id IS NOT NULL AND l.lane < 2
          AND NOT coalesce(k.detail, '{}') ? 'version' AND coalesce(k.code, '') <> 'unchanged'
          AND (k.stage = 'parse' AND k.outcome IN ('done', 'skipped', 'parked', 'gone')
               OR k.stage = 'fetch' AND k.outcome IN ('parked', 'gone')
               OR k.stage IN ('fetch', 'parse') AND k.code = ANY(:walls))
        ORDER BY l.id, date_trunc('hour', k.at, 'UTC'), k.at DESC, k.id DESC
    ) AS looked
    GROUP BY 1, 2
    ON CONFLICT (outlet_id, at) DO UPDATE SET articles = h.articles + excluded.articles,
        tried = h.tried + excluded.tried, walled = h.walled + excluded.walled, paid = h.paid + excluded.paid
    """
)
#: What the last new body of each channel named. A 304 brings no body.
_ENTRIES = text(
    """
    UPDATE channels c SET entries = v.entries, entries_most = greatest(c.entries_most, v.most),
        emptied_at = CASE WHEN v.entries > 0 THEN NULL WHEN c.entries = 0 THEN coalesce(c.emptied_at, v.at)
                          ELSE v.at END
    FROM (
        SELECT DISTINCT ON (channel_id) channel_id, at, entries, max(entries) OVER (PARTITION BY channel_id) AS most
        FROM (SELECT channel_id, at, id, CAST(detail ->> 'entries' AS bigint) AS entries FROM crumbs
              WHERE at >= :since AND at < :until AND channel_id IS NOT NULL AND outcome = 'done' AND code IS NULL
                AND jsonb_typeof(detail -> 'entries') = 'number') AS read
        ORDER BY channel_id, at DESC, id DESC
    ) AS v
    WHERE v.channel_id = c.id
    """
)


def forget(conn: Connection, *, days: int, limit: int = 20_000) -> int:
    """Delete up to `limit` hours, and changes of state, that are older than `days`. Returns how many."""
    gone = 0
    for table in ("outlet_hours", "outlet_changes"):
        gone += conn.execute(
            text(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} "
                "WHERE at < now() - make_interval(days => :days) LIMIT :limit))"
            ),
            {"days": days, "limit": limit},
        ).rowcount
    return gone


# --- looking ------------------------------------------------------------------------------------------------------


def due(conn: Connection, *, now: datetime, every: timedelta, limit: int) -> list[str]:
    """Outlets that were not judged within `every`, those that wait longest first."""
    return list(
        conn.execute(
            text(
                """
                SELECT o.id FROM outlets o LEFT JOIN outlet_health h ON h.outlet_id = o.id
                WHERE h.judged_at IS NULL OR h.judged_at <= :before
                ORDER BY h.judged_at NULLS FIRST, o.id LIMIT :limit
                """
            ),
            {"before": now - every, "limit": limit},
        ).scalars()
    )


def outlet(conn: Connection, outlet_id: str) -> dict[str, Any] | None:
    """What is kept of an outlet's health, with its zone and promise; None where there is no such outlet."""
    row = conn.execute(
        text(
            """
            SELECT o.id, o.name, coalesce(o.time_zone, 'UTC') AS zone, o.expect, h.state, h.since, h.reason, h.evidence,
                   h.candidate, h.candidate_since, h.odd_since, h.judged_at, h.expectation, h.learned_at, h.fill,
                   h.filled_at, h.fill_before, h.facts
            FROM outlets o LEFT JOIN outlet_health h ON h.outlet_id = o.id WHERE o.id = :id
            """
        ),
        {"id": outlet_id},
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def memory(row: dict[str, Any]) -> Memory:
    """The memory that `outlet` read."""
    candidate = row["candidate"]
    return Memory(
        OutletState(row["state"] or OutletState.NOTHING_YET),
        row["since"],
        OutletState(candidate) if candidate else None,
        row["candidate_since"],
        row["judged_at"],
        row["odd_since"],
    )


def expectation(row: dict[str, Any]) -> Expectation | None:
    """The expectation that `outlet` read; None where nothing is expected."""
    kept = row["expectation"]
    return None if kept is None else Expectation(**{**kept, "rates": tuple(kept["rates"])})


def hours(conn: Connection, outlet_id: str, *, since: datetime) -> list[Hour]:
    """What was counted of an outlet since then."""
    rows = conn.execute(
        text("SELECT at, ok, found, odd FROM outlet_hours WHERE outlet_id = :id AND at >= :since ORDER BY at"),
        {"id": outlet_id, "since": since},
    )
    return [Hour(row.at.astimezone(UTC), row.ok, row.found, row.odd) for row in rows]


def facts(
    conn: Connection, outlet_id: str, *, now: datetime, expectation: Expectation | None, fill: Sequence[Any] = ()
) -> Facts:
    """What is known of an outlet at `now`."""
    values: dict[str, Any] = {"id": outlet_id, "now": now}
    channels = conn.execute(_CHANNELS, values)
    row = conn.execute(_SUMS, values).one()
    counted = conn.execute(_READ, values).one()
    nothing = not row.articles
    return Facts(
        now=now,
        since=row.since,
        channels=tuple(Channel(**one._mapping) for one in channels),
        hours=tuple(covered(hours(conn, outlet_id, since=now - LONGEST)).values()),
        expectation=expectation,
        pages=Read(*map(int, counted)),
        fill=tuple(fill),
        articles=row.articles,
        links=row.links,
        last_link=row.last_link,
        endings=_endings(conn, outlet_id) if nothing else {},
        samples=_blocked(conn, outlet_id, now),
    )


_CHANNELS = text(
    """
    SELECT id, kind, url, visits, failures, code, message, visited_at, ok_at, new_at, entries, entries_most, emptied_at
    FROM channels WHERE outlet_id = :id ORDER BY parent_id NULLS FIRST, id
    """
)
#: Numbers that only need to be told from nothing are counted no further than that.
_SUMS = text(
    """
    SELECT (SELECT min(at) FROM outlet_hours WHERE outlet_id = :id AND ok > 0) AS since,
           (SELECT count(*) FROM (SELECT 1 FROM articles WHERE outlet_id = :id LIMIT 1) a) AS articles,
           (SELECT count(*) FROM (SELECT 1 FROM links WHERE outlet_id = :id LIMIT 1000) l) AS links,
           (SELECT id FROM links WHERE outlet_id = :id ORDER BY found_at DESC LIMIT 1) AS last_link
    """
)
#: The pages of the last day, or as many hours of the last three days as bring ten together.
_READ = text(
    """
    SELECT coalesce(sum(tried), 0), coalesce(sum(articles), 0), coalesce(sum(walled), 0), coalesce(sum(paid), 0)
    FROM (SELECT at, tried, articles, walled, paid, sum(tried) OVER (ORDER BY at DESC) - tried AS newer
          FROM outlet_hours WHERE outlet_id = :id AND at > CAST(:now AS timestamptz) - interval '3 days') AS h
    WHERE at > CAST(:now AS timestamptz) - interval '1 day' OR newer < 10
    """
)


def _endings(conn: Connection, outlet_id: str) -> dict[str, int]:
    """Codes by which the newest links of an outlet ended."""
    rows = conn.execute(
        text(
            """
            SELECT coalesce(code, state) AS code, count(*) AS n
            FROM (SELECT code, state FROM links WHERE outlet_id = :id ORDER BY found_at DESC LIMIT 500) AS l
            WHERE state IN ('skipped', 'gone', 'parked') GROUP BY 1 ORDER BY n DESC, 1
            """
        ),
        {"id": outlet_id},
    )
    return {row.code: row.n for row in rows}


def _blocked(conn: Connection, outlet_id: str, now: datetime) -> tuple[int, ...]:
    """The newest links that stand parked behind a wall."""
    rows = conn.execute(
        text(
            """
            SELECT id FROM (SELECT id, state, code, found_at FROM links
                            WHERE outlet_id = :id AND found_at > CAST(:now AS timestamptz) - interval '3 days'
                            ORDER BY found_at DESC LIMIT 500) AS l
            WHERE code = ANY(:codes) AND state IN ('parked', 'found', 'skipped') ORDER BY found_at DESC LIMIT 5
            """
        ),
        {"id": outlet_id, "now": now, "codes": ["blocked", *sorted(WALLS), *sorted(PAID)]},
    ).scalars()
    return tuple(rows)


def samples(conn: Connection, outlet_id: str, *, before: int | None = None) -> tuple[list[Sample], int]:
    """The newest articles of an outlet, imported ones left out, and how many of them are "now".

    Args:
        before: id of the newest article of the time before a decay; what came after it all counts as now, but no more
            than the newest of it is read.
    """
    new = _articles(conn, outlet_id, "a.id > coalesce(:before, 0)", before, NOW if before else NOW + BEFORE)
    if before is None:
        return new, min(NOW, len(new))
    return [*new, *_articles(conn, outlet_id, "a.id <= :before", before, BEFORE)], len(new)


def read_shares(
    conn: Connection, outlet_id: str, *, now: datetime, before: datetime | None
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, ...]]:
    """How many of an outlet's pages became articles, those behind walls left out: (articles, pages) of the newest hours
    that bring `NOW` pages together, and of the time before; and links whose pages did not, the newest first.

    Args:
        before: when a decay began: what came after it all counts as now.
    """
    rows = conn.execute(_SHARES, {"id": outlet_id, "now": now, "before": before, "enough": NOW, "days": LEARN_DAYS})
    found = {row.new: (int(row.articles), int(row.pages)) for row in rows}
    links = conn.execute(_UNREAD, {"id": outlet_id, "now": now}).scalars()
    return found.get(True, (0, 0)), found.get(False, (0, 0)), tuple(links)


_SHARES = text(
    """
    SELECT coalesce(at >= CAST(:before AS timestamptz), newer < :enough) AS new, sum(articles) AS articles,
           sum(pages) AS pages
    FROM (SELECT at, articles, pages, sum(pages) OVER (ORDER BY at DESC) - pages AS newer
          FROM (SELECT at, articles, tried - walled - paid AS pages FROM outlet_hours WHERE outlet_id = :id
                  AND at > CAST(:now AS timestamptz) - make_interval(days => :days)) AS hours) AS summed
    WHERE at < CAST(:before AS timestamptz) OR CAST(:before AS timestamptz) IS NULL OR newer < :enough
    GROUP BY 1
    """
)
_UNREAD = text(
    """
    SELECT id FROM (SELECT id, state, code, found_at FROM links
                    WHERE outlet_id = :id AND found_at > CAST(:now AS timestamptz) - interval '7 days'
                    ORDER BY found_at DESC LIMIT 500) AS l
    WHERE (state = 'skipped' AND code LIKE 'not_article%') OR (state = 'parked' AND code NOT LIKE 'http%')
    ORDER BY found_at DESC LIMIT 5
    """
)


def _articles(conn: Connection, outlet_id: str, condition: str, before: int | None, limit: int) -> list[Sample]:
    rows = conn.execute(
        text(
            f"""
            SELECT a.id, coalesce(a.methods ->> 'title', '') NOT IN ('', 'title', 'channel') AS titled,
                   a.published_at IS NOT NULL AS dated, cardinality(a.authors) > 0 AS signed, length(a.text) AS length,
                   CASE WHEN strpos(a.text, E'\\n') > 0 THEN substring(right(a.text, 300) FROM '[^\\n]*$') END
                       AS last_line
            FROM articles a JOIN links l ON l.id = a.link_id
            WHERE a.outlet_id = :id AND l.lane < 2 AND {condition}
            ORDER BY a.first_seen_at DESC, a.id DESC LIMIT :limit
            """
        ),
        {"id": outlet_id, "before": before, "limit": limit},
    )
    return [Sample(**row._mapping) for row in rows]


# --- how long it takes --------------------------------------------------------------------------------------------

#: The steps of an article's way whose time is told, each from the one before.
STEPS = ("found", "fetched", "parsed", "done", "all")


def delays(conn: Connection, outlet_id: str, *, limit: int = 200) -> dict[str, dict[str, float]]:
    """Seconds that the newest articles took for each step: ``{"found": {"p50": …, "p90": …, "of": …}, …}``.

    ``found`` is from the time of publication, where that is known to the minute and lies in the day before; ``all``
    from there (else from the finding) to the end of the way.
    """
    row = conn.execute(_DELAYS, {"id": outlet_id, "limit": limit}).one()._mapping
    return {
        step: {"p50": row[f"{step}_p"][0], "p90": row[f"{step}_p"][1], "of": row[f"{step}_n"]}
        for step in STEPS
        if row[f"{step}_n"]
    }


_AGGREGATES = ", ".join(
    f'percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY "{step}") AS {step}_p, count("{step}") AS {step}_n'
    for step in STEPS
)
_DELAYS = text(
    f"""
    WITH way AS (
        SELECT l.found_at, k.fetched, k.parsed, k.done,
               CASE WHEN a.published_precision IN ('minute', 'second')
                     AND a.published_at BETWEEN l.found_at - interval '1 day' AND l.found_at THEN a.published_at END
                   AS published
        FROM (SELECT link_id, published_at, published_precision FROM articles WHERE outlet_id = :id
              ORDER BY first_seen_at DESC LIMIT :limit) AS a
        JOIN links l ON l.id = a.link_id AND l.lane = 0
        CROSS JOIN LATERAL (
            SELECT min(at) FILTER (WHERE stage = 'fetch') AS fetched, min(at) FILTER (WHERE stage = 'parse') AS parsed,
                   min(at) FILTER (WHERE stage = 'alert') AS done
            FROM crumbs WHERE link_id = l.id AND outcome = 'done') AS k
    ), took AS (
        SELECT extract(epoch FROM found_at - published)::float8 AS "found",
               extract(epoch FROM fetched - found_at)::float8 AS "fetched",
               extract(epoch FROM parsed - fetched)::float8 AS "parsed",
               extract(epoch FROM done - parsed)::float8 AS "done",
               extract(epoch FROM done - coalesce(published, found_at))::float8 AS "all"
        FROM way
    )
    SELECT {_AGGREGATES} FROM took
    """
)


# --- keeping ------------------------------------------------------------------------------------------------------

_KEPT = (
    "state", "since", "reason", "evidence", "candidate", "candidate_since", "odd_since", "judged_at", "expectation",
    "learned_at", "fill", "filled_at", "fill_before", "facts",
)  # fmt: skip
_KEEP = text(
    f"INSERT INTO outlet_health (outlet_id, {', '.join(_KEPT)}) "
    f"SELECT id, {', '.join(':' + name for name in _KEPT)} FROM outlets WHERE id = :id "
    f"ON CONFLICT (outlet_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _KEPT)}"
).bindparams(
    *(bindparam(name, type_=JSONB(none_as_null=True)) for name in ("evidence", "expectation", "fill", "facts"))
)


def keep(conn: Connection, outlet_id: str, values: dict[str, Any]) -> None:
    """Write down all that is kept of an outlet's health; `values` as `outlet` reads them."""
    conn.execute(_KEEP, {"id": outlet_id, **{name: values[name] for name in _KEPT}})


def put_off(conn: Connection, outlet_id: str, now: datetime) -> None:
    """Let an outlet that could not be judged wait for its next turn like all others; what was learned is dropped."""
    conn.execute(
        text(
            "INSERT INTO outlet_health (outlet_id, judged_at) SELECT id, :now FROM outlets WHERE id = :id "
            "ON CONFLICT (outlet_id) DO UPDATE SET judged_at = :now, expectation = NULL, learned_at = NULL, "
            "fill = NULL, filled_at = NULL"
        ),
        {"id": outlet_id, "now": now},
    )


def change(conn: Connection, outlet_id: str, before: OutletState, verdict: Verdict, *, at: datetime) -> None:
    """Write down a change of state."""
    conn.execute(
        text(
            "INSERT INTO outlet_changes (outlet_id, at, before, state, reason, evidence) "
            "SELECT id, :at, :before, :state, :reason, :evidence FROM outlets WHERE id = :id"
        ).bindparams(bindparam("evidence", type_=JSONB)),
        {
            "id": outlet_id,
            "at": at,
            "before": before.value,
            "state": verdict.state.value,
            "reason": verdict.reason,
            "evidence": verdict.evidence,
        },
    )


def mark_odd(conn: Connection, outlet_id: str, *, since: datetime, odd: bool = True) -> None:
    """Take the hours since then out of what is learned from, or back in."""
    conn.execute(
        text("UPDATE outlet_hours SET odd = :odd WHERE outlet_id = :id AND at >= :since AND odd <> :odd"),
        {"id": outlet_id, "since": since, "odd": odd},
    )


def newest_article(conn: Connection, outlet_id: str, *, but: int) -> int | None:
    """The id of an outlet's article that is older than its newest `but`; None where it has no more than those."""
    return conn.execute(
        text(
            "SELECT a.id FROM articles a JOIN links l ON l.id = a.link_id WHERE a.outlet_id = :id AND l.lane < 2 "
            "ORDER BY a.first_seen_at DESC, a.id DESC OFFSET :but LIMIT 1"
        ),
        {"id": outlet_id, "but": but},
    ).scalar()


# --- telling ------------------------------------------------------------------------------------------------------


def states(conn: Connection) -> dict[str, int]:
    """How many outlets are in each state; ``not_judged`` before the first round."""
    rows = conn.execute(
        text(
            "SELECT coalesce(h.state, 'not_judged') AS state, count(*) AS n FROM outlets o "
            "LEFT JOIN outlet_health h ON h.outlet_id = o.id GROUP BY 1"
        )
    )
    return {row.state: row.n for row in rows}


#: Names of the states that want an operator's eye, the worst first.
BAD_NAMES = tuple(state.value for state in BAD)


def listing(conn: Connection) -> list[dict[str, Any]]:
    """Every outlet with its state and the last day's links, the worst first: ``id name state since reason evidence
    seen_day expected_day expected_articles judged_at``."""
    rows = conn.execute(
        text(
            """
            SELECT o.id, o.name, coalesce(h.state, 'not_judged') AS state, h.since, h.reason,
                   coalesce(h.evidence, '{}') AS evidence, h.judged_at,
                   CAST(h.facts #>> '{brought,24 h,found}' AS bigint) AS seen_day,
                   (SELECT CAST(one ->> 'expected' AS float8) FROM jsonb_array_elements(h.facts -> 'outlook') AS one
                    WHERE one ->> 'span' = '24 h') AS expected_day,
                   CAST(h.facts ->> 'expected_articles' AS float8) AS expected_articles
            FROM outlets o LEFT JOIN outlet_health h ON h.outlet_id = o.id
            ORDER BY array_position(:bad, h.state) NULLS LAST, o.id
            """
        ),
        {"bad": [*BAD_NAMES]},
    )
    return [dict(row._mapping) for row in rows]


def worst(conn: Connection, *, limit: int = 10) -> list[dict[str, Any]]:
    """Outlets in a bad state with the reason: the worst kind first, then the latest change."""
    rows = conn.execute(
        text(
            """
            SELECT h.outlet_id AS id, o.name, h.state, h.since, h.reason, h.evidence FROM outlet_health h
            JOIN outlets o ON o.id = h.outlet_id WHERE h.state = ANY(:bad)
            ORDER BY array_position(:bad, h.state), h.since DESC, h.outlet_id LIMIT :limit
            """
        ),
        {"bad": [*BAD_NAMES], "limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def changes(conn: Connection, outlet_id: str, *, limit: int = 10) -> list[dict[str, Any]]:
    """The last changes of an outlet's state, the newest first."""
    rows = conn.execute(
        text(
            "SELECT at, before, state, reason, evidence FROM outlet_changes WHERE outlet_id = :id "
            "ORDER BY at DESC, id DESC LIMIT :limit"
        ),
        {"id": outlet_id, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def last_article(conn: Connection, outlet_id: str) -> dict[str, Any] | None:
    """The newest article of an outlet; None where there is none."""
    row = conn.execute(
        text(
            "SELECT id, title, url, published_at, first_seen_at FROM articles WHERE outlet_id = :id "
            "ORDER BY first_seen_at DESC LIMIT 1"
        ),
        {"id": outlet_id},
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def brought(conn: Connection, outlet_id: str, *, now: datetime) -> dict[str, dict[str, int]]:
    """What was counted in the last day and week: ``{"24 h": {"found": …, "articles": …, "tried": …, …}, "7 d": …}``."""
    rows = {}
    for name, hours_back in (("24 h", 24), ("7 d", 168)):
        row = conn.execute(
            text(
                """
                SELECT coalesce(sum(visits), 0) AS visits, coalesce(sum(ok), 0) AS ok, coalesce(sum(found), 0) AS found,
                       coalesce(sum(articles), 0) AS articles, coalesce(sum(tried), 0) AS tried,
                       coalesce(sum(walled), 0) AS walled, coalesce(sum(paid), 0) AS paid
                FROM outlet_hours
                WHERE outlet_id = :id AND at > CAST(:now AS timestamptz) - make_interval(hours => :hours)
                """
            ),
            {"id": outlet_id, "now": now, "hours": hours_back},
        ).one()
        rows[name] = {field: int(value) for field, value in row._mapping.items()}
    return rows

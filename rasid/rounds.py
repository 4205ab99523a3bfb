"""The round over the outlets: count what came, learn what to expect, judge each, and tell what has changed.

Runs as a task of the clockwork. Every part asks the database what is due, so that a round that comes twice or never
does no harm; a round that is cut short goes on where it stopped.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from rasid.errors import RasidError
from rasid.observe.clocks import clock
from rasid.observe.expect import LEARN_DAYS, learn
from rasid.observe.fill import NOW as _NOW_ARTICLES
from rasid.observe.fill import Filled, compare, compare_read
from rasid.observe.health import (
    BAD,
    NEW_USUAL,
    ODD,
    Facts,
    Memory,
    OutletState,
    Verdict,
    judge,
    outlook,
    step,
    untroubled,
)
from rasid.store import health
from rasid.store.engine import transaction

log = structlog.get_logger()

#: Seconds of counting in one round, a step a transaction: the past of a large installation takes some rounds.
_COUNT_SECONDS = 20.0
#: How often an outlet is judged, and how often its expectation and its articles' fields are looked at anew.
_JUDGE_EVERY = timedelta(minutes=5)
_LEARN_EVERY = timedelta(hours=6)
_FILL_EVERY = timedelta(minutes=30)
_UTC = ZoneInfo("UTC")
#: A decay has gone on for so long before it is told.
_BEFORE_TOLD = timedelta(days=3)
#: Outlets judged in one round.
_AT_ONCE = 100


def run(engine: Engine, *, now: datetime | None = None) -> dict[str, int]:
    """Count and judge.

    Args:
        now: aware; None is the clock's.

    Returns:
        ``judged`` and ``changed``: how many outlets. Empty where another process is at it, or counting lags behind.
    """
    now = now or datetime.now(UTC)
    if not _count(engine, now):
        return {}
    with transaction(engine) as conn:
        due = health.due(conn, now=now, every=_JUDGE_EVERY, limit=_AT_ONCE)
    changed = judged = 0
    for outlet_id in due:
        moved = _judge_alone(engine, outlet_id, now)
        if moved is None:
            break
        changed += moved
        judged += 1
    return {"judged": judged, "changed": changed}


def _judge_alone(engine: Engine, outlet_id: str, now: datetime) -> bool | None:
    """Whether an outlet's state changed; None where another process judges. A bug is that outlet's and no other's."""
    try:
        with transaction(engine) as conn:
            return _judge(conn, outlet_id, now) if health.alone(conn) else None
    except RasidError:
        raise
    except Exception:
        log.exception("outlet.not_judged", outlet=outlet_id)
        with transaction(engine) as conn:
            health.put_off(conn, outlet_id, now)
        return False


def _count(engine: Engine, now: datetime) -> bool:
    """Roll up what is new. Whether nothing is left."""
    until = time.monotonic() + _COUNT_SECONDS
    while time.monotonic() < until:
        with transaction(engine) as conn:
            if not health.alone(conn):
                return False
            if not health.roll(conn, now=now):
                return True
    return False


def _judge(conn: Connection, outlet_id: str, now: datetime) -> bool:
    """Judge one outlet and keep what follows. Whether its state changed."""
    row = health.outlet(conn, outlet_id)
    if row is None:
        return False
    memory = health.memory(row)
    _learn(conn, row, memory, now)
    fill = _fill(conn, row, memory, now)
    facts = health.facts(conn, outlet_id, now=now, expectation=health.expectation(row), fill=fill)
    if row["judged_at"] is None:
        begun = untroubled(facts)
        memory = Memory(begun.state, now)
        row |= {"reason": begun.reason, "evidence": begun.evidence}
    verdict = judge(facts, memory)
    after = step(memory, verdict, now) if verdict is not None else memory
    changed = after.state is not memory.state
    if verdict is not None and after.state is verdict.state:
        row |= {"reason": verdict.reason, "evidence": verdict.evidence}
    _remember(conn, row, memory, after)
    row["judged_at"] = now
    row["facts"] = told(facts, after, conn, outlet_id)
    health.keep(conn, outlet_id, row)
    if changed and verdict is not None:
        _tell(conn, outlet_id, memory, verdict, now)
    return changed


def _remember(conn: Connection, row: dict[str, Any], memory: Memory, after: Memory) -> None:
    """Put the new state into the row, and take the hours of a bad spell out of what is learned from."""
    row |= {
        "state": after.state.value,
        "since": after.since,
        "candidate": after.candidate.value if after.candidate else None,
        "candidate_since": after.candidate_since,
        "odd_since": after.odd_since,
    }
    if after.state in ODD and after.odd_since is not None:
        health.mark_odd(conn, row["id"], since=after.odd_since)
    if after.state is OutletState.DECAY and memory.state is not OutletState.DECAY:
        row["fill_before"] = health.newest_article(conn, row["id"], but=_NOW_ARTICLES)
    if after.state is not OutletState.DECAY:
        row["fill_before"] = None


def _learn(conn: Connection, row: dict[str, Any], memory: Memory, now: datetime) -> None:
    """Renew the expectation now and then; a quiet that has lasted becomes the usual."""
    usual = memory.state is OutletState.QUIET and memory.since is not None and now - memory.since > NEW_USUAL
    if usual and memory.odd_since is not None:
        health.mark_odd(conn, row["id"], since=memory.odd_since, odd=False)
    if row["learned_at"] is not None and now - row["learned_at"] < _LEARN_EVERY and not usual:
        return
    promised = row["expect"].get("articles_a_day")
    learned = learn(
        health.hours(conn, row["id"], since=now - timedelta(days=LEARN_DAYS)),
        zone=(clock(row["zone"]) or _UTC).key,
        now=now,
        promised=float(promised) if isinstance(promised, int | float) else None,
    )
    row["expectation"] = None if learned is None else asdict(learned)
    row["learned_at"] = now


def _fill(conn: Connection, row: dict[str, Any], memory: Memory, now: datetime) -> tuple[Filled, ...]:
    """How well the articles are filled in; looked at anew now and then, since it reads their texts."""
    if row["filled_at"] is not None and now - row["filled_at"] < _FILL_EVERY:
        return tuple(Filled(**{**one, "samples": tuple(one["samples"])}) for one in row["fill"]["fields"])
    lasting = memory.state is OutletState.DECAY and memory.since is not None and now - memory.since > NEW_USUAL
    articles, split = health.samples(conn, row["id"], before=None if lasting else row["fill_before"])
    begun = memory.since if memory.state is OutletState.DECAY and not lasting else None
    pages, pages_before, unread = health.read_shares(conn, row["id"], now=now, before=begun and begun - _BEFORE_TOLD)
    fields = compare(articles, split=split) if articles else ()
    fields = (*fields, compare_read(pages, pages_before, samples=unread))
    row["fill"] = {"fields": [asdict(one) for one in fields], "delays": health.delays(conn, row["id"])}
    row["filled_at"] = now
    return fields


def _tell(conn: Connection, outlet_id: str, memory: Memory, verdict: Verdict, now: datetime) -> None:
    health.change(conn, outlet_id, memory.state, verdict, at=now)
    say = log.warning if verdict.state in BAD else log.info
    say(
        "outlet.state",
        outlet=outlet_id,
        state=verdict.state.value,
        before=memory.state.value,
        reason=verdict.reason,
        **verdict.evidence,
    )


def told(facts: Facts, memory: Memory, conn: Connection, outlet_id: str) -> dict[str, Any]:
    """The numbers behind a verdict, as they are shown and measured: ``outlook``, ``brought``, ``expected_articles``."""
    brought = health.brought(conn, outlet_id, now=facts.now)
    rows = outlook(facts, memory)
    week = brought["7 d"]
    part = min(week["articles"] / week["found"], 1.0) if week["found"] else None
    day = next((row["expected"] for row in rows if row["span"] == "24 h"), None)
    expected = round(day * part, 1) if day is not None and part is not None else None
    return {"outlook": rows, "brought": brought, "expected_articles": expected}


def examine(conn: Connection, outlet_id: str, *, now: datetime | None = None) -> dict[str, Any] | None:
    """All that is known of an outlet's health, read anew and without keeping anything; None: no such outlet."""
    now = now or datetime.now(UTC)
    row = health.outlet(conn, outlet_id)
    if row is None:
        return None
    memory = health.memory(row)
    expectation = health.expectation(row)
    fill = _fill(conn, row | {"filled_at": None}, memory, now)
    facts = health.facts(conn, outlet_id, now=now, expectation=expectation, fill=fill)
    verdict = judge(facts, memory)
    return {
        "id": outlet_id,
        "name": row["name"],
        "state": memory.state.value,
        "since": row["since"],
        "reason": row["reason"],
        "evidence": row["evidence"] or {},
        "judged_at": row["judged_at"],
        "counted_until": health.rolled_until(conn),
        "now": None if verdict is None else {"state": verdict.state.value, "reason": verdict.reason},
        "expectation": row["expectation"],
        **told(facts, memory, conn, outlet_id),
        "fill": [asdict(one) for one in fill],
        "delays": health.delays(conn, outlet_id),
        "last_article": health.last_article(conn, outlet_id),
        "channels": [{**asdict(one), "empty": one.empty} for one in facts.channels],
        "changes": health.changes(conn, outlet_id),
    }

"""Lanes: what is not fresh passes through the same stages, and only where nothing fresh waits."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Engine, text

from rasid.model import Lane, Stage
from rasid.store import grants, ledger, links
from rasid.store.engine import transaction
from rasid.store.ledger import Policy, Settlement

POLICY = Policy()
NODE = "read@here:1"


def add(engine: Engine, lane: Lane, *paths: str) -> list[int]:
    new = [links.NewLink(f"https://outlet.example/{path}") for path in paths]
    with transaction(engine) as conn:
        return links.add(conn, new, allowed=lambda _: False, lane=lane).new


def lane_of(engine: Engine, id: int) -> Lane:
    with transaction(engine) as conn:
        return Lane(conn.execute(text("SELECT lane FROM links WHERE id = :id"), {"id": id}).scalar_one())


def granted(engine: Engine, *, behind: bool, run_seconds: float = 20.0) -> list[int]:
    with transaction(engine) as conn:
        conn.execute(text("UPDATE hosts SET busy_until = NULL"))
        found = grants.grant(
            conn, channels=0, links=100, delay=10.0, ceiling=60.0, run_seconds=run_seconds, resend_seconds=60.0,
            behind=behind,
        )  # fmt: skip
    return [id for id, _ in found.links]


def test_fresh_links_go_first_at_their_host_though_they_came_later(engine: Engine) -> None:
    old = add(engine, Lane.BACKFILL, "old/1", "old/2")
    again = add(engine, Lane.REVISIT, "again")
    new = add(engine, Lane.FRESH, "new")
    assert granted(engine, behind=True) == sorted([*new, *again])
    assert granted(engine, behind=True) == old


def test_nothing_but_fresh_links_is_granted_while_the_queue_is_not_empty(engine: Engine) -> None:
    add(engine, Lane.BACKFILL, "old")
    new = add(engine, Lane.FRESH, "new")
    assert granted(engine, behind=False) == new
    assert granted(engine, behind=False) == []


def test_what_turns_up_fresh_leaves_the_lane_behind(engine: Engine) -> None:
    (id,) = add(engine, Lane.BACKFILL, "a")
    assert add(engine, Lane.FRESH, "a") == []
    assert lane_of(engine, id) is Lane.FRESH
    add(engine, Lane.BACKFILL, "a")
    assert lane_of(engine, id) is Lane.FRESH


def test_between_stages_it_waits_for_the_dispatcher_and_not_for_upkeep(engine: Engine) -> None:
    ids = add(engine, Lane.BACKFILL, "1", "2", "3")
    with transaction(engine) as conn:
        claim = ledger.claim(conn, Stage.FETCH, ids, token=uuid4(), worker=NODE, policy=POLICY)
        assert {item.lane for item in claim.items} == {Lane.BACKFILL}
        ledger.settle(conn, Stage.FETCH, [Settlement(id) for id in ids], token=claim.token, worker=NODE, policy=POLICY)
    with transaction(engine) as conn:
        conn.execute(text("UPDATE links SET lease_until = NULL"))
        assert ledger.lost(conn, limit=10, policy=POLICY) == {}
        assert ledger.behind(conn, [Stage.DEDUPE], limit=10, policy=POLICY) == {}
        assert ledger.behind(conn, [Stage.PARSE], limit=2, policy=POLICY) == {Stage.PARSE: ids[:2]}
    with transaction(engine) as conn:
        assert ledger.behind(conn, [Stage.PARSE], limit=9, policy=POLICY) == {Stage.PARSE: ids[2:]}, "sent once"

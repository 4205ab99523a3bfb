"""The ledger's rules, against a real PostgreSQL."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from rasid.errors import Gone, Park, Retry, Skip
from rasid.model import Outcome, Stage, State
from rasid.store import ledger, links
from rasid.store.engine import transaction
from rasid.store.ledger import Policy, Settlement

POLICY = Policy(retry_base_seconds=30.0, max_attempts=3)
NODE = "read@here:1"


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    """Five links that wait to be fetched."""
    new = [links.NewLink(f"https://outlet.example/{n}") for n in range(5)]
    with transaction(engine) as conn:
        return links.add(conn, new, allowed=lambda _: False).new


def claim(engine: Engine, stage: Stage, ids: list[int], *, policy: Policy = POLICY) -> ledger.Claim:
    with transaction(engine) as conn:
        return ledger.claim(conn, stage, ids, token=uuid4(), worker=NODE, policy=policy)


def settle(engine: Engine, stage: Stage, token: UUID, *settlements: Settlement) -> set[int]:
    with transaction(engine) as conn:
        return ledger.settle(conn, stage, settlements, token=token, worker=NODE, policy=POLICY)


def states(engine: Engine) -> dict[int, str]:
    with transaction(engine) as conn:
        return {row.id: row.state for row in conn.execute(text("SELECT id, state FROM links"))}


def one(engine: Engine, sql: str, **values: object) -> object:
    with transaction(engine) as conn:
        return conn.execute(text(sql), values).scalar()


def test_a_message_that_comes_twice_finds_nothing_to_do(engine: Engine, ids: list[int]) -> None:
    first = claim(engine, Stage.FETCH, ids)
    second = claim(engine, Stage.FETCH, ids)
    assert [item.id for item in first.items] == ids
    assert second.items == []
    settle(engine, Stage.FETCH, first.token, *(Settlement(id) for id in ids))
    assert claim(engine, Stage.FETCH, ids).items == []
    assert len(claim(engine, Stage.PARSE, ids).items) == len(ids)


def test_two_workers_at_once_share_the_batch_and_never_an_item(engine: Engine, ids: list[int]) -> None:
    with engine.begin() as one_conn, engine.begin() as other_conn:
        mine = ledger.claim(one_conn, Stage.FETCH, ids[:3], token=uuid4(), worker="a:1", policy=POLICY)
        theirs = ledger.claim(other_conn, Stage.FETCH, ids, token=uuid4(), worker="b:1", policy=POLICY)
    assert {i.id for i in mine.items} | {i.id for i in theirs.items} == set(ids)
    assert not {i.id for i in mine.items} & {i.id for i in theirs.items}


def test_a_worker_that_lost_its_lease_writes_nothing(engine: Engine, ids: list[int]) -> None:
    late = claim(engine, Stage.FETCH, ids)
    with transaction(engine) as conn:
        conn.execute(text("UPDATE links SET lease_until = now() - interval '1 s'"))
    winner = claim(engine, Stage.FETCH, ids)
    assert len(winner.items) == len(ids)
    assert settle(engine, Stage.FETCH, late.token, *(Settlement(id) for id in ids)) == set()
    assert set(states(engine).values()) == {"found"}
    assert one(engine, "SELECT count(*) FROM crumbs") == 0


def test_each_error_class_has_its_end(engine: Engine, ids: list[int]) -> None:
    taken = claim(engine, Stage.FETCH, ids)
    errors = [
        Skip("robots_refused"),
        Gone("http_410"),
        Park("http_403", evidence={"status": 403}),
        Retry("http_500"),
    ]
    settlements = [ledger.failed(item, error, POLICY) for item, error in zip(taken.items, errors, strict=False)]
    settle(engine, Stage.FETCH, taken.token, *settlements, Settlement(ids[4]))
    assert [states(engine)[id] for id in ids] == ["skipped", "gone", "parked", "found", "fetched"]
    assert one(engine, "SELECT evidence->>'status' FROM links WHERE id = :id", id=ids[2]) == "403"
    assert one(engine, "SELECT parked_from FROM links WHERE id = :id", id=ids[2]) == "found"
    assert one(engine, "SELECT count(*) FROM crumbs") == 5
    assert one(engine, "SELECT sum(n) FROM tallies") == 5


def test_retries_end_in_the_park(engine: Engine, ids: list[int]) -> None:
    for attempt in range(1, POLICY.max_attempts + 1):
        taken = claim(engine, Stage.FETCH, ids[:1])
        assert taken.items[0].attempts == attempt
        settle(engine, Stage.FETCH, taken.token, ledger.failed(taken.items[0], Retry("http_500"), POLICY))
        with transaction(engine) as conn:
            conn.execute(text("UPDATE links SET due_at = now()"))
    assert states(engine)[ids[0]] == "parked"
    assert "gave up after 3 attempts" in str(one(engine, "SELECT message FROM links WHERE id = :id", id=ids[0]))


def test_a_retry_is_not_due_before_its_pause(engine: Engine, ids: list[int]) -> None:
    taken = claim(engine, Stage.FETCH, ids[:1])
    settle(engine, Stage.FETCH, taken.token, ledger.failed(taken.items[0], Retry("http_503", after_seconds=60), POLICY))
    assert claim(engine, Stage.FETCH, ids[:1]).items == []


def test_an_item_that_kills_its_workers_is_parked(engine: Engine, ids: list[int]) -> None:
    for _ in range(POLICY.max_attempts):
        assert len(claim(engine, Stage.FETCH, ids[:1]).items) == 1
        with transaction(engine) as conn:
            ledger.release_worker(conn, [NODE])
    last = claim(engine, Stage.FETCH, ids[:1])
    assert last.items == []
    assert last.exhausted == ids[:1]
    assert one(engine, "SELECT code FROM links WHERE id = :id", id=ids[0]) == "worker_lost"


def test_a_link_that_is_put_back_loses_no_attempt(engine: Engine, ids: list[int]) -> None:
    for _ in range(10):
        taken = claim(engine, Stage.FETCH, ids[:1])
        settle(engine, Stage.FETCH, taken.token, ledger.put_back(taken.items[0]))
    assert one(engine, "SELECT attempts FROM links WHERE id = :id", id=ids[0]) == 0
    assert one(engine, "SELECT count(*) FROM crumbs") == 0


def test_a_move_that_the_model_does_not_know_is_refused(engine: Engine, ids: list[int]) -> None:
    taken = claim(engine, Stage.FETCH, ids[:1])
    with pytest.raises(AssertionError, match="no legal move"):
        settle(engine, Stage.FETCH, taken.token, Settlement(ids[0], state=State.ENRICHED))


@pytest.fixture
def waiting_for_parse(engine: Engine, ids: list[int]) -> list[int]:
    taken = claim(engine, Stage.FETCH, ids)
    settle(engine, Stage.FETCH, taken.token, *(Settlement(id) for id in ids))
    return ids


def lost(conn: Connection) -> dict[Stage, list[int]]:
    return ledger.lost(conn, limit=100, policy=POLICY)


def test_upkeep_leaves_alone_what_is_under_way_and_finds_what_is_overdue(
    engine: Engine, waiting_for_parse: list[int]
) -> None:
    with transaction(engine) as conn:
        assert lost(conn) == {}
        conn.execute(text("UPDATE links SET lease_until = now() - interval '1 s'"))
    with transaction(engine) as conn:
        assert lost(conn) == {Stage.PARSE: waiting_for_parse}
    with transaction(engine) as conn:
        assert lost(conn) == {}, "what was just sent again is under way"


def test_a_wiped_broker_makes_all_messages_due_but_no_held_item(engine: Engine, waiting_for_parse: list[int]) -> None:
    held = claim(engine, Stage.PARSE, waiting_for_parse[:2])
    with transaction(engine) as conn:
        assert ledger.broker_was_wiped(conn) == 3
        assert lost(conn) == {Stage.PARSE: waiting_for_parse[2:]}
    assert settle(engine, Stage.PARSE, held.token, *(Settlement(item.id) for item in held.items)) == set(
        waiting_for_parse[:2]
    )


def test_back_off_doubles_up_to_its_ceiling() -> None:
    pauses = [ledger.back_off(attempt, POLICY, jitter=0.5) for attempt in range(1, 12)]
    assert pauses[:4] == [30.0, 60.0, 120.0, 240.0]
    assert pauses[-1] == POLICY.retry_ceiling_seconds


def test_a_tally_counts_each_outcome_once(engine: Engine, ids: list[int]) -> None:
    taken = claim(engine, Stage.FETCH, ids)
    settle(engine, Stage.FETCH, taken.token, *(Settlement(id, Outcome.SKIPPED, code="x") for id in ids))
    assert one(engine, "SELECT n FROM tallies WHERE outcome = 'skipped' AND code = 'x'") == 5

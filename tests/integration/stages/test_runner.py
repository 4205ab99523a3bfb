"""The runner, against a real PostgreSQL: what is ready moves on, and one bad item takes no other with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from rasid import runner
from rasid.context import Context
from rasid.errors import Park, Skip
from rasid.model import Stage
from rasid.runner import Result, each
from rasid.settings import Settings
from rasid.store import links
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement


class Scripted:
    """A fetch stage whose answer for each link is a function of its place in the batch."""

    stage = Stage.FETCH

    def __init__(self, answer: Callable[[int], Any], *, stored: str = "ok", pause: float = 0.0) -> None:
        self.answer, self.stored, self.pause = answer, stored, pause

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[str] | None]:
        for n, item in enumerate(items):
            time.sleep(self.pause)
            yield from each([item], lambda _, n=n: self.answer(n))  # type: ignore[misc]

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, str]]) -> list[Settlement]:
        for item, value in done:
            conn.execute(text("UPDATE links SET message = :value WHERE id = :id"), {"value": value, "id": item.id})
        return [Settlement(item.id) for item, _ in done]


@pytest.fixture
def context(database_url: str) -> Iterator[Context]:
    made = Context(Settings(), database_url, worker="test:1")
    yield made
    made.close()


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    new = [links.NewLink(f"https://outlet.example/{n}") for n in range(4)]
    with transaction(engine) as conn:
        return links.add(conn, new, allowed=lambda _: False).new


def run(context: Context, work: Scripted, ids: list[int]) -> tuple[dict[str, int], list[tuple[Stage, list[int]]]]:
    sent: list[tuple[Stage, list[int]]] = []
    outcomes = runner.run(
        context, work, ids, send=lambda stage, ids: sent.append((stage, list(ids))), tell=lambda states: None
    )
    return outcomes, sent


def states(engine: Engine, ids: list[int]) -> list[str]:
    with transaction(engine) as conn:
        found = {row.id: row.state for row in conn.execute(text("SELECT id, state FROM links"))}
    return [found[id] for id in ids]


def raises(error: Exception) -> Any:
    raise error


def test_what_is_done_is_sent_on_to_the_next_stage(engine: Engine, context: Context, ids: list[int]) -> None:
    outcomes, sent = run(context, Scripted(lambda n: "value"), ids)
    assert outcomes == {"done": 4}
    assert sent == [(Stage.PARSE, ids)]
    assert states(engine, ids) == ["fetched"] * 4


def test_each_item_has_its_own_end(engine: Engine, context: Context, ids: list[int]) -> None:
    errors = {1: Skip("not_html"), 2: Park("http_403"), 3: ZeroDivisionError("a bug")}
    outcomes, sent = run(context, Scripted(lambda n: raises(errors[n]) if n in errors else "value"), ids)
    assert states(engine, ids) == ["fetched", "skipped", "parked", "parked"]
    assert outcomes == {"done": 1, "skipped": 1, "parked": 2}
    assert sent == [(Stage.PARSE, ids[:1])]
    with transaction(engine) as conn:
        row = conn.execute(text("SELECT code, evidence FROM links WHERE id = :id"), {"id": ids[3]}).one()
    assert row.code == "bug"
    assert "ZeroDivisionError" in row.evidence["trace"]


def test_a_value_that_the_database_refuses_parks_its_item_alone(
    engine: Engine, context: Context, ids: list[int]
) -> None:
    outcomes, _ = run(context, Scripted(lambda n: "nul \x00 byte" if n == 2 else "value"), ids)
    assert states(engine, ids) == ["fetched", "fetched", "parked", "fetched"]
    assert outcomes == {"done": 3, "parked": 1}


def test_a_batch_does_not_wait_for_its_slowest(engine: Engine, context: Context, ids: list[int]) -> None:
    _, sent = run(context, Scripted(lambda n: "value", pause=0.6), ids)
    assert len(sent) > 1
    assert sorted(id for _, part in sent for id in part) == ids


def test_a_run_that_breaks_off_gives_back_what_it_held(engine: Engine, context: Context, ids: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(context, Scripted(lambda n: raises(KeyboardInterrupt()) if n == 2 else "value"), ids)
    with transaction(engine) as conn:
        held = conn.execute(text("SELECT count(*) FROM links WHERE lease_by IS NOT NULL")).scalar()
        attempts = conn.execute(text("SELECT max(attempts) FROM links WHERE state = 'found'")).scalar()
    assert held == 0
    assert attempts == 0
    outcomes, _ = run(context, Scripted(lambda n: "value"), ids)
    assert outcomes["done"] >= 2
    assert states(engine, ids) == ["fetched"] * 4


def test_a_message_for_links_that_are_elsewhere_finds_nothing(context: Context, ids: list[int]) -> None:
    run(context, Scripted(lambda n: "value"), ids)
    outcomes, sent = run(context, Scripted(lambda n: "value"), ids)
    assert outcomes == {}
    assert sent == []

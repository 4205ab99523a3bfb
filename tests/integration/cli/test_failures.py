"""Parked work: found, put back, dropped; each way leaves a crumb and keeps to the legal moves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text

from rasid.model import MOVES, Stage, State
from rasid.store.engine import transaction

from .conftest import park


def _link(engine: Engine, link: int) -> Any:
    with transaction(engine) as conn:
        return conn.execute(text("SELECT * FROM links WHERE id = :id"), {"id": link}).one()


def test_list_shows_the_evidence_and_the_stage(cli: Any, filled: Any) -> None:
    (row,) = cli("failures", "list", "--json").lines
    assert (row["id"], row["stage"], row["code"], row["evidence"]) == (filled.parked, "parse", "too_deep", {"depth": 9})


def test_list_narrows_by_code_and_stage(cli: Any, engine: Engine, filled: Any) -> None:
    other = park(engine, "https://sada.example/away", stage=Stage.FETCH, code="http_503")
    assert [row["id"] for row in cli("failures", "list", "--code", "http_503", "--json").lines] == [other]
    assert [row["id"] for row in cli("failures", "list", "--stage", "parse", "--json").lines] == [filled.parked]
    assert cli("failures", "list", "--stage", "nonsense").code == 2


def test_retry_puts_a_link_back_to_where_it_was_parked_from(cli: Any, engine: Engine, filled: Any) -> None:
    (row,) = cli("failures", "retry", str(filled.parked), "--json").lines
    link = _link(engine, filled.parked)
    assert row["state"] == link.state == "fetched"
    assert State(link.state) in MOVES[State.PARKED]
    assert (link.attempts, link.code, link.parked_from, link.lease_until) == (0, None, None, None)
    crumbs = cli("trace", str(filled.parked), "--json").one["crumbs"]
    assert [one["code"] for one in crumbs] == ["too_deep", "retried"]


def test_refetch_begins_anew(cli: Any, engine: Engine, filled: Any) -> None:
    assert cli("failures", "retry", "--all", "--refetch").code == 0
    assert _link(engine, filled.parked).state == "found"


def test_retry_all_of_a_code_leaves_the_others(cli: Any, engine: Engine, filled: Any) -> None:
    other = park(engine, "https://sada.example/away", stage=Stage.FETCH, code="http_503")
    assert cli("failures", "retry", "--all", "--code", "http_503").code == 0
    assert (_link(engine, other).state, _link(engine, filled.parked).state) == ("found", "parked")


def test_drop_skips_with_the_code_dropped_and_keeps_the_evidence(cli: Any, engine: Engine, filled: Any) -> None:
    assert cli("failures", "drop", str(filled.parked)).code == 0
    link = _link(engine, filled.parked)
    assert (link.state, link.code, link.evidence) == ("skipped", "dropped", {"depth": 9})
    last = cli("trace", str(filled.parked), "--json").one["crumbs"][-1]
    assert (last["outcome"], last["code"]) == ("skipped", "dropped")


def test_what_is_not_parked_is_told_and_left_alone(cli: Any, engine: Engine, filled: Any) -> None:
    done = cli("failures", "retry", str(filled.first_link))
    assert (done.code, _link(engine, filled.first_link).state) == (1, "done")
    assert str(filled.first_link) in done.err


def test_retry_wants_ids_or_all(cli: Any, filled: Any) -> None:
    assert cli("failures", "retry").code == 2
    assert cli("failures", "retry", "1", "--all").code == 2
    assert cli("failures", "drop").code == 2


def test_parked_deliveries_can_be_put_back_and_dropped(cli: Any, engine: Engine, filled: Any) -> None:
    """A dropped alert keeps its row, so that its story is not told again."""
    cli("watches", "add", "aid", "مساعدات", "--log")
    with transaction(engine) as conn:
        delivery = conn.execute(
            text(
                "INSERT INTO deliveries (watch_id, story_id, article_id, state, payload, attempts, code) "
                "SELECT id, :story, :article, 'parked', '{}', 30, 'http_404' FROM watches RETURNING id"
            ),
            {"story": filled.story, "article": filled.first},
        ).scalar_one()
    name = f"delivery:{delivery}"
    assert name in [row["id"] for row in cli("failures", "list", "--json").lines]
    (row,) = cli("failures", "retry", name, "--json").lines
    assert row == {"id": name, "state": "waiting"}
    with transaction(engine) as conn:
        conn.execute(text("UPDATE deliveries SET state = 'parked'"))
    assert cli("failures", "drop", name).code == 0
    with transaction(engine) as conn:
        assert conn.execute(text("SELECT state FROM deliveries")).scalars().all() == ["dropped"]
    assert cli("trace", str(filled.first_link), "--json").one["crumbs"][-1]["code"] == "dropped"

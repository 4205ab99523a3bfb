"""What operators are told of an outlet's health."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid import rounds
from rasid.cli.health import summary
from rasid.store.engine import transaction


@pytest.fixture
def judged(filled: Any, engine: Engine) -> None:
    """The small newsroom after a round; one of its outlets is told for silent."""
    rounds.run(engine)
    with transaction(engine) as conn:
        conn.execute(
            text(
                "UPDATE outlet_health SET state = 'silent_zero', reason = 'nothing new for 20 h', since = :at, "
                "evidence = '{\"last_link\": 3}' WHERE outlet_id = 'sada'"
            ),
            {"at": datetime(2025, 3, 1, tzinfo=UTC)},
        )
        conn.execute(
            text(
                "INSERT INTO outlet_changes (outlet_id, before, state, reason) "
                "VALUES ('sada', 'as_expected', 'silent_zero', 'nothing new for 20 h')"
            )
        )


def test_outlets_that_want_a_look_are_listed_with_the_reason(cli: Any, judged: None) -> None:
    (row,) = cli("sources", "health", "--json").lines
    assert (row["id"], row["state"], row["evidence"]) == ("sada", "silent_zero", {"last_link": 3})
    assert len(cli("sources", "health", "--all", "--json").lines) == 2
    told = cli("sources", "health")
    assert "nothing new for 20 h" in told.out
    assert "2 outlets: 1 silent zero, 1 learning" in told.err


def test_one_outlet_tells_on_what_grounds(cli: Any, judged: None) -> None:
    found = cli("sources", "health", "sada", "--json").one
    assert found["last_article"]["title"] == "وصول مساعدات إلى القامشلي"
    assert [one["name"] for one in found["fill"]] == ["title", "date", "author", "text", "tail", "read"]
    assert found["brought"]["24 h"]["found"] == 0
    assert found["changes"][0]["state"] == "silent_zero"
    assert [one["url"] for one in found["channels"]] == ["https://sada.example/feed.xml"]
    assert found["now"]["state"] == "learning"
    shown = cli("sources", "health", "sada").out
    assert "silent zero" in shown
    assert "not for long enough yet" in shown
    assert cli("sources", "health", "nobody").code == 2


def test_status_and_list_name_the_states(cli: Any, judged: None) -> None:
    found = cli("status", "--json").one
    assert found["outlets"] == {"learning": 1, "silent_zero": 1}
    assert [row["id"] for row in found["worst"]] == ["sada"]
    assert "silent zero 1" in cli("status").out
    states = {row["id"]: row["state"] for row in cli("sources", "list", "--json").lines}
    assert states == {"sada": "silent_zero", "nahr": "learning"}


def test_an_outlet_that_nobody_judged_yet_is_told_all_the_same(cli: Any, filled: Any) -> None:
    assert cli("status", "--json").one["outlets"] == {"not_judged": 2}
    assert cli("sources", "health", "sada", "--json").one["judged_at"] is None
    assert cli("sources", "health", "sada").code == 0


def test_the_summary_names_the_commonest_first() -> None:
    assert summary({}) == "0 outlets"
    assert summary({"quiet": 1, "as_expected": 4}) == "5 outlets: 4 as expected, 1 quiet"

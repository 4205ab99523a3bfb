"""The one way to declare a task: what it takes, what it refuses, and what it does when a service is away."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from rasid import contract
from rasid.broker import Broker, make_app
from rasid.context import Context
from rasid.fetch.stage import FetchStage
from rasid.model import Stage
from rasid.settings import Settings
from tasks import base
from tasks.alert import alert
from tasks.cluster import cluster
from tasks.dedupe import dedupe
from tasks.discover import discover, submit
from tasks.enrich import enrich
from tasks.fetch import fetch
from tasks.parse import parse

STAGE_BODIES = (discover, fetch, parse, dedupe, enrich, cluster, alert)


@pytest.fixture
def alone() -> Iterator[base.Process]:
    """A process whose broker and database are both away."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    context = Context(Settings(), f"postgresql://nobody@127.0.0.1:{port}/none", worker="test:1")
    made = base.Process(context, Broker(make_app(f"redis://127.0.0.1:{port}/0")), "test", 1, ())
    base.use(made)
    yield made
    base.use(None)
    context.close()


@pytest.mark.parametrize("slip", [{"ignore_results": True}, {"queue": "fetch"}, {"bind": False}, {"name": "x"}])
def test_no_option_can_be_given_let_alone_misspelt(slip: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        base.stage_task(FetchStage(), **slip)
    slip.pop("name", None)
    if slip:
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            base.plain_task("rasid.made_up", **slip)


def test_the_name_of_a_stage_task_comes_from_the_contract() -> None:
    assert [task.name for task in STAGE_BODIES] == [contract.STAGE_TASKS[stage] for stage in Stage]


@pytest.mark.parametrize(
    "payload", [None, 7, "1,2", [1], {}, {"v": 1}, {"v": 2, "ids": [1]}, {"v": 1, "ids": ["1"]}, {"v": 1, "ids": 1}]
)
@pytest.mark.parametrize("task", STAGE_BODIES, ids=lambda task: task.name)
def test_a_payload_of_another_shape_is_refused_and_told(
    alone: base.Process, task: Callable[[Any], dict[str, int]], payload: Any
) -> None:
    with capture_logs() as logs:
        assert task(payload) == {}
    assert [log["event"] for log in logs] == ["task.refused"]
    assert logs[0]["task"] == task.name  # type: ignore[attr-defined]
    assert logs[0]["log_level"] == "error"


@pytest.mark.parametrize(
    "payload",
    [None, {"v": 1}, {"v": 9, "urls": []}, {"v": 1, "urls": "https://a.example/"}, {"v": 1, "urls": [1]},
     {"v": 1, "urls": ["https://a.example/"], "receipts": ["no uuid"]},
     {"v": 1, "urls": ["https://a.example/"] * 501}],
)  # fmt: skip
def test_a_submission_of_another_shape_is_refused_and_told(alone: base.Process, payload: Any) -> None:
    with capture_logs() as logs:
        assert submit(payload) == {}
    assert [(log["event"], log["task"]) for log in logs] == [("task.refused", "rasid.submit")]


def test_fields_that_a_later_version_may_add_are_passed_over() -> None:
    assert contract.read_stage_payload({"v": 1, "ids": [4], "reason": "later"}) == [4]


def test_a_broker_that_is_away_after_commit_breaks_nothing(alone: base.Process) -> None:
    with capture_logs() as logs:
        base.send_quietly(Stage.PARSE, [1, 2])
        base.tell_quietly([{"receipt": "x", "state": "found"}])
    assert [(log["event"], log["n"]) for log in logs] == [("send.failed", 2), ("tell.failed", 1)]


def test_a_task_outside_a_worker_says_so() -> None:
    base.use(None)
    with pytest.raises(RuntimeError, match=r"workers\.boot"):
        base.process()

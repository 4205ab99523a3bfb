"""What other programs rely on: names, payloads, the moves of the ledger."""

from __future__ import annotations

import itertools
from uuid import uuid4

import pytest

from rasid import contract
from rasid.errors import UsageError
from rasid.model import ENDS, MOVES, WAITING, Stage, State
from rasid.pipeline import BY_STAGE, STEPS


def test_names_of_tasks_and_queues_do_not_change() -> None:
    assert contract.STAGE_TASKS[Stage.FETCH] == "rasid.fetch"
    assert contract.TASK_SUBMIT == "rasid.submit"
    assert contract.QUEUES == (
        "discover", "fetch", "parse", "dedupe", "enrich", "cluster", "alert", "submit", "control",
    )  # fmt: skip


def test_a_stage_payload_survives_its_way() -> None:
    assert contract.read_stage_payload(contract.stage_payload([3, 1])) == [3, 1]


@pytest.mark.parametrize(
    "payload", [None, [], {"ids": [1]}, {"v": 1, "ids": "1"}, {"v": 1, "ids": ["x"]}, {"v": 99, "ids": [1]}]
)
def test_a_payload_of_another_shape_is_refused(payload: object) -> None:
    with pytest.raises(UsageError):
        contract.read_stage_payload(payload)


def test_a_submit_payload_needs_a_receipt_each_or_none() -> None:
    urls = ["https://a.example/1", "https://a.example/2"]
    assert contract.read_submit_payload({"v": 1, "urls": urls}).receipts == []
    with pytest.raises(UsageError, match="1 receipts for 2 URLs"):
        contract.read_submit_payload({"v": 1, "urls": urls, "receipts": [str(uuid4())]})
    with pytest.raises(UsageError, match="is the most"):
        contract.read_submit_payload({"v": 1, "urls": ["https://a.example/"] * (contract.SUBMIT_LIMIT + 1)})


def test_the_pipeline_is_one_line_from_found_to_done() -> None:
    for step, after in itertools.pairwise(STEPS):
        assert step.gives is after.takes
        assert step.following is after.stage
    assert STEPS[0].takes is State.FOUND
    assert STEPS[-1].gives is State.DONE
    assert set(BY_STAGE) == set(Stage) - {Stage.DISCOVER}


def test_every_step_is_a_legal_move_and_every_state_has_a_way_on() -> None:
    for step in STEPS:
        assert step.gives in MOVES[step.takes]
    assert set(MOVES) == set(State) == {*WAITING, *ENDS}
    assert all(MOVES[state] for state in State)

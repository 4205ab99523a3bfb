"""The Celery app of the workers is what the contract and the design say: names, queues, clock, settings.

It is looked at in a process of its own, as a worker has it: importing it makes it the current app.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rasid import contract
from rasid.model import Stage

ROOT = Path(__file__).resolve().parents[2]
_LOOK = """
import json
from rasid.broker import configuration
from workers.app import app, settings
app.loader.import_default_modules()
app.finalize()
tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
keys = ["imports", *configuration(settings)]
print(json.dumps({
    "tasks": sorted(tasks),
    "queues": {name: app.amqp.router.route({}, name)["queue"].name for name in tasks},
    "known_queues": list(app.amqp.queues),
    "conf": {key: app.conf[key] for key in keys},
    "late": {name: [task.acks_late, task.reject_on_worker_lost, task.ignore_result] for name, task in tasks.items()},
    "beat": app.conf.beat_schedule,
    "beat_scheduler": app.conf.beat_scheduler,
}, default=str))
"""


@pytest.fixture(scope="module")
def app() -> dict[str, Any]:
    """What the app of a worker says of itself, with default settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RASID_")}
    environment["RASID_BROKER_URL"] = "redis://127.0.0.1:1/0"
    done = subprocess.run(
        [sys.executable, "-c", _LOOK], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    looked: dict[str, Any] = json.loads(done.stdout)
    return looked


def test_the_registered_tasks_are_those_of_the_contract_and_no_other(app: dict[str, Any]) -> None:
    plain = {
        contract.TASK_SUBMIT, contract.TASK_DISPATCH, contract.TASK_UPKEEP, contract.TASK_DELIVER,
        contract.TASK_RETENTION, contract.TASK_TICK, contract.TASK_ROUNDS, contract.TASK_SUBSCRIPTIONS,
        contract.TASK_ENRICH_LATER, contract.TASK_BACKGROUND,
    }  # fmt: skip
    assert set(app["tasks"]) == {*contract.STAGE_TASKS.values(), *plain}


@pytest.mark.parametrize("stage", list(Stage))
def test_each_stage_has_its_module_and_its_queue(app: dict[str, Any], stage: Stage) -> None:
    name = contract.STAGE_TASKS[stage]
    assert app["queues"][name] == contract.STAGE_QUEUES[stage] == stage.value
    assert (ROOT / "tasks" / f"{stage.value}.py").is_file()


def test_the_other_tasks_go_to_their_queues(app: dict[str, Any]) -> None:
    queues = app["queues"]
    assert queues[contract.TASK_SUBMIT] == contract.SUBMIT_QUEUE
    assert queues[contract.TASK_DELIVER] == "alert"
    assert queues[contract.TASK_BACKGROUND] == "enrich"
    assert queues[contract.TASK_ENRICH_LATER] == "enrich"
    for task in (contract.TASK_DISPATCH, contract.TASK_UPKEEP, contract.TASK_RETENTION, contract.TASK_ROUNDS):
        assert queues[task] == contract.CONTROL_QUEUE
    assert set(contract.QUEUES) <= set(app["known_queues"])


def test_every_module_of_tasks_is_loaded(app: dict[str, Any]) -> None:
    modules = {path.stem for path in (ROOT / "tasks").glob("*.py")} - {"__init__", "base"}
    assert {name.removeprefix("tasks.") for name in app["conf"]["imports"]} == modules


def test_the_clock_knows_only_known_tasks_and_each_tick_expires(app: dict[str, Any]) -> None:
    assert {entry["task"] for entry in app["beat"].values()} == {
        contract.TASK_DISPATCH, contract.TASK_UPKEEP, contract.TASK_RETENTION, contract.TASK_ROUNDS,
        contract.TASK_SUBSCRIPTIONS, contract.TASK_BACKGROUND,
    }  # fmt: skip
    for entry in app["beat"].values():
        assert entry["task"] in app["tasks"]
        assert entry["options"]["queue"] == app["queues"][entry["task"]]
        assert entry["options"]["expires"] == max(5, 5 * entry["schedule"])
    # No file of its own: a clock that forgets does no harm, and needs no folder to write to.
    assert app["beat_scheduler"] == "celery.beat:Scheduler"


def test_a_dead_worker_hands_its_messages_back(app: dict[str, Any]) -> None:
    assert all(late == [True, True, True] for late in app["late"].values())
    assert app["conf"]["worker_prefetch_multiplier"] == 1


def test_a_message_is_looked_for_again_soon_but_not_before_its_task_must_have_ended(app: dict[str, Any]) -> None:
    options = app["conf"]["broker_transport_options"]
    assert options["visibility_timeout"] == 900
    assert options["visibility_timeout"] >= 2 * app["conf"]["task_time_limit"]
    assert app["conf"]["task_soft_time_limit"] < app["conf"]["task_time_limit"]
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)


def test_no_call_to_the_broker_can_hang_for_ever(app: dict[str, Any]) -> None:
    options = app["conf"]["broker_transport_options"]
    assert options["socket_timeout"] > 0
    assert options["socket_connect_timeout"] > 0
    assert options["socket_keepalive"] is True
    assert options["health_check_interval"] > 0
    # It would switch publishing in batches off without a word.
    assert "retry_on_timeout" not in options
    assert app["conf"]["broker_connection_retry_on_startup"] is True
    assert app["conf"]["broker_connection_max_retries"] is None


def test_nothing_but_json_and_no_results(app: dict[str, Any]) -> None:
    assert app["conf"]["accept_content"] == ["json"]
    assert app["conf"]["task_serializer"] == "json"
    assert app["conf"]["result_backend"] is None
    assert app["conf"]["task_ignore_result"] is True


def test_processes_that_read_are_renewed_before_they_grow_large(app: dict[str, Any]) -> None:
    assert 0 < app["conf"]["worker_max_tasks_per_child"] <= 10_000
    assert 0 < app["conf"]["worker_max_memory_per_child"] <= 2_000_000

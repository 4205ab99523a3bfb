"""The one way to declare a task, and what a task finds in its process.

A body is: read the payload, call one function, report the counts. Sessions, leases, retries and parking are the
ledger's, in `rasid.runner`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from celery import Task, shared_task

from rasid import contract, runner
from rasid.broker import Broker
from rasid.context import Context
from rasid.errors import BrokerDown, UsageError
from rasid.model import Stage
from rasid.runner import StageWork
from rasid.store import ledger
from rasid.store.engine import transaction

log = structlog.get_logger()
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Process:
    """What `workers.boot` wires for the tasks of one process. `node` is the worker's name; `pid` its main process."""

    context: Context
    broker: Broker
    node: str
    pid: int
    queues: tuple[str, ...]


_process: Process | None = None


def use(process: Process | None) -> None:
    """Called by `workers.boot` when a process starts, and with None when it stops."""
    global _process
    _process = process


def process() -> Process:
    """What this process was wired with."""
    if _process is None:
        raise RuntimeError("no process is wired: tasks run in a worker that workers.boot has started")
    return _process


def plain_task(name: str) -> Callable[[_F], Task]:
    """Declare a task that is no stage of the link's way. Only the name is an option: all else is one configuration."""
    return shared_task(name=name)  # type: ignore[no-any-return]


def stage_task(work: StageWork[Any]) -> Task:
    """Declare the task of a stage; its name and queue come from `rasid.contract`."""

    def body(self: Task, payload: object) -> dict[str, int]:
        ids = read(contract.read_stage_payload, payload, task=contract.STAGE_TASKS[work.stage])
        if ids is None:
            return {}
        here = process()
        if self.request.delivery_info and self.request.delivery_info.get("redelivered"):
            free_dead_leases(here.context, here.node)
        outcomes = runner.run(here.context, work, ids, send=send_quietly, tell=tell_quietly)
        log.info("stage.batch", stage=work.stage.value, n=len(ids), **outcomes)
        return outcomes

    return shared_task(name=contract.STAGE_TASKS[work.stage], bind=True)(body)  # type: ignore[no-any-return]


_R = TypeVar("_R")


def read(reader: Callable[[object], _R], payload: object, *, task: str) -> _R | None:
    """Read a payload; one that cannot be read is logged and refused, for it will not get better by coming again."""
    try:
        return reader(payload)
    except UsageError as error:
        log.error("task.refused", task=task, reason=str(error))
        return None


def send_quietly(stage: Stage, ids: Any) -> None:
    """Send on after commit. What does not get through is found by upkeep: the ledger says that it waits."""
    try:
        process().broker.send(stage, ids)
    except BrokerDown as error:
        log.warning("send.failed", stage=stage.value, n=len(ids), reason=str(error))


def tell_quietly(states: list[dict[str, Any]]) -> None:
    """Mirror receipts; a mirror that fails is made again at the next change, and the row is the truth."""
    try:
        process().broker.tell(states)
    except BrokerDown as error:
        log.warning("tell.failed", n=len(states), reason=str(error))


def free_dead_leases(context: Context, node: str) -> int:
    """Free leases of processes of this node that are no longer alive: a killed child, or the run before this one.

    Node names are unique to a machine or container, so that their process ids can be asked for here.
    """
    with transaction(context.engine) as conn:
        dead = [
            name
            for name in ledger.lease_holders(conn)
            if name.rpartition(":")[0] == node and not _alive(name.rpartition(":")[2])
        ]
        freed = ledger.release_worker(conn, dead)
    if dead:
        log.info("leases.freed", workers=dead, n=freed)
    return freed


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True

"""`rasid.alert`: match watches; and `rasid.deliver`: send what is due. See `rasid.alert.stage`."""

from __future__ import annotations

import structlog

from rasid import contract
from rasid.alert import stage
from rasid.alert.stage import AlertStage
from tasks.base import plain_task, process, stage_task

log = structlog.get_logger()

alert = stage_task(AlertStage())


@plain_task(contract.TASK_DELIVER)
def deliver() -> dict[str, int]:
    """Send the deliveries that are due."""
    counts = stage.send_due(process().context)
    if counts:
        log.info("deliveries", **counts)
    return counts

"""`rasid.enrich`: see `rasid.enrich.stage`; and `rasid.enrich_later`: see `rasid.enrich.later`."""

from __future__ import annotations

import structlog

from rasid import contract
from rasid.enrich import later
from rasid.enrich.stage import EnrichStage
from tasks.base import plain_task, process, stage_task

log = structlog.get_logger()

enrich = stage_task(EnrichStage())


@plain_task(contract.TASK_ENRICH_LATER)
def enrich_later() -> dict[str, int]:
    """Ask enrichers that are slow, or that failed, for what waits for them."""
    counts = dict(later.run(process().context))
    if counts:
        log.info("enrich.later", **counts)
    return counts

"""`rasid.discover`: visit channels; and `rasid.submit`: take in what programs and people send."""

from __future__ import annotations

from itertools import zip_longest

import structlog

from rasid import contract
from rasid.discover import stage
from rasid.model import Stage
from rasid.store import links
from rasid.store.engine import transaction
from tasks.base import plain_task, process, read, tell_quietly

log = structlog.get_logger()


@plain_task(contract.STAGE_TASKS[Stage.DISCOVER])
def discover(payload: object) -> dict[str, int]:
    """Visit the channels of one message. What they name is granted by the dispatcher."""
    ids = read(contract.read_stage_payload, payload, task="rasid.discover")
    if ids is None:
        return {}
    counts = stage.run(process().context, ids)
    log.info("stage.batch", stage="discover", n=len(ids), **counts)
    return counts


@plain_task(contract.TASK_SUBMIT)
def submit(payload: object) -> dict[str, int]:
    """Take in URLs; see `rasid.contract.SubmitPayload`."""
    submitted = read(contract.read_submit_payload, payload, task=contract.TASK_SUBMIT)
    if submitted is None:
        return {}
    here = process()
    new = [links.NewLink(url, receipt=receipt) for url, receipt in zip_longest(submitted.urls, submitted.receipts)]
    with transaction(here.context.engine) as conn:
        added = links.add(
            conn,
            new,
            allowed=here.context.permits,
            outlet_id=links.known_outlet(conn, submitted.source),
        )
        states = [state for r in submitted.receipts if (state := links.receipt(conn, r)) is not None]
    tell_quietly(states)
    return {"new": len(added.new), "known": added.known, "refused": len(added.refused)}

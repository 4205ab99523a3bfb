"""The clockwork: `rasid.dispatch` grants, `rasid.upkeep` finds what was lost, `rasid.rounds` judges the outlets,
`rasid.subscriptions` asks hubs to push, `rasid.retention` clears away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from rasid import contract, revisits, rounds
from rasid.dedupe.renew import renew
from rasid.discover import hubs
from rasid.enrich.registry import wanted
from rasid.errors import DatabaseBusy
from rasid.model import Stage
from rasid.store import grants, groups, health, ledger, links, parts, pending, remote, retention, watches, workers
from rasid.store.engine import transaction
from tasks.base import Process, free_dead_leases, plain_task, process

log = structlog.get_logger()

#: A host gets as many links at once as it may be asked for in so many seconds.
_RUN_SECONDS = 2.0
_COMPUTING = (Stage.PARSE, Stage.DEDUPE, Stage.ENRICH, Stage.CLUSTER, Stage.ALERT)
#: Messages of links that are not fresh, given to an idle stage at once: the most that a fresh link can find before it.
_BEHIND = 4
#: Second looks that begin at once, at most: they go behind what is fresh.
_LOOKS = 500
#: A worker that did not answer ticks for so long is taken for dead: its leases are freed.
SILENT_SECONDS = 90.0


@plain_task(contract.TASK_DISPATCH)
def dispatch() -> dict[str, int]:
    """Grant due channels and links to hosts that are free, as far as the queues have room."""
    here = process()
    s = here.context.settings
    room = _room(here, Stage.DISCOVER), min(_room(here, Stage.FETCH), _room(here, Stage.PARSE))
    with transaction(here.context.engine) as conn:
        if not grants.alone(conn):
            return {}
        granted = grants.grant(
            conn,
            channels=room[0] * s.batch,
            links=room[1] * s.batch,
            delay=s.host_delay,
            ceiling=s.host_delay_ceiling,
            factor=s.host_latency_factor,
            run_seconds=_RUN_SECONDS,
            resend_seconds=s.resend_seconds,
            behind=_idle(here, Stage.FETCH),
        )
        stages = [stage for stage in _COMPUTING if _idle(here, stage)]
        behind = ledger.behind(conn, stages, limit=_BEHIND * s.batch, policy=here.context.policy)
    here.broker.send(Stage.DISCOVER, granted.channels)
    here.broker.send_batches(Stage.FETCH, in_messages(granted.links, batch=s.batch))
    for stage, ids in behind.items():
        here.broker.send(stage, ids)
    return {"channels": len(granted.channels), "links": len(granted.links)}


def _idle(here: Process, stage: Stage) -> bool:
    """Whether no message waits for a stage: then nothing fresh is held up by what is not."""
    return here.broker.depth(contract.STAGE_QUEUES[stage]) == 0


def _room(here: Process, stage: Stage) -> int:
    return max(here.context.settings.queue_limit - here.broker.depth(contract.STAGE_QUEUES[stage]), 0)


def in_messages(links_by_host: Sequence[tuple[int, str]], *, batch: int) -> list[list[int]]:
    """Pack granted links, (id, host) sorted by host, into messages of about `batch`; a host is never split."""
    messages: list[list[int]] = []
    last = None
    for link_id, host in links_by_host:
        if not messages or (len(messages[-1]) >= batch and host != last):
            messages.append([])
        messages[-1].append(link_id)
        last = host
    return messages


@plain_task(contract.TASK_UPKEEP)
def upkeep() -> dict[str, int]:
    """Send again what waits with no message under way, wake due deliveries, count the workers, and, while no news waits
    for it, make fingerprints of an old version anew and have slow enrichers asked."""
    here = process()
    wiped = here.broker.is_new_epoch()
    with transaction(here.context.engine) as conn:
        if wiped:
            log.info("broker.new", freed=ledger.broker_was_wiped(conn))
            receipts = links.open_receipts(conn)
        lost = ledger.lost(conn, limit=_lost_limit(here), policy=here.context.policy)
        due = watches.due(conn)
        slow = pending.due(conn, wanted(here.context.settings.enrich_with))
        revisits.send_due(conn, here.context.settings.revisit_ages, limit=_LOOKS)
    for stage, ids in lost.items():
        here.broker.send(stage, ids)
    if wiped:
        here.broker.tell(receipts)
    if due:
        here.broker.post(contract.TASK_DELIVER, shown=f"{due} deliveries")
    _count_workers(here)
    if slow and _idle(here, Stage.ENRICH):
        here.broker.post(contract.TASK_ENRICH_LATER, shown=", ".join(slow), expires=60)
    if _idle(here, Stage.DEDUPE):
        renew(here.context)
    return {stage.value: len(ids) for stage, ids in lost.items()}


def _lost_limit(here: Process) -> int:
    """No more than the queues have room for: a long queue is late, not lost."""
    stages = (Stage.PARSE, Stage.DEDUPE, Stage.ENRICH, Stage.CLUSTER, Stage.ALERT)
    return min(_room(here, stage) for stage in stages) * here.context.settings.batch


def _count_workers(here: Process) -> None:
    with transaction(here.context.engine) as conn:
        silent = workers.silent(conn, seconds=SILENT_SECONDS)
        holders = [name for name in ledger.lease_holders(conn) if name.rpartition(":")[0] in silent]
        freed = ledger.release_worker(conn, holders)
        forgotten = workers.forget_old(conn)
        names = [row["name"] for row in workers.listing(conn)]
    if silent:
        log.warning("workers.silent", workers=silent, freed=freed)
    for name in forgotten:
        here.broker.drop_queue(tick_queue(name))
    free_dead_leases(here.context, here.node)
    for name in names:
        # Ticks that nobody takes must not pile up: two that wait are as good as a thousand.
        if here.broker.depth(tick_queue(name)) < 2:
            here.broker.post(contract.TASK_TICK, shown=name, queue=tick_queue(name), expires=60)


def tick_queue(node: str) -> str:
    """The queue that one worker alone reads, so that a tick proves that this worker still works."""
    return f"tick.{node}"


@plain_task(contract.TASK_TICK)
def tick() -> None:
    """Answer that this worker still takes messages."""
    here = process()
    with transaction(here.context.engine) as conn:
        workers.tick(conn, name=here.node, pid=here.pid, queues=here.queues)


@plain_task(contract.TASK_ROUNDS)
def look_round() -> dict[str, int]:
    """Count what the outlets brought, and judge whether that is what they should."""
    return rounds.run(process().context.engine)


@plain_task(contract.TASK_SUBSCRIPTIONS)
def ask_hubs() -> dict[str, int]:
    """Subscribe to what channels announce, renew what ends, leave what is gone; see `rasid.discover.hubs`."""
    return hubs.run(process().context)


@plain_task(contract.TASK_RETENTION)
def clear() -> dict[str, int]:
    """Delete what is older than the settings keep, and fold the tallies of past hours."""
    here = process()
    s = here.context.settings
    counts = {}
    with transaction(here.context.engine) as conn:
        counts["tallies"] = retention.fold_tallies(conn)
    if s.keep_pages_days:
        with transaction(here.context.engine) as conn:
            counts["pages"], unneeded = retention.clear_pages(conn, days=s.keep_pages_days)
        here.context.pages.remove(unneeded)
    if s.keep_answers_days:
        with transaction(here.context.engine) as conn:
            counts["answers"] = remote.forget(conn, days=s.keep_answers_days)
    if s.keep_crumbs_days:
        with transaction(here.context.engine) as conn:
            counts["crumbs"] = retention.clear_crumbs(conn, days=s.keep_crumbs_days)
    counts["parts"] = _turn_parts(here)
    if s.keep_health_days:
        with transaction(here.context.engine) as conn:
            counts["health"] = health.forget(conn, days=s.keep_health_days)
    return counts


def _turn_parts(here: Process) -> int:
    """Make the parts that fingerprints will need soon, and drop those beyond the window. Returns how many went."""
    window = here.context.settings.near_window_days
    now = datetime.now(UTC)
    try:
        with transaction(here.context.engine) as conn:
            groups.take_turn(conn)
            parts.ensure(conn, (now, now + timedelta(days=1)), days=parts.width(window))
            return parts.drop(conn, before=now - timedelta(days=window))
    except DatabaseBusy:
        return 0  # somebody reads from one; the next hour will do

"""The ledger of links: who may work on what, and how it left a stage. The only code that moves a link's state.

A stage takes a batch in three steps::

    claim   a short transaction: lease what waits in the state that the stage takes, count the attempt
    (work)  no transaction is open
    settle  one transaction: `hold` what is still ours, write the results, move the states, leave crumbs and tallies

A worker that died or was overtaken finds in `hold` that its lease is no longer its own, and writes nothing.

`due_at` is the earliest time for the next try. A lease without a holder (`lease_until` set, `lease_by` NULL) means that
a message is under way: whoever sends messages leaves the link alone until then, any worker may claim it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Connection, Row, bindparam, insert, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.errors import Gone, ItemError, Retry, Skip
from rasid.model import MOVES, WAITING, Lane, Outcome, Stage, State
from rasid.pipeline import BY_STAGE, BY_STATE, Step
from rasid.store import hosts
from rasid.store.tables import Crumb, Tally


@dataclass(frozen=True, slots=True)
class Claimed:
    """A link that this worker holds a lease on. `attempts` counts the tries of this stage, this one included."""

    id: int
    url: str
    fetch_url: str
    host: str
    outlet_id: str | None
    hint: dict[str, Any]
    found_at: datetime
    attempts: int
    redirects: tuple[str, ...]
    page_id: int | None
    article_id: int | None
    receipts: bool
    lane: Lane = Lane.FRESH


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one item leaves the stage.

    Attributes:
        state: where the link goes; None takes the state that the pipeline gives for `outcome`.
        code: stable word for an outcome other than plain done.
        detail: small facts for the crumb.
        after_seconds: for a retry, the pause; None lets the back-off decide.
        counts: whether the attempt counts against the cap.
        quiet: the link was only put back, nothing was tried: no crumb, no tally.
        page_id, article_id, moved_to, fetch_url, host, redirects: new values of the link's columns; None keeps them.
    """

    id: int
    outcome: Outcome = Outcome.DONE
    state: State | None = None
    code: str | None = None
    message: str | None = None
    detail: dict[str, Any] | None = None
    after_seconds: float | None = None
    counts: bool = True
    quiet: bool = False
    page_id: int | None = None
    article_id: int | None = None
    moved_to: int | None = None
    fetch_url: str | None = None
    host: str | None = None
    redirects: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the ledger's rules, in seconds and attempts; see the settings of the same names."""

    lease_seconds: float = 300.0
    resend_seconds: float = 120.0
    max_attempts: int = 5
    retry_base_seconds: float = 30.0
    retry_ceiling_seconds: float = 3600.0


@dataclass(slots=True)
class Claim:
    """What `claim` brought: the links to work on, and those whose attempts are used up (already parked)."""

    token: UUID
    items: list[Claimed] = field(default_factory=list)
    exhausted: list[int] = field(default_factory=list)


_CLAIM = text(
    """
    UPDATE links SET lease_by = :token, lease_worker = :worker, attempts = attempts + 1,
           lease_until = now() + make_interval(secs => :lease)
    WHERE id IN (SELECT id FROM links
                 WHERE id = ANY(:ids) AND state = :state AND due_at <= now()
                   AND (lease_by IS NULL OR lease_until < now())
                 ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING id, url, fetch_url, host, outlet_id, hint, found_at, attempts, redirects, page_id, article_id, receipts,
              lane
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def claim(conn: Connection, stage: Stage, ids: Sequence[int], *, token: UUID, worker: str, policy: Policy) -> Claim:
    """Lease those of `ids` that wait for `stage` and that nobody holds.

    A link that was claimed more often than the policy allows has killed its workers (an attempt that ends in an
    error is settled, and parked there): it is parked here with the code ``worker_lost``.
    """
    step = BY_STAGE[stage]
    rows = conn.execute(
        _CLAIM,
        {
            "ids": list(ids),
            "state": step.takes.value,
            "token": token,
            "worker": worker,
            "lease": policy.lease_seconds,
        },
    ).all()
    found = Claim(token)
    for row in sorted(rows, key=lambda row: row.id):
        if row.attempts > policy.max_attempts:
            found.exhausted.append(row.id)
        else:
            found.items.append(_claimed(row))
    if found.exhausted:
        lost = [
            Settlement(id, Outcome.PARKED, code="worker_lost", message="every worker that took this was lost")
            for id in found.exhausted
        ]
        settle(conn, stage, lost, token=token, worker=worker, policy=policy)
    return found


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        id=row.id,
        url=row.url,
        fetch_url=row.fetch_url,
        host=row.host,
        outlet_id=row.outlet_id,
        hint=row.hint,
        found_at=row.found_at,
        attempts=row.attempts,
        redirects=tuple(row.redirects),
        page_id=row.page_id,
        article_id=row.article_id,
        receipts=row.receipts,
        lane=Lane(row.lane),
    )


def hold(conn: Connection, ids: Iterable[int], *, token: UUID) -> set[int]:
    """Lock those of `ids` whose lease is still ours, until the transaction ends. Write results for these only."""
    rows = conn.execute(
        text("SELECT id FROM links WHERE id = ANY(:ids) AND lease_by = :token ORDER BY id FOR UPDATE"),
        {"ids": sorted(ids), "token": token},
    )
    return {row.id for row in rows}


def put_back(item: Claimed, *, after_seconds: float = 0.0) -> Settlement:
    """The settlement of an item that was not tried: it waits on as if nobody had taken it."""
    return Settlement(item.id, Outcome.RETRY, after_seconds=after_seconds, counts=False, quiet=True)


def failed(item: Claimed, error: ItemError, policy: Policy) -> Settlement:
    """The settlement of an item that ended in `error`; the class of the error decides."""
    common: dict[str, Any] = {"code": error.code, "message": str(error), "detail": error.evidence}
    lasting = not isinstance(error, Retry) or item.attempts >= policy.max_attempts
    if item.article_id is not None and item.lane is Lane.REVISIT and lasting and not isinstance(error, Gone):
        # A second look that fails takes nothing from what the first one found.
        return Settlement(item.id, Outcome.SKIPPED, State.DONE, **common)
    match error:
        case Skip():
            return Settlement(item.id, Outcome.SKIPPED, **common)
        case Gone():
            return Settlement(item.id, Outcome.GONE, **common)
        case Retry() if item.attempts < policy.max_attempts:
            pause = back_off(item.attempts, policy) if error.after_seconds is None else error.after_seconds
            return Settlement(item.id, Outcome.RETRY, after_seconds=pause, **common)
        case Retry():
            common["message"] = f"gave up after {item.attempts} attempts: {error}"
            return Settlement(item.id, Outcome.PARKED, **common)
        case _:
            return Settlement(item.id, Outcome.PARKED, **common)


def back_off(attempts: int, policy: Policy, *, jitter: float | None = None) -> float:
    """Seconds until the next try: base x 2^(attempts-1), at most the ceiling, spread by +-20 % so that items that
    failed together do not come back together. `jitter` in [0, 1) fixes the spread; None draws it."""
    spread = 0.8 + 0.4 * (random.random() if jitter is None else jitter)
    exponent = min(max(attempts, 1) - 1, 30)
    return min(policy.retry_base_seconds * 2.0**exponent * spread, policy.retry_ceiling_seconds)


_ENDS = {Outcome.SKIPPED: State.SKIPPED, Outcome.GONE: State.GONE, Outcome.PARKED: State.PARKED}
_SETTLE = """
    UPDATE links SET state = v.state, code = v.code, message = v.message, evidence = v.evidence,
        due_at = now() + make_interval(secs => v.pause), changed_at = now(),
        attempts = CASE WHEN v.keep_attempts THEN greatest(links.attempts + v.attempts, 0) ELSE 0 END,
        parked_from = CASE WHEN v.state = 'parked' THEN links.state END,
        lease_by = NULL, lease_worker = NULL,
        lease_until = CASE WHEN v.sent AND links.lane = 0 THEN now() + make_interval(secs => :resend) END,
        page_id = coalesce(v.page_id, links.page_id), article_id = coalesce(v.article_id, links.article_id),
        moved_to = coalesce(v.moved_to, links.moved_to), fetch_url = coalesce(v.fetch_url, links.fetch_url),
        host = coalesce(v.host, links.host),
        redirects = CASE WHEN v.redirects IS NULL THEN links.redirects
                         ELSE ARRAY(SELECT jsonb_array_elements_text(v.redirects)) END
    FROM jsonb_to_recordset(:rows) AS v(id bigint, state text, code text, message text, evidence jsonb, pause float8,
        attempts int, keep_attempts bool, sent bool, page_id bigint, article_id bigint, moved_to bigint, fetch_url text,
        host text, redirects jsonb)
    WHERE links.id = v.id AND links.lease_by = :token
    RETURNING links.id
"""


def settle(
    conn: Connection,
    stage: Stage,
    settlements: Sequence[Settlement],
    *,
    token: UUID,
    worker: str,
    policy: Policy,
) -> set[int]:
    """Move the links, leave one crumb each and one tally a kind of outcome, in the caller's transaction.

    Returns:
        The ids that were settled: those whose lease was still ours.

    Raises:
        AssertionError: a settlement asks for a move that `rasid.model.MOVES` does not allow.
    """
    if not settlements:
        return set()
    step = BY_STAGE[stage]
    rows = [_move(step, settlement) for settlement in settlements]
    hosts.ensure(conn, (settlement.host for settlement in settlements if settlement.host is not None))
    done = conn.execute(_SETTLE_STATEMENT, {"rows": rows, "token": token, "resend": policy.resend_seconds}).scalars()
    settled = set(done)
    kept = [settlement for settlement in settlements if settlement.id in settled and not settlement.quiet]
    record(conn, stage, kept, worker=worker)
    return settled


_SETTLE_STATEMENT = text(_SETTLE).bindparams(bindparam("rows", type_=JSONB))


def _move(step: Step, settlement: Settlement) -> dict[str, Any]:
    state = settlement.state or target_state(step, settlement.outcome)
    assert state in MOVES[step.takes], f"{step.takes} -> {state} is no legal move"
    stays = state is step.takes
    return {
        "id": settlement.id,
        "state": state.value,
        "code": settlement.code,
        "message": _clip(settlement.message),
        "evidence": settlement.detail if settlement.outcome is Outcome.PARKED else None,
        "pause": (settlement.after_seconds or 0.0) if stays else 0.0,
        # The message for the next stage goes out after commit; upkeep looks for it only when that is overdue.
        "sent": state in WAITING and not stays,
        "keep_attempts": stays or state is State.PARKED,
        "attempts": 0 if settlement.counts else -1,
        "page_id": settlement.page_id,
        "article_id": settlement.article_id,
        "moved_to": settlement.moved_to,
        "fetch_url": settlement.fetch_url,
        "host": settlement.host,
        "redirects": None if settlement.redirects is None else list(settlement.redirects),
    }


def target_state(step: Step, outcome: Outcome) -> State:
    """Where a link goes that leaves `step` by `outcome`."""
    if outcome is Outcome.DONE:
        return step.gives
    return _ENDS.get(outcome, step.takes)


def _clip(message: str | None, limit: int = 500) -> str | None:
    return message if message is None else message.replace("\x00", "")[:limit]


def record(conn: Connection, stage: Stage, settlements: Sequence[Settlement], *, worker: str) -> None:
    """One crumb for each settlement, one tally for each kind."""
    if not settlements:
        return
    conn.execute(
        insert(Crumb),
        [
            {
                "link_id": s.id,
                "stage": stage.value,
                "outcome": s.outcome.value,
                "code": s.code,
                "message": _clip(s.message),
                "detail": s.detail,
                "worker": worker,
            }
            for s in settlements
        ],
    )
    count(conn, stage, Counter((s.outcome, s.code) for s in settlements))


def channel_crumb(
    conn: Connection,
    channel_id: int,
    outcome: Outcome,
    *,
    code: str | None,
    message: str | None,
    detail: dict[str, Any],
    worker: str,
) -> None:
    """The crumb of one visit to a channel."""
    conn.execute(
        insert(Crumb),
        [
            {
                "channel_id": channel_id,
                "stage": Stage.DISCOVER.value,
                "outcome": outcome.value,
                "code": code,
                "message": _clip(message),
                "detail": detail,
                "worker": worker,
            }
        ],
    )


def count(conn: Connection, stage: Stage, outcomes: Counter[tuple[Outcome, str | None]]) -> None:
    """Add to the tallies of a stage."""
    conn.execute(
        insert(Tally),
        [
            {"stage": stage.value, "outcome": outcome.value, "code": code, "n": n}
            for (outcome, code), n in outcomes.items()
        ],
    )


# --- what was lost ------------------------------------------------------------------------------------------------


def lost(conn: Connection, *, limit: int, policy: Policy) -> dict[Stage, list[int]]:
    """Fresh links that wait for a stage past their time while nobody holds them, oldest first; marked as sent again.

    FOUND is left out: the dispatcher grants it. `behind` gives what is not fresh.
    """
    rows = conn.execute(
        text(
            """
            UPDATE links SET lease_until = now() + make_interval(secs => :resend), lease_by = NULL
            WHERE id IN (SELECT id FROM links
                         WHERE state IN ('fetched','parsed','deduped','enriched','clustered') AND lane = 0
                           AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
                         ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING id, state
            """
        ),
        {"resend": policy.resend_seconds, "limit": limit},
    )
    found: dict[Stage, list[int]] = {}
    for row in rows:
        found.setdefault(BY_STATE[State(row.state)].stage, []).append(row.id)
    return {stage: sorted(ids) for stage, ids in found.items()}


def behind(conn: Connection, stages: Sequence[Stage], *, limit: int, policy: Policy) -> dict[Stage, list[int]]:
    """Links that are not fresh and wait for one of `stages`, at most `limit` for each; marked as sent.

    Nothing sends them on when they leave a stage: they go where nothing fresh waits, when the dispatcher says so.
    """
    found: dict[Stage, list[int]] = {}
    for stage in stages:
        rows = conn.execute(
            text(
                """
                UPDATE links SET lease_until = now() + make_interval(secs => :resend), lease_by = NULL
                WHERE id IN (SELECT id FROM links
                             WHERE state = :state AND state IN ('fetched','parsed','deduped','enriched','clustered')
                               AND lane > 0 AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
                             ORDER BY lane, due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                RETURNING id
                """
            ),
            {"state": BY_STAGE[stage].takes.value, "resend": policy.resend_seconds, "limit": limit},
        ).scalars()
        if ids := sorted(rows):
            found[stage] = ids
    return found


def broker_was_wiped(conn: Connection) -> int:
    """Make everything that was under way due at once: the messages that carried it are gone. Returns how many links."""
    for table, until, by in (("hosts", "busy_until", "busy_by"), ("channels", "lease_until", "lease_by")):
        conn.execute(text(f"UPDATE {table} SET {until} = NULL WHERE {until} IS NOT NULL AND {by} IS NULL"))
    result = conn.execute(
        text(
            """
            UPDATE links SET lease_until = NULL
            WHERE id IN (SELECT id FROM links WHERE lease_until IS NOT NULL AND lease_by IS NULL
                         ORDER BY id FOR UPDATE SKIP LOCKED)
            """
        )
    )
    return result.rowcount


def release_worker(conn: Connection, workers: Sequence[str]) -> int:
    """Free every lease that one of `workers` (names as they claimed) holds: they are known to be dead."""
    if not workers:
        return 0
    tokens = conn.execute(
        text(
            """
            UPDATE links SET lease_until = NULL, lease_by = NULL, lease_worker = NULL, due_at = now()
            WHERE id IN (SELECT id FROM links WHERE lease_by IS NOT NULL AND lease_worker = ANY(:workers)
                         ORDER BY id FOR UPDATE SKIP LOCKED)
            RETURNING id
            """
        ),
        {"workers": list(workers)},
    ).all()
    conn.execute(
        text(
            "UPDATE channels SET lease_until = NULL, lease_by = NULL, lease_worker = NULL, due_at = now() "
            "WHERE lease_by IS NOT NULL AND lease_worker = ANY(:workers)"
        ),
        {"workers": list(workers)},
    )
    conn.execute(
        text("UPDATE hosts SET busy_until = NULL, busy_by = NULL WHERE busy_worker = ANY(:workers)"),
        {"workers": list(workers)},
    )
    return len(tokens)


def release_token(conn: Connection, token: UUID) -> int:
    """Free what one run still holds, as if it had not been taken. Returns how many links."""
    result = conn.execute(
        text(
            """
            UPDATE links SET lease_until = NULL, lease_by = NULL, lease_worker = NULL,
                   attempts = greatest(attempts - 1, 0)
            WHERE lease_until IS NOT NULL AND lease_by = :token
            """
        ),
        {"token": token},
    )
    return result.rowcount


def lease_holders(conn: Connection) -> set[str]:
    """Names of all workers that hold a lease on a link, a channel or a host."""
    rows = conn.execute(
        text(
            """
            SELECT DISTINCT lease_worker FROM links WHERE lease_by IS NOT NULL
            UNION SELECT lease_worker FROM channels WHERE lease_by IS NOT NULL
            UNION SELECT busy_worker FROM hosts WHERE busy_by IS NOT NULL
            """
        )
    ).scalars()
    return {name for name in rows if name}


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)

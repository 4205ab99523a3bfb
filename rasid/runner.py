"""Takes one message through a stage: claim, work, settle, send on. The same for every stage of the link's way.

The stage brings the work; the ledger's rules live here and in `rasid.store.ledger`, once.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from rasid import revisits
from rasid.context import Context
from rasid.errors import DatabaseBusy, ItemError, Park
from rasid.model import Lane, Outcome, Stage
from rasid.pipeline import BY_STAGE
from rasid.store import articles, ledger, links
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement

log = structlog.get_logger()

V = TypeVar("V")
#: What became of one item: a value to save, an error that the ledger understands, or a settlement of the stage's own.
Result = tuple[Claimed, V | ItemError | Settlement]
#: Sends ids on to a stage.
Send = Callable[[Stage, Sequence[int]], None]
#: Tells the clients of these links, which have receipts, how they stand.
Tell = Callable[[list[dict[str, Any]]], None]

_FLUSH_SECONDS = 1.0
_TRIES = 4


class StageWork(Protocol[V]):
    """What a stage brings: `work` without a transaction, `save` within the one that moves the states."""

    stage: Stage

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[V] | None]:
        """Give each item's result as it is ready, in any order; None now and then while nothing is."""
        ...

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, V]]) -> list[Settlement]:
        """Write the values and say how each item leaves the stage."""
        ...


def each(items: Iterable[Claimed], function: Callable[[Claimed], V | Settlement]) -> Iterator[Result[V]]:
    """Apply `function` to each item. An error is that item's result and no other's; a bug parks its item."""
    for item in items:
        try:
            yield item, function(item)
        except ItemError as error:
            yield item, error
        except Exception as error:
            yield item, bug(error)


def bug(error: Exception) -> Park:
    """The parking of an item that met an error which nobody foresaw, with its trace as evidence."""
    log.error("stage.bug", exc_info=error)
    trace = traceback.format_exception(error)[-6:]
    return Park("bug", f"{type(error).__name__}: {error}", evidence={"trace": "".join(trace)[-2000:]})


def run(context: Context, work: StageWork[V], ids: Sequence[int], *, send: Send, tell: Tell) -> dict[str, int]:
    """Take the links of one message through a stage.

    What is ready moves on after a batch, or after about a second, whichever is first.

    Returns:
        How many links left by each outcome; empty where the message found nothing to do.

    Raises:
        ServiceError: the database is away; leases run out by themselves, and upkeep sends the work again.
    """
    token = uuid4()
    with transaction(context.engine) as conn:
        claim = ledger.claim(conn, work.stage, ids, token=token, worker=context.worker, policy=context.policy)
    flow = _Flow(context, work, token, send, tell)
    left = {item.id for item in claim.items}
    try:
        for result in work.work(context, claim.items):
            if result is not None:
                left.discard(result[0].id)
            flow.take(result)
        flow.flush()
    except BaseException:
        _let_go(context, token)
        raise
    if left:
        log.error("stage.unanswered", stage=work.stage.value, n=len(left))
        _let_go(context, token)
    return flow.outcomes


def _let_go(context: Context, token: UUID) -> None:
    """Best effort: give back what this run still holds. Where the database is away, the leases run out instead."""
    try:
        with transaction(context.engine) as conn:
            ledger.release_token(conn, token)
    except Exception:
        log.warning("stage.leases_kept", exc_info=True)


#: Codes of looks that found an article as it was.
_UNCHANGED = ("not_modified", "unchanged")


class _Flow:
    """Collects results and settles them in batches."""

    def __init__(self, context: Context, work: StageWork[Any], token: UUID, send: Send, tell: Tell) -> None:
        self._context, self._work, self._token = context, work, token
        self._send, self._tell = send, tell
        self._waiting: list[Result[Any]] = []
        self._since = time.monotonic()
        self.outcomes: dict[str, int] = {}

    def take(self, result: Result[Any] | None) -> None:
        if result is not None:
            self._waiting.append(result)
        full = len(self._waiting) >= self._context.settings.batch
        if full or (self._waiting and time.monotonic() - self._since >= _FLUSH_SECONDS):
            self.flush()

    def flush(self) -> None:
        batch, self._waiting = self._waiting, []
        self._since = time.monotonic()
        if batch:
            self._settle(batch)

    def _settle(self, batch: list[Result[Any]]) -> None:
        try:
            settlements = self._write(batch)
        except DBAPIError as error:
            # One value that the database refuses must not take the others with it.
            if len(batch) > 1:
                for result in batch:
                    self._settle([result])
                return
            item, value = batch[0]
            if isinstance(value, (ItemError, Settlement)):
                raise
            refusal = Park("unstorable", " ".join(str(error.orig).split())[:300])
            settlements = self._write([(item, refusal)])
        self._after_commit(settlements, {item.id: item for item, _ in batch})

    def _write(self, batch: list[Result[Any]]) -> list[Settlement]:
        for attempt in range(_TRIES):
            try:
                with transaction(self._context.engine) as conn:
                    return self._write_once(conn, batch)
            except DatabaseBusy:
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _write_once(self, conn: Connection, batch: list[Result[Any]]) -> list[Settlement]:
        context, stage, token = self._context, self._work.stage, self._token
        ours = ledger.hold(conn, (item.id for item, _ in batch), token=token)
        settlements: list[Settlement] = []
        done: list[tuple[Claimed, Any]] = []
        for item, value in batch:
            if item.id not in ours:
                continue
            if isinstance(value, Settlement):
                settlements.append(value)
            elif isinstance(value, ItemError):
                settlements.append(ledger.failed(item, value, context.policy))
            else:
                done.append((item, value))
        if done:
            settlements += self._work.save(context, conn, done)
        gone = [s.id for s in settlements if s.outcome is Outcome.GONE]
        if gone:
            articles.withdraw(conn, gone)
        same = [s.id for s in settlements if s.outcome is Outcome.SKIPPED and s.code in _UNCHANGED]
        if same:
            articles.restore(conn, same)
        self._count_changes(conn, settlements, {item.id: item for item, _ in batch})
        ledger.settle(conn, stage, settlements, token=token, worker=context.worker, policy=context.policy)
        return settlements

    def _count_changes(self, conn: Connection, settlements: Sequence[Settlement], items: dict[int, Claimed]) -> None:
        """Note what second looks found: a page that is gone, or another text."""
        other = self._work.stage is Stage.PARSE
        found = [
            s.id
            for s in settlements
            if items[s.id].lane is Lane.REVISIT
            and items[s.id].article_id is not None
            and (s.outcome is Outcome.GONE or (other and s.outcome is Outcome.DONE))
        ]
        if found:
            revisits.found_changes(conn, found, self._context.settings.revisit_ages)

    def _after_commit(self, settlements: list[Settlement], items: dict[int, Claimed]) -> None:
        step = BY_STAGE[self._work.stage]
        for settlement in settlements:
            if not settlement.quiet:
                self.outcomes[settlement.outcome.value] = self.outcomes.get(settlement.outcome.value, 0) + 1
        onward = [
            s.id
            for s in settlements
            # What is not fresh waits in the ledger until the dispatcher finds the next stage idle.
            if items[s.id].lane is Lane.FRESH and (s.state or ledger.target_state(step, s.outcome)) is step.gives
        ]
        if step.following is not None and onward:
            self._send(step.following, onward)
        self._tell_clients([s.id for s in settlements if items[s.id].receipts])

    def _tell_clients(self, ids: list[int]) -> None:
        if not ids:
            return
        with transaction(self._context.engine) as conn:
            states = links.receipt_states(conn, ids)
        self._tell(states)

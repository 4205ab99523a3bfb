"""Task names, queues and payloads: what other programs rely on. Names are never changed, only added.

Any Celery program can submit work with nothing but the broker's address::

    celery_app.send_task("rasid.submit", args=[{"v": 1, "urls": ["https://example.org/a"]}], queue="submit")

Every task takes exactly one positional argument, a JSON object with a version ``v`` (see `VERSION`). A payload with a
version that a worker does not know is refused and logged; the ledger sends its work again in a form that it knows.
"""

from __future__ import annotations

from typing import Any, Final, TypedDict, TypeVar
from uuid import UUID

import msgspec

from rasid.errors import UsageError
from rasid.model import Stage

VERSION: Final = 1

# One queue per stage, one for programs that submit, one for the clockwork.
SUBMIT_QUEUE: Final = "submit"
CONTROL_QUEUE: Final = "control"

TASK_SUBMIT: Final = "rasid.submit"
TASK_DISPATCH: Final = "rasid.dispatch"
TASK_UPKEEP: Final = "rasid.upkeep"
TASK_DELIVER: Final = "rasid.deliver"
TASK_RETENTION: Final = "rasid.retention"
TASK_TICK: Final = "rasid.tick"
TASK_ROUNDS: Final = "rasid.rounds"
TASK_SUBSCRIPTIONS: Final = "rasid.subscriptions"
TASK_BACKGROUND: Final = "rasid.background"
TASK_ENRICH_LATER: Final = "rasid.enrich_later"

STAGE_TASKS: Final[dict[Stage, str]] = {stage: f"rasid.{stage.value}" for stage in Stage}
STAGE_QUEUES: Final[dict[Stage, str]] = {stage: stage.value for stage in Stage}
QUEUES: Final = (*STAGE_QUEUES.values(), SUBMIT_QUEUE, CONTROL_QUEUE)

#: Most URLs in one ``rasid.submit`` message: a message stays below 1 MB.
SUBMIT_LIMIT: Final = 500

#: Redis keys under which a client that knows only the broker can follow its receipts, kept for `RECEIPT_TTL` seconds.
RECEIPT_KEY: Final = "rasid:receipt:{receipt}"
RECEIPT_TTL: Final = 86_400
#: Present as long as the broker has not lost its memory; upkeep puts it there.
EPOCH_KEY: Final = "rasid:epoch"


class StagePayload(TypedDict):
    """Argument of every stage task: ids of links (channels, for discover)."""

    v: int
    ids: list[int]


class SubmitPayload(TypedDict, total=False):
    """Argument of ``rasid.submit``.

    ``urls``: absolute http(s) addresses, at most `SUBMIT_LIMIT`. ``receipts``: one UUID per URL, made by the client so
    that it can follow them; left out, none are kept. ``source``: id of the outlet; left out, found by host.
    """

    v: int
    urls: list[str]
    receipts: list[str]
    source: str


class _Stage(msgspec.Struct, forbid_unknown_fields=False):
    v: int
    ids: list[int]


class _Submit(msgspec.Struct, forbid_unknown_fields=False):
    v: int
    urls: list[str]
    receipts: list[UUID] = []
    source: str | None = None


_T = TypeVar("_T", _Stage, _Submit)


def stage_payload(ids: list[int]) -> StagePayload:
    """The argument of a stage task."""
    return {"v": VERSION, "ids": ids}


def read_stage_payload(payload: Any) -> list[int]:
    """The ids of a stage message.

    Raises:
        UsageError: the payload has another shape or version.
    """
    return _read(payload, _Stage).ids


def read_submit_payload(payload: Any) -> _Submit:
    """The parts of a submit message, checked.

    Raises:
        UsageError: the payload has another shape or version, or too many URLs.
    """
    submit = _read(payload, _Submit)
    if len(submit.urls) > SUBMIT_LIMIT:
        raise UsageError(f"{len(submit.urls)} URLs in one message; {SUBMIT_LIMIT} is the most")
    if submit.receipts and len(submit.receipts) != len(submit.urls):
        raise UsageError(f"{len(submit.receipts)} receipts for {len(submit.urls)} URLs; give one each or none")
    return submit


def _read(payload: Any, shape: type[_T]) -> _T:
    try:
        read = msgspec.convert(payload, shape)
    except msgspec.ValidationError as error:
        raise UsageError(f"the payload is not what rasid takes: {error}") from error
    if read.v != VERSION:
        raise UsageError(f"payload version {read.v} is unknown; this worker speaks version {VERSION}")
    return read

"""The beat table: what runs when, and why that often.

Every entry takes a database lock and asks the ledger, so a tick that comes twice or never does no harm. Each expires
before long: a clock that was away must not be caught up with.
"""

from __future__ import annotations

from typing import Any

from rasid import contract
from rasid.model import Stage
from rasid.settings import Settings


def table(settings: Settings) -> dict[str, dict[str, Any]]:
    """Celery's `beat_schedule`."""
    return {
        # As often as a reader would wish a due link to be looked at.
        "dispatch": _entry(contract.TASK_DISPATCH, settings.dispatch_seconds),
        # Lost work is found within this and `resend_seconds`.
        "upkeep": _entry(contract.TASK_UPKEEP, settings.upkeep_seconds),
        # A state must hold for minutes before it counts, and counting a minute costs next to nothing.
        "rounds": _entry(contract.TASK_ROUNDS, settings.rounds_seconds),
        # A new hub is asked within this; a lease lasts days.
        "subscriptions": _entry(contract.TASK_SUBSCRIPTIONS, 30.0),
        # What is common changes from one day to the next; a new installation need not wait for the morning.
        "background": _entry(contract.TASK_BACKGROUND, 3600.0, queue=contract.STAGE_QUEUES[Stage.ENRICH]),
        # Days are kept, so an hour is soon enough.
        "retention": _entry(contract.TASK_RETENTION, 3600.0),
    }


def _entry(task: str, seconds: float, *, queue: str = contract.CONTROL_QUEUE) -> dict[str, Any]:
    return {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue, "expires": max(5.0 * seconds, 5.0), "argsrepr": "()"},
    }

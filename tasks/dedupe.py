"""`rasid.dedupe`: see `rasid.dedupe.stage`."""

from __future__ import annotations

from rasid.dedupe.stage import DedupeStage
from tasks.base import stage_task

dedupe = stage_task(DedupeStage())

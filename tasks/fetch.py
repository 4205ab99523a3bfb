"""`rasid.fetch`: see `rasid.fetch.stage`."""

from __future__ import annotations

from rasid.fetch.stage import FetchStage
from tasks.base import stage_task

fetch = stage_task(FetchStage())

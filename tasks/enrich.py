"""`rasid.enrich`: see `rasid.enrich.stage`."""

from __future__ import annotations

from rasid.enrich.stage import EnrichStage
from tasks.base import stage_task

enrich = stage_task(EnrichStage())

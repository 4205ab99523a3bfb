"""`rasid.parse`: see `rasid.parse.stage`."""

from __future__ import annotations

from rasid.parse.stage import ParseStage
from tasks.base import stage_task

parse = stage_task(ParseStage())

"""`rasid.cluster`: see `rasid.cluster.stage`."""

from __future__ import annotations

from rasid.cluster.stage import ClusterStage
from tasks.base import stage_task

cluster = stage_task(ClusterStage())

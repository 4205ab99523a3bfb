"""The Celery app of the workers, beat and Flower: ``celery -A workers.app``."""

from __future__ import annotations

import warnings

from rasid import settings as settings_module
from rasid.broker import make_app
from rasid.embedded.urls import broker_url
from workers import boot, schedule

# The warning is about pickle, which is refused here (accept_content is json alone); root is told of elsewhere.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

settings = settings_module.load()
app = make_app(broker_url(settings), settings)
app.set_current()
app.set_default()
app.conf.beat_schedule = schedule.table(settings)
app.conf.imports = (
    "tasks.discover",
    "tasks.fetch",
    "tasks.parse",
    "tasks.dedupe",
    "tasks.enrich",
    "tasks.cluster",
    "tasks.alert",
    "tasks.upkeep",
    "tasks.background",
)
boot.connect(app, settings)

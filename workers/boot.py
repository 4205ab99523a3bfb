"""Per-process set-up and shutdown of workers: logs, the database after the fork, ticks."""

from __future__ import annotations

import logging
import os
from typing import Any

import structlog
from celery import Celery, signals

from rasid.broker import Broker
from rasid.context import Context
from rasid.embedded.urls import database_url
from rasid.observe import logs
from rasid.settings import Settings
from rasid.store import workers as store
from rasid.store.engine import transaction
from tasks.base import Process, free_dead_leases, use
from tasks.upkeep import tick_queue

log = structlog.get_logger()


class _Boot:
    """What one worker process knows of itself between its signals."""

    def __init__(self, app: Celery, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.node = "worker"
        self.main_pid = os.getpid()
        self.queues: tuple[str, ...] = ()

    def process(self, *, pool_size: int) -> Process:
        context = Context(
            self.settings,
            database_url(self.settings),
            worker=f"{self.node}:{os.getpid()}",
            pool_size=pool_size,
        )
        return Process(context, Broker(self.app, batch=self.settings.batch), self.node, self.main_pid, self.queues)

    def set_up_logs(self, loglevel: int | str | None = None, **_: object) -> None:
        """At the level of the command line, which is beat's own; a forked child is told none (0)."""
        level = logging.getLevelName(loglevel) if isinstance(loglevel, int) and loglevel else loglevel
        logs.set_up(level=level or self.settings.log_level, form=self.settings.log_format)

    def after_setup(self, sender: str, instance: Any, **_: object) -> None:
        """The worker knows its name, queues and pool; nothing has been forked yet."""
        self.node, self.main_pid = sender, os.getpid()
        instance.app.amqp.queues.select_add(tick_queue(sender))
        self.queues = tuple(sorted(name for name in instance.app.amqp.queues.consume_from if "." not in name))
        if not _forks(instance):
            use(self.process(pool_size=10))

    def in_child(self, **_: object) -> None:
        """A prefork child: connections are made here, never before the fork."""
        use(self.process(pool_size=2))

    def ready(self, **_: object) -> None:
        context = self._brief_context()
        freed = free_dead_leases(context, self.node)
        with transaction(context.engine) as conn:
            store.tick(conn, name=self.node, pid=self.main_pid, queues=self.queues)
        context.close()
        log.info("worker.ready", node=self.node, queues=self.queues, freed=freed)

    def shutdown(self, **_: object) -> None:
        try:
            context = self._brief_context()
            with transaction(context.engine) as conn:
                store.forget(conn, self.node)
            context.close()
        except Exception:
            # A database that is away must not keep a worker from stopping; upkeep will find it silent.
            log.warning("worker.not_forgotten", node=self.node)
        log.info("worker.stopped", node=self.node)

    def _brief_context(self) -> Context:
        return Context(self.settings, database_url(self.settings), worker=f"{self.node}:{os.getpid()}", pool_size=1)


def _forks(worker: Any) -> bool:
    return "prefork" in getattr(worker.pool_cls, "__module__", str(worker.pool_cls))


def connect(app: Celery, settings: Settings) -> None:
    """Hook the set-up into Celery's signals. Called once, when `workers.app` is imported."""
    boot = _Boot(app, settings)
    signals.setup_logging.connect(boot.set_up_logs, weak=False)
    signals.celeryd_after_setup.connect(boot.after_setup, weak=False)
    signals.worker_process_init.connect(boot.in_child, weak=False)
    signals.worker_ready.connect(boot.ready, weak=False)
    signals.worker_shutdown.connect(boot.shutdown, weak=False)

"""The way to the broker: one Celery configuration for workers, beat and every program that sends.

The figures behind each value stand in docs/queue.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from rasid import contract
from rasid.errors import BrokerDown
from rasid.model import Stage
from rasid.settings import Settings

#: How a broker that does not answer is tried again, in seconds: for the moment of a restart, no longer.
_PATIENCE: dict[str, Any] = {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.3}
#: Seconds for one step where a broker is only asked whether it is there.
_QUICK: dict[str, Any] = {"socket_timeout": 0.8, "socket_connect_timeout": 0.8}


def make_app(broker_url: str, settings: Settings | None = None) -> Celery:
    """A Celery app on `broker_url` that knows rasid's queues; it holds no task of its own.

    `settings` None takes the defaults: enough for a program that only sends.
    """
    app = Celery("rasid", broker=broker_url, set_as_current=False)
    app.conf.update(configuration(settings or Settings()))
    return app


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings."""
    return {
        # The ledger is the result: a backend would cost 0.3 CPU-ms a task and fill Redis.
        "task_ignore_result": True,
        "result_backend": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [Queue(name) for name in contract.QUEUES],
        "task_default_queue": contract.CONTROL_QUEUE,
        "task_create_missing_queues": True,
        "task_routes": routes(),
        # A child that dies hands its message back at once; the attempts cap of the ledger ends a loop.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_time_limit": int(settings.lease_seconds),
        "task_soft_time_limit": max(int(settings.lease_seconds * 0.8), 1),
        "worker_soft_shutdown_timeout": 8.0,
        "worker_max_tasks_per_child": 2_000,
        "worker_max_memory_per_child": 800_000,
        "worker_send_task_events": settings.worker_events,
        "task_send_sent_event": settings.worker_events,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_eta_task_limit": 1_000,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            # Longer than any task may run, and the same everywhere: the smallest value of all consumers counts.
            "visibility_timeout": max(900, int(3 * settings.lease_seconds)),
            # The defaults look for unacknowledged messages only every 100 s.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 15,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "beat_scheduler": "celery.beat:Scheduler",
        "timezone": "UTC",
    }


def routes() -> dict[str, dict[str, str]]:
    """The queue of every task."""
    return {
        **{contract.STAGE_TASKS[stage]: {"queue": contract.STAGE_QUEUES[stage]} for stage in Stage},
        contract.TASK_SUBMIT: {"queue": contract.SUBMIT_QUEUE},
        contract.TASK_DELIVER: {"queue": contract.STAGE_QUEUES[Stage.ALERT]},
        contract.TASK_ENRICH_LATER: {"queue": contract.STAGE_QUEUES[Stage.ENRICH]},
        # It computes for half a minute: a worker of the clockwork would be late for all else.
        contract.TASK_BACKGROUND: {"queue": contract.STAGE_QUEUES[Stage.ENRICH]},
        contract.TASK_DISPATCH: {"queue": contract.CONTROL_QUEUE},
        contract.TASK_UPKEEP: {"queue": contract.CONTROL_QUEUE},
        contract.TASK_RETENTION: {"queue": contract.CONTROL_QUEUE},
        contract.TASK_ROUNDS: {"queue": contract.CONTROL_QUEUE},
        contract.TASK_SUBSCRIPTIONS: {"queue": contract.CONTROL_QUEUE},
    }


class Broker:
    """Sends messages and keeps the few keys that rasid has in Redis."""

    def __init__(self, app: Celery, *, batch: int = 20) -> None:
        self.app = app
        self._batch = batch

    def send(self, stage: Stage, ids: Sequence[int]) -> None:
        """Send ids to a stage, in messages of a batch each. Call it after commit.

        A message that does not get through is only logged by the caller: upkeep finds its links and sends them again.
        """
        batches = [list(ids[at : at + self._batch]) for at in range(0, len(ids), self._batch)]
        self.send_batches(stage, batches)

    def send_batches(self, stage: Stage, batches: Sequence[list[int]]) -> None:
        """Send each batch of ids as one message."""
        what = "channels" if stage is Stage.DISCOVER else "links"
        for batch in batches:
            shown = f"{len(batch)} {what}: {', '.join(map(str, batch[:5]))}{' …' if len(batch) > 5 else ''}"
            self.post(contract.STAGE_TASKS[stage], contract.stage_payload(batch), shown=shown)

    def post(
        self, task: str, payload: object = None, *, shown: str, queue: str | None = None, expires: float | None = None
    ) -> None:
        """Send one task by name. `shown` is what Flower shows of its argument.

        Raises:
            BrokerDown: it could not be sent.
        """
        args = [] if payload is None else [payload]
        options = {"queue": queue} if queue else {}
        try:
            self.app.send_task(
                task,
                args=args,
                argsrepr=f"({shown})",
                expires=expires,
                retry=True,
                retry_policy=_PATIENCE,
                **options,
            )
        except OperationalError as error:
            raise BrokerDown(f"the broker does not answer ({self._where()}): {error}") from error

    def depth(self, queue: str) -> int:
        """Messages that wait in a queue."""
        return int(self._redis("llen", queue))

    def tell(self, states: Sequence[dict[str, Any]]) -> None:
        """Mirror how receipts stand, for clients that know only the broker."""
        for state in states:
            key = contract.RECEIPT_KEY.format(receipt=state["receipt"])
            shown = {name: value for name, value in state.items() if name != "receipt"}
            self._redis("set", key, orjson.dumps(shown), ex=contract.RECEIPT_TTL)

    def read_receipt(self, receipt: object) -> dict[str, Any] | None:
        """What the broker knows of a receipt; None where it knows nothing (yet)."""
        data = self._redis("get", contract.RECEIPT_KEY.format(receipt=receipt))
        return None if data is None else orjson.loads(data)

    def is_new_epoch(self) -> bool:
        """Whether the broker has lost its memory since this was asked last, by whomever."""
        return bool(self._redis("set", contract.EPOCH_KEY, "1", nx=True))

    def drop_queue(self, queue: str) -> None:
        """Delete a queue that nobody reads any more."""
        self._redis("delete", queue)

    def ping(self) -> None:
        """Ask the broker for an answer, for about two seconds: one that takes connections and is silent is away too.

        Raises:
            BrokerDown: it gave none.
        """
        with self._told(), self.app.connection_for_write(transport_options=_QUICK) as connection:
            connection.ensure_connection(**{**_PATIENCE, "max_retries": 1})
            connection.default_channel.client.ping()

    def _redis(self, command: str, *args: object, **options: object) -> Any:
        with self._told(), self.app.pool.acquire(block=True) as connection:
            # By itself kombu would try for 6 s, with pauses of 2: who asks wants to know.
            connection.ensure_connection(**_PATIENCE)
            return getattr(connection.default_channel.client, command)(*args, **options)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Let what goes wrong with the broker be told in one sentence."""
        from redis.exceptions import RedisError

        try:
            yield
        except (OperationalError, RedisError, OSError) as error:
            raise BrokerDown(f"the broker does not answer ({self._where()}): {error}. Is it running?") from error

    def _where(self) -> str:
        # kombu shows a hidden password also where there is none.
        return str(self.app.connection_for_write().as_uri()).replace("://:**@", "://")

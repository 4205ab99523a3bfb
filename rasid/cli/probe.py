"""Asks the broker without Celery: whether it answers, and how deep its queues are. Gives up within seconds."""

from __future__ import annotations

from typing import Any

from rasid.errors import BrokerDown
from rasid.settings import Settings

_SECONDS = 3.0


def ping(settings: Settings) -> None:
    """Ask the broker for an answer.

    Raises:
        BrokerDown: it gave none.
    """
    _asked(settings, lambda client: client.ping())


def queue_depths(settings: Settings) -> dict[str, int]:
    """Messages that wait in each of rasid's queues.

    Raises:
        BrokerDown: the broker does not answer.
    """
    from rasid.contract import QUEUES

    def depths(client: Any) -> list[int]:
        pipe = client.pipeline(transaction=False)
        for name in QUEUES:
            pipe.llen(name)
        found: list[int] = pipe.execute()
        return found

    return dict(zip(QUEUES, _asked(settings, depths), strict=True))


def _asked(settings: Settings, ask: Any) -> Any:
    from redis import Redis
    from redis.exceptions import RedisError

    from rasid.embedded.urls import broker_url

    url = broker_url(settings)
    if url.startswith("sentinel://"):
        return _through_celery(settings, url, ask)
    try:
        client = Redis.from_url(
            url.replace("redis+socket://", "unix://", 1),
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
        )
        with client:
            return ask(client)
    except (RedisError, OSError, ValueError) as error:
        raise BrokerDown(f"the broker does not answer ({_without_login(url)}): {error}. Is it running?") from error


def _through_celery(settings: Settings, url: str, ask: Any) -> Any:
    """Sentinels are asked as the workers ask them."""
    from rasid.broker import Broker, make_app

    broker = Broker(make_app(url, settings))
    broker.ping()
    with broker.app.pool.acquire(block=True) as connection:
        return ask(connection.default_channel.client)


def _without_login(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"

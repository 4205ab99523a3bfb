"""What a process has at hand: settings, engine, page store, HTTP client. Wired once, at its start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from rasid import urls
from rasid.settings import Settings
from rasid.store.engine import make_engine
from rasid.store.ledger import Policy
from rasid.store.pages import PageStore

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from rasid.http.client import Client
    from rasid.http.guard import Guard
    from rasid.http.proxy import Routes

_T = TypeVar("_T")


class Context:
    """The collaborators of one process.

    Args:
        settings: as read by `rasid.settings.load`.
        database_url: where PostgreSQL is; `settings.database_url` or the embedded one's.
        worker: the name under which leases are taken, ``node:pid`` for a worker.
        pool_size: database connections kept open.

    Raises:
        SettingsError: a proxy, or a list of hosts for it, that cannot be read.
    """

    def __init__(self, settings: Settings, database_url: str, *, worker: str = "cli", pool_size: int = 5) -> None:
        self.settings = settings
        self.worker = worker
        self.engine: Engine = make_engine(database_url, pool_size=pool_size)
        self.pages = PageStore(settings.page_store)
        self.policy = Policy(
            lease_seconds=settings.lease_seconds,
            resend_seconds=settings.resend_seconds,
            max_attempts=settings.max_attempts,
            retry_base_seconds=settings.retry_base_seconds,
            retry_ceiling_seconds=settings.retry_ceiling_seconds,
        )
        self._routes = _routes(settings)
        self._kept: dict[str, Any] = {}
        self._lock = threading.RLock()

    def keep(self, name: str, make: Callable[[], _T]) -> _T:
        """A part that is costly to make: made at first use, one for the process, under `name`."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            part: _T = self._kept[name]
            return part

    @property
    def http(self) -> Client:
        """The outbound client, made at first use."""
        return self.keep("http", self._make_client)

    @property
    def guard(self) -> Guard:
        """The address guard, with the operator's exceptions."""
        return self.keep("guard", self._make_guard)

    def service(self, url: str, *, seconds: float, max_bytes: int) -> Client:
        """A client for one server that a setting names (a model, a bot), and which may be a private one.

        Args:
            seconds: for a whole answer.
            max_bytes: of an answer.
        """
        from rasid.http.client import Client
        from rasid.http.guard import Guard

        return Client(
            user_agent=self.settings.user_agent,
            guard=Guard(urls.host(url)),
            max_bytes=max_bytes,
            connect_seconds=self.settings.fetch_connect_seconds,
            read_seconds=seconds,
            deadline_seconds=seconds,
            max_redirects=0,
            routes=self._routes,
        )

    def permits(self, href: str) -> bool:
        """Whether the guard lets a URL through as far as can be told without DNS."""
        return self.guard.refusal(href) is None

    def _make_guard(self) -> Guard:
        from rasid.http.guard import Guard

        return Guard(self.settings.fetch_allow)

    def _make_client(self) -> Client:
        from rasid.http.client import Client

        s = self.settings
        return Client(
            user_agent=s.user_agent,
            guard=self.guard,
            max_bytes=s.fetch_max_bytes,
            connect_seconds=s.fetch_connect_seconds,
            read_seconds=s.fetch_read_seconds,
            deadline_seconds=s.fetch_deadline_seconds,
            max_redirects=s.fetch_max_redirects,
            routes=self._routes,
        )

    def close(self) -> None:
        """Give back what is held: database connections."""
        self.engine.dispose()


def _routes(settings: Settings) -> Routes | None:
    """Which hosts go through a proxy; None where no setting speaks of it, which spares most commands the import."""
    if not (settings.proxy or settings.proxy_hosts or settings.proxy_bypass):
        return None
    from rasid.http.proxy import Routes, read_proxy

    proxy = read_proxy(settings.proxy) if settings.proxy else None
    return Routes(proxy, only=settings.proxy_hosts, direct=settings.proxy_bypass)

"""Connections that keep to a budget: for requests, but opened by the guard, over sockets that count bytes and seconds.

Timeouts of requests bound one read; a server that sends a byte a second passes them for ever. Here every read of a
socket first asks the budget of its fetch, so headers, bodies and chunk sizes are bounded alike.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from functools import lru_cache
from typing import Any, ClassVar, cast

import certifi
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3 import Retry as Retries
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from rasid.errors import Park, Retry
from rasid.http import proxy
from rasid.http.guard import Guard
from rasid.http.proxy import Proxy, Routes

#: What status line and headers may take beside the body; the largest that big sites send is a tenth of it.
HEADER_BYTES = 256 * 1024


class Budget:
    """Seconds and bytes that are left to one fetch.

    Args:
        seconds: for all of it, redirects included.
        read_seconds: for the longest silence of the server.
        connect_seconds: for opening one connection.
    """

    def __init__(self, *, seconds: float, read_seconds: float, connect_seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._read_seconds = read_seconds
        self._connect_seconds = connect_seconds
        self._bytes = 0
        self.opened = False

    def start(self, max_bytes: int) -> None:
        """Begin one request, whose answer may take `max_bytes` beside its headers."""
        self._bytes = max_bytes + HEADER_BYTES
        self.opened = False

    def extend(self, seconds: float) -> None:
        """Put off the deadline by time that was not the server's."""
        self._end += seconds

    def patience(self) -> float:
        """Seconds to wait for the next byte. Raises Retry ``deadline`` where none are left."""
        return min(self._read_seconds, self._left())

    def patience_to_connect(self) -> float:
        """Seconds to wait for a connection. Raises Retry ``deadline`` where none are left."""
        return min(self._connect_seconds, self._left())

    def spend(self, count: int) -> None:
        """Count bytes that came. Raises Park ``too_large`` where they are more than allowed."""
        self._bytes -= count
        if self._bytes < 0:
            raise Park("too_large", "the server sent more than is read")

    def late(self) -> Retry:
        """What a read that timed out comes to."""
        if time.monotonic() >= self._end:
            return Retry("deadline", "the fetch took longer than it may")
        return Retry("read_timeout", "the server fell silent")

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.late()
        return left


class _Spending:
    """Mixed into a socket class: each read is paid from the budget of the fetch that uses the socket now."""

    budget: Budget | None = None

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        budget = self.budget
        if budget is None:
            return cast(int, super().recv_into(buffer, nbytes, flags))  # type: ignore[misc]
        self.settimeout(budget.patience())  # type: ignore[attr-defined]
        try:
            count = cast(int, super().recv_into(buffer, nbytes, flags))  # type: ignore[misc]
        except TimeoutError as error:
            raise budget.late() from error
        budget.spend(count)
        return count


class _PlainSocket(_Spending, socket.socket):
    pass


class _TlsSocket(_Spending, ssl.SSLSocket):  # type: ignore[misc]
    pass


# urllib3 makes connections deep inside a request; the fetch that a connection is made for is the one of its thread.
_running = threading.local()


def run_with(budget: Budget) -> None:
    """Let the connections that this thread uses from now on spend from `budget`."""
    _running.budget = budget


def _budget() -> Budget:
    return cast(Budget, _running.budget)


def _counting(family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    """A socket that spends from the budget of the fetch of this thread."""
    made = _PlainSocket(family, kind)
    made.budget = _budget()
    return made


def _forwarder(routes: Routes, host: str, port: int) -> Proxy | None:
    """The proxy that fetches from `host` without TLS in our place; None where a connection leads there."""
    through = routes.proxy_for(host, port)
    return through if through is not None and through.scheme == "http" else None


class _Guarded(HTTPConnection):
    guard: ClassVar[Guard]
    routes: ClassVar[Routes]
    secure: ClassVar[bool] = False

    def _new_conn(self) -> socket.socket:
        budget = _budget()
        through = self.routes.proxy_for(self._dns_host, self.port)
        if through is None:
            sock = self.guard.open(self._dns_host, self.port, seconds=budget.patience_to_connect(), make=_counting)
        else:
            sock = proxy.open_through(
                through, self._dns_host, self.port,
                guard=self.guard, secure=self.secure, budget=budget, make=_counting,
            )  # fmt: skip
        # The TLS handshake, which reads below `recv_into`, takes its time limit from here.
        sock.settimeout(budget.patience())
        budget.opened = True
        return sock

    def connect(self) -> None:
        super().connect()
        self._bind()

    def request(self, method: str, url: str, *args: Any, **options: Any) -> None:
        """Ask for the target as it was given: urllib3 quotes it once more, and makes another of ``/a%20100%``.

        A proxy that is asked for the page itself is given the whole URL, and its login.
        """
        self._bind()
        forwarder = None if self.secure else _forwarder(self.routes, self._dns_host, self.port)
        if forwarder is None:
            super().request(method, _running.target, *args, **options)
            return
        if forwarder.authorization:
            options["headers"] = {**options.get("headers", {}), "Proxy-Authorization": forwarder.authorization}
        super().request(method, _running.href, *args, **options)

    def _bind(self) -> None:
        """Make an open socket, which may have served another fetch before, spend from this one's budget."""
        if self.sock is not None:
            cast(_PlainSocket, self.sock).budget = _budget()


def session(
    guard: Guard, *, hosts: int, connections: int, ca_file: str | None, routes: Routes | None = None
) -> Session:
    """A session whose every connection is the guard's, by a proxy where `routes` name one.

    Up to `connections` are kept open to each of `hosts` hosts.

    Its adapter is safe to share between threads. Certificates are checked against the system's authorities and
    certifi's, and those of `ca_file` where one is given.
    """
    made = Session()
    made.trust_env = False
    adapter = GuardedAdapter(guard, routes or Routes(), hosts=hosts, connections=connections, ca_file=ca_file)
    for scheme in ("http://", "https://"):
        made.mount(scheme, adapter)
    return made


class GuardedAdapter(HTTPAdapter):
    """Sends a prepared request as it stands over a guarded connection: once, by the proxy of its routes or by none.

    The ``verify``, ``cert`` and ``proxies`` of a request change nothing: certificates are always checked.
    """

    def __init__(self, guard: Guard, routes: Routes, *, hosts: int, connections: int, ca_file: str | None) -> None:
        self._guard = guard
        self._routes = routes
        self._ca_file = ca_file
        super().__init__(hosts, connections, max_retries=Retries(total=False))

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send it. Raises Retry ``proxy_failed`` where the answer is that of a proxy which wants a login."""
        scheme, host, port, _running.target = _split(request.url or "")
        _running.href = request.url
        made = super().send(request, *args, **options)
        forwarder = _forwarder(self._routes, host, port) if scheme == "http" else None
        if forwarder is not None and made.status_code == 407:
            made.raw.close()
            raise proxy.failed(forwarder, "does not take the login, or wants one")
        return made

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        self.poolmanager = _pool_manager(
            self._guard, self._routes, hosts=connections, connections=maxsize, ca_file=self._ca_file
        )

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        scheme, host, port, _ = _split(request.url or "")
        return cast(HTTPConnectionPool, self.poolmanager.connection_from_host(host, port, scheme))

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The pool's own context checks; named here, the authorities would be read anew for each connection."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """The target as the URL has it: requests would parse it again, and drop an empty query."""
        return _split(request.url or "")[3]

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """Cookies are left unread: the client has its own way, and reading them costs twice the rest of requests."""
        made = Response()
        made.status_code, made.reason, made.raw = resp.status, resp.reason or "", resp
        made.headers = CaseInsensitiveDict(resp.headers)
        made.url, made.request, made.connection = req.url or "", req, self
        return made


def _split(href: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and request target of a serialised http(s) URL without credentials and fragment."""
    scheme, _, rest = href.partition("://")
    authority, _, path = rest.partition("/")
    host, _, port = authority.rpartition(":")
    if not host or port.endswith("]"):
        return scheme, authority, 443 if scheme == "https" else 80, "/" + path
    return scheme, host, int(port), "/" + path


def _pool_manager(guard: Guard, routes: Routes, *, hosts: int, connections: int, ca_file: str | None) -> PoolManager:
    """Pools of guarded connections, safe to share between threads."""
    plain = type("Plain", (_Guarded,), {"guard": guard, "routes": routes})
    secure = type("Secure", (_Guarded, HTTPSConnection), {"guard": guard, "routes": routes, "secure": True})
    manager = PoolManager(num_pools=hosts, maxsize=connections, block=False, ssl_context=_tls_context(ca_file))
    manager.pool_classes_by_scheme = {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
    return manager


@lru_cache(maxsize=8)
def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Shared by all clients of the process: reading the authorities takes a good part of a second."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.check_hostname = True
    context.load_default_certs()
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.sslsocket_class = _TlsSocket
    return context

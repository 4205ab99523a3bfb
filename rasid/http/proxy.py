"""Proxies by setting: which host is asked through one, and the way through HTTP, SOCKS5 and SOCKS5h proxies.

The words of SOCKS (RFC 1928, 1929) and of CONNECT (RFC 9110, 9.3.6) are spoken here over the socket that counts bytes
and seconds: PySocks has a socket class of its own, which would take the place of that one.

What the address guard still sees: through ``socks5`` the name is resolved and checked here, and the proxy is given the
checked address. Through ``http`` the name is checked here as far as it resolves here, and the proxy is given the name,
since many serve nothing else. Through ``socks5h`` the proxy alone resolves; addresses that stand in a URL, and local
names, are refused all the same. The proxy's own address is the operator's word.
"""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Protocol
from urllib.parse import unquote, urlsplit

from rasid import urls
from rasid.errors import Retry, SettingsError
from rasid.http.guard import Guard, SocketMaker

_SCHEMES = ("http", "socks5", "socks5h")
#: Addresses of one name that are tried through a proxy.
_MOST_TARGETS = 2
#: Bytes of the head of an answer to CONNECT.
_MOST_HEAD = 16_384
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
#: The proxy works, and says of the host that it does not.
_UNREACHABLE = frozenset({502, 503, 504})
_SOCKS_TARGET = {3: "host_unreachable", 4: "host_unreachable", 5: "connection_refused", 6: "connect_timeout"}
_SOCKS_SAID = {
    1: "general failure",
    2: "its rules refuse this",
    7: "it does not know CONNECT",
    8: "bad kind of address",
}
_OF_TARGET = frozenset({"host_unreachable", "connection_refused", "connect_timeout"})
_ANYWHERE = Guard("0.0.0.0/0, ::/0")


class Patience(Protocol):
    """What is left to a fetch: see `rasid.http.wire.Budget`."""

    def patience(self) -> float: ...

    def patience_to_connect(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy. `user` and `password` are None where it wants none; they are shown nowhere."""

    scheme: str
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The value of a Proxy-Authorization header; None without a login."""
        if self.user is None:
            return None
        login = f"{self.user}:{self.password or ''}".encode()
        return f"Basic {base64.b64encode(login).decode('ascii')}"


def read_proxy(text: str) -> Proxy:
    """The proxy that a setting names: ``http://user:password@host:port``, ``socks5://…`` or ``socks5h://…``.

    Raises:
        SettingsError: it cannot be read; the message does not repeat what was given, which may hold a password.
    """
    wrong = SettingsError(
        "RASID_PROXY: want http://host:port, socks5://host:port or socks5h://host:port, before the host user:password@ "
        "where it wants a login (in it %3A for a colon, %40 for an at sign, %2F for a slash)"
    )
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    host = _serialised(f"[{host}]" if host and ":" in host else host or "").strip("[]")
    if parts.scheme not in _SCHEMES or not host or not port:
        raise wrong
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise wrong
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if any(len((part or "").encode()) > 255 for part in (user, password)) or (user is None and password is not None):
        raise wrong
    return Proxy(parts.scheme, host, port, user, password)


class Routes:
    """Which hosts are asked through the proxy.

    Args:
        proxy: None sends everything straight.
        only: comma-separated hosts that go through it; "" for all.
        direct: comma-separated hosts that never do; wins over `only`.

    A name stands for itself and what is below it (``example.org`` is also ``www.example.org``), ``*.example.org`` for
    what is below it alone, a network (``10.0.0.0/8``) for addresses that stand in a URL. Names may have a port.

    Raises:
        SettingsError: an entry that cannot be read.
    """

    def __init__(self, proxy: Proxy | None = None, *, only: str = "", direct: str = "") -> None:
        self._proxy = proxy
        self._only = _patterns(only, "RASID_PROXY_HOSTS")
        self._direct = _patterns(direct, "RASID_PROXY_BYPASS")

    def proxy_for(self, host: str, port: int) -> Proxy | None:
        """The proxy through which `host` is asked; None for none."""
        if self._proxy is None or any(it.covers(host, port) for it in self._direct):
            return None
        meant = not self._only or any(it.covers(host, port) for it in self._only)
        return self._proxy if meant else None


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    below: bool
    port: int | None
    network: IPv4Network | IPv6Network | None

    def covers(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        bare = host.strip("[]").lower().removesuffix(".")
        if self.network is not None:
            try:
                return ip_address(bare) in self.network
            except ValueError:
                return False
        return bare.endswith("." + self.name) or (not self.below and bare == self.name)


_ENTRY = re.compile(r"(\*?\.)?(\[[0-9a-fA-F:.]+\]|[^\s\[\]:/*]+)(?::([0-9]{1,5}))?")


def _patterns(text: str, setting: str) -> tuple[_Pattern, ...]:
    return tuple(_pattern(part.strip(), setting) for part in text.split(",") if part.strip())


def _pattern(text: str, setting: str) -> _Pattern:
    try:
        return _Pattern("", False, None, ip_network(text, strict=False))
    except ValueError:
        match = _ENTRY.fullmatch(text)
    name = _serialised(match[2]) if match else ""
    if match is None or not name or int(match[3] or 0) > 65_535:
        raise SettingsError(
            f"{setting}: {text!r} is no host (example.org, *.example.org), host:port or network (10.0.0.0/8); parts "
            "are separated by commas"
        )
    port = int(match[3]) if match[3] else None
    try:
        return _Pattern("", False, port, ip_network(name.strip("[]")))
    except ValueError:
        return _Pattern(name, match[1] is not None, port, None)


def _serialised(name: str) -> str:
    """A host as it stands in a URL that was serialised; "" for what is none."""
    href = urls.normalise(f"http://{name}/") or ""
    return urls.host(href).removesuffix(".")


def failed(proxy: Proxy, why: str) -> Retry:
    """The error of a proxy that does not do its work: it says nothing of the host that was meant."""
    return Retry("proxy_failed", f"the proxy {proxy} {why}", evidence={"proxy": str(proxy)})


def open_through(
    proxy: Proxy, host: str, port: int, *, guard: Guard, secure: bool, budget: Patience, make: SocketMaker
) -> socket.socket:
    """A socket to `host` through `proxy`; for ``http`` without `secure`, one to the proxy itself.

    Raises:
        Skip: ``address_refused`` where the guard refuses the host.
        Retry: ``proxy_failed`` for what the proxy does wrong or refuses; ``host_unreachable connection_refused
            connect_timeout dns_failure`` where it works and the host does not; ``deadline``.
    """
    failure: Retry | None = None
    for target in _targets(proxy, guard, host, port)[:_MOST_TARGETS]:
        sock = _reach(proxy, budget, make)
        try:
            if proxy.scheme != "http":
                _socks(sock, proxy, target, port, budget)
            elif secure:
                _connect(sock, proxy, target, port, budget)
            return sock
        except Retry as error:
            sock.close()
            if error.code not in _OF_TARGET:
                raise
            failure = error
        except BaseException:
            sock.close()
            raise
    raise failure or Retry("dns_failure", f"{host} has no address")


def _targets(proxy: Proxy, guard: Guard, host: str, port: int) -> Sequence[str]:
    """What the proxy is told to connect to: checked addresses, or the name where it resolves names itself."""
    bare = host.strip("[]")
    try:
        ip_address(bare)
    except ValueError:
        if proxy.scheme == "socks5h":
            return [bare]
    else:
        return guard.addresses(host, port)
    if proxy.scheme == "socks5":
        return guard.addresses(host, port)
    with suppress(Retry):  # behind some proxies nothing resolves; what does is checked
        guard.addresses(host, port)
    return [bare]


def _reach(proxy: Proxy, budget: Patience, make: SocketMaker) -> socket.socket:
    try:
        sock = _ANYWHERE.open(proxy.host, proxy.port, seconds=budget.patience_to_connect(), make=make)
        sock.settimeout(budget.patience())
        return sock
    except Retry as error:
        raise failed(proxy, f"is not there: {error.code}") from error


def _socks(sock: socket.socket, proxy: Proxy, target: str, port: int, budget: Patience) -> None:
    """RFC 1928: agree on a login, give it (RFC 1929), and ask for a connection."""
    with _blamed(proxy):
        _log_in(sock, proxy, budget)
    with _blamed(proxy, waits="connect_timeout"):
        _send(sock, b"\x05\x01\x00" + _address(target) + port.to_bytes(2, "big"), budget)
        version, reply, _, kind = _exactly(sock, proxy, 4)
        length = {1: 4, 4: 16}.get(kind) or (_exactly(sock, proxy, 1)[0] if kind == 3 else None)
        if version != 5 or length is None:
            raise failed(proxy, "does not speak SOCKS5")
        _exactly(sock, proxy, length + 2)
    if reply in _SOCKS_TARGET:
        raise Retry(_SOCKS_TARGET[reply], f"{target}:{port} through {proxy}: {_SOCKS_TARGET[reply].replace('_', ' ')}")
    if reply:
        raise failed(proxy, f"made no connection: {_SOCKS_SAID.get(reply, f'reply {reply}')}")


def _log_in(sock: socket.socket, proxy: Proxy, budget: Patience) -> None:
    methods = b"\x00" if proxy.user is None else b"\x00\x02"
    _send(sock, bytes((5, len(methods))) + methods, budget)
    version, method = _exactly(sock, proxy, 2)
    if version != 5 or method not in (*methods, 255):
        raise failed(proxy, "does not speak SOCKS5")
    if method == 255:
        raise failed(proxy, "wants another login, or one at all")
    if method == 2:
        user, password = (proxy.user or "").encode(), (proxy.password or "").encode()
        _send(sock, bytes((1, len(user))) + user + bytes((len(password),)) + password, budget)
        if _exactly(sock, proxy, 2)[1] != 0:
            raise failed(proxy, "does not take the login")


def _address(target: str) -> bytes:
    try:
        packed = ip_address(target).packed
    except ValueError:
        name = target.encode("ascii")
        if len(name) > 255:
            raise Retry("dns_failure", f"the name {target[:60]}… is too long") from None
        return bytes((3, len(name))) + name
    return (b"\x01" if len(packed) == 4 else b"\x04") + packed


def _connect(sock: socket.socket, proxy: Proxy, target: str, port: int, budget: Patience) -> None:
    """RFC 9110, 9.3.6: ask for a tunnel."""
    authority = f"{_bracketed(target)}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    with _blamed(proxy, waits="connect_timeout"):
        _send(sock, "\r\n".join([*lines, "", ""]).encode("ascii"), budget)
        status = _status(_head(sock, proxy))
    if status is None:
        raise failed(proxy, "does not speak HTTP")
    if status in _UNREACHABLE:
        raise Retry("host_unreachable", f"{authority} through {proxy}: it answered {status}")
    if not 200 <= status < 300:
        raise failed(proxy, f"made no tunnel: it answered {status}")


def _status(head: bytes) -> int | None:
    match = _STATUS.match(head)
    return int(match[1]) if match else None


def _head(sock: socket.socket, proxy: Proxy) -> bytes:
    """The head of an answer, byte by byte: what follows it is no longer the proxy's."""
    head = b""
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        if len(head) >= _MOST_HEAD or (len(head) == 5 and head != b"HTTP/"):
            raise failed(proxy, "does not speak HTTP")
        head += _exactly(sock, proxy, 1)
    return head


def _send(sock: socket.socket, data: bytes, budget: Patience) -> None:
    sock.settimeout(budget.patience())
    sock.sendall(data)


def _exactly(sock: socket.socket, proxy: Proxy, count: int) -> bytes:
    """The next `count` bytes. By `recv_into`, which pays for each read from the budget of the fetch."""
    got = bytearray(count)
    at = 0
    while at < count:
        read = sock.recv_into(memoryview(got)[at:])
        if read == 0:
            raise failed(proxy, "hung up")
        at += read
    return bytes(got)


@contextmanager
def _blamed(proxy: Proxy, *, waits: str = "proxy_failed") -> Iterator[None]:
    """Let breaks of the connection be the proxy's fault; a silence has the code `waits`."""
    try:
        yield
    except Retry as error:
        if error.code != "read_timeout" and not (error.code == "deadline" and waits == "proxy_failed"):
            raise
        raise (failed(proxy, "does not answer") if waits == "proxy_failed" else _late(proxy, waits)) from error
    except TimeoutError as error:
        raise failed(proxy, "does not answer") from error
    except OSError as error:
        raise failed(proxy, f"broke off: {error}") from error


def _late(proxy: Proxy, code: str) -> Retry:
    return Retry(code, f"no connection through the proxy {proxy} in time")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

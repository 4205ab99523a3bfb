"""The address guard: rasid contacts the public Internet alone, unless the operator names an exception.

It resolves names itself and connects to the very address that it checked, so that a name which changes between the
check and the connection (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import errno
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from rasid import urls
from rasid.errors import Retry, SettingsError, Skip

#: From a name and a port to addresses as text. Raises OSError where there are none.
Resolver = Callable[[str, int], Sequence[str]]
#: A socket of a family, not yet connected.
SocketMaker = Callable[[socket.AddressFamily, socket.SocketKind], socket.socket]

# Of a name with more addresses the first are tried; a hostile name may have thousands.
_MOST_ADDRESSES = 4
_PAIR = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]/]+):(?P<port>[0-9]{1,5})")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
#: Refusals that an exception of the operator may lift.
_LIFTED_BY_HOST = frozenset({"private_address", "local_name", "single_label", "blocked_port"})
_CODES = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ECONNRESET: "connection_reset",
    errno.ENETUNREACH: "host_unreachable",
    errno.EHOSTUNREACH: "host_unreachable",
}


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses of a name as the system gives them. How long it waits is the system's setting (``resolv.conf``)."""
    # As bytes, or Python would encode the name once more and refuse some that DNS has.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class _Exception:
    """What the operator lets through: a network, or a name; on one port, or on all where `port` is None."""

    network: IPv4Network | IPv6Network | None
    name: str | None
    port: int | None

    def holds(self, address: IPv4Address | IPv6Address) -> bool:
        return self.network is not None and address in self.network

    def covers(self, host: str) -> bool:
        """Whether the host itself is meant: its name, or the address that it is."""
        address = _literal(host)
        return self.name == _plain(host) if address is None else self.holds(address)


class Guard:
    """Judges URLs and addresses, and opens connections to those that pass.

    Args:
        allow: comma-separated exceptions (``RASID_FETCH_ALLOW``): networks (``10.0.0.0/8``), addresses or names
            (``intranet.example``), or pairs of one with a port (``127.0.0.1:8000``, ``[::1]:8000``, ``site:80``).
            "" lets the public Internet alone through.
        resolve: finds the addresses of a name.

    Raises:
        SettingsError: an exception that cannot be read.
    """

    def __init__(self, allow: str = "", *, resolve: Resolver = system_resolver) -> None:
        self._exceptions = tuple(_exception(part.strip()) for part in allow.split(",") if part.strip())
        self._resolve = resolve

    def refusal(self, href: str) -> str | None:
        """Why this URL must not be contacted, as `urls.fetchable` says it; None where it may be tried.

        A name may pass here and still be refused by `open`, once its addresses are known.
        """
        reason = urls.fetchable(href)[1]
        if reason not in _LIFTED_BY_HOST or not self._exceptions:
            return reason
        name, port = _authority(href)
        if port in urls.BLOCKED_PORTS and not any(it.port == port and it.covers(name) for it in self._exceptions):
            return "blocked_port"
        # A name without an exception of its own may still resolve into a network that has one.
        unknown = _literal(name) is None
        lifted = any(
            it.port in (None, port) and (it.covers(name) or (unknown and it.network is not None))
            for it in self._exceptions
        )
        return None if lifted or reason == "blocked_port" else reason

    def check_address(self, host: str, port: int, ip: str) -> None:
        """Raises Skip ``address_refused`` where `host` must not be contacted at the address `ip`."""
        address = ip_address(ip)
        if urls.inside(address) and not self._lets_through(host, port, address):
            raise Skip(
                "address_refused",
                f"{host} is at {ip}, which is not on the public Internet",
                evidence={"host": host, "port": port, "reason": "private_address"},
            )

    def open(self, host: str, port: int, *, seconds: float, make: SocketMaker = socket.socket) -> socket.socket:
        """A socket connected to a checked address of `host` within `seconds` (the time DNS takes comes on top).

        Raises:
            Skip: ``address_refused`` where no address of the name may be contacted.
            Retry: ``dns_failure connect_timeout connection_refused connection_reset host_unreachable connect_failure``
        """
        addresses = self.addresses(host, port)
        end = time.monotonic() + seconds
        failure: OSError = OSError("no address")
        for left, ip in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                # The time that is left is shared, so that a dead first address does not eat it all.
                return self._connect(host, ip, port, max((end - time.monotonic()) / left, 0.01), make)
            except OSError as error:
                failure = error
        late = isinstance(failure, TimeoutError)
        code = "connect_timeout" if late else _CODES.get(failure.errno or 0, "connect_failure")
        raise Retry(code, f"{host}:{port}: {failure}") from failure

    def addresses(self, host: str, port: int) -> list[str]:
        """Addresses of `host` that may be contacted; refused ones are passed over as long as another is left.

        Raises:
            Skip: ``address_refused`` where none may be.
            Retry: ``dns_failure``.
        """
        literal = _literal(host)
        try:
            found = [str(literal)] if literal is not None else list(self._resolve(host, port))[:_MOST_ADDRESSES]
        except (OSError, UnicodeError) as error:
            raise Retry("dns_failure", f"the name {host} does not resolve: {error}") from error
        allowed: list[str] = []
        refused: Skip | None = None
        for ip in found:
            try:
                self.check_address(host, port, ip)
                allowed.append(ip)
            except Skip as skip:
                refused = skip
        if not allowed:
            raise refused or Retry("dns_failure", f"{host} has no address")
        return allowed

    def _connect(self, host: str, ip: str, port: int, seconds: float, make: SocketMaker) -> socket.socket:
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        sock = make(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(seconds)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect((ip, port))
            # What we are connected to, not what we asked for, is what counts; nothing has been sent yet.
            self.check_address(host, port, sock.getpeername()[0])
        except BaseException:
            sock.close()
            raise
        return sock

    def _lets_through(self, name: str, port: int, address: IPv4Address | IPv6Address) -> bool:
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(it.port in (None, port) and (it.covers(name) or it.holds(mapped)) for it in self._exceptions)


def _exception(text: str) -> _Exception:
    """One exception as the operator wrote it."""
    network = _network(text)
    if network is not None:
        return _Exception(network, None, None)
    pair = _PAIR.fullmatch(text)
    host, port = (pair["host"], int(pair["port"])) if pair else (text, None)
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    network = _network(bare) if "/" not in host else None
    name = None if network is not None else _plain((urls.normalise(f"http://{host}/") or "")[len("http://") : -1])
    readable = name is None or (_NAME.fullmatch(name) is not None and _literal(name) is None)
    if not readable or (port is not None and not 0 < port < 65_536):
        raise SettingsError(
            f"RASID_FETCH_ALLOW: {text!r} is no network (10.0.0.0/8), host (site.example) or pair (127.0.0.1:8000); "
            "parts are separated by commas"
        )
    return _Exception(network, name, port)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


def _authority(href: str) -> tuple[str, int]:
    """Host and port of an http(s) URL."""
    name, _, port = urls.host(href).rpartition(":")
    if not name or port.endswith("]"):
        return urls.host(href), 443 if (urls.normalise(href) or "").startswith("https:") else 80
    return name, int(port)


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is; brackets may be left out. None for a name."""
    try:
        return ip_address(name.strip("[]"))
    except ValueError:
        return None

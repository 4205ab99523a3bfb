"""A web site on the loopback that may misbehave in any way: each path has a handler that writes to the bare socket."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.http.listener import Listener


@dataclass
class Exchange:
    """One request, and the socket to answer it on. `turn` counts the requests of the connection from 1."""

    sock: socket.socket
    path: str
    headers: dict[str, str]
    turn: int
    stopping: threading.Event
    body: bytes = b""

    def raw(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """A proper answer; `headers` are named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in named.items())]
        lines.append(f"Content-Length: {len(body)}")
        self.raw("\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body)

    def drip(self, data: bytes, *, every: float = 0.02) -> None:
        """Send `data` again and again, slowly, until the client goes away or the site stops."""
        while not self.stopping.wait(every):
            self.raw(data)

    def flood(self, data: bytes) -> None:
        """Send `data` again and again, as fast as it goes."""
        while not self.stopping.is_set():
            self.raw(data)


Handler = Callable[[Exchange], None]


@dataclass
class Site(Listener):
    """`routes` maps a request target to its handler; `seen` lists the requests that came, `connections` counts."""

    host: str = "127.0.0.1"
    context: ssl.SSLContext | None = None
    routes: dict[str, Handler] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.listen(self.host)

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        scheme = "https" if self.context else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def _serve(self, sock: socket.socket) -> None:
        try:
            if self.context is not None:
                sock = self.context.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            with sock, sock.makefile("rb") as reader:
                turn = 0
                while request := reader.readline():
                    turn += 1
                    lines = iter(lambda: reader.readline().decode("latin-1").strip(), "")
                    headers = {name.lower(): value.strip() for name, _, value in (it.partition(":") for it in lines)}
                    path = request.split()[1].decode("ascii")
                    self.seen.append((path, headers))
                    body = reader.read(int(headers.get("content-length", "0")))
                    self.routes[path](Exchange(sock, path, headers, turn, self._stopping, body))
        except (OSError, ValueError, IndexError):
            return  # the client went away, or the handler closed the socket, or it was no HTTP


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on 127.0.0.1 without any page yet."""
    made = Site()
    yield made
    made.stop()


@pytest.fixture
def secure_site(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    """A site with a certificate for ``news.example.org``, and the file of the authority that signed it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not here")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=news.example.org", "-addext", "subjectAltName=DNS:news.example.org",
         "-out", str(certificate), "-keyout", str(key)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    made = Site(context=context)
    yield made, str(certificate)
    made.stop()

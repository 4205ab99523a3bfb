"""Proxies on the loopback that speak SOCKS5 and HTTP for real, and may misbehave: `answers` says what is sent when."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field

from tests.unit.http.listener import Listener

#: What a proxy may be told to send in place of what belongs there; "" closes, None says nothing for ever.
Answers = dict[str, bytes | None]


@dataclass
class LocalProxy(Listener):
    """A proxy on 127.0.0.1. Every name leads to 127.0.0.1, so that names which do not exist can be asked for.

    `ports` says where a port really is, over SOCKS. `asked` lists what it was told to connect to, or to fetch; `heads`
    the heads of HTTP requests; `logins` what was given.
    """

    scheme: str = "socks5"
    login: tuple[str, str] | None = None
    answers: Answers = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.listen()

    @property
    def url(self) -> str:
        user = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        return f"{self.scheme}://{user}127.0.0.1:{self.port}"

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError, IndexError), sock:
            (self._http if self.scheme == "http" else self._socks)(sock)

    def _say(self, sock: socket.socket, when: str, usual: bytes) -> None:
        """Send what belongs here, or what `answers` has in its place."""
        sent = self.answers.get(when, usual)
        if sent is None:
            self._stopping.wait()
            raise EOFError
        sock.sendall(sent)
        if sent != usual:
            raise EOFError

    def _socks(self, sock: socket.socket) -> None:
        _, count = _take(sock, 2)
        methods = _take(sock, count)
        wanted = 2 if self.login else 0
        self._say(sock, "hello", bytes((5, wanted if wanted in methods else 255)))
        if self.login:
            user = _take(sock, _take(sock, 2)[1]).decode()
            password = _take(sock, _take(sock, 1)[0]).decode()
            self.logins.append((user, password))
            self._say(sock, "login", bytes((1, (user, password) != self.login)))
        kind = _take(sock, 4)[3]
        size = {1: 4, 4: 16}.get(kind) or _take(sock, 1)[0]
        packed = _take(sock, size)
        name = (
            packed.decode() if kind == 3 else socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, packed)
        )
        port = int.from_bytes(_take(sock, 2), "big")
        self.asked.append(f"{name}:{port}")
        self._say(sock, "connect", b"\x05\x00\x00\x01" + bytes(6))
        self._pipe(sock, socket.create_connection(("127.0.0.1", self.ports.get(port, port))))

    def _http(self, sock: socket.socket) -> None:
        there: socket.socket | None = None
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += _take(sock, 1)
            first, *lines = head.decode("latin-1").split("\r\n")
            self.heads.append(head.decode("latin-1"))
            method, target, _ = first.split()
            self.asked.append(target)
            if method == "CONNECT":
                self._say(sock, "connect", b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
                self._pipe(sock, socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))))
                return
            if "forward" in self.answers:
                self._say(sock, "forward", b"")
            authority, _, path = target.removeprefix("http://").partition("/")
            if there is None:
                there = socket.create_connection(("127.0.0.1", int(authority.rpartition(":")[2])))
                self._open.append(there)
                threading.Thread(target=_copy, args=(there, sock), daemon=True).start()
            kept = [line for line in lines if not line.lower().startswith("proxy-")]
            there.sendall("\r\n".join([f"{method} /{path} HTTP/1.1", *kept]).encode("latin-1"))
            length = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
            there.sendall(_take(sock, length))

    def _pipe(self, here: socket.socket, there: socket.socket) -> None:
        self._open.append(there)
        threading.Thread(target=_copy, args=(there, here), daemon=True).start()
        _copy(here, there)


def _take(sock: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = sock.recv(count - len(got))
        if not piece:
            raise EOFError
        got += piece
    return got


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)

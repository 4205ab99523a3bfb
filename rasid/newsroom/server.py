"""A real HTTP server for one host of the newsroom: answers, misbehaves where told to, and keeps the log."""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rasid.errors import UsageError
from rasid.newsroom.request_log import Request, RequestLog
from rasid.newsroom.resource import Fault, Resource, route

#: Seconds before the first byte of a slow answer, and between the pieces of a dripping one.
SLOW_SECONDS = 1.5
DRIP_SECONDS = 0.15
_DRIPS = 8
_IDLE_SECONDS = 30
_MAX_BODY = 65_536

Finder = Callable[[str], Resource | None]
_NOT_FOUND = Resource(b"<!DOCTYPE html><title>404</title><h1>404 Not Found</h1>", status=404)


class HostServer:
    """One port on 127.0.0.1. It listens from the moment it is made and answers after `start`."""

    def __init__(self, outlet: str, *, find: Finder, log: RequestLog, port: int = 0) -> None:
        self.outlet = outlet
        self._server = _bind(port)
        self._server.owner = self
        self.find, self.log = find, log
        self.hits: Counter[str] = Counter()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"http://{self.authority}"

    def start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self.outlet, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and close every connection; harmless when called twice."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def count(self, key: str) -> int:
        """How often `key` was asked for, this time included."""
        with self._lock:
            self.hits[key] += 1
            return self.hits[key]

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    owner: HostServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up as they like: that is no news."""


def _bind(port: int) -> _Server:
    try:
        return _Server(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise UsageError(
            f"port {port} of 127.0.0.1 cannot be used ({error.strerror}): name another first port"
        ) from error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    sys_version = ""
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.opened(self.connection)

    def finish(self) -> None:
        self.server.owner.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def parse_request(self) -> bool:
        self._started, self._wall = time.monotonic(), time.time()
        return super().parse_request()

    def log_message(self, format: str, *args: Any) -> None:
        """The log of requests is kept elsewhere."""

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        self._status, self._sent = 0, 0
        self._ended, self._wall_ended = self._started, self._wall
        self.server.owner.log.begin()
        try:
            self._drain()
            self._answer(self.server.owner.find(self.path) or _NOT_FOUND)
        except OSError:
            self.close_connection = True
        finally:
            self._record()

    def _drain(self) -> None:
        """Read away a request body, so that the next request on the connection begins where it should."""
        length = self.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) <= _MAX_BODY:
            self.rfile.read(int(length))
        else:
            self.close_connection = True

    def _record(self) -> None:
        owner = self.server.owner
        owner.log.add(
            Request(
                outlet=owner.outlet,
                host=owner.authority,
                method=self.command,
                path=self.path,
                status=self._status,
                user_agent=self.headers.get("User-Agent", ""),
                if_none_match=self.headers.get("If-None-Match"),
                if_modified_since=self.headers.get("If-Modified-Since"),
                started=self._started,
                ended=self._ended,
                wall_started=self._wall,
                wall_ended=self._wall_ended,
                sent=self._sent,
            )
        )

    # --- answers

    def _answer(self, resource: Resource) -> None:
        nth = self.server.owner.count(route(self.path))
        failing = {Fault.ERROR_ONCE: 1, Fault.ERROR_TWICE: 2}.get(resource.fault, 0)
        if nth <= failing:
            self._send(Resource(b"Internal Server Error", content_type="text/plain", status=500))
        elif resource.fault is Fault.BUSY_ONCE and nth == 1:
            busy = (("Retry-After", "2"),)
            self._send(Resource(b"Busy", content_type="text/plain", status=503, headers=busy))
        elif self._unchanged(resource):
            self._send(Resource(b"", status=304, etag=resource.etag, last_modified=resource.last_modified))
        else:
            self._faulty(resource, nth)

    def _unchanged(self, resource: Resource) -> bool:
        known = self.headers.get("If-None-Match")
        if known is not None:
            return resource.etag is not None and resource.etag in (tag.strip() for tag in known.split(","))
        since = self.headers.get("If-Modified-Since")
        return since is not None and since == resource.last_modified

    def _faulty(self, resource: Resource, nth: int) -> None:
        match resource.fault:
            case Fault.SLOW_FIRST_BYTE:
                time.sleep(SLOW_SECONDS)
                self._send(resource)
            case Fault.DRIP:
                self._drip(resource)
            case Fault.CUT_ONCE if nth == 1:
                self._cut(resource)
            case Fault.SHORT_LENGTH:
                # What lies past the stated length is only the end of the footer; the connection cannot go on.
                self.close_connection = True
                self._send(resource, length=len(resource.body) - 40)
            case Fault.GZIP if "gzip" in self.headers.get("Accept-Encoding", ""):
                self._send(resource, encoded=gzip.compress(resource.body, mtime=0))
            case Fault.ENDLESS:
                self._stream(resource)
            case _:
                self._send(resource)

    def _head(self, resource: Resource, *, length: int | None, encoding: str | None = None) -> bytes:
        self._status = resource.status
        lines = [
            f"HTTP/1.1 {resource.status} {HTTPStatus(resource.status).phrase}",
            f"Date: {self.date_time_string()}",
        ]
        lines += ["Server: newsroom", f"Content-Type: {resource.content_type}"]
        lines += [f"{name}: {value}" for name, value in resource.headers]
        optional = {
            "ETag": resource.etag,
            "Last-Modified": resource.last_modified,
            "Content-Encoding": encoding,
            "Content-Length": None if length is None else str(length),
            "Connection": "close" if self.close_connection else None,
        }
        lines += [f"{name}: {value}" for name, value in optional.items() if value is not None]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _write(self, data: bytes) -> None:
        self._ended, self._wall_ended = time.monotonic(), time.time()
        self.wfile.write(data)
        self._sent += len(data)

    def _send(self, resource: Resource, *, length: int | None = None, encoded: bytes | None = None) -> None:
        """Head and body in one write, so that no answer waits for an acknowledgement half way."""
        body = resource.body if encoded is None else encoded
        head = self._head(
            resource, length=len(body) if length is None else length, encoding="gzip" if encoded is not None else None
        )
        bare = self.command == "HEAD" or resource.status == 304
        self._write(head if bare else head + body)

    def _drip(self, resource: Resource) -> None:
        body = resource.body
        self._write(self._head(resource, length=len(body)))
        size = -(-len(body) // _DRIPS)
        for start in range(0, len(body) if self.command != "HEAD" else 0, size):
            time.sleep(DRIP_SECONDS)
            self._write(body[start : start + size])

    def _cut(self, resource: Resource) -> None:
        self.close_connection = True
        self._write(self._head(resource, length=len(resource.body)) + resource.body[: len(resource.body) // 2])
        self._status = 0

    def _stream(self, resource: Resource) -> None:
        """Many bytes of a page that never comes to the point; no length is stated."""
        self.close_connection = True
        self._write(self._head(resource, length=None))
        if self.command == "HEAD":
            return
        block = io.BytesIO()
        while block.tell() < 64 * 1024:
            block.write("<p>تغطية مباشرة مستمرة منذ أعوام ولا تنتهي.</p>\n".encode())
        piece = block.getvalue()
        self._write(b"<!DOCTYPE html><html><head><title>Archive</title></head><body>\n")
        for _ in range(resource.size // len(piece) + 1):
            self._write(piece)

"""A server of bare sockets on the loopback: what sites and proxies of the tests have in common."""

from __future__ import annotations

import contextlib
import socket
import threading


class Listener:
    """Takes connections on a port that the system gives, each in a thread of its own, until `stop`."""

    connections: int

    def listen(self, host: str = "127.0.0.1") -> None:
        self._stopping = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        # A thread that waits in `accept` would keep the port open.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for sock in (self._listener, *self._open):
            sock.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        """Serve one connection to its end."""
        raise NotImplementedError

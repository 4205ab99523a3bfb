"""Serves the web application with waitress: buffered requests, a bounded number of threads, connections and bytes."""

from __future__ import annotations

from typing import Any

from waitress.server import create_server

from rasid.context import Context
from rasid.errors import UsageError
from rasid.web.app import App

#: Requests that are answered at the same time: each takes a few milliseconds, most of them in the database.
THREADS = 8
_LIMITS: dict[str, Any] = {
    # Connections that wait for a byte cost no thread; above so many, new ones wait.
    "connection_limit": 500,
    "channel_timeout": 30,
    "cleanup_interval": 10,
    "max_request_header_size": 32_768,
    "clear_untrusted_proxy_headers": True,
    "ident": "",
}
#: What is read beyond the largest push before the connection is refused by the server itself: so far the push can
#: still be counted.
_SLACK = 1_000_000


def make_server(context: Context, bind: str) -> Any:
    """A server on `bind` (host:port) that listens at once and answers when its `run` is called.

    Raises:
        UsageError: the port is taken, or the address is none of ours.
    """
    try:
        return create_server(
            App(context),
            listen=bind,
            threads=THREADS,
            max_request_body_size=context.settings.web_max_bytes + _SLACK,
            **_LIMITS,
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot listen on {bind} ({error}): choose another with --bind or RASID_WEB_BIND") from error

"""The web application (WSGI): ``/healthz``, and the callbacks of hubs (WebSub) below ``/websub/``.

It answers GET and POST on a callback as `rasid.discover.push` decides. Whoever does not know a callback's path, 256
random bits, learns nothing and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog

from rasid.context import Context
from rasid.discover import hubs, push
from rasid.discover.push import Taken
from rasid.errors import ServiceError
from rasid.store import engine

log = structlog.get_logger()

#: A path as `secrets.token_urlsafe(32)` makes it.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_ARGUMENTS = 20
_STATUS = {
    200: "200 OK", 202: "202 Accepted", 400: "400 Bad Request", 404: "404 Not Found", 405: "405 Method Not Allowed",
    410: "410 Gone", 413: "413 Content Too Large", 500: "500 Internal Server Error", 503: "503 Service Unavailable",
}  # fmt: skip
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
]
#: A status and what is said with it.
_Reply = tuple[int, str]


class App:
    """The application of one process; it may be called by several threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._prefix = urlsplit(context.settings.web_url or "").path.rstrip("/")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            status, said = self._answer(environ)
        except ServiceError as error:
            log.warning("web.unavailable", reason=str(error))
            status, said = 503, "try again later"
        except Exception:
            log.exception("web.failed", path_length=len(environ.get("PATH_INFO", "")))
            status, said = 500, "this should not have happened"
        body = said.encode("utf-8", "replace")
        more = [("Retry-After", "60")] if status == 503 else []
        start_response(_STATUS[status], [*_HEADERS, *more, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> _Reply:
        # A reverse proxy may hand on the path of the public address, or cut it off.
        path = environ.get("PATH_INFO", "").removeprefix(self._prefix)
        method = environ["REQUEST_METHOD"]
        if path == "/healthz":
            return self._health() if method == "GET" else (405, "GET alone")
        token = path.removeprefix(f"{hubs.PATH}/")
        if token == path or not _TOKEN.fullmatch(token):
            return 404, "not found"
        if method == "GET":
            return self._confirm(token, environ.get("QUERY_STRING", ""))
        return self._take(token, environ) if method == "POST" else (405, "GET or POST")

    def _health(self) -> _Reply:
        engine.check(self._context.engine)
        return 200, "ok"

    def _confirm(self, token: str, query: str) -> _Reply:
        try:
            # The first of several values counts.
            told = dict(reversed(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_ARGUMENTS)))
        except ValueError:
            return 400, "too many arguments"
        if any("\x00" in value for value in told.values()):
            return 404, "not found"
        said = push.confirm(self._context, token, told)
        return (404, "not found") if said is None else (200, said)

    def _take(self, token: str, environ: dict[str, Any]) -> _Reply:
        limit = self._context.settings.web_max_bytes
        body: bytes = environ["wsgi.input"].read(limit + 1)
        if len(body) > limit:
            known = push.oversized(self._context, token)
            return (413, f"{limit} bytes are read at most") if known else (404, "not found")
        taken = push.take(
            self._context,
            token,
            body,
            signature=environ.get("HTTP_X_HUB_SIGNATURE"),
            content_type=environ.get("CONTENT_TYPE"),
        )
        return {Taken.TAKEN: (202, ""), Taken.LEAVING: (410, "gone"), Taken.UNKNOWN: (404, "not found")}[taken]

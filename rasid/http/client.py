"""The one place from which rasid asks the web for something: bounded in bytes, seconds and redirects, and guarded.

It fetches with requests, over the connections of `rasid.http.wire`. It follows redirects within one host; one that
leads to another host comes back as a value, since that host has a pace of its own. It judges no status of a page
(`rasid.http.status` does), keeps no cookies from one fetch to the next, and takes no proxy from the environment, but
from the settings (`rasid.http.proxy`).
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from requests import PreparedRequest, RequestException
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    InvalidChunkLength,
    ReadTimeoutError,
    SSLError,
)

from rasid import urls
from rasid.errors import ItemError, Park, Retry, Skip, UsageError
from rasid.http import decoding, wire
from rasid.http.guard import Guard
from rasid.http.proxy import Routes
from rasid.http.status import Verdict, verdict
from rasid.model import Answer

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 65_536
# A redirect's own body is read to keep the connection only where it is short.
_SHORT_BODY = 16_384
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_COOKIE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,1024})(?:;|$)")
_MOST_COOKIES = 20
#: Characters of Link headers that are put together.
_MOST_LINKS = 16_384
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS_REASONS = frozenset({"private_address", "local_name", "single_label", "blocked_port"})


class Client:
    """Fetches over pooled connections; one client serves many threads.

    Args:
        user_agent: who we are and how to reach the operator, in ASCII.
        guard: what may be contacted; the public Internet alone where none is given.
        max_bytes: longest body, counted both as sent and unpacked.
        connect_seconds: for opening a connection.
        read_seconds: longest silence of a server.
        deadline_seconds: for a whole fetch, redirects included. What the system's resolver waits for DNS comes on top.
        max_redirects: followed within the host.
        routes: which hosts are asked through a proxy; none where it is not given.
        ca_file: further authorities to trust (PEM), for sites of one's own.

    Raises:
        UsageError: a user agent that cannot be sent.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        guard: Guard | None = None,
        max_bytes: int = 5_000_000,
        connect_seconds: float = 10.0,
        read_seconds: float = 20.0,
        deadline_seconds: float = 60.0,
        max_redirects: int = 5,
        routes: Routes | None = None,
        ca_file: str | None = None,
    ) -> None:
        if not user_agent.isascii() or _CONTROL.search(user_agent):
            raise UsageError(f"user agent {user_agent!r} must be printable ASCII")
        self._headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": decoding.ACCEPTED}
        self._guard = guard or Guard()
        self._max_bytes = max_bytes
        self._seconds = {
            "seconds": deadline_seconds,
            "read_seconds": read_seconds,
            "connect_seconds": connect_seconds,
        }
        self._max_redirects = max_redirects
        # Hosts rest between two fetches, so more than a few open connections to one are not needed.
        self._session = wire.session(self._guard, hosts=256, connections=4, ca_file=ca_file, routes=routes)

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        on_hop: Callable[[str], None] | None = None,
    ) -> Answer:
        """Fetch one URL.

        Args:
            headers: sent besides the client's own; a name of theirs wins.
            etag: of the copy we have; asks for a body only if the page has another.
            last_modified: of the copy we have, as the server wrote it.
            on_hop: called with the absolute URL before each redirect within the host is followed, so that the caller
                can pace it. The time that it takes does not count against the deadline; what it raises ends the fetch.

        Returns:
            The answer, whatever its status. A redirect to another host comes back with its 3xx status and, in
            ``headers["location"]``, the absolute URL; it has passed the guard as far as can be told without DNS.

        Raises:
            Skip: ``address_refused``, ``url_refused`` (evidence says why), ``redirect_not_http``.
            Park: ``too_large redirect_loop too_many_redirects bad_redirect unknown_encoding``.
            Retry: ``deadline read_timeout connect_timeout connection_refused connection_reset connect_failure
                host_unreachable dns_failure tls_failure broken_body bad_response bad_encoding proxy_failed``.
        """
        budget = wire.Budget(**self._seconds)
        sent = {**self._headers, **_conditions(etag, last_modified), **(headers or {})}
        href = self._permitted(url, url)
        jar: dict[str, str] = {}
        hops: list[tuple[int, str]] = []
        seen = {(href, "")}
        while True:
            answer, cookies = self._ask(href, sent | _cookie_header(jar), budget)
            target = self._target(answer)
            if target is None:
                return replace(answer, redirects=tuple(hops))
            if urls.host(target) != urls.host(href):
                return replace(answer, headers=answer.headers | {"location": target}, redirects=tuple(hops))
            _keep(jar, cookies)
            hops.append((answer.status, target))
            self._check_hops(hops, seen, (target, "; ".join(jar.values())))
            if on_hop is not None:
                began = time.monotonic()
                on_hop(target)
                budget.extend(time.monotonic() - began)
            href = target

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Send `body` to a URL within the limits of a fetch, and return the answer of a receiver that took it (2xx).

        It is sent once: redirects are not followed, and a connection that breaks is not tried again.

        Raises:
            Skip, Park, Retry: as `get` does; and for any other status what `rasid.http.status.verdict` raises, Park
                ``http_3NN`` for a redirect, with its absolute target as ``location`` in the evidence
                where that may be asked.
        """
        href = self._permitted(url, url)
        budget = wire.Budget(**self._seconds)
        answer, _ = self._ask(href, {**self._headers, **(headers or {})}, budget, body=body)
        if verdict(answer, datetime.now(UTC)) is not Verdict.OK:
            raise Park(
                f"http_{answer.status}",
                f"{href[:300]} answered {answer.status} to what was sent",
                evidence={"location": self._permitted_target(answer)},
            )
        return answer

    def close(self) -> None:
        """Close the idle connections. The client may still be used."""
        self._session.close()

    def _check_hops(self, hops: list[tuple[int, str]], seen: set[tuple[str, str]], step: tuple[str, str]) -> None:
        """Raise Park where a chain of redirects turns in a circle or is too long. A new cookie breaks a circle."""
        evidence: dict[str, object] = {"redirects": [[status, target[:300]] for status, target in hops]}
        if step in seen:
            raise Park("redirect_loop", f"redirected in a circle to {step[0]}", evidence=evidence)
        if len(hops) > self._max_redirects:
            raise Park("too_many_redirects", f"more than {self._max_redirects} redirects", evidence=evidence)
        seen.add(step)

    def _permitted(self, url: str, shown: str) -> str:
        """The URL serialised, if the guard lets it through."""
        href = urls.normalise(url)
        reason = "invalid_url" if href is None else self._guard.refusal(href)
        if href is None or reason is not None:
            code = "address_refused" if reason in _ADDRESS_REASONS else "url_refused"
            raise Skip(code, f"{shown[:300]}: {reason}", evidence={"reason": reason})
        return href.partition("#")[0]

    def _permitted_target(self, answer: Answer) -> str | None:
        """As `_target`, but None as well where a redirect leads to what may not be asked."""
        try:
            return self._target(answer)
        except ItemError:
            return None

    def _target(self, answer: Answer) -> str | None:
        """Where a redirect leads; None where the answer is no redirect."""
        location = answer.headers.get("location")
        if answer.status not in _REDIRECTS or location is None:
            return None
        target = urls.normalise(location.strip(), answer.url)
        if target is None:
            raise Park("bad_redirect", f"{answer.url} redirects to {location[:300]!r}, which is no URL")
        if not target.startswith(("http://", "https://")):
            raise Skip("redirect_not_http", f"{answer.url} redirects to {target[:300]}")
        return self._permitted(target, f"{answer.url} redirects to {target}")

    def _ask(
        self, href: str, headers: Mapping[str, str], budget: wire.Budget, *, body: bytes | None = None
    ) -> tuple[Answer, list[str]]:
        """One request and its answer, with the cookies that came with it. With a `body` it is a POST.

        A kept connection that turns out to be dead is not held against the server: the next one is tried, which is a
        new one at the latest when all kept ones are used up. But a POST may have arrived: it is not sent twice.
        """
        while True:
            wire.run_with(budget)
            budget.start(self._max_bytes)
            try:
                return self._ask_once(href, headers, budget, body)
            except (HTTPError, OSError, http.client.HTTPException, ValueError) as caught:
                error = _unwrapped(caught)
                if budget.opened or body is not None or not _is_reset(error):
                    raise _mapped(error, href, budget) from error

    def _ask_once(
        self, href: str, headers: Mapping[str, str], budget: wire.Budget, sent: bytes | None
    ) -> tuple[Answer, list[str]]:
        request = _prepared(href, headers, sent)
        timeout = (budget.patience_to_connect(), budget.patience())
        started = time.monotonic()
        # By its adapter: the session's own `send` unpacks the body of a redirect without a limit, and keeps cookies.
        response: BaseHTTPResponse = self._session.get_adapter(href).send(request, stream=True, timeout=timeout).raw
        try:
            if response.status < 200:  # left open, its real answer would be taken for that of the next request
                raise Retry("bad_response", f"{href[:300]} answered {response.status} and no more")
            body = self._body(response)
        except BaseException:
            response.close()
            raise
        seconds = time.monotonic() - started
        answer = Answer(href, response.status, _readable(response.headers.items()), body, seconds=seconds)
        return answer, response.headers.getlist("set-cookie")

    def _body(self, response: BaseHTTPResponse) -> bytes:
        length = response.headers.get("content-length", "")
        announced = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        if response.status in _REDIRECTS and "location" in response.headers:
            return _passed_over(response, announced)
        if announced is not None and announced > self._max_bytes:
            raise Park("too_large", f"{announced} bytes are announced, {self._max_bytes} are read")
        pieces, size = [], 0
        for piece in response.stream(_PIECE, decode_content=False):
            size += len(piece)
            if size > self._max_bytes:
                raise Park("too_large", f"more than {self._max_bytes} bytes were sent")
            pieces.append(piece)
        encoding = response.headers.get("content-encoding", "")
        return decoding.decode(b"".join(pieces), encoding, max_bytes=self._max_bytes)


def _passed_over(response: BaseHTTPResponse, announced: int | None) -> bytes:
    """Of the body of a redirect nothing is kept; it is read where that is short, so that the connection can be."""
    if announced is None or announced > _SHORT_BODY:
        response.close()
    else:
        response.read(decode_content=False)
    return b""


def _prepared(href: str, headers: Mapping[str, str], body: bytes | None) -> PreparedRequest:
    """A request ready to be sent as it stands. requests' own preparing would quote the serialised URL once more."""
    made = PreparedRequest()
    made.method, made.url, made.body = "GET" if body is None else "POST", href, body
    made.headers = CaseInsensitiveDict(headers)
    if body is not None:
        made.headers["Content-Length"] = str(len(body))
    return made


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Headers that ask for a page only if it changed. A validator that no header can carry is left out."""
    pairs = (("If-None-Match", etag), ("If-Modified-Since", last_modified))
    return {name: value for name, value in pairs if value and value.isascii() and not _CONTROL.search(value)}


def _readable(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers with names in lower case and values as text: sites send bare UTF-8 where the protocol says Latin-1.

    Of a name that came twice the last value counts, but for ``link``: a list, which may come in several lines.
    """
    read: dict[str, str] = {}
    for name, value in items:
        name, before = name.lower(), read.get(name.lower())
        joined = name == "link" and before is not None and len(before) < _MOST_LINKS
        read[name] = f"{before}, {_utf8(value)}" if joined else _utf8(value)
    return read


def _utf8(value: str) -> str:
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _keep(jar: dict[str, str], cookies: list[str]) -> None:
    """Remember cookies for the rest of this chain of redirects: some sites redirect until theirs comes back."""
    for cookie in cookies[:_MOST_COOKIES]:
        match = _COOKIE.match(cookie)
        if match and (len(jar) < _MOST_COOKIES or match[1].partition("=")[0] in jar):
            jar[match[1].partition("=")[0]] = match[1]


def _cookie_header(jar: Mapping[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(jar.values())} if jar else {}


def _unwrapped(error: Exception) -> Exception:
    """What requests wrapped into an exception of its own; any other error as it is."""
    wrapped = error.args[0] if isinstance(error, RequestException) and error.args else None
    return wrapped if isinstance(wrapped, Exception) else error


def _is_reset(error: Exception) -> bool:
    """Whether the connection ended before a byte of an answer came."""
    chain = (error, error.__cause__, *error.args)
    return any(isinstance(it, (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)) for it in chain)


def _mapped(error: Exception, href: str, budget: wire.Budget) -> Retry:
    """The ledger's error for one of the network's."""
    message = f"{href[:300]}: {error}"[:600]
    if isinstance(error, (ReadTimeoutError, ConnectTimeoutError, TimeoutError)):
        late = budget.late()
        return Retry(late.code, message)
    if isinstance(error, (SSLError, ssl.SSLError)):
        return Retry("tls_failure", message)
    if _is_reset(error):
        return Retry("connection_reset", message)
    broken = (error, error.__cause__, *error.args)
    if any(isinstance(it, (IncompleteRead, InvalidChunkLength, http.client.IncompleteRead)) for it in broken):
        return Retry("broken_body", message)
    if isinstance(error, socket.gaierror):
        return Retry("dns_failure", message)
    return Retry("bad_response", message)

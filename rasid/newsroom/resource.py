"""One thing that a server of the newsroom can answer with, and the ways in which an answer can misbehave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

_TRACKERS = ("utm_", "fbclid", "gclid")


class Fault(StrEnum):
    """How an answer misbehaves. Those named ``…_once`` and ``…_twice`` are well behaved afterwards."""

    NONE = ""
    SLOW_FIRST_BYTE = "slow_first_byte"
    DRIP = "drip"
    CUT_ONCE = "cut_once"
    BUSY_ONCE = "busy_once"
    ERROR_ONCE = "error_once"
    ERROR_TWICE = "error_twice"
    SHORT_LENGTH = "short_length"
    GZIP = "gzip"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Resource:
    """An answer.

    Attributes:
        etag: None gives no validators; where `lies` is set, the validators stay as they are although the body changes.
        size: for `Fault.ENDLESS`, how many bytes are streamed.
    """

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    fault: Fault = Fault.NONE
    etag: str | None = None
    last_modified: str | None = None
    size: int = field(default=0)


def with_validators(body: bytes, *, content_type: str, changed: datetime, fault: Fault = Fault.NONE) -> Resource:
    """A 200 answer with an ETag made of its bytes and `changed` as Last-Modified."""
    return Resource(
        body,
        content_type=content_type,
        fault=fault,
        etag=f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"',
        last_modified=http_date(changed),
    )


def http_date(when: datetime) -> str:
    """`when` (aware) as HTTP writes a time."""
    return format_datetime(when.astimezone(UTC), usegmt=True)


def moved(target: str, *, status: int) -> Resource:
    """A redirect to `target`, which is absolute or begins with ``/``."""
    return Resource(b"", content_type="text/plain", status=status, headers=(("Location", target),))


def route(target: str) -> str:
    """What a request line's target is looked up by: path unquoted, tracker parameters and fragment dropped."""
    parts = urlsplit(target)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not k.startswith(_TRACKERS)]
    path = unquote(parts.path)
    return f"{path}?{urlencode(kept)}" if kept else path

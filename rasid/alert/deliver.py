"""What an alert says, and the three ways in which it leaves: the log, a file, a webhook.

A webhook is only made ready here (URL, headers, body); `rasid.http` sends it. Its body is signed, so that a receiver
can tell that it comes from this installation::

    X-Rasid-Signature: sha256=<hex HMAC-SHA256 of "<X-Rasid-Timestamp>.<body>" with the shared secret>
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from rasid.errors import UsageError

#: Version of the payload; fields may be added to one version, never renamed or taken away.
PAYLOAD_VERSION = 1
#: Characters of the lead that an alert carries.
LEAD_CHARACTERS = 500
WAYS = ("log", "file", "webhook")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as it is logged, written and posted (as JSON, with ``"version": 1``).

    Attributes:
        watch: name of the watch; query: what it asks for.
        story, story_title, voices: id and headline of the story, and how many tell it.
        part: 1 for the first alert of a watch on a story; more where the story has developed since.
        change: what is new, by ``places actors numbers voices`` (see `rasid.alert.develop`); None in part 1.
        article: id of the article that matched; url, title, source (outlet id), language (BCP 47) are its own.
        lead: the beginning of its text, `LEAD_CHARACTERS` at most.
        published_at: when the outlet says it was published, None where it does not.
        matched_at: when the watch matched. Both are aware; in JSON they are RFC 3339 in UTC.
    """

    watch: str
    query: str
    story: int
    story_title: str
    article: int
    url: str
    title: str
    matched_at: datetime
    source: str | None = None
    language: str | None = None
    lead: str = ""
    published_at: datetime | None = None
    voices: int = 1
    part: int = 1
    change: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A POST that is ready to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


def payload(alert: Alert) -> dict[str, Any]:
    """The alert as a JSON-able dict, ``version`` first; what the ledger keeps until it is delivered."""
    fields = asdict(alert)
    fields["lead"] = alert.lead[:LEAD_CHARACTERS]
    for name in ("published_at", "matched_at"):
        moment: datetime | None = fields[name]
        fields[name] = None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
    return {"version": PAYLOAD_VERSION, **fields}


def check_target(via: str, target: str | None) -> None:
    """Refuse a way or a target that can never work.

    Raises:
        UsageError: an unknown way, a file without a path, or a webhook without an http(s) URL with a host.
    """
    if via not in WAYS:
        raise UsageError(f"unknown way of delivery {via!r}: choose one of {', '.join(WAYS)}")
    if via == "file" and not target:
        raise UsageError("delivery to a file needs its path as target")
    if via == "webhook":
        try:
            parts = urlsplit(target or "")
        except ValueError as error:
            raise UsageError(f"the webhook's target is no URL: {target}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"a webhook needs an http or https URL as target, not {target!r}")


def log_fields(alert: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the log line ``alert`` for a payload: ids and names, not the text."""
    return {
        name: alert.get(name)
        for name in ("watch", "story", "part", "change", "article", "url", "title", "source", "language", "matched_at")
    }


def append_line(path: Path, alert: Mapping[str, Any]) -> None:
    """Append a payload as one line of NDJSON and wait until it is on the disk; makes the folders it needs.

    One write call in append mode, so lines of several processes do not mix. A line that a crash cut short is ended
    first, so that it cannot spoil this one.

    Raises:
        OSError: the file cannot be written; nothing counts as delivered then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = orjson.dumps(dict(alert)) + b"\n"
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        written = os.write(handle, line)
        if written != len(line):
            raise OSError(f"only {written} of {len(line)} bytes were written to {path}")
        os.fsync(handle)
    finally:
        os.close(handle)


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """``sha256=`` and the hex HMAC-SHA256 of ``<timestamp>.<body>``."""
    mac = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256)
    return "sha256=" + mac.hexdigest()


def verify(body: bytes, secret: str, *, timestamp: int, given: str) -> bool:
    """Whether a signature that came with a webhook is right; compared in constant time. For receivers in Python."""
    return hmac.compare_digest(signature(body, secret, timestamp).encode(), given.encode())


def webhook(
    url: str, alert: Mapping[str, Any], *, delivery: int, now: datetime, secret: str | None = None
) -> WebhookRequest:
    """Make the POST for a payload ready.

    Args:
        delivery: id of the delivery, the same at every try: a receiver drops what it has seen.
        now: the time of this try, aware; it is signed with the body, so that an old request cannot be played again.
        secret: shared with the receiver; None sends no signature.

    Raises:
        UsageError: `url` is no http(s) URL.
    """
    check_target("webhook", url)
    body = orjson.dumps(dict(alert))
    timestamp = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "x-rasid-delivery": str(delivery),
        "x-rasid-timestamp": str(timestamp),
    }
    if secret is not None:
        headers["x-rasid-signature"] = signature(body, secret, timestamp)
    return WebhookRequest(url, headers, body)

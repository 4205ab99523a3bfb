"""A hub for tests: a real HTTP server that takes subscriptions, verifies them, and distributes signed content."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

from tests.integration.stages.conftest import Reply


@dataclass
class Hub:
    """Runs on a `Site` of the test. What it is asked for is kept in `asked`, oldest first; it verifies when told to."""

    site: Any
    status: int = 202
    asked: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.pages["/hub"] = self._take

    @property
    def url(self) -> str:
        return str(self.site.url("/hub"))

    @property
    def callback(self) -> str:
        return self.asked[-1]["hub.callback"]

    def _take(self, asked: Any) -> Any:
        assert asked.method == "POST"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        self.asked.append({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        return Reply(b"", self.status)

    def verify(self, *, mode: str | None = None, topic: str | None = None, lease: int | None = None) -> tuple[int, str]:
        """Ask the last subscriber whether it meant it; status and text of its answer."""
        last = self.asked[-1]
        told = {
            "hub.mode": mode or last["hub.mode"],
            "hub.topic": topic or last["hub.topic"],
            "hub.challenge": "ch<b>allenge/1",
            "hub.lease_seconds": str(lease or last.get("hub.lease_seconds", "")),
        }
        return ask(f"{self.callback}?{urlencode(told)}")

    def deny(self, reason: str) -> tuple[int, str]:
        told = {"hub.mode": "denied", "hub.topic": self.asked[-1]["hub.topic"], "hub.reason": reason}
        return ask(f"{self.callback}?{urlencode(told)}")

    def publish(
        self, content: str | bytes, *, method: str = "sha256", signature: str | None = None, signed: bool = True
    ) -> int:
        """Push to the last subscriber, and give the status of its answer."""
        body = content.encode() if isinstance(content, str) else content
        headers = {"Content-Type": "application/atom+xml", "Link": f'<{self.url}>; rel="hub"'}
        if signed:
            secret = self.asked[-1]["hub.secret"].encode()
            digest = hmac.new(secret, body, getattr(hashlib, method, None) or hashlib.sha1).hexdigest()
            headers["X-Hub-Signature"] = signature or f"{method}={digest}"
        return ask(self.callback, body, headers)[0]


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an answer; a body makes it a POST."""
    try:
        with urlopen(Request(url, body, headers or {}), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()

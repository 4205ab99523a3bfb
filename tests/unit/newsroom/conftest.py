"""One running newsroom for the tests that only read; a client that shows what came over the wire."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from rasid.newsroom import Newsroom

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(url: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> Reply:
    """One request on a connection of its own; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target or "/", headers=headers or {})
        answer = connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="session")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(seed=1, now=NOW) as running:
        yield running


@pytest.fixture
def small() -> Iterator[Newsroom]:
    """A small newsroom that a test may advance and whose log is its own."""
    with Newsroom(seed=3, now=NOW, articles=120) as running:
        yield running


@pytest.fixture(name="ask")
def ask_fixture() -> Callable[..., Reply]:
    return ask

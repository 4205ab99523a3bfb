"""The broker of the tests that need one."""

from __future__ import annotations

import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from rasid.embedded.valkey import Valkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real broker for the whole run."""
    with tempfile.TemporaryDirectory(prefix="rasid-test-") as name, Valkey(Path(name) / "home") as server:
        yield server


@pytest.fixture
def keys(valkey: Valkey) -> Iterator[redis.Redis]:
    """The broker's memory, empty at the start of the test."""
    client = redis.Redis.from_url(f"unix://{valkey.socket}")
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def broker_url(valkey: Valkey, keys: redis.Redis) -> str:
    """The address of a broker that holds nothing."""
    return valkey.url


@pytest.fixture
def port() -> int:
    """A port that nobody has, below those that the system gives to whoever asks for any."""
    while True:
        number = random.randrange(15_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", number))
            return number


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that has just ended."""
    child = os.posix_spawn("/bin/true", ["/bin/true"], {})
    os.waitpid(child, 0)
    return child

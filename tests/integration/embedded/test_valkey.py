"""The embedded Valkey, with the real server."""

from __future__ import annotations

import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from kombu.connection import Connection

from rasid.embedded import Valkey, launch, valkey
from rasid.embedded.guardian import find
from rasid.errors import BrokerDown, UsageError


def client(server: Valkey) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(server.socket), decode_responses=True)


def test_keeps_its_data_over_a_restart(home: Path) -> None:
    with Valkey(home) as server:
        assert server.running()
        client(server).lpush("queue", "رسالة")
    assert not Valkey(home).running()
    with Valkey(home) as server:
        assert client(server).lrange("queue", 0, -1) == ["رسالة"]


def test_celery_understands_the_url(home: Path) -> None:
    with Valkey(home) as server, Connection(server.url) as connection:
        queue = connection.SimpleQueue("links")
        queue.put({"ids": [1, 2]})
        assert queue.get(timeout=5).payload == {"ids": [1, 2]}
        queue.close()


def test_is_durable_never_evicts_and_has_no_port(home: Path) -> None:
    with Valkey(home) as server:
        names = ("appendonly", "appendfsync", "maxmemory-policy", "port", "save")
        assert [client(server).config_get(name)[name] for name in names] == ["yes", "everysec", "noeviction", "0", ""]


def test_second_start_attaches_and_leaves_the_server_alone(home: Path) -> None:
    with Valkey(home) as first:
        pid = find(first.target)
        with Valkey(home) as second:
            assert find(second.target) == pid
        assert first.running()
    assert not first.running()


def test_two_starts_at_once_make_one_server(home: Path) -> None:
    """Two servers on one append-only file would destroy it."""
    servers = [Valkey(home) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Valkey.start, servers))
    assert len({client(server).info("server")["process_id"] for server in servers}) == 1
    servers[0].stop()
    assert not any(server.running() for server in servers)


def test_recovers_from_kill_9(home: Path) -> None:
    with Valkey(home) as server:
        client(server).rpush("queue", *range(1000))
        os.kill(_pid(server), signal.SIGKILL)
        server.start()
        assert client(server).llen("queue") == 1000


def test_replaces_a_server_that_nobody_can_reach(home: Path) -> None:
    with Valkey(home) as server:
        client(server).set("key", "value")
        before = _pid(server)
        server.socket.unlink()
        assert not server.running()
        server.start()
        assert _pid(server) != before
        assert client(server).get("key") == "value"


def test_is_out_of_reach_of_others_and_of_ctrl_c(home: Path) -> None:
    with Valkey(home) as server:
        assert os.getsid(_pid(server)) != os.getsid(0)
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


def test_a_damaged_file_is_reported_with_the_words_of_the_server(home: Path) -> None:
    with Valkey(home) as server:
        client(server).set("key", "value")
    (manifest,) = (server.data / "appendonlydir").glob("*.manifest")
    manifest.write_text("nonsense\n")
    with pytest.raises(BrokerDown, match=r"did not start.*\n") as caught:
        Valkey(home).start()
    assert "manifest" in str(caught.value)


def test_missing_wheel_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "wheel_folder", lambda _: launch.wheel_folder("no_such_wheel"))
    with pytest.raises(UsageError, match=r"pip install 'rasid\[local\]'"):
        Valkey(home).start()


def test_a_wheel_without_a_program_says_what_to_do(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "wheel_folder", lambda _: folder)
    with pytest.raises(UsageError, match="RASID_BROKER_URL"):
        Valkey(home).start()


def _pid(server: Valkey) -> int:
    pid = find(server.target)
    assert pid is not None
    return pid

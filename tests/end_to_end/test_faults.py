"""Workers killed and the queue wiped in the middle: the same articles in the end, each once."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from rasid.embedded import Valkey

from .conftest import Stack, Undisturbed, kill, processes_of, stack, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def _holder(running: Stack, node: str) -> int:
    """The pid of a process of `node` that holds a link or a channel right now; waits for one."""
    sql = (
        "SELECT coalesce(max(split_part(lease_worker, ':', 2)::bigint), 0) FROM "
        "(SELECT lease_worker FROM links UNION ALL SELECT lease_worker FROM channels) held "
        f"WHERE lease_worker LIKE '{node}@%'"
    )
    pid: int = until(lambda: running.count(sql), f"a process of {node} holds something")
    return pid


def _read(running: Stack, articles: int) -> None:
    """Wait until so many articles are stored; there must be more to come."""
    until(lambda: running.count("SELECT count(*) FROM articles") >= articles, f"{articles} articles")
    assert running.busy(), "still in the middle"


def _main(running: Stack, role: str) -> int:
    """The pid of the present main process of a role."""
    found = running.ready["roles"][role]
    assert isinstance(found, int)
    return found


def _assert_whole(running: Stack, undisturbed: Undisturbed) -> None:
    running.finish()
    assert running.articles() == undisturbed.articles
    assert set(running.articles().values()) == {1}
    assert running.count("SELECT count(*) FROM links WHERE lease_until > now()") == 0
    assert running.count("SELECT count(*) FROM links WHERE state = 'parked' AND code = 'too_many_attempts'") == 0
    # Each article left each stage once: what was begun twice was settled once.
    twice = (
        "SELECT count(*) FROM (SELECT 1 FROM crumbs WHERE outcome = 'done' AND link_id IS NOT NULL "
        "GROUP BY link_id, stage HAVING count(*) > 1) again"
    )
    assert running.count(twice) == 0


def test_fetch_worker_reading_child_and_beat_are_killed(undisturbed: Undisturbed, base: Path) -> None:
    with stack(base / "home") as running:
        running.watch()
        _holder(running, "fetch")
        kill(_main(running, "fetch"))
        _read(running, 5)
        child = _holder(running, "read")
        assert child != _main(running, "read")
        kill(child)
        _read(running, 15)
        kill(_main(running, "beat"))
        _assert_whole(running, undisturbed)


def test_clockwork_and_reading_worker_are_killed(undisturbed: Undisturbed, base: Path) -> None:
    with stack(base / "home") as running:
        running.watch()
        until(lambda: running.count("SELECT count(*) FROM links") > 20, "the first links")
        kill(_main(running, "control"))
        _read(running, 5)
        child = _holder(running, "read")
        kill(_main(running, "read"))
        _assert_whole(running, undisturbed)
        left = [one.pid for one in processes_of(running.home)]
        assert child not in left, "the children of a killed worker go with it"


def test_the_queue_is_wiped(undisturbed: Undisturbed, base: Path) -> None:
    with stack(base / "home") as running:
        running.watch()
        broker = redis.Redis(unix_socket_path=str(Valkey(running.home).socket))
        for articles in (0, 10, 25):
            _read(running, articles)
            broker.flushall()
        _assert_whole(running, undisturbed)

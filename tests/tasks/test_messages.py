"""How granted links are packed into messages."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from tasks.upkeep import in_messages, tick_queue


def test_nothing_granted_is_no_message() -> None:
    assert in_messages([], batch=20) == []


def test_a_full_message_is_followed_by_another() -> None:
    links = [(n, f"host-{n}") for n in range(5)]
    assert in_messages(links, batch=2) == [[0, 1], [2, 3], [4]]


def test_a_host_is_never_split() -> None:
    links = [(1, "a"), (2, "b"), (3, "b"), (4, "b"), (5, "c")]
    assert in_messages(links, batch=2) == [[1, 2, 3, 4], [5]]


@given(st.lists(st.integers(1, 25), max_size=30), st.integers(1, 30))
def test_every_link_is_in_one_message_in_order_and_hosts_stay_whole(runs: list[int], batch: int) -> None:
    hosts = [f"host-{n:02}" for n, length in enumerate(runs) for _ in range(length)]
    links = list(enumerate(hosts))
    messages = in_messages(links, batch=batch)
    assert [id for message in messages for id in message] == [id for id, _ in links]
    assert all(messages)
    of = dict(links)
    for host, members in groupby(links, key=lambda link: link[1]):
        ids = {id for id, _ in members}
        assert sum(bool(ids & set(message)) for message in messages) == 1, host
    # A message is at most a batch and the last host's run.
    longest = max(runs, default=0)
    assert all(len(message) < batch + longest for message in messages)
    assert all(len({of[id] for id in message}) <= batch for message in messages)


def test_each_worker_has_a_queue_of_its_own_for_ticks() -> None:
    assert tick_queue("read@machine") == "tick.read@machine"

"""Lines answered in several processes: in order, bounded, and past a process that dies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from rasid.cli.pool import in_order


def _double(line: bytes) -> bytes:
    """The answer; one line kills its process."""
    item = json.loads(line)
    if item.get("die"):
        os._exit(9)
    return json.dumps({"id": item["id"], "twice": 2 * item["id"]}).encode()


def _lines(count: int, *, deadly: frozenset[int] = frozenset()) -> Iterator[bytes]:
    for id in range(count):
        yield json.dumps({"id": id, "die": id in deadly}).encode()


@pytest.fixture
def source() -> Iterator[int]:
    """A descriptor that never has anything to read until it is closed."""
    reader, writer = os.pipe()
    yield reader
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("jobs", [1, 3])
def test_answers_come_in_order(source: int, jobs: int) -> None:
    answers = [json.loads(answer) for answer in in_order(_lines(1_000), _double, jobs=jobs, source=source) if answer]
    assert [answer["id"] for answer in answers] == list(range(1_000))
    assert all(answer["twice"] == 2 * answer["id"] for answer in answers)


def test_a_line_that_kills_its_process_is_the_only_one_that_fails(source: int) -> None:
    deadly = frozenset({3, 40, 41, 99})
    answers = [json.loads(a) for a in in_order(_lines(100, deadly=deadly), _double, jobs=2, source=source) if a]
    assert [answer["id"] for answer in answers] == list(range(100))
    assert {answer["id"] for answer in answers if "error" in answer} == deadly
    assert {answer["error"]["code"] for answer in answers if "error" in answer} == {"process_lost"}


def test_a_pause_gives_what_is_done_before_the_next_line_is_read(source: int) -> None:
    """Half a batch is answered while the input waits."""
    read: list[bytes] = []

    def lines() -> Iterator[bytes | None]:
        for line in _lines(5):
            read.append(line)
            yield line
        yield None
        assert [json.loads(one)["id"] for one in got] == [0, 1, 2, 3, 4]
        yield json.dumps({"id": 5}).encode()

    got: list[bytes] = []
    for answer in in_order(lines(), _double, jobs=2, source=source):
        if answer is not None:
            got.append(answer)
    assert [json.loads(one)["id"] for one in got] == [0, 1, 2, 3, 4, 5]


def test_reading_does_not_run_ahead_of_answering(source: int) -> None:
    """However long the input is, only a few batches are under way."""
    read = 0

    def lines() -> Iterator[bytes]:
        nonlocal read
        for line in _lines(100_000):
            read += 1
            yield line

    answers = in_order(lines(), _double, jobs=2, source=source)
    for _ in range(100):
        next(answers)
    assert read < 2_000
    answers.close()  # type: ignore[attr-defined]

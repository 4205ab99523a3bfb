"""Answers lines in several processes and gives the answers in the order of the lines.

Memory is bounded: a few batches a process are under way, however long the input is. A process that dies on a line
(a crash in a library, the kernel's out-of-memory killer) is replaced; that line alone is answered with an error.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait

Answerer = Callable[[bytes], bytes]

#: Lines and bytes of one batch: enough to make the way to a process cheap, few enough to spread the work.
_BATCH_LINES = 32
_BATCH_BYTES = 262_144
#: Batches kept for each process, done ones that wait for an earlier one included.
_AHEAD = 4


class _Batch:
    """Lines that go to one process together, and the answers once they are there."""

    __slots__ = ("answers", "lines")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.answers: list[bytes] | None = None

    def full(self) -> bool:
        return len(self.lines) >= _BATCH_LINES or sum(map(len, self.lines)) >= _BATCH_BYTES


class _Worker:
    """A forked process that answers one batch after the other."""

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self.batch: _Batch | None = None
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self.way, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._answer, other, self.way), daemon=True)
        # A Ctrl-C between the fork and `_serve`'s first line would end the child with a trace: it is born deaf to it.
        former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
        other.close()

    def give(self, batch: _Batch) -> None:
        self.batch = batch
        with suppress(OSError):  # it died: `take` finds out
            self.way.send(batch.lines)

    def take(self) -> None:
        """Put the answers into the batch; if the process died of it, find the line that it died of."""
        assert self.batch is not None
        batch, self.batch = self.batch, None
        answers = self._receive()
        if answers is None:
            self._restart()
            answers = [self._alone(line) for line in batch.lines]
        batch.answers = answers

    def _alone(self, line: bytes) -> bytes:
        with suppress(OSError):
            self.way.send([line])
        answers = self._receive()
        if answers is not None:
            return answers[0]
        self._restart()
        return _lost(line)

    def _receive(self) -> list[bytes] | None:
        try:
            answers: list[bytes] = self.way.recv()
        except (EOFError, OSError):
            return None
        return answers

    def _restart(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        self.way.close()
        self._process.terminate()
        self._process.join(5)


def _serve(answer: Answerer, way: Connection, parents: Connection) -> None:
    """The life of a process: until the other end of the way is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends us
    parents.close()
    try:
        while True:
            way.send([answer(line) for line in way.recv()])
    except (EOFError, OSError):
        os._exit(0)


def _lost(line: bytes) -> bytes:
    """The answer to a line that a process died of."""
    try:
        given = json.loads(line)
        item_id = given.get("id") if isinstance(given, dict) else None
    except (ValueError, RecursionError):
        item_id = None
    error = {"code": "process_lost", "message": "the process that handled this item died of it"}
    return json.dumps({"id": item_id, "error": error}).encode()


def in_order(lines: Iterator[bytes | None], answer: Answerer, *, jobs: int, source: int) -> Iterator[bytes | None]:
    """Answers of `lines` in their order, made by `jobs` processes.

    Args:
        lines: None wherever the input pauses; None is given on where all that is done has been given.
        source: the file descriptor that `lines` reads, so that a pause ends when more comes.
    """
    gc.freeze()  # what is loaded is shared with the processes: the collector must not touch it
    crew = _Crew([_Worker(answer) for _ in range(jobs)])
    try:
        for line in lines:
            if line is None:
                yield from crew.bridge(source)
            elif crew.add(line):
                yield from crew.done(keep=jobs * _AHEAD)
        yield from crew.done(keep=0)
    finally:
        crew.stop()


class _Crew:
    """The processes, the batches that they have, and the batch that is being filled."""

    def __init__(self, workers: list[_Worker]) -> None:
        self._workers = workers
        self._under_way: deque[_Batch] = deque()
        self._next = _Batch()

    def add(self, line: bytes) -> bool:
        """Take one more line; True where that made a batch full and it was given away."""
        self._next.lines.append(line)
        if not self._next.full():
            return False
        self._give()
        return True

    def done(self, *, keep: int) -> Iterator[bytes]:
        """Answers of the foremost batches. Waits while more than `keep` are under way; 0 gives away the last lines."""
        if keep == 0 and self._next.lines:
            self._give()
        yield from self._finished()
        while len(self._under_way) > keep:
            self._collect()
            yield from self._finished()

    def bridge(self, source: int) -> Iterator[bytes | None]:
        """What there is to do while the input pauses: until more comes, or all is answered."""
        while True:
            if self._next.lines and any(worker.batch is None for worker in self._workers):
                self._give()
            yield from self._finished()
            yield None
            if not self._under_way or self._collect(source):
                return

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()

    def _give(self) -> None:
        """Give the batch to an idle process; waits until there is one."""
        while (idle := next((worker for worker in self._workers if worker.batch is None), None)) is None:
            self._collect()
        batch, self._next = self._next, _Batch()
        self._under_way.append(batch)
        idle.give(batch)

    def _finished(self) -> Iterator[bytes]:
        while self._under_way and (answers := self._under_way[0].answers) is not None:
            self._under_way.popleft()
            yield from answers

    def _collect(self, *sources: int) -> bool:
        """Take answers of processes that are at work, waiting for one at least, or for input; True for input."""
        busy = [worker for worker in self._workers if worker.batch is not None]
        ready = wait([*(worker.way for worker in busy), *sources])
        for worker in busy:
            if worker.way in ready:
                worker.take()
        return any(source in ready for source in sources)

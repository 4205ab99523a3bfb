"""Calls something that may never come back, and comes back all the same.

In the main thread of a process, which is where a prefork worker works, an alarm breaks the call off: it ends loops,
waits and runaway patterns. Elsewhere the call runs in a thread of its own, which cannot be ended: it is left behind.
Code that holds the interpreter's lock and never lets go of it (a loop in C) is ended by neither, but by the queue's own
time limit, which replaces the process.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

_T = TypeVar("_T")

#: Until the call gives up the alarm rings again: code that swallows every exception swallows the first one.
_AGAIN_SECONDS = 0.25


class TimeUp(Exception):
    """The call took too long. `thread`: where it still runs; None where it was ended."""

    def __init__(self, thread: threading.Thread | None = None) -> None:
        super().__init__("it took too long")
        self.thread = thread


class _Ring(BaseException):
    """What the alarm raises within the call; no ``except Exception`` catches it."""


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """What `call` gives, or raises.

    Raises:
        TimeUp: it took longer than `seconds`.
    """
    if threading.current_thread() is threading.main_thread():
        return _by_alarm(seconds, call)
    return _by_thread(seconds, call)


def _by_alarm(seconds: float, call: Callable[[], _T]) -> _T:
    live = True

    def ring(_number: int, _frame: FrameType | None) -> None:
        if live:
            raise _Ring

    began = time.monotonic()
    handler = signal.signal(signal.SIGALRM, ring)
    former, _ = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        try:
            return call()
        finally:
            live = False
    except _Ring:
        raise TimeUp from None
    finally:
        live = False
        # An alarm that somebody else had set rings when it would have, or at once where that is over.
        left = max(former - (time.monotonic() - began), 0.001) if former else 0.0
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, left)


def _by_thread(seconds: float, call: Callable[[], _T]) -> _T:
    given: list[_T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(call())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="rasid-enricher", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeUp(thread)
    if raised:
        raise raised[0]
    return given[0]

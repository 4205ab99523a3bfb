"""What a server of the newsroom was asked for, and when: the witness of politeness."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise

_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `started` and `ended` are monotonic seconds, `wall_*` seconds since 1970.

    A request starts when its first line has been read and ends when the last piece of its answer is handed to the
    system: never later than the asker has it, so that one request after another never looks like two at once.
    `host` is the authority, name and port. `status` is 0 where the connection was cut on purpose.
    """

    outlet: str
    host: str
    method: str
    path: str
    status: int
    user_agent: str
    if_none_match: str | None
    if_modified_since: str | None
    started: float
    ended: float
    wall_started: float
    wall_ended: float
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Smallest distances in seconds between two requests in a row to one host.

    `end_to_start` is negative where they overlapped.
    """

    end_to_start: float
    start_to_start: float


class RequestLog:
    """Grows by one entry for each request; safe for threads; kept in memory until `clear`."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._requests: list[Request] = []
        self._open = 0

    def begin(self) -> None:
        """A request is being answered; `add` must follow."""
        with self._lock:
            self._open += 1

    def add(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)
            self._open = max(0, self._open - 1)
            self._lock.notify_all()

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def __len__(self) -> int:
        return len(self.requests())

    def __iter__(self) -> Iterator[Request]:
        return iter(self.requests())

    def requests(self, host: str | None = None, *, path: str | None = None) -> tuple[Request, ...]:
        """Requests in the order of their start; of one host (authority or outlet id) and path where these are given.

        Waits a moment for answers that are nearly out: their askers may have them already.
        """
        with self._lock:
            self._lock.wait_for(lambda: not self._open, timeout=_PATIENCE_SECONDS)
            found = list(self._requests)
        found = [r for r in found if host in (None, r.host, r.outlet) and path in (None, r.path)]
        return tuple(sorted(found, key=lambda r: r.started))

    def closest_gap(self, host: str) -> Gap | None:
        """The smallest gaps at one host (authority or outlet id); None for fewer than two requests."""
        found = self.requests(host)
        if len(found) < 2:
            return None
        starts = [later.started - earlier.started for earlier, later in pairwise(found)]
        ends, last_end = [], found[0].ended
        for request in found[1:]:
            ends.append(request.started - last_end)
            last_end = max(last_end, request.ended)
        return Gap(end_to_start=min(ends), start_to_start=min(starts))

    def overlaps(self, host: str) -> int:
        """How many requests to one host began before an earlier one had ended."""
        count, last_end = 0, float("-inf")
        for request in self.requests(host):
            count += request.started < last_end
            last_end = max(last_end, request.ended)
        return count

    def as_list(self) -> list[dict[str, object]]:
        """All requests as JSON-able dicts."""
        return [asdict(request) for request in self.requests()]

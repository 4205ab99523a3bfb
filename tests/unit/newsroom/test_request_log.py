"""The log: gaps and overlaps computed from starts and ends, and what a real request leaves in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rasid.newsroom import Newsroom, Request, RequestLog


def _request(started: float, ended: float, *, host: str = "h:1") -> Request:
    return Request("o", host, "GET", "/", 200, "", None, None, started, ended, started, ended)


def _log(*spans: tuple[float, float]) -> RequestLog:
    log = RequestLog()
    for started, ended in spans:
        log.add(_request(started, ended))
    return log


def test_gaps_are_the_smallest_ones() -> None:
    gap = _log((0.0, 0.5), (1.0, 1.2), (1.3, 2.0)).closest_gap("h:1")
    assert gap is not None
    assert gap.end_to_start == pytest.approx(0.1)
    assert gap.start_to_start == pytest.approx(0.3)


def test_entries_may_come_in_any_order() -> None:
    gap = _log((1.3, 2.0), (0.0, 0.5), (1.0, 1.2)).closest_gap("h:1")
    assert gap is not None
    assert gap.end_to_start == pytest.approx(0.1)


def test_an_overlap_is_a_negative_gap_and_is_counted() -> None:
    log = _log((0.0, 5.0), (1.0, 1.5), (2.0, 3.0), (6.0, 7.0))
    gap = log.closest_gap("o")
    assert log.overlaps("o") == 2
    assert gap is not None
    assert gap.end_to_start == pytest.approx(-4.0)


def test_one_request_has_no_gap_and_hosts_are_apart() -> None:
    log = _log((0.0, 1.0))
    log.add(_request(0.5, 0.6, host="h:2"))
    assert log.closest_gap("h:1") is None
    assert log.overlaps("h:2") == 0


def test_a_request_is_logged_as_it_was(small: Newsroom, ask: Callable[..., Any]) -> None:
    outlet = small.outlets[0]
    url = outlet.channels[0][1]
    etag = ask(url, headers={"User-Agent": "probe/1"}).headers["etag"]
    ask(url, headers={"If-None-Match": etag})
    first, second = small.log.requests(outlet.base_url.removeprefix("http://"))
    assert (first.path, first.status, first.user_agent, first.if_none_match) == ("/rss.xml", 200, "probe/1", None)
    assert (second.status, second.if_none_match) == (304, etag)
    assert first.started <= first.ended <= second.started
    assert first.sent > second.sent > 0
    assert small.overlaps(outlet.id) == 0

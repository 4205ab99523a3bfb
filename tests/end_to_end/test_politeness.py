"""How the newsroom was asked, by its own log: one at a time, at its pace, after robots.txt, and later when told so."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rasid.newsroom.outlets import BY_ID

from .conftest import ROOT, SETTINGS, Undisturbed, stack, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

#: What the two clocks' readings may differ by.
TOLERANCE_SECONDS = 0.02
DELAY = float(SETTINGS["RASID_HOST_DELAY"])


@pytest.fixture(scope="module")
def by_four(undisturbed: Undisturbed, module_base: Path) -> Iterator[Undisturbed]:
    """A run in which four fetch workers compete for the same ten hosts."""
    with stack(module_base / "four") as running:
        urls = {name: str(running.ready[name]) for name in ("broker_url", "database_url")}
        env = {**running.env, **{f"RASID_{name.upper()}": url for name, url in urls.items()}}
        command = [sys.executable, "-m", "workers.run", "worker", "--stages", "fetch,discover", "-c", "6"]
        extra = [
            subprocess.Popen([*command, "-n", f"fetch{n}"], cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
            for n in (2, 3, 4)
        ]
        try:
            workers = "SELECT count(*) FROM workers WHERE name LIKE 'fetch%'"
            until(lambda: running.count(workers) == 4, "all four fetch workers are up")
            running.watch()
            running.finish()
            requests = running.newsroom.log.requests()
            asked = running.count("SELECT count(DISTINCT worker) FROM crumbs WHERE stage IN ('fetch', 'discover')")
            assert asked > 1, "several workers took part"
            assert running.articles() == undisturbed.articles
        finally:
            for child in extra:
                child.terminate()
            for child in extra:
                child.wait(60)
        yield Undisturbed(running.articles(), requests, running.newsroom.truth().urls)


@pytest.fixture(params=["one fetch worker", "four fetch workers"])
def run(request: pytest.FixtureRequest) -> Undisturbed:
    """A run to its end, by one fetch worker or by four."""
    found: Undisturbed = request.getfixturevalue("undisturbed" if "one" in request.param else "by_four")
    return found


def _by_host(run: Undisturbed) -> dict[str, list[Any]]:
    """Requests in the order of their start, by outlet."""
    found: dict[str, list[Any]] = defaultdict(list)
    for request in run.requests:
        found[request.outlet].append(request)
    assert set(found) == set(BY_ID), "every outlet was asked"
    assert min(map(len, found.values())) > 4
    return found


def test_no_two_requests_to_a_host_are_closer_than_its_delay(run: Undisturbed) -> None:
    for outlet, requests in _by_host(run).items():
        delay = max(DELAY, BY_ID[outlet].delay_seconds or 0.0)
        for earlier, later in pairwise(requests):
            gap = later.started - earlier.ended
            assert gap >= delay - TOLERANCE_SECONDS, f"{outlet}: {earlier.path} and {later.path} {gap:.3f} s apart"


def test_robots_txt_comes_first_and_is_obeyed(run: Undisturbed) -> None:
    for requests in _by_host(run).values():
        assert requests[0].path == "/robots.txt"
        answered = next(i for i, one in enumerate(requests) if one.path == "/robots.txt" and one.status < 500)
        assert {one.path for one in requests[:answered]} <= {"/robots.txt"}, "a broken robots.txt lets nothing through"
    refused = {url for url, one in run.truth.items() if one.what == "refused_by_robots"}
    asked = {f"http://{one.host}{one.path}" for one in run.requests}
    assert refused
    assert not refused & asked


def test_retry_after_is_obeyed_for_the_whole_host(run: Undisturbed) -> None:
    busy = [(one, i) for one, i in _indexed(run) if one.status == 503]
    assert busy, "one page of the newsroom is busy at first"
    for one, i in busy:
        after = _by_host(run)[one.outlet][i + 1]
        assert after.started - one.ended >= 2.0 - TOLERANCE_SECONDS
        assert any(later.path == one.path and later.status == 200 for later in _by_host(run)[one.outlet][i:])


def _indexed(run: Undisturbed) -> list[tuple[Any, int]]:
    return [(one, i) for requests in _by_host(run).values() for i, one in enumerate(requests)]


def test_no_page_is_asked_for_again_without_need(run: Undisturbed) -> None:
    # A redirect may lead to a page that was read by its own address before.
    moved_to = {one.target for one in run.truth.values() if one.target}
    good: dict[str, int] = defaultdict(int)
    for one in run.requests:
        good[f"http://{one.host}{one.path}"] += one.status == 200
    assert {url for url, n in good.items() if n > 1} <= moved_to
    assert max(good.values()) <= 2


def test_every_request_says_who_asks(run: Undisturbed) -> None:
    for one in run.requests:
        assert one.user_agent.lower().startswith("rasid"), one.user_agent
        assert one.method == "GET"
        assert not urlsplit(one.path).fragment

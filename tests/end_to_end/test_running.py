"""A running stack and the programs around it: clients, plain Celery, and Flower."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery

import rasid

from .conftest import ROOT, Stack, assert_all_gone, free_port, stack, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def running(module_base: Path) -> Iterator[Stack]:
    """A stack that watches nothing: all it reads is what the tests submit."""
    with stack(module_base / "home", RASID_FLOWER_PASSWORD="a word:of our own") as found:
        yield found
    assert_all_gone(module_base)


@pytest.fixture
def client(running: Stack) -> rasid.Client:
    """Knows the broker's address and nothing else."""
    return rasid.Client(str(running.ready["broker_url"]))


def _articles(running: Stack, outlet: str) -> list[Any]:
    found = [one for one in running.newsroom.truth().articles if one.outlet == outlet and not one.fault]
    assert found
    return found


def test_a_submitted_article_can_be_followed_to_its_end(running: Stack, client: rasid.Client) -> None:
    wanted = _articles(running, "shahba")[0]
    states = [step.state for step in client.submit(wanted.url).updates(timeout_seconds=60, poll_seconds=0.02)]
    assert states[-1] == "done"
    end = client.submit(wanted.url + "?utm_source=again").wait(timeout_seconds=60)
    assert end.state == "done"
    assert running.column(f"SELECT title FROM articles WHERE id = {end.article_id}") == [wanted.title]
    assert end.group_id is not None
    assert end.story_id is not None
    assert running.count("SELECT count(*) FROM articles") == 1


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/news", "http://127.0.0.1:9/news", "ftp://example.org/news", "http://[::1]/", "http://"]
)
def test_what_may_not_be_fetched_is_refused(running: Stack, client: rasid.Client, url: str) -> None:
    end = client.submit(url).wait(timeout_seconds=60)
    assert (end.state, end.article_id) == ("refused", None)
    assert end.code


def test_a_page_that_is_gone_says_so(running: Stack, client: rasid.Client) -> None:
    base = next(one.base_url for one in running.newsroom.outlets if one.id == "beirut")
    end = client.submit(f"{base}/أخبار/لا-شيء").wait(timeout_seconds=60)
    assert (end.state, end.code, end.article_id) == ("gone", "http_404", None)


def test_many_at_once_each_have_a_receipt(running: Stack, client: rasid.Client) -> None:
    wanted = [one.url for one in _articles(running, "difaf")[:3]]
    receipts = client.submit_many([*wanted, "http://192.168.1.1/", wanted[0]])
    ends = [receipt.wait(timeout_seconds=90) for receipt in receipts]
    assert [end.state for end in ends] == ["done", "done", "done", "refused", "done"]
    assert ends[0].article_id == ends[4].article_id
    assert len({end.article_id for end in ends}) == 4


def test_plain_celery_submits_by_name(running: Stack, client: rasid.Client) -> None:
    wanted, receipt = _articles(running, "khabur")[0], uuid4()
    app = Celery("another program", broker=str(running.ready["broker_url"]), set_as_current=False)
    payload = {"v": 1, "urls": [wanted.url, "http://10.0.0.1/"], "receipts": [str(receipt), str(uuid4())]}
    app.send_task("rasid.submit", args=[payload], queue="submit")
    end = client.receipt(receipt).wait(timeout_seconds=60)
    assert end.state == "done"
    assert running.column(f"SELECT title FROM articles WHERE id = {end.article_id}") == [wanted.title]
    assert client.receipt(payload["receipts"][1]).wait(timeout_seconds=60).state == "refused"


def test_a_message_of_another_shape_harms_nothing(running: Stack, client: rasid.Client) -> None:
    app = Celery("a careless program", broker=str(running.ready["broker_url"]), set_as_current=False)
    for args in ([], ["https://example.org/"], [{"v": 99, "urls": ["https://example.org/"]}], [{}, {}], [None]):
        app.send_task("rasid.submit", args=args, queue="submit")
        app.send_task("rasid.parse", args=args, queue="parse")
    wanted = _articles(running, "mizan")[0]
    assert client.submit(wanted.url).wait(timeout_seconds=60).state == "done"
    assert running.count("SELECT count(*) FROM links WHERE url LIKE '%example.org%'") == 0


def test_flower_shows_tasks_behind_its_login(running: Stack, client: rasid.Client) -> None:
    port = free_port()
    env = {**running.env, **{f"RASID_{n.upper()}": str(running.ready[n]) for n in ("broker_url", "database_url")}}
    command = [sys.executable, "-m", "workers.run", "flower", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as flower:
        try:
            until(lambda: _ask(port, "/", None) or flower.poll() is not None, "Flower answers")
            assert flower.poll() is None
            for login in (None, "rasid:wrong", "rasid:"):
                for path in ("/", "/tasks", "/api/tasks", "/api/workers"):
                    assert _ask(port, path, login)[0] == 401, (path, login)
            until(lambda: len(_json(port, "/api/workers")) >= 3, "Flower knows the workers")
            wanted = _articles(running, "courrier")[0]
            assert client.submit(wanted.url).wait(timeout_seconds=60).state == "done"
            names = {"rasid.submit", *(f"rasid.{stage}" for stage in ("fetch", "parse", "dedupe", "enrich", "cluster"))}
            until(lambda: names <= {task["name"] for task in _tasks(port)}, "Flower shows every stage")
            shown = {task["name"]: task["args"] for task in _tasks(port) if task["args"]}
            assert shown["rasid.submit"] == f"({wanted.url})"
            assert shown["rasid.parse"].startswith("(1 links: ")
            assert _ask(port, "/tasks", LOGIN)[0] == 200
        finally:
            flower.terminate()


LOGIN = "rasid:a word:of our own"


def _ask(port: int, path: str, login: str | None) -> tuple[int, bytes] | None:
    """Status and body; None while nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if login is not None:
        request.add_header("Authorization", "Basic " + b64encode(login.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None


def _json(port: int, path: str) -> Any:
    answer = _ask(port, path, LOGIN)
    assert answer is not None
    assert answer[0] == 200, answer
    return json.loads(answer[1])


def _tasks(port: int) -> list[dict[str, Any]]:
    return list(_json(port, "/api/tasks").values())


def test_beat_does_not_log_every_tick(running: Stack) -> None:
    log = running.home / "logs" / "beat.log"
    ticked = "SELECT count(*) FROM workers WHERE name LIKE 'control@%' AND tick_at > started_at"
    until(lambda: running.count(ticked) == 1, "the clockwork runs")
    assert "Sending due task" not in log.read_text("utf-8")

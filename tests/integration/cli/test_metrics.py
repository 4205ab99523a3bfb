"""Metrics from a real database, printed and served."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from rasid import rounds
from rasid.observe.metrics import METRICS
from rasid.store.engine import transaction


def numbers(told: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, in the alphabetical order of those."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }


@pytest.fixture
def judged(filled: Any, engine: Engine) -> None:
    rounds.run(engine)
    with transaction(engine) as conn:
        conn.execute(text("INSERT INTO tallies (stage, outcome, n) VALUES ('fetch', 'done', 5), ('fetch', 'done', 2)"))
        conn.execute(text("INSERT INTO workers (name, pid, queues) VALUES ('control@here', 1, '{control}')"))
        conn.execute(text("INSERT INTO rollups VALUES ('outlet_hours', now()) ON CONFLICT DO NOTHING"))


def test_the_numbers_of_the_database_come_out(cli: Any, judged: None) -> None:
    found = numbers(cli("metrics").out)
    assert found["rasid_database_up",] == 1
    assert found["rasid_broker_up",] == 0, "no broker runs in this home"
    assert found["rasid_links_total", "", "done", "fetch"] == 7
    assert found["rasid_outlets", "learning"] == 2
    assert found["rasid_outlet_state", "sada", "learning"] == 1
    assert found["rasid_outlet_state", "sada", "quiet"] == 0
    assert found["rasid_channels", "never_visited"] == 1
    assert found["rasid_outlet_filled_ratio", "author", "sada"] == 1
    assert found["rasid_outlet_last_article_timestamp_seconds", "sada"] == pytest.approx(1740816000)
    assert ("rasid_worker_silent_seconds", "control@here") in found
    assert {name for name, *_ in found} <= {metric.name for metric in METRICS}


def test_fingerprints_of_an_earlier_version_are_counted(cli: Any, judged: None, engine: Engine) -> None:
    before = numbers(cli("metrics").out)
    assert before["rasid_fingerprints_outdated",] == 0
    with transaction(engine) as conn:
        conn.execute(text("CREATE TABLE fingerprints_of_now PARTITION OF fingerprints DEFAULT"))
        conn.execute(
            text(
                "INSERT INTO fingerprints (article_id, version, exact, data, bands, seen_at) "
                "SELECT id, 1, '', '', '{}', now() FROM articles LIMIT 1"
            )
        )
    found = numbers(cli("metrics").out)
    assert found["rasid_fingerprints_outdated",] == 1
    assert found["rasid_fingerprints",] >= 1


def test_for_programs_each_sample_is_a_line(cli: Any, judged: None) -> None:
    lines = cli("metrics", "--json").lines
    assert {"name": "rasid_outlets", "labels": {"state": "learning"}, "value": 2.0} in lines


def test_an_empty_database_gives_its_zeros(cli: Any, engine: Engine) -> None:
    found = numbers(cli("metrics").out)
    assert found["rasid_links_waiting", "fresh", "fetch"] == 0
    assert found["rasid_outlets", "as_expected"] == 0
    assert found["rasid_channel_delay_seconds",] == 0


def test_they_are_served_over_http_until_a_signal(database_url: str, judged: None, tmp_path: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "RASID_DATABASE_URL": database_url, "RASID_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "rasid", "metrics", "--serve", "--port", str(port)]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        assert served.stderr.readline() == f"metrics: http://127.0.0.1:{port}/metrics\n"
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            found = numbers(answer.read().decode())
        assert found["rasid_outlets", "learning"] == 2
        taken = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        served.send_signal(signal.SIGTERM)
    assert served.returncode == 0
    assert taken.returncode == 2
    assert f"cannot listen on port {port}" in taken.stderr


def test_a_database_that_goes_away_is_a_number_too(cli: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from rasid.cli import metrics
    from rasid.context import Context
    from rasid.settings import load

    context = Context(load(), "postgresql://nobody@127.0.0.1:9/none")
    found = {family.name: family.samples[0].value for family in metrics.make_registry(context).collect()}
    assert found == {"rasid_build_info": 1.0, "rasid_database_up": 0.0, "rasid_broker_up": 0.0}


def test_one_scrape_serves_many(cli: Any, engine: Engine) -> None:
    from rasid.cli.metrics import _Collector

    asked = []
    collector = _Collector(lambda: asked.append(1) or {"rasid_broker_up": [((), 1.0)]})
    for _ in range(5):
        assert len(list(collector.collect())) == 1
    assert asked == [1]

"""Every metric is told in the docs, named as Prometheus asks, and comes out as Prometheus reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from rasid.observe.metrics import METRICS, Rows, families

DOCS = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


class Fixed:
    """A collector of rows that stand fast."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def collect(self) -> object:
        return families(self.rows)


def test_the_docs_tell_every_metric_with_its_labels_and_no_other() -> None:
    told = re.findall(r"^\| `(rasid_\w+)` \| ([^|]*) \| (.*) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    labels = {name: tuple(re.findall(r"`(\w+)`", cell)) for name, cell, _ in told}
    assert labels == {metric.name: metric.labels for metric in METRICS}
    assert {name: meaning for name, _, meaning in told} == {metric.name: metric.help for metric in METRICS}


@pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.name)
def test_names_follow_the_conventions(metric: object) -> None:
    name = metric.name  # type: ignore[attr-defined]
    assert re.fullmatch(r"rasid_[a-z]+(_[a-z]+)*", name)
    assert name.endswith("_total") == metric.counter  # type: ignore[attr-defined]
    assert not re.search(r"_(ms|minutes|hours|percent|count|sum|bucket)$", name), "base units, and no reserved ends"


def test_what_comes_out_can_be_read_whatever_stands_in_a_label() -> None:
    code = 'a "quoted"\nline \\ of خبر'
    registry = CollectorRegistry()
    registry.register(Fixed({"rasid_links_total": [(("parse", "parked", code), 3.0)], "rasid_broker_up": [((), 1.0)]}))
    read = {one.name: one for one in text_string_to_metric_families(generate_latest(registry).decode())}
    (sample,) = read["rasid_links"].samples
    assert (sample.name, sample.labels["code"], sample.value) == ("rasid_links_total", code, 3.0)
    assert read["rasid_broker_up"].samples[0].value == 1.0


def test_a_number_without_a_told_metric_is_refused() -> None:
    with pytest.raises(KeyError, match="rasid_nothing"):
        list(families({"rasid_nothing": [((), 1.0)]}))

"""The metrics that rasid gives to Prometheus: their names, labels and meaning, and how numbers become them. Pure.

Numbers come from the database's tallies and from queues, read at the moment of the scrape: workers count nothing in
memory, so that any number of processes on any number of machines add up, and none of them need be reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

#: Values of the labels, in the order of the metric's, and the number.
Row: TypeAlias = tuple[tuple[str, ...], float]
#: Rows by the name of the metric.
Rows: TypeAlias = Mapping[str, Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. A counter only grows, save when the database is made anew; its name ends in ``_total``."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    counter: bool = False


METRICS = (
    Metric("rasid_build_info", "Always 1; the version is a label.", ("version",)),
    Metric("rasid_database_up", "Whether the database answers: 1 or 0. At 0 there are no other numbers from it."),
    Metric("rasid_broker_up", "Whether the broker answers: 1 or 0."),
    Metric(
        "rasid_links_total",
        "Items that left a stage, by outcome and code; for discover, visits of channels.",
        ("stage", "outcome", "code"),
        counter=True,
    ),
    Metric("rasid_links_waiting", "Links that wait for a stage, by lane.", ("stage", "lane")),
    Metric("rasid_links_oldest_seconds", "How long the oldest fresh link that is due has waited.", ("stage",)),
    Metric("rasid_links_parked", "Links that wait for an operator, by code.", ("code",)),
    Metric("rasid_queue_messages", "Messages that wait in a queue of the broker.", ("queue",)),
    Metric("rasid_channels", "Channels by how their last visit went: ok, failing, empty, never_visited.", ("state",)),
    Metric("rasid_channel_delay_seconds", "By how much the visit of the most overdue channel is late."),
    Metric(
        "rasid_websub_pushes_total",
        "What hubs pushed: accepted (polled: only as a sign that there is news) or refused, and why.",
        ("outcome", "reason"),
        counter=True,
    ),
    Metric(
        "rasid_websub_subscriptions",
        "Subscriptions at hubs by state: announced, asked, verified, refused, lapsed, leaving.",
        ("state",),
    ),
    Metric(
        "rasid_enricher_articles_total",
        "Articles that an enricher was asked for: done, other_language, unmet, failed, timeout, away, open.",
        ("enricher", "outcome"),
        counter=True,
    ),
    Metric(
        "rasid_enricher_dropped_total",
        "Annotations that were not kept, since their span or values cannot be.",
        ("enricher",),
        counter=True,
    ),
    Metric(
        "rasid_enricher_waiting",
        "Articles that wait for an enricher, since it is slow (later) or was not heard (why), or that were given up.",
        ("enricher", "code"),
    ),
    Metric(
        "rasid_enricher_spent_total",
        "What remote enrichers spent of their budgets: tokens (rasid-llm), requests (rasid-bot).",
        ("enricher",),
        counter=True,
    ),
    Metric("rasid_enricher_seconds_total", "Time that an enricher took.", ("enricher",), counter=True),
    Metric("rasid_hosts", "Hosts that are blocked for a while, or asked just now.", ("state",)),
    Metric("rasid_deliveries", "Alerts by state: waiting, sent, parked, dropped.", ("state",)),
    Metric(
        "rasid_worker_silent_seconds", "Seconds since a worker last took a message from its own queue.", ("worker",)
    ),
    Metric("rasid_outlets", "Outlets by state.", ("state",)),
    Metric("rasid_outlet_state", "1 for the state that an outlet is in, 0 for all others.", ("outlet", "state")),
    Metric("rasid_outlet_expected_links", "New links expected of an outlet in the last 24 hours.", ("outlet",)),
    Metric("rasid_outlet_seen_links", "New links that its channels named in the last 24 hours.", ("outlet",)),
    Metric("rasid_outlet_expected_articles", "Articles expected of an outlet in the last 24 hours.", ("outlet",)),
    Metric("rasid_outlet_seen_articles", "Articles that came of an outlet in the last 24 hours.", ("outlet",)),
    Metric(
        "rasid_outlet_blocked_ratio", "Part of its pages of 24 hours behind a wall, a login or a price.", ("outlet",)
    ),
    Metric(
        "rasid_outlet_filled_ratio",
        "Part of its last articles with a title (not just <title>), a date, an author; read: of its pages.",
        ("outlet", "field"),
    ),
    Metric("rasid_outlet_text_characters", "Median length of its last articles.", ("outlet",)),
    Metric(
        "rasid_outlet_delay_seconds",
        "Time that its last 200 articles took for a step: found after publication, fetched, parsed, done, all.",
        ("outlet", "step", "quantile"),
    ),
    Metric("rasid_outlet_last_article_timestamp_seconds", "When its newest article was first seen.", ("outlet",)),
    Metric(
        "rasid_rounds_behind_seconds",
        "How far the counting behind the outlets' states lags behind the clock; two minutes are usual.",
    ),
    Metric("rasid_fingerprints", "Fingerprints by which copies are found, about."),
    Metric(
        "rasid_fingerprints_outdated",
        "Fingerprints of an earlier version, which find no copies until they are made anew in the background.",
    ),
)


def families(rows: Rows) -> Iterator[Family]:
    """Every metric that has rows, in the order of `METRICS`.

    Raises:
        KeyError: rows of a metric that is not told in `METRICS`.
    """
    unknown = set(rows) - {metric.name for metric in METRICS}
    if unknown:
        raise KeyError(f"no such metric: {', '.join(sorted(unknown))}")
    for metric in METRICS:
        if metric.name in rows:
            kind = CounterMetricFamily if metric.counter else GaugeMetricFamily
            family = kind(metric.name, metric.help, labels=metric.labels)
            for labels, value in rows[metric.name]:
                family.add_metric(labels, value)
            yield family

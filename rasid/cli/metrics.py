"""``rasid metrics``: numbers for Prometheus, once on stdout or served over HTTP."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric as Family

    from rasid.context import Context

#: Where no setting names a port: the one that exporters of OpenTelemetry use.
DEFAULT_PORT = 9464
#: Scrapes within so many seconds get the same answer: however many ask, the database is read so often.
_CACHE_SECONDS = 10.0


def register(app: typer.Typer) -> None:
    app.command(
        "metrics",
        epilog=example("rasid metrics", "rasid metrics --serve --port 9464", "curl -s localhost:9464/metrics"),
    )(metrics)


def metrics(
    serve: Annotated[bool, typer.Option("--serve", help="Serve them over HTTP until a signal comes.")] = False,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")] = None,
    address: Annotated[str, typer.Option("--address", help="Address to listen on.")] = "127.0.0.1",
    as_json: Json = False,
) -> None:
    """Print the metrics in Prometheus's text format, or serve them.

    Numbers come from the database and the broker at the moment they are asked for, so that one process speaks for all
    workers. docs/metrics.md tells each.
    """
    from rasid.cli.output import print_lines
    from rasid.cli.session import database

    with database() as context:
        registry = make_registry(context)
        if serve:
            _serve(registry, port or context.settings.metrics_port or DEFAULT_PORT, address)
            return
        if as_json:
            print_lines(_samples(registry))
            return
        from prometheus_client import generate_latest

        typer.echo(generate_latest(registry).decode(), nl=False)


def _samples(registry: CollectorRegistry) -> Iterator[dict[str, Any]]:
    for family in registry.collect():
        for sample in family.samples:
            yield {"name": sample.name, "labels": sample.labels, "value": sample.value}


def make_registry(context: Context) -> CollectorRegistry:
    """A registry that asks the database and the broker when it is asked."""
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    # Nothing is asked for its description: that would be a scrape.
    registry.register(_Collector(lambda: _gather(context)))
    return registry


class _Collector:
    """See `prometheus_client.registry.Collector`."""

    def __init__(self, gather: Callable[[], dict[str, Any]]) -> None:
        self._gather = gather
        self._lock = threading.Lock()
        self._kept: dict[str, Any] = {}
        self._until = 0.0

    def describe(self) -> list[Family]:
        return []

    def collect(self) -> Iterator[Family]:
        from rasid.observe.metrics import families

        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = self._gather()
                self._until = time.monotonic() + _CACHE_SECONDS
            rows = self._kept
        yield from families(rows)


def _gather(context: Context) -> dict[str, Any]:
    """Every row; what does not answer is told by its own metric and leaves the others standing."""
    from rasid import __version__

    return {"rasid_build_info": [((__version__,), 1.0)], **_from_database(context), **_from_broker(context)}


def _from_database(context: Context) -> dict[str, Any]:
    from rasid.dedupe.fingerprint import VERSION
    from rasid.store import gauges
    from rasid.store.engine import transaction

    try:
        with transaction(context.engine) as conn:
            return {"rasid_database_up": [((), 1.0)], **gauges.read(conn, fingerprints=VERSION)}
    except RasidError:
        return {"rasid_database_up": [((), 0.0)]}


def _from_broker(context: Context) -> dict[str, Any]:
    from rasid.cli.probe import queue_depths

    try:
        depths = queue_depths(context.settings)
    except RasidError:
        return {"rasid_broker_up": [((), 0.0)]}
    return {
        "rasid_broker_up": [((), 1.0)],
        "rasid_queue_messages": [((queue,), float(n)) for queue, n in depths.items()],
    }


def _serve(registry: CollectorRegistry, port: int, address: str) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        UsageError: the port is taken, or the address is none of ours.
    """
    from prometheus_client import start_http_server

    from rasid.cli.output import say

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server, thread = start_http_server(port, addr=address, registry=registry)
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port} of {address} ({error.strerror or error}): choose another with --port or "
            "RASID_METRICS_PORT"
        ) from error
    say(f"metrics: http://{address}:{port}/metrics")
    # In turns: a wait without an end would not let a signal's handler run on every platform.
    while not stop.wait(1.0):
        pass
    server.shutdown()
    server.server_close()
    thread.join()

"""``python -m rasid.newsroom``: runs a newsroom, or a tar of saved pages, in the foreground until it is told to stop.

It writes what it serves to a state file when it is ready, answers questions on a control port, and ends on SIGTERM,
on SIGINT, or when the process that started it is gone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rasid.errors import RasidError, UsageError
from rasid.newsroom.pages import SavedPages
from rasid.newsroom.room import Newsroom

_PARENT_SECONDS = 0.1
Served = Newsroom | SavedPages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop. Returns 0 after a clean stop, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    parent = os.getppid()
    # A bare list: a handler that wanted an Event's lock could meet this very thread holding it.
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda which, _: told.append(which))
    try:
        served = _make(options)
        with served, _Control(served, port=options.control_port) as control:
            state = _state(served, control)
            if options.state:
                write_atomically(Path(options.state), state)
            print(f"newsroom: {len(served.outlets)} outlets, control {control.base_url}", file=sys.stderr, flush=True)
            while not told and os.getppid() == parent:
                time.sleep(_PARENT_SECONDS)
    except RasidError as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rasid.newsroom", description="Run the sample newsroom.")
    parser.add_argument("--seed", type=int, default=1, help="same seed and time, same newsroom (default 1)")
    parser.add_argument("--now", help="the time in the newsroom, RFC 3339 with an offset (default: the clock)")
    parser.add_argument("--articles", type=int, default=340, help="60 to 600 (default 340)")
    parser.add_argument("--first-port", type=int, help="first of ten ports in a row (default: any free ones)")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control server (default: any)")
    parser.add_argument("--state", help="file to write outlets, ports and truth to, as JSON, when ready")
    parser.add_argument("--pages", help="serve this tar of saved pages instead of the newsroom")
    parser.add_argument("--map", help="with --pages: JSON object of name and original URL")
    return parser


def _make(options: argparse.Namespace) -> Served:
    if options.pages:
        return SavedPages(options.pages, options.map, port=options.first_port or 0, now=_time(options.now))
    if options.map:
        raise UsageError("--map needs --pages")
    return Newsroom(options.seed, _time(options.now), options.articles, first_port=options.first_port)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--now {text}: write it as 2021-01-19T11:17:00+02:00") from error
    if value.tzinfo is None:
        raise UsageError(f"--now {text} has no offset: write it as 2021-01-19T11:17:00+02:00")
    return value


def _state(served: Served, control: _Control) -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "control": control.base_url,
        "now": served.now.isoformat(),
        "ports": dict(served.ports),
        "outlets": [asdict(outlet) for outlet in served.outlets],
        "truth": served.truth().as_dict(),
    }


def write_atomically(path: Path, content: dict[str, object]) -> None:
    """Write JSON beside `path`, then put it in its place. Raises UsageError where the folder cannot be written to."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from error


class _Control:
    """A port of its own for questions about the newsroom: the log, the truth, and letting time pass."""

    def __init__(self, served: Served, *, port: int) -> None:
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(served))
        except OSError as error:
            raise UsageError(f"control port {port} cannot be used ({error.strerror})") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> _Control:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    answers: dict[tuple[str, str], Callable[[], object]] = {
        ("GET", "/__newsroom__/log"): served.log.as_list,
        ("GET", "/__newsroom__/truth"): lambda: served.truth().as_dict(),
        ("GET", "/__newsroom__/gaps"): lambda: _gaps(served),
        ("POST", "/__newsroom__/advance"): lambda: served.advance().as_dict(),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            make = answers.get((self.command, urlsplit(self.path).path))
            body = json.dumps(make() if make else {"error": "not here"}, ensure_ascii=False).encode()
            self.send_response(200 if make else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the log of the newsroom is about its outlets."""

    return Handler


def _gaps(served: Served) -> dict[str, object]:
    """For each outlet: requests, overlaps, and the closest gap in seconds (None for fewer than two requests)."""
    found: dict[str, object] = {}
    for outlet in served.outlets:
        gap = served.closest_gap(outlet.id)
        found[outlet.id] = {
            "requests": len(served.log.requests(outlet.id)),
            "overlaps": served.overlaps(outlet.id),
            "closest": asdict(gap) if gap else None,
        }
    return found


if __name__ == "__main__":
    sys.exit(main())

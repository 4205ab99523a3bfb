"""One logging set-up for rasid and every library: lines for people on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at the moment: who runs commands within a program may put another in its place."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def set_up(*, level: str = "INFO", form: str = "auto") -> None:
    """Send all logs to stderr.

    Args:
        form: ``console``, ``json``, or ``auto``: console where stderr is a terminal.
    """
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_lines = structlog.processors.JSONRenderer(ensure_ascii=False)
    # Without the values of variables, among which keys and passwords could be.
    traces = structlog.dev.RichTracebackFormatter(show_locals=False)
    renderer: Any = as_lines if as_json else structlog.dev.ConsoleRenderer(exception_formatter=traces)
    endings = [structlog.processors.format_exc_info] if as_json else []
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *endings, renderer],
    )
    handler = _ToStderr()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These tell each message and each connection at INFO: noise at a thousand articles a minute.
    for name in ("celery.app.trace", "celery.worker.strategy", "urllib3", "trafilatura", "htmldate", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

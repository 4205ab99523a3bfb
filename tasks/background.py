"""`rasid.background`: counts how common words are in what this crawl brings; see `rasid.enrich.learn`."""

from __future__ import annotations

import time

import structlog

from rasid import contract
from rasid.enrich import learn
from tasks.base import plain_task, process

log = structlog.get_logger()

#: No other language is begun after so many seconds: articles wait for this worker too.
_SECONDS = 30.0


@plain_task(contract.TASK_BACKGROUND)
def background() -> dict[str, int]:
    """Count the languages that are due, one after another."""
    context = process().context
    counted: dict[str, int] = {}
    if not context.settings.background_texts:
        return counted
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and (language := learn.due(context)) is not None:
        done = learn.learn(context, language)
        log.info("background.counted", language=language, texts=done.texts, version=done.version)
        counted[language] = done.texts
    return counted

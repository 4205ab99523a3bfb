"""What waits for an enricher: the slow ones are asked behind fresh news, and those that failed are asked again.

The stage notes it (`rasid.store.pending`), upkeep sends a message when no fresh news waits, and this is its work.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from rasid.context import Context
from rasid.enrich.interface import Enricher
from rasid.enrich.registry import with_needs
from rasid.enrich.run import Heard, Runner
from rasid.enrich.stage import choice_of, doc_of, tallies
from rasid.store import annotations as marks
from rasid.store import articles, pending
from rasid.store.engine import transaction
from rasid.store.pending import Wait

#: One message works for so many seconds, about: fresh news that comes meanwhile waits no longer.
_SECONDS = 10.0
#: A slow enricher may take so many times as long for a batch as its cost says.
_SLACK = 6.0
#: An enricher is asked for one article so many times as often as a stage tries one: it may be away for hours.
_PATIENCE = 3


def run(context: Context, *, seconds: float = _SECONDS) -> Counter[str]:
    """Ask for what waits, until nothing is due or the time is over. Returns how many articles by what came of them."""
    ends = time.monotonic() + seconds
    heard: Counter[str] = Counter()
    usable = {one.name: one for one in choice_of(context).enrichers}
    while time.monotonic() < ends:
        with transaction(context.engine) as conn:
            names = pending.due(conn, list(usable))
        if not names:
            break
        for name in names:
            heard += _ask(context, usable[name], seconds)
    return heard


def _ask(context: Context, enricher: Enricher, seconds: float) -> Counter[str]:
    """One batch of one enricher."""
    most = int(max(1, min(context.settings.batch, seconds * 1000 / max(enricher.cost, 1))))
    with transaction(context.engine) as conn:
        waits = pending.take(
            conn,
            enricher.name,
            limit=most,
            seconds=context.settings.lease_seconds,
            most=_PATIENCE * context.settings.max_attempts,
        )
        found = articles.load(conn, list(waits))
    # A copy says what its first says; of an article that is deleted nothing waits.
    firsts = [one for one in found.values() if one.group_id in (None, one.id)]
    told = _runner(context, enricher).run([doc_of(one) for one in firsts])
    said = [
        marks.Said(article.id, article.version, by)
        for article, one in zip(firsts, told, strict=True)
        if (by := one.said_by(enricher.name))
    ]
    missed = {
        article.id: one.heard[enricher.name]
        for article, one in zip(firsts, told, strict=True)
        if not one.said_by(enricher.name)
    }
    with transaction(context.engine) as conn:
        written = marks.replace(conn, said)
        marks.count(conn, tallies(told, only=enricher.name))
        # What was not written has another text by now: the stage has seen, or will see, to it.
        done = written | (set(waits) - {article.id for article in firsts})
        pending.clear(conn, [(id, enricher.name) for id in done])
        pending.put(conn, _again(context, enricher.name, waits, missed))
    return Counter(one.heard[enricher.name].value for one in told)


def _runner(context: Context, enricher: Enricher) -> Runner:
    """What asks this enricher, and those whose words it needs."""
    s = context.settings
    there = choice_of(context).enrichers
    return context.keep(
        f"enrich.later.{enricher.name}",
        lambda: Runner(
            with_needs([enricher], there),
            seconds=_SECONDS * _SLACK,
            failures=s.enrich_failures,
            pause=s.enrich_pause_seconds,
        ),
    )


def _again(context: Context, name: str, waits: Mapping[int, int], missed: Mapping[int, Heard]) -> list[Wait]:
    """When to ask again. An enricher that answers nothing at all is away: that is not held against articles."""
    s = context.settings
    away = len(waits) > 1 and len(missed) == len(waits)
    again = []
    for id, heard in missed.items():
        if away or heard in (Heard.OPEN, Heard.AWAY):
            again.append(Wait(id, name, heard.value, s.enrich_pause_seconds, waits[id] - 1))
        else:
            pause = min(s.retry_base_seconds * 2.0 ** (waits[id] - 1), s.retry_ceiling_seconds)
            again.append(Wait(id, name, heard.value, pause, waits[id]))
    return again

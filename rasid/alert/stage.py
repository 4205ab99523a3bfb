"""Alert: which watches an article answers, and the sending of what follows. Copies are silent: their first speaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from rasid.alert import deliver, develop
from rasid.context import Context
from rasid.errors import ItemError, Park, Retry, UsageError
from rasid.model import Lane, Stage
from rasid.runner import Result, each
from rasid.store import annotations as marks
from rasid.store import articles, ledger, stories, topics, watches
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement
from rasid.text.queries import Query, asks_for_topic, match_doc, matches

log = structlog.get_logger()

#: Deliveries sent by one message, and how long one try may take.
_BATCH = 20
_LEASE_SECONDS = 120.0
#: Tries of one delivery before it is parked: with the back-off's pauses, about a day.
_MOST_TRIES = 30


@dataclass(frozen=True, slots=True)
class _Matched:
    article: articles.StoredArticle
    watches: tuple[watches.SavedWatch, ...]


class AlertStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.ALERT

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[_Matched] | None]:
        ids = [item.article_id for item in items if item.article_id is not None]
        with transaction(context.engine) as conn:
            saved = [(watch, query) for watch in watches.all_watches(conn) if (query := _query(watch)) is not None]
            found = articles.load(conn, ids) if saved else {}
            refs = marks.refs(conn, ids) if saved else {}
            named_topics = topics.names_of(conn, ids) if any(asks_for_topic(query) for _, query in saved) else {}

        def match(item: Claimed) -> _Matched | Settlement:
            article = found.get(item.article_id or 0)
            if article is None or not saved:
                return Settlement(item.id)
            if article.group_id not in (None, article.id):
                return Settlement(item.id, code="copy")
            named = refs.get(article.id, {})
            doc = match_doc(
                article.title,
                article.text,
                language=article.language,
                source=article.outlet_id,
                refs={*named.get("entity", ()), *named.get("place", ())},
                topics=named_topics.get(article.id, ()),
            )
            return _Matched(article, tuple(watch for watch, query in saved if matches(query, doc)))

        yield from each(items, match)

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, _Matched]]) -> list[Settlement]:
        now = datetime.now(UTC)
        ids = [m.article.story_id for _, m in done if m.watches and m.article.story_id is not None]
        said = stories.substance(conn, ids) if ids else {}
        told = watches.last_told(conn, ids) if ids else {}
        rows = []
        for _, matched in done:
            article = matched.article
            if article.story_id not in said:
                continue
            for watch in matched.watches:
                rows.append(_row(watch, article, said[article.story_id], told.get((watch.id, article.story_id)), now))
        quiet = {matched.article.id for item, matched in done if item.lane is Lane.BACKFILL}
        watches.match(conn, rows, quiet=quiet)
        return [
            Settlement(
                item.id, detail={"watches": [watch.name for watch in matched.watches]} if matched.watches else None
            )
            for item, matched in done
        ]


def _query(watch: watches.SavedWatch) -> Query | None:
    try:
        return Query.parse(watch.query)
    except UsageError as error:
        # It was checked when it was saved; one that a later version no longer understands must not stop the others.
        log.error("watch.unreadable", watch=watch.name, reason=str(error))
        return None


def _row(
    watch: watches.SavedWatch,
    article: articles.StoredArticle,
    said: stories.Substance,
    told: tuple[int, dict[str, Any] | None] | None,
    now: datetime,
) -> dict[str, Any]:
    """A match, and the alert that follows from it: the first on its story, or what is new since the last."""
    assert article.story_id is not None
    says: dict[str, Any] = {
        "voices": said.voices, "titles": said.titles, "places": said.places, "actors": said.actors
    }  # fmt: skip
    changed = None if told is None else develop.change(told[1], **says)
    part = 1 if told is None else told[0] + 1 if changed else None
    alert = deliver.Alert(
        watch=watch.name,
        query=watch.query,
        story=article.story_id,
        story_title=said.headline,
        article=article.id,
        url=article.url,
        title=article.title,
        matched_at=now,
        source=article.outlet_id,
        language=article.language,
        lead=article.text,
        published_at=article.published_at,
        voices=said.voices,
        part=part or 1,
        change=changed,
    )
    return {
        "watch_id": watch.id,
        "article_id": article.id,
        "story_id": article.story_id,
        "payload": deliver.payload(alert),
        "part": part,
        "told": develop.told(**says),
    }


def send_due(context: Context) -> dict[str, int]:
    """Send the deliveries that are due, one after the other; each is settled by itself.

    Each is taken when its turn comes: a slow receiver must not outlast the lease on those behind it.

    Returns:
        ``sent``, ``retry`` and ``parked``: counts.
    """
    counts: dict[str, int] = {}
    for _ in range(_BATCH):
        with transaction(context.engine) as conn:
            due = watches.claim_due(conn, limit=1, seconds=_LEASE_SECONDS)
        if not due:
            break
        outcome = _send_one(context, due[0])
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _send_one(context: Context, due: watches.DueDelivery) -> str:
    error: Exception | None = None
    try:
        _send(context, due)
    except (ItemError, UsageError, OSError) as problem:
        error = problem
    parked = isinstance(error, (Park, UsageError)) or due.attempts >= _MOST_TRIES
    after = ledger.back_off(due.attempts, context.policy)
    if isinstance(error, Retry) and error.after_seconds is not None:
        after = max(after, error.after_seconds)
    with transaction(context.engine) as conn:
        watches.settle(
            conn,
            due.id,
            sent=error is None,
            parked=error is not None and parked,
            after_seconds=after,
            code=getattr(error, "code", None if error is None else type(error).__name__),
            message=None if error is None else str(error)[:500],
        )
    return "sent" if error is None else "parked" if parked else "retry"


def _send(context: Context, due: watches.DueDelivery) -> None:
    match due.via:
        case "log":
            log.info("alert", delivery=due.id, **deliver.log_fields(due.payload))
        case "file":
            assert due.target is not None
            deliver.append_line(Path(due.target), due.payload)
        case _:
            secret = context.settings.webhook_secret
            request = deliver.webhook(
                due.target or "", due.payload, delivery=due.id, now=datetime.now(UTC), secret=secret
            )
            context.http.post(request.url, headers=request.headers, body=request.body)

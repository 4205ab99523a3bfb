"""Discover: channels to links. One thread and one turn a channel; what is found waits in the ledger for its grant."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from rasid import turn, urls
from rasid.context import Context
from rasid.discover import rhythm, websub
from rasid.discover.channel import read_channel
from rasid.discover.intake import Place, links_of, moments, published, store
from rasid.discover.rhythm import Terms
from rasid.discover.shapes import PageMemory, reckon
from rasid.discover.websub import Announced, Standing, announced
from rasid.errors import ItemError, Park, Retry
from rasid.http.walls import blocked, wall_instead
from rasid.model import FEEDS, Answer, ChannelKind, ChannelReading, Outcome, Stage
from rasid.observe.clocks import clock
from rasid.runner import bug
from rasid.settings import Settings
from rasid.store import hosts, learned, ledger, links, outlets, pages, subscriptions
from rasid.store.engine import transaction
from rasid.store.outlets import ClaimedChannel, Learned, NewChannel, Visit

log = structlog.get_logger()

#: Sitemaps of an index that are watched: those that changed lately. Archives are for an import, not for watching.
_SITEMAPS_LATEST = 30
_SITEMAP_AGE = timedelta(days=3)
#: One visit in so many asks without conditions, the second one first.
_VERIFY_EVERY = 12
#: How long a shared price is used: rhythms change within days.
_PRICE_SECONDS = 300.0
#: Hops over other hosts until a channel's answer.
_MOST_HOSTS = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a visit brought: links and further channels, and how the visit itself ended."""

    visit: Visit
    new: list[links.NewLink] = field(default_factory=list)
    channels: list[NewChannel] = field(default_factory=list)
    memory: PageMemory | None = None
    #: Whether a new body of a feed was read, and the hub that it or its headers name; None where they name none.
    fed: bool = False
    hub: Announced | None = None


def run(context: Context, ids: Sequence[int]) -> dict[str, int]:
    """Visit the channels of one message, side by side, and write down what they name.

    Returns:
        ``channels``, ``new`` (links) and ``again`` (known ones that changed): counts.
    """
    token = uuid4()
    with transaction(context.engine) as conn:
        channels = outlets.claim_channels(
            conn, ids, token=token, worker=context.worker, seconds=context.settings.lease_seconds
        )
    if not channels:
        return {}
    totals: Counter[str] = Counter()
    with ThreadPoolExecutor(min(len(channels), context.settings.fetch_threads), thread_name_prefix="discover") as pool:
        for seen, channel in pool.map(lambda channel: (_visit(context, channel), channel), channels):
            totals.update(_save_alone(context, channel, seen, token))
    return dict(totals)


def _save_alone(context: Context, channel: ClaimedChannel, seen: _Seen, token: UUID) -> dict[str, int]:
    """Save a visit. What the database refuses counts as this channel's failure and takes no other with it."""
    try:
        return _save(context, channel, seen, token)
    except DBAPIError as error:
        refusal = Park("unstorable", " ".join(str(error.orig).split())[:300])
        return _save(context, channel, _Seen(_failure(context, channel, refusal)), token)


def _save(context: Context, channel: ClaimedChannel, seen: _Seen, token: UUID) -> dict[str, int]:
    with transaction(context.engine) as conn:
        added = store(context, conn, seen.new, Place(channel.id, channel.outlet_id))
        outlets.add_channels(conn, channel.outlet_id, seen.channels, parent_id=channel.id)
        if seen.memory is not None:
            learned.keep(conn, channel.id, seen.memory.visits, seen.memory.seen)
        pushed = _pushed(context, conn, channel, seen, added)
        visit = _learn(context, conn, channel, replace(seen.visit, found=len(added.new)), seen, added, pushed=pushed)
        if not outlets.settle_channel(conn, visit, token=token):
            conn.rollback()
            return {}
        if visit.counts:
            outcome = Outcome.DONE if visit.ok else Outcome.RETRY
            ledger.count(conn, Stage.DISCOVER, Counter({(outcome, visit.code): 1}))
            ledger.channel_crumb(
                conn, channel.id, outcome, code=visit.code, message=visit.message, worker=context.worker,
                detail={"entries": len(seen.new), "new": len(added.new), "again": len(added.again)},
            )  # fmt: skip
    return {"channels": int(visit.counts), "new": len(added.new), "again": len(added.again)}


def _pushed(context: Context, conn: Connection, channel: ClaimedChannel, seen: _Seen, added: links.Added) -> bool:
    """Note the hub that a visit found, and judge the one that is known. Whether that one may be relied on."""
    if seen.fed:
        _note_hub(conn, channel, seen.hub)
    known = subscriptions.of_channel(conn, channel.id) if seen.visit.ok and seen.visit.counts else None
    if known is None or not known.live or known.verified_at is None or context.settings.web_url is None:
        return False
    before = Standing(known.trust, known.misses)
    missed = websub.missed(map(published, added.links), since=known.verified_at, now=datetime.now(UTC))
    after = before.polled(missed)
    if after != before:
        subscriptions.judge(conn, known.id, trust=after.trust, misses=after.misses)
    if missed and before.trusted:
        log.info("hub.missed", channel=channel.id, hub=known.hub, links=missed)
    return after.trusted


def _note_hub(conn: Connection, channel: ClaimedChannel, hub: Announced | None) -> None:
    if hub is None:
        subscriptions.withdraw(conn, channel.id)
    else:
        subscriptions.announce(conn, channel.id, hub.hubs, hub.topic)


def _learn(
    context: Context,
    conn: Connection,
    channel: ClaimedChannel,
    visit: Visit,
    seen: _Seen,
    added: links.Added,
    *,
    pushed: bool,
) -> Visit:
    """A good visit with the time of the next, by what this one taught. What an operator fixed stays as it is."""
    if not (visit.ok and visit.counts) or channel.interval_seconds is not None:
        return visit
    terms = context.keep("discover.market", lambda: _Market(context.settings)).terms(conn)
    now, zone = time.time(), clock(channel.time_zone)
    known = rhythm.unpack(channel.rhythm)
    rhythm.observe(known, now=now, times=moments(added.links), zone=zone, interval=terms.interval)
    found = rhythm.profile(known, zone=zone)
    shown = (len(seen.new) or channel.entries) if channel.kind in FEEDS else None
    plan = rhythm.plan(found, now=now, zone=zone, terms=terms, shown=shown)
    if pushed:
        plan = rhythm.rarely(found, plan, now=now, zone=zone, terms=terms, shown=shown, times=websub.RARER)
    return replace(
        visit,
        pause_seconds=plan.seconds * _spread(),
        why=plan.why,
        learned=Learned(rhythm.pack(known), found.mean, found.root, rhythm.own_price(found, terms.interval)),
    )


class _Market:
    """The terms of visits: what the settings say, and the price that all channels share, reckoned now and then."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._terms = Terms(
            price=float("inf"),
            interval=settings.discover_interval,
            floor=settings.discover_floor,
            ceiling=settings.discover_ceiling,
        )

    def terms(self, conn: Connection) -> Terms:
        """The terms of now."""
        with self._lock:
            if time.monotonic() >= self._until:
                known = outlets.prices(conn)
                price = rhythm.shared_price(known, self._terms) if known else float("inf")
                self._terms = replace(self._terms, price=price)
                # While nothing is known, patience alone decides; that shall not last.
                self._until = time.monotonic() + (_PRICE_SECONDS if len(known) > 1 else 0.0)
            return self._terms


def _spread() -> float:
    """Channels that were added together do not stay together."""
    return random.uniform(0.95, 1.05)


def _visit(context: Context, channel: ClaimedChannel) -> _Seen:
    try:
        answer = _get(context, channel)
        if isinstance(answer, float):
            return _Seen(Visit(channel.id, ok=False, pause_seconds=max(answer, 0.5), counts=False))
        return _read(context, channel, answer)
    except ItemError as error:
        if error.code == "proxy_failed":
            return _Seen(_held_up(context, channel, error))
        return _Seen(_failure(context, channel, error))
    except Exception as error:
        return _Seen(_failure(context, channel, bug(error)))


def _get(context: Context, channel: ClaimedChannel) -> Answer | float:
    """The channel's answer; a number of seconds where its host is not free."""
    url, host = channel.url, channel.host
    etag, last_modified = (None, None) if _asks_all(channel) else (channel.etag, channel.last_modified)
    for _ in range(_MOST_HOSTS):
        taken = turn.take(context, host, token=uuid4())
        if not isinstance(taken, turn.Turn):
            return taken
        with taken:
            answer = taken.get(url, etag=etag, last_modified=last_modified)
        target = turn.other_host(answer, host)
        if target is None:
            return answer
        url, host = target, urls.host(target)
        with transaction(context.engine) as conn:
            hosts.ensure(conn, [host])
    raise Retry("redirect_loop", f"redirected over {_MOST_HOSTS} hosts without arriving")


def _asks_all(channel: ClaimedChannel) -> bool:
    """Whether this visit asks without conditions: a 304 is believed only of those whose validators proved honest."""
    return channel.validator_lies or channel.afresh or channel.visits % _VERIFY_EVERY == 1


def _lies(channel: ClaimedChannel, answer: Answer, digest: bytes) -> bool | None:
    """Whether a channel changed under validators that say that it did not. None: nothing new is known."""
    if channel.body_hash in (None, digest):
        return None
    same_etag = channel.etag is not None and answer.headers.get("etag") == channel.etag
    same_time = channel.last_modified is not None and answer.headers.get("last-modified") == channel.last_modified
    return True if same_etag or (same_time and channel.etag is None) else None


def _read(context: Context, channel: ClaimedChannel, answer: Answer) -> _Seen:
    if answer.status == 304:
        return _Seen(_success(context, channel, answer, code="not_modified"))
    digest = pages.body_hash(answer.body)
    if digest == channel.body_hash:
        return _Seen(_success(context, channel, answer, code="not_modified"))
    memory = _memory(context, channel)
    reading = read_channel(
        answer.body,
        url=answer.url,
        content_type=answer.headers.get("content-type"),
        max_entries=context.settings.max_entries,
        memory=memory,
    )
    _refuse_wall(channel, answer, reading)
    if reading.kind is ChannelKind.UNKNOWN:
        raise Retry("not_a_channel", "neither a feed, nor a sitemap, nor a page with links")
    visit = _success(context, channel, answer, digest=digest, lies=_lies(channel, answer, digest))
    if reading.kind is ChannelKind.SITEMAPINDEX:
        return _Seen(visit, channels=_sitemaps(channel, reading))
    if reading.kind is ChannelKind.HTML and channel.kind != "section":
        raise Retry("not_a_feed", f"a web page came where a {channel.kind} should be")
    return _Seen(
        visit,
        new=links_of(reading),
        fed=channel.kind in FEEDS,
        hub=announced(answer, reading) if channel.kind in FEEDS else None,
        memory=memory.after(reading.seen) if memory is not None else None,
    )


def _refuse_wall(channel: ClaimedChannel, answer: Answer, reading: ChannelReading) -> None:
    """Raise Park ``blocked`` where a wall came with a success in place of what the channel is."""
    page = reading.kind in (ChannelKind.HTML, ChannelKind.UNKNOWN)
    wall = wall_instead(answer) if page and not (channel.kind == "section" and reading.entries) else None
    if wall is not None:
        raise blocked(wall, answer)


def _memory(context: Context, channel: ClaimedChannel) -> PageMemory | None:
    """What earlier visits taught of a section page; None for other channels, which name articles alone."""
    if channel.kind != "section":
        return None
    with transaction(context.engine) as conn:
        kept = learned.load(conn, channel.id)
        outcomes = learned.outcomes(conn, channel.outlet_id)
    return PageMemory(kept.visits, kept.seen, reckon(outcomes))


def _sitemaps(channel: ClaimedChannel, index: ChannelReading) -> list[NewChannel]:
    """The sitemaps of an index that are worth watching: those without a time, and the lately changed."""
    horizon = datetime.now(UTC) - _SITEMAP_AGE
    fresh = [e for e in index.entries if (e.updated_at or e.published_at or horizon) >= horizon]
    chosen = fresh or list(index.entries[-1:])
    return [NewChannel(channel.kind, entry.url) for entry in chosen[:_SITEMAPS_LATEST]]


def _success(
    context: Context,
    channel: ClaimedChannel,
    answer: Answer,
    *,
    code: str | None = None,
    digest: bytes | None = None,
    lies: bool | None = None,
) -> Visit:
    interval = channel.interval_seconds or context.settings.discover_interval
    return Visit(
        channel.id,
        ok=True,
        pause_seconds=interval * _spread(),
        why="fixed" if channel.interval_seconds is not None else None,
        code=code,
        message="its validators lie: asked without conditions from now on" if lies else None,
        etag=answer.headers.get("etag", channel.etag if answer.status == 304 else None),
        last_modified=answer.headers.get("last-modified", channel.last_modified if answer.status == 304 else None),
        body_hash=digest,
        validator_lies=lies,
    )


def _held_up(context: Context, channel: ClaimedChannel, error: ItemError) -> Visit:
    """A visit that never reached the host: it says nothing of the channel. The host's turn waits, longer each time."""
    log.warning("channel.proxy_failed", channel=channel.id, reason=str(error))
    return Visit(channel.id, ok=False, pause_seconds=context.settings.retry_base_seconds, counts=False)


def _failure(context: Context, channel: ClaimedChannel, error: ItemError) -> Visit:
    """A failed visit: the pause grows up to the ceiling, faster for what will not pass, and nothing is given up."""
    s = context.settings
    if isinstance(error, Retry) and error.after_seconds is not None:
        pause = min(error.after_seconds, s.discover_ceiling)
    else:
        interval = channel.interval_seconds or s.discover_interval
        first = s.retry_base_seconds if isinstance(error, Retry) else max(interval, s.retry_base_seconds)
        pause = rhythm.back_off(error.code, failures=channel.failures, first=first, ceiling=s.discover_ceiling)
    return Visit(channel.id, ok=False, pause_seconds=pause, code=error.code, message=str(error), why="failure")

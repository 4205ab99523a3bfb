"""What hubs send to a callback: whether we meant to subscribe, that they will not push, and what is new.

The face that listens is `rasid.web`; here it is decided and stored. What is pushed goes the way of what is polled: the
same reader, the same links, the same dispatcher. It is stored before the hub gets its answer, so that nothing that we
took is lost; a hub that got none sends it again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import StrEnum

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from rasid.context import Context
from rasid.discover import rhythm, websub
from rasid.discover.channel import read_channel
from rasid.discover.intake import Place, links_of, moments, store
from rasid.discover.rhythm import Terms
from rasid.model import ChannelKind, ChannelReading, Outcome
from rasid.observe.clocks import clock
from rasid.store import ledger, outlets, subscriptions
from rasid.store.engine import transaction
from rasid.store.outlets import Learned
from rasid.store.subscriptions import Subscription, Target

log = structlog.get_logger()

_FEEDS = frozenset({ChannelKind.RSS, ChannelKind.ATOM, ChannelKind.RDF, ChannelKind.JSON})
#: Code of the crumb that a push leaves.
_CODE = "pushed"


class Taken(StrEnum):
    """What became of a push, which is what the hub is told: it arrived, there is nobody here, we are leaving."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    LEAVING = "leaving"


def confirm(context: Context, token: str, query: Mapping[str, str]) -> str | None:
    """Answer a hub's GET (sections 5.2 and 5.3): the text to send back; None where we know nothing of it (404).

    Args:
        query: the arguments, ``hub.mode hub.topic hub.challenge hub.lease_seconds hub.reason``.
    """
    mode, topic, challenge = query.get("hub.mode"), query.get("hub.topic", ""), query.get("hub.challenge", "")
    with transaction(context.engine) as conn:
        if mode == "denied":
            return "" if subscriptions.denied(conn, token, topic, query.get("hub.reason") or "denied") else None
        if not challenge:
            return None
        if mode == "subscribe":
            given = websub.lease(query.get("hub.lease_seconds"))
            wanted = subscriptions.verify(
                conn, token, topic, lease_seconds=given, renew_seconds=websub.renewal(given)
            )  # fmt: skip
            return challenge if wanted else None
        return challenge if mode == "unsubscribe" and subscriptions.left(conn, token, topic) else None


def take(
    context: Context, token: str, body: bytes, *, signature: str | None = None, content_type: str | None = None
) -> Taken:
    """Take in what a hub pushed to a callback.

    What is not signed as it must be is counted and ignored, and the hub does not learn that (section 7.1).

    Args:
        body: bounded by the caller.
        signature: the header ``X-Hub-Signature``; None where there is none.

    Raises:
        ServiceError: the database is away, or busy; the hub should send it again.
    """
    with transaction(context.engine) as conn:
        found = subscriptions.find(conn, token)
    if found is None:
        return Taken.UNKNOWN
    subscription, channel = found
    if channel is None or subscription.state in ("announced", "leaving"):
        return Taken.LEAVING
    if subscription.signs and (why := websub.refusal(signature, body, subscription.secret)):
        _refuse(context, subscription, why)
    elif not subscription.signs:
        _poll_instead(context, subscription, channel)
    else:
        _take_in(context, subscription, channel, body, content_type)
    return Taken.TAKEN


def oversized(context: Context, token: str) -> bool:
    """Count a push that is too large to be read. False: there is no such callback."""
    with transaction(context.engine) as conn:
        found = subscriptions.find(conn, token)
        if found is None:
            return False
        subscriptions.count(conn, "refused", "too_large")
        if found[1] is not None:
            subscriptions.poll_soon(conn, [found[1].id], floor=context.settings.discover_floor)
    return True


def _refuse(context: Context, subscription: Subscription, why: str) -> None:
    log.warning("push.refused", reason=why, hub=subscription.hub, topic=subscription.topic)
    with transaction(context.engine) as conn:
        subscriptions.count(conn, "refused", why)


def _poll_instead(context: Context, subscription: Subscription, channel: Target) -> None:
    """A hub that could not be told a secret is only believed that there is news: anybody could send the rest."""
    with transaction(context.engine) as conn:
        subscriptions.pushed(conn, subscription.id, proof=False)
        subscriptions.count(conn, "accepted", "polled")
        subscriptions.poll_soon(conn, [channel.id], floor=context.settings.discover_floor)


def _take_in(
    context: Context, subscription: Subscription, channel: Target, body: bytes, content_type: str | None
) -> None:
    reading = read_channel(
        body, url=subscription.topic, content_type=content_type, max_entries=context.settings.max_entries
    )
    try:
        with transaction(context.engine) as conn:
            if reading.kind not in _FEEDS:
                subscriptions.count(conn, "refused", "not_a_feed")
                subscriptions.poll_soon(conn, [channel.id], floor=context.settings.discover_floor)
                return
            _store(context, conn, subscription, channel, reading)
    except DBAPIError as error:
        # What the database refuses will be no better when it comes again.
        log.warning("push.unstorable", channel=channel.id, reason=" ".join(str(error.orig).split())[:300])
        _refuse(context, subscription, "unstorable")


def _store(
    context: Context, conn: Connection, subscription: Subscription, channel: Target, reading: ChannelReading
) -> None:
    new = links_of(reading)
    added = store(context, conn, new, Place(channel.id, channel.outlet_id))
    subscriptions.pushed(conn, subscription.id, proof=bool(new))
    subscriptions.count(conn, "accepted")
    learned = _learned(context, channel, moments(added.links))
    outlets.note_push(conn, channel.id, found=len(added.new), learned=learned)
    ledger.channel_crumb(
        conn, channel.id, Outcome.DONE, code=_CODE, message=None, worker=context.worker,
        detail={"method": "websub", "entries": len(new), "new": len(added.new), "again": len(added.again)},
    )  # fmt: skip
    log.info("push.taken", channel=channel.id, entries=len(new), new=len(added.new))


def _learned(context: Context, channel: Target, times: list[float | None]) -> Learned:
    """What a push teaches of the rhythm: polls find nothing new where all is pushed, and would take it for silence.

    A visit that is under way meanwhile writes the rhythm that it began with: what is lost so is one push's lesson.
    """
    s = context.settings
    terms = Terms(float("inf"), s.discover_interval, s.discover_floor, s.discover_ceiling)
    known, zone = rhythm.unpack(channel.rhythm), clock(channel.time_zone)
    rhythm.observe(known, now=time.time(), times=times, zone=zone, interval=terms.interval, pushed=True)
    found = rhythm.profile(known, zone=zone)
    return Learned(rhythm.pack(known), found.mean, found.root, rhythm.own_price(found, terms.interval))

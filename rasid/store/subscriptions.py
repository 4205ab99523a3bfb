"""Subscriptions at hubs (WebSub): what channels announce, how we stand with each hub, and what was pushed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

#: First pause before a hub that did not verify is asked again, doubled each time, and the longest; seconds.
_FIRST_PAUSE, _MOST_PAUSE = 300.0, 86_400.0
#: A hub that refused is asked again after a day: hubs change their minds, and nothing is given up.
_AFTER_REFUSAL = 86_400.0
#: So many failures in a row, and another hub is asked where the channel names one.
_PATIENCE = 3
#: A hub is told so often that we leave. It forgets us at the end of the lease anyhow.
_MOST_GOODBYES = 3
STATES = ("announced", "asked", "verified", "refused", "lapsed", "leaving")
#: The stage under which pushes stand in the tallies; they are no items of a stage of the ledger.
TALLY = "websub"


@dataclass(frozen=True, slots=True)
class Subscription:
    """How we stand with the hub of one channel. `channel_id` None: the channel is gone, and the hub is to be told."""

    id: int
    channel_id: int | None
    hub: str
    others: list[str]
    topic: str
    token: str
    secret: str
    signs: bool
    state: str
    callback: str | None
    verified_at: datetime | None
    trust: int
    misses: int
    live: bool


@dataclass(frozen=True, slots=True)
class Target:
    """The channel for which a push came, as far as a push needs it."""

    id: int
    outlet_id: str
    kind: str
    time_zone: str | None
    rhythm: bytes | None


_ROW = (
    "s.id, s.channel_id, s.hub, s.others, s.topic, s.token, s.secret, s.signs, s.state, s.callback, s.verified_at, "
    "s.trust, s.misses, (s.state = 'verified' AND s.lease_until > now()) AS live"
)


def _read(row: Any) -> Subscription | None:
    return Subscription(**row._mapping) if row is not None else None


# --- what channels say --------------------------------------------------------------------------------------------


def announce(conn: Connection, channel_id: int, hubs: Sequence[str], topic: str) -> None:
    """Note what a channel says of its hubs, the first to be asked first; where they changed, the former is left."""
    known = of_channel(conn, channel_id)
    if known is not None and known.topic == topic and {known.hub, *known.others} == set(hubs):
        return
    withdraw(conn, channel_id)
    conn.execute(
        text(
            "INSERT INTO subscriptions (channel_id, hub, others, topic, token, secret) "
            "VALUES (:channel, :hub, :others, :topic, :token, :secret) ON CONFLICT (channel_id) DO NOTHING"
        ),
        {"channel": channel_id, "hub": hubs[0], "others": list(hubs[1:]), "topic": topic, **_keys()},
    )


def _keys() -> dict[str, str]:
    """A new path of the callback and a new secret, 256 random bits each."""
    return {"token": secrets.token_urlsafe(32), "secret": secrets.token_urlsafe(32)}


def withdraw(conn: Connection, channel_id: int) -> None:
    """The channel names no hub any more, or another one: its subscription is left at the next turn of the clockwork."""
    conn.execute(text("UPDATE subscriptions SET channel_id = NULL WHERE channel_id = :id"), {"id": channel_id})


def of_channel(conn: Connection, channel_id: int) -> Subscription | None:
    """The subscription of a channel; None where it announced no hub."""
    row = conn.execute(text(f"SELECT {_ROW} FROM subscriptions s WHERE channel_id = :id"), {"id": channel_id})
    return _read(row.one_or_none())


def judge(conn: Connection, which: int, *, trust: int, misses: int) -> None:
    """Keep how far a hub is trusted after a poll."""
    conn.execute(
        text("UPDATE subscriptions SET trust = :trust, misses = :misses WHERE id = :id"),
        {"id": which, "trust": trust, "misses": misses},
    )


# --- asking hubs --------------------------------------------------------------------------------------------------


def tidy(conn: Connection) -> dict[str, int]:
    """End what is over: leases that ran out, channels that are gone. Their channels are polled as usual, at once.

    Returns:
        ``lapsed``, ``left``: how many.
    """
    lapsed = conn.execute(
        text(
            "UPDATE subscriptions SET state = 'lapsed', trust = 0, due_at = now() "
            "WHERE state = 'verified' AND lease_until <= now() RETURNING channel_id"
        )
    ).scalars()
    ids = [channel for channel in lapsed if channel is not None]
    poll_soon(conn, ids)
    conn.execute(
        text(
            "UPDATE subscriptions SET state = 'leaving', failures = 0, due_at = now() "
            "WHERE channel_id IS NULL AND state IN ('asked', 'verified')"
        )
    )
    left = conn.execute(
        text(
            "DELETE FROM subscriptions WHERE channel_id IS NULL AND (state <> 'leaving' OR lease_until <= now() "
            "OR (failures >= :most AND due_at <= now()))"
        ),
        {"most": _MOST_GOODBYES},
    )
    return {"lapsed": len(ids), "left": left.rowcount}


def poll_soon(conn: Connection, channel_ids: Sequence[int], *, floor: float = 0.0) -> None:
    """Let channels be visited at the next tick, though not within `floor` seconds of their last visit."""
    conn.execute(
        text(
            "UPDATE channels SET due_at = least(due_at, greatest(now(), "
            "coalesce(visited_at, now()) + make_interval(secs => :floor))) WHERE id = ANY(:ids)"
        ),
        {"ids": list(channel_ids), "floor": floor},
    )


def claim(conn: Connection, *, base: str, limit: int) -> list[Subscription]:
    """Take those whose hub is to be asked now. Each is due again later, so that nobody else takes it.

    Args:
        base: address under which callbacks are reached, without a slash at its end. What was verified under another
            one is asked for anew: nothing arrives there any more.
    """
    rows = conn.execute(
        text(
            f"""
            UPDATE subscriptions s SET asked_at = now(), failures = failures + 1, callback = :base || '/' || token,
                state = CASE WHEN state = 'leaving' OR state = 'verified' AND callback = :base || '/' || token
                             THEN state ELSE 'asked' END,
                due_at = now() + make_interval(secs => least(:first * power(2, least(failures, 20)), :most))
            WHERE id IN (SELECT id FROM subscriptions
                         WHERE due_at <= now() OR (callback <> :base || '/' || token AND state <> 'leaving')
                         ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING {_ROW}
            """
        ),
        {"base": base, "first": _FIRST_PAUSE, "most": _MOST_PAUSE, "limit": limit},
    )
    return [Subscription(**row._mapping) for row in rows]


def signing(conn: Connection, which: int, signs: bool) -> None:
    """Note, before a hub is asked, whether it is told the secret: then only what is signed is believed."""
    conn.execute(text("UPDATE subscriptions SET signs = :signs WHERE id = :id"), {"id": which, "signs": signs})


def failed(conn: Connection, which: int, message: str, *, refused: bool, after_seconds: float | None = None) -> None:
    """Note that a hub refused, or did not answer. One that verified in the meantime has answered all the same.

    Args:
        refused: it said no; a lease that it gave before holds until its end.
        after_seconds: the earliest time at which it wants to be asked again; None leaves that to us.
    """
    conn.execute(
        text(
            """
            UPDATE subscriptions SET last_error = :message,
                state = CASE WHEN :refused AND state = 'asked' THEN 'refused' ELSE state END,
                due_at = CASE WHEN :refused AND state = 'asked' THEN now() + make_interval(secs => :later)
                              ELSE greatest(due_at, now() + make_interval(secs => :after)) END
            WHERE id = :id AND failures > 0
            """
        ),
        {"id": which, "message": message[:500], "refused": refused, "later": _AFTER_REFUSAL,
         "after": min(after_seconds or 0.0, _MOST_PAUSE)},
    )  # fmt: skip
    _turn_to_next(conn, which)


def _turn_to_next(conn: Connection, which: int) -> None:
    """Where a hub refused, or failed so often, let the next one that the channel names be asked.

    By a callback and a secret of its own: the former hub knows the others. Only the first round is quick: then each is
    asked again after the pause that the last one left.
    """
    conn.execute(
        text(
            """
            UPDATE subscriptions SET hub = others[1], others = others[2:] || hub, token = :token, secret = :secret,
                state = 'announced', callback = NULL,
                due_at = CASE WHEN failures <= 2 * cardinality(others) + 1
                              THEN now() + make_interval(secs => :first) ELSE due_at END
            WHERE id = :id AND cardinality(others) > 0
              AND (state = 'refused' OR state = 'asked' AND failures >= :patience)
            """
        ),
        {"id": which, "first": _FIRST_PAUSE, "patience": _PATIENCE, **_keys()},
    )


# --- what hubs say ------------------------------------------------------------------------------------------------


def verify(conn: Connection, token: str, topic: str, *, lease_seconds: int, renew_seconds: float) -> bool:
    """A hub asks whether we want this subscription. False: we do not, or not under this topic."""
    done = conn.execute(
        text(
            """
            UPDATE subscriptions SET state = 'verified', failures = 0, last_error = NULL,
                verified_at = CASE WHEN state = 'verified' THEN verified_at ELSE now() END,
                trust = CASE WHEN state = 'verified' THEN trust ELSE 0 END,
                lease_until = now() + make_interval(secs => :lease), due_at = now() + make_interval(secs => :renew)
            WHERE token = :token AND topic = :topic AND state IN ('asked', 'verified') AND channel_id IS NOT NULL
            """
        ),
        {"token": token, "topic": topic, "lease": lease_seconds, "renew": renew_seconds},
    )
    return done.rowcount > 0


def left(conn: Connection, token: str, topic: str) -> bool:
    """A hub asks whether we want to leave. True, and the subscription is gone; False where we do not."""
    done = conn.execute(
        text(
            "DELETE FROM subscriptions WHERE token = :token AND topic = :topic "
            "AND (state = 'leaving' OR channel_id IS NULL)"
        ),
        {"token": token, "topic": topic},
    )
    return done.rowcount > 0


def denied(conn: Connection, token: str, topic: str, reason: str) -> bool:
    """A hub says that it will not push, or no longer: the channel is polled as usual. False: we never asked for it."""
    row = conn.execute(
        text(
            """
            UPDATE subscriptions SET state = 'refused', trust = 0, last_error = :reason,
                due_at = now() + make_interval(secs => :later)
            WHERE token = :token AND topic = :topic AND state IN ('asked', 'verified') RETURNING id, channel_id
            """
        ),
        {"token": token, "topic": topic, "reason": reason[:500], "later": _AFTER_REFUSAL},
    ).one_or_none()
    if row is not None and row.channel_id is not None:
        poll_soon(conn, [row.channel_id])
        _turn_to_next(conn, row.id)
    return row is not None


def find(conn: Connection, token: str) -> tuple[Subscription, Target | None] | None:
    """The subscription of a callback and its channel; None where there is no such callback."""
    found = _read(
        conn.execute(text(f"SELECT {_ROW} FROM subscriptions s WHERE token = :token"), {"token": token}).one_or_none()
    )
    if found is None:
        return None
    row = conn.execute(
        text(
            "SELECT c.id, c.outlet_id, c.kind, o.time_zone, c.rhythm FROM channels c "
            "JOIN outlets o ON o.id = c.outlet_id WHERE c.id = :id"
        ),
        {"id": found.channel_id},
    ).one_or_none()
    return found, (Target(**row._mapping) if row is not None else None)


def pushed(conn: Connection, which: int, *, proof: bool) -> None:
    """Count a push that was taken in. `proof`: it earns trust."""
    conn.execute(
        text(
            "UPDATE subscriptions SET pushes = pushes + 1, last_push = now(), "
            "trust = least(trust + CASE WHEN :proof THEN 1 ELSE 0 END, 1000) WHERE id = :id"
        ),
        {"id": which, "proof": proof},
    )


def count(conn: Connection, outcome: str, reason: str | None = None) -> None:
    """Add a push to the tallies: ``accepted``, or ``refused`` with the reason."""
    conn.execute(
        text("INSERT INTO tallies (stage, outcome, code, n) VALUES (:stage, :outcome, :code, 1)"),
        {"stage": TALLY, "outcome": outcome, "code": reason},
    )


# --- what is shown ------------------------------------------------------------------------------------------------


def states(conn: Connection) -> dict[str, int]:
    """How many subscriptions are in each state; every state is named."""
    rows = conn.execute(text("SELECT state, count(*) AS n FROM subscriptions GROUP BY state"))
    return {**dict.fromkeys(STATES, 0), **{row.state: row.n for row in rows}}

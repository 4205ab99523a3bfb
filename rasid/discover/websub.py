"""WebSub (https://www.w3.org/TR/websub/) without the network: hubs found, requests made, signatures checked, trust.

**Trust.** A hub may stop pushing without a word, so that a channel which is pushed is polled all the same. How often is
a matter of trust: `_FIRST_PROOFS` pushes in a row earn it, and polls become rare (`RARER`). A poll that finds what was
not pushed takes it away, and each time twice as many pushes are wanted before it comes back; polls that find nothing
missed while trust holds lower that again.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from rasid import urls
from rasid.discover.feeds import MAX_HUBS
from rasid.http.link_header import by_relation
from rasid.model import Answer, ChannelReading

#: What is asked for, in seconds: ten days, which hubs commonly give.
LEASE_SECONDS = 864_000
#: A lease that a hub gives is believed within these bounds: shorter ones would keep us busy, longer ones asleep.
_LEAST_LEASE, _MOST_LEASE = 300, 90 * 86_400
#: A subscription is renewed when so much of its lease is over.
_RENEW_AT = 0.8
#: Hash functions that hubs sign with (section 7.1 of the recommendation).
_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
#: Trust: pushes that earn it at first, and the most doublings of that.
_FIRST_PROOFS, _MOST_DOUBLINGS = 3, 5
#: A push may be so late: what a poll finds sooner is not counted as missed.
GRACE = timedelta(minutes=5)
#: Polls of a channel with a trusted hub are so many times rarer.
RARER = 6.0


@dataclass(frozen=True, slots=True)
class Announced:
    """Hubs in the order in which to ask them, and the topic by which they know the channel; absolute http(s) URLs."""

    hubs: tuple[str, ...]
    topic: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of how well a hub pushes.

    Attributes:
        trust: pushes since one was missed, or since the subscription began.
        misses: how often one was missed, less the polls since that found nothing missed.
    """

    trust: int = 0
    misses: int = 0

    @property
    def trusted(self) -> bool:
        """Whether its channel may be polled rarely."""
        return self.trust >= _FIRST_PROOFS << min(self.misses, _MOST_DOUBLINGS)

    def polled(self, missed: int) -> Standing:
        """After a poll that found so many links that the hub should have pushed."""
        if missed:
            return Standing(0, self.misses + 1)
        return replace(self, misses=max(self.misses - 1, 0)) if self.trusted else self


def announced(answer: Answer, reading: ChannelReading) -> Announced | None:
    """The hubs that a feed names, None where it names none: its headers speak first, then the feed itself (section 4).

    Hubs that are reached by https come first, since they can be told the secret. A feed that names a hub and not itself
    is known by the address it came from.
    """
    told = by_relation(answer.headers.get("link", ""), ("hub", "self"))
    hubs = _absolute(told["hub"], answer.url) or _absolute(reading.hubs, answer.url)
    topics = _absolute(told["self"], answer.url) or _absolute([reading.topic] if reading.topic else [], answer.url)
    if not hubs:
        return None
    safest = sorted(dict.fromkeys(hubs), key=lambda hub: not hub.startswith("https://"))
    return Announced(tuple(safest[:MAX_HUBS]), (topics or [answer.url])[0])


def _absolute(targets: Iterable[str], base: str) -> list[str]:
    found = (urls.normalise(target.strip(), base) for target in targets)
    return [href.partition("#")[0] for href in found if href and href.startswith(("http://", "https://"))]


# --- asking -------------------------------------------------------------------------------------------------------


def may_tell(hub: str) -> bool:
    """Whether a hub may be told a secret: over https, or without leaving this machine."""
    parts = urlsplit(hub)
    return parts.scheme == "https" or (parts.hostname or "") in ("127.0.0.1", "::1", "localhost")


def addresses(hub: str) -> tuple[str, ...]:
    """Where to ask a hub: over https first, though its feeds say http, as those do that were set up long ago.

    >>> addresses("http://hub.example/")
    ('https://hub.example/', 'http://hub.example/')
    """
    parts = urlsplit(hub)
    if parts.scheme != "http" or parts.port is not None or may_tell(hub):
        return (hub,)
    return (parts._replace(scheme="https").geturl(), hub)


def form(mode: str, *, topic: str, callback: str, secret: str | None) -> bytes:
    """The body of a request to a hub (section 5.1). `mode` is ``subscribe`` or ``unsubscribe``."""
    fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        fields["hub.lease_seconds"] = str(LEASE_SECONDS)
        if secret is not None:
            fields["hub.secret"] = secret
    return urlencode(fields).encode("ascii")


def lease(told: str | None) -> int:
    """The lease in seconds that a hub gives, within bounds; what was asked for where it says none that can be read."""
    if told is None or not told.isascii() or not told.isdigit() or not int(told[:12]):
        return LEASE_SECONDS
    return min(max(int(told[:12]), _LEAST_LEASE), _MOST_LEASE)


def renewal(lease_seconds: int) -> float:
    """Seconds from the beginning of a lease until it is renewed."""
    return _RENEW_AT * lease_seconds


# --- pushes -------------------------------------------------------------------------------------------------------


def refusal(header: str | None, body: bytes, secret: str) -> str | None:
    """Why a push is not believed: ``unsigned``, ``unknown_method`` or ``bad_signature``. None where it is.

    Args:
        header: ``X-Hub-Signature``, ``method=hexadecimal digest`` of the body (section 7.1); None where there is none.
    """
    method, equals, told = (header or "").strip().partition("=")
    if not equals:
        return "unsigned"
    if (method := method.strip().lower()) not in _METHODS:
        return "unknown_method"
    wanted = hmac.new(secret.encode(), body, method).hexdigest()
    same = hmac.compare_digest(wanted.encode(), told.strip().lower().encode("utf-8", "replace"))
    return None if same else "bad_signature"


def missed(found: Iterable[datetime | None], *, since: datetime, now: datetime) -> int:
    """How many of the links that a poll found anew the hub should have pushed.

    Args:
        found: when each was published; None where that is not told.
        since: since when the hub pushes. What is older came before; what is newer than `GRACE` may still come.
    """
    late = now - GRACE
    return sum(since < (late if told is None else told) <= late for told in found)

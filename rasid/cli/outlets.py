"""What ``rasid sources`` and ``rasid import`` store: outlets made of feeds, pages and seed files."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import available_timezones

from rasid import urls
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from rasid.context import Context
    from rasid.discover.opml import OpmlOutline
    from rasid.discover.seeds import Channel as SeedChannel
    from rasid.discover.seeds import Outlet as Seed
    from rasid.model import Answer
    from rasid.store.outlets import NewChannel, NewOutlet

_MOST_HOSTS = 3
_LONGEST_WAIT = 30.0


class NoChannel(RasidError):
    """What lies at an address cannot be watched; the message says what it is instead."""


def outlet_id(url: str) -> str:
    """The id that an outlet gets from its address: its host as lower-case words joined by hyphens.

    >>> outlet_id("https://www.example.org:8080/feed")
    'example-org-8080'
    """
    host = urls.host(url).removeprefix("www.")
    return re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-") or "outlet"


def from_seed(seed: Seed) -> NewOutlet:
    """A seed as the store takes it; what has no column of its own is kept under ``expect``."""
    from rasid.store.outlets import NewChannel, NewOutlet

    expect: dict[str, Any] = {"name_en": seed.name_en}
    if seed.articles_a_day is not None:
        expect["articles_a_day"] = seed.articles_a_day
    if seed.languages:
        expect["languages"] = list(seed.languages)
    if seed.note:
        expect["note"] = seed.note
    if told := {one.url: said for one in seed.channels if (said := _said(one))}:
        expect["channels"] = told
    return NewOutlet(
        id=seed.id,
        name=seed.name,
        family=seed.family,
        country=seed.country,
        language=seed.language,
        time_zone=seed.time_zone,
        home=seed.home,
        delay_seconds=seed.delay_seconds,
        expect=expect,
        channels=tuple(NewChannel(one.kind, one.url, one.unverified) for one in seed.channels),
    )


def _said(channel: Any) -> dict[str, str]:
    """What a seed says of a channel beyond its kind and address."""
    words = {name: getattr(channel, name) for name in ("language", "section", "note")}
    return {name: value for name, value in words.items() if value}


def to_seed(row: dict[str, Any]) -> Seed:
    """An outlet of `rasid.store.read.sources` as a seed; what is unknown gets a placeholder (country ``ZZ``)."""
    from rasid.discover.seeds import Outlet

    expect = row["expect"] or {}
    first = row["channels"][0]["url"] if row["channels"] else "https://example.invalid/"
    return Outlet(
        id=row["id"],
        name=row["name"],
        name_en=expect.get("name_en") or row["name"],
        family=row["family"] or row["id"],
        country=row["country"] or "ZZ",
        language=row["language"] or "und",
        time_zone=row["time_zone"] or "UTC",
        home=row["home"] or urls.normalise("/", first) or first,
        channels=_seed_channels(row["channels"], expect.get("channels") or {}),
        note=expect.get("note"),
        languages=tuple(expect.get("languages", ())),
        delay_seconds=row["delay_seconds"],
        articles_a_day=expect.get("articles_a_day"),
    )


def _seed_channels(rows: list[dict[str, Any]], told: dict[str, dict[str, str]]) -> tuple[SeedChannel, ...]:
    """The channels of an outlet with what its seed said of them; last come those whose kind was not watched when the
    seed was read, which were kept with their kind."""
    watched = [_seed_channel(one["kind"], one["url"], told.get(one["url"], {}), one["unverified"]) for one in rows]
    others = [_seed_channel(said["kind"], url, said, False) for url, said in told.items() if "kind" in said]
    return (*watched, *others)


def _seed_channel(kind: str, url: str, said: dict[str, str], unverified: bool) -> SeedChannel:
    from rasid.discover.seeds import Channel

    return Channel(kind, url, unverified, said.get("language"), said.get("section"), said.get("note"))


def check_fields(*, id: str, country: str | None, language: str | None) -> None:
    """Refuse an id, a country or a language that no seed file could hold.

    Raises:
        UsageError: the message says which, and what it should look like.
    """
    from rasid.discover.seeds import Channel, Outlet, read_seed, write_seed

    url = "https://example.org/"
    channel = Channel("feed", url)
    seed = Outlet(id, "-", "-", "a", country or "ZZ", language or "und", "UTC", url, (channel,))
    read_seed(write_seed(seed), outlet_id=id)


def add_feeds(context: Context, feeds: Sequence[OpmlOutline]) -> tuple[int, int, int]:
    """Watch the feeds of a list; those that name one outlet, or else are of one site, become one.

    An outlet that is there already keeps what is known of it. Returns new outlets, new channels, refused feeds.
    """
    from rasid.discover.opml import facts
    from rasid.store import outlets
    from rasid.store.engine import transaction

    by_outlet: dict[str, list[OpmlOutline]] = {}
    refused = 0
    for feed in feeds:
        if context.permits(feed.feed_url):
            id = facts(feed).get("outlet") or outlet_id(feed.site_url or feed.feed_url)
            by_outlet.setdefault(id, []).append(feed)
        else:
            refused += 1
    new_outlets = new_channels = 0
    with transaction(context.engine) as conn:
        known = outlets.by_id(conn, list(by_outlet))
        for id, members in by_outlet.items():
            channels = tuple(outlets.NewChannel("feed", feed.feed_url) for feed in members)
            if id in known:
                new_channels += len(outlets.add_channels(conn, id, channels))
                continue
            counts = outlets.put(conn, [_listed(id, members, channels)])
            new_outlets, new_channels = new_outlets + counts[0], new_channels + counts[1]
    return new_outlets, new_channels, refused


def _listed(id: str, members: Sequence[OpmlOutline], channels: tuple[NewChannel, ...]) -> NewOutlet:
    """A new outlet by what a list says of its feeds."""
    from rasid.discover.opml import facts
    from rasid.store.outlets import NewOutlet

    first, said = members[0], facts(members[0])
    titles = {feed.title for feed in members}
    zone = said.get("time_zone")
    return NewOutlet(
        id,
        first.title if len(titles) == 1 else urls.host(first.site_url or first.feed_url),
        family=said.get("family") or id,
        country=said.get("country"),
        language=said.get("language"),
        time_zone=zone if zone in available_timezones() else None,
        home=first.site_url,
        channels=channels,
    )


# --- looking at an address ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Trip:
    """What it took to get an answer: requests (robots.txt and redirects included), and the statuses of redirects."""

    requests: int = 0
    statuses: list[int] = field(default_factory=list)

    @property
    def permanent(self) -> bool:
        """Whether it led elsewhere, and every step said that this is for good."""
        return bool(self.statuses) and all(status in (301, 308) for status in self.statuses)


def fetch(context: Context, url: str, *, trip: Trip | None = None, patience: float = _LONGEST_WAIT) -> Answer:
    """The answer of an address, over redirects to other hosts, each asked in its turn and as its robots.txt allows.

    Args:
        trip: what it took is added to it.
        patience: longest wait for a host's turn, in seconds.

    Raises:
        ItemError: what the answer, or the lack of one, means.
        NoChannel: its host may not be asked for a while, or it leads over too many hosts.
    """
    from rasid import turn
    from rasid.store import hosts
    from rasid.store.engine import transaction

    trip = trip or Trip()
    for _ in range(_MOST_HOSTS):
        host = urls.host(url)
        with transaction(context.engine) as conn:
            hosts.ensure(conn, [host])
        with _turn(context, host, patience) as taken:
            try:
                answer: Answer = taken.get(url)
            finally:
                trip.requests += taken.asked
            target = turn.other_host(answer, host)
        trip.statuses += [status for status, _ in answer.redirects] + ([answer.status] if target else [])
        if target is None:
            return answer
        url = target
    raise NoChannel(f"{url} leads over {_MOST_HOSTS} hosts without arriving")


def _turn(context: Context, host: str, patience: float) -> Any:
    from rasid import turn

    deadline = time.monotonic() + patience
    while True:
        taken = turn.take(context, host, token=uuid4())
        if isinstance(taken, turn.Turn):
            return taken
        if time.monotonic() + taken > deadline:
            raise NoChannel(f"{host} may not be asked for another {taken:.0f} s; try again then, or use --no-check")
        time.sleep(max(taken, 0.05))


def checked_url(context: Context, text: str) -> str:
    """The address of a channel, serialised.

    Raises:
        UsageError: it is no http(s) URL, or one that may not be contacted.
    """
    from rasid.store.links import ADDRESS_REASONS

    href = urls.normalise(text)
    if href is None or not href.startswith(("http://", "https://")):
        raise UsageError(f"{text!r} is no http(s) URL")
    reason = context.guard.refusal(href)
    if reason is not None:
        advice = "; RASID_FETCH_ALLOW names exceptions" if reason in ADDRESS_REASONS else ""
        raise UsageError(f"{text} may not be fetched: {reason}{advice}")
    return href

"""Holds a site as it is now against what is watched of it, and says what has changed and what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rasid import urls
from rasid.discover.onboard import Answered, Fact, Judged, kind_of
from rasid.model import ChannelKind

#: Codes of an address at which nothing lies any more; all others may pass.
_GONE = frozenset({"http_404", "http_410", "robots_refused"})


@dataclass(frozen=True, slots=True)
class Watched:
    """A channel as it is watched. `kind` is ``feed news_sitemap sitemap section``."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it is watched.

    Attributes:
        what: ``new vanished moved stale empty duplicate unreachable language country``.
        why: for people.
        do: ``add remove move set`` can be done by itself; ``look wait`` are for people.
        url: the channel; None for a fact. kind: of a channel to add.
        to: the address that it moved to, or the value to set; None otherwise.
    """

    what: str
    why: str
    do: str
    url: str | None = None
    kind: str | None = None
    to: str | None = None


def compare(watched: Sequence[Watched], answered: Mapping[str, Answered], channels: Sequence[Judged]) -> list[Change]:
    """What has changed of an outlet's channels.

    Args:
        watched: those that are.
        answered: by address, what each of them gave; an address that was not asked is passed over.
        channels: all that was found, judged together (`rasid.discover.onboard.choose`).
    """
    by_place = {_place(one.url): one for one in channels}
    known = {_place(one.url) for one in watched}
    changes = []
    for one in watched:
        came = answered.get(one.url)
        if came is not None and (change := _change(one, came, by_place, known)) is not None:
            changes.append(change)
    changes += _new(watched, answered, channels, known)
    return _with_one_left(watched, changes)


def _place(url: str) -> str:
    return urls.key(urls.normalise(url) or url)


def _change(one: Watched, came: Answered, by_place: Mapping[str, Judged], known: set[str]) -> Change | None:
    if came.reading is None:
        told = f"{came.message} ({came.code})"
        if came.code in _GONE:
            return Change("vanished", told, "remove", one.url)
        return Change("unreachable", told, "wait", one.url)
    kind = kind_of(came.reading)
    if one.kind != "section" and kind in ("section", "page", "none"):
        return Change("vanished", f"a web page came where a {one.kind.replace('_', ' ')} was", "remove", one.url)
    if came.permanent and came.at != urls.normalise(one.url):
        if _place(came.at) in known and _place(came.at) != _place(one.url):
            return Change("duplicate", f"it moved to {came.at}, which is watched", "remove", one.url)
        return Change("moved", f"it moved for good to {came.at}", "move", one.url, to=came.at)
    judged = by_place.get(_place(came.at or one.url)) or by_place.get(_place(one.url))
    if judged is None:
        return None
    if judged.same_as is not None and _place(judged.same_as) in known:
        return Change("duplicate", f"tells the same as {judged.same_as}", "remove", one.url)
    if judged.state in ("empty", "stale"):
        newest = f", its newest entry is of {judged.newest:%Y-%m-%d}" if judged.newest else ""
        return Change(judged.state, f"nothing new in it{newest}", "look", one.url)
    return None


def _new(
    watched: Sequence[Watched], answered: Mapping[str, Answered], channels: Sequence[Judged], known: set[str]
) -> list[Change]:
    """Channels worth watching that are not watched. What a watched index names is watched through it."""
    places = known | {_place(came.at) for one in watched if (came := answered.get(one.url)) and came.at}
    through_index = any(
        came.reading is not None and came.reading.kind is ChannelKind.SITEMAPINDEX
        for one in watched if (came := answered.get(one.url))
    )  # fmt: skip
    return [
        Change("new", one.why, "add", one.url, one.kind)
        for one in channels
        if one.keep and _place(one.url) not in places and not (one.origin == "index" and through_index)
    ]


def _with_one_left(watched: Sequence[Watched], changes: list[Change]) -> list[Change]:
    """An outlet never loses its last channel by itself: then a person has to look."""
    removed = {change.url for change in changes if change.do == "remove"}
    if any(change.do == "add" for change in changes) or any(one.url not in removed for one in watched):
        return changes
    return [
        Change(change.what, f"{change.why}; it is the last channel", "look", change.url)
        if change.do == "remove"
        else change
        for change in changes
    ]


def facts(known: Mapping[str, str | None], found: Mapping[str, Fact | None]) -> list[Change]:
    """What the site says of its outlet and is not known, or known otherwise.

    What is missing can be set by itself, and a language that articles are written in; the rest is for people.
    """
    changes = []
    for name, fact in found.items():
        value = known.get(name)
        if fact is None or fact.value == value or (name == "language" and _base(value) == _base(fact.value)):
            continue
        sure = value is None or (name == "language" and "articles" in fact.source)
        why = f"the site says {fact.value} ({fact.source})" + (f", known is {value}" if value else "")
        changes.append(Change(name, why, "set" if sure else "look", to=fact.value))
    return changes


def _base(tag: str | None) -> str | None:
    return tag.partition("-")[0].lower() if tag else None

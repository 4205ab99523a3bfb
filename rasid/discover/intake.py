"""What a channel names becomes links: one way for what is polled and for what is pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from rasid.context import Context
from rasid.model import ChannelReading, Entry
from rasid.store import links


@dataclass(frozen=True, slots=True)
class Place:
    """The channel that named the links, and its outlet."""

    channel_id: int
    outlet_id: str


def links_of(reading: ChannelReading) -> list[links.NewLink]:
    """The links that a reading names, each with what it says of it."""
    return [_link(entry, reading) for entry in reading.entries if entry.url]


def store(context: Context, conn: Connection, new: Sequence[links.NewLink], place: Place) -> links.Added:
    """Store links; the dispatcher grants them when their hosts are free. What is known stays, unless it changed."""
    if not new:
        return links.Added([], [], 0, [])
    return links.add(conn, new, allowed=context.permits, outlet_id=place.outlet_id, channel_id=place.channel_id)


def published(link: links.NewLink) -> datetime | None:
    """When a link was published, or last changed; None where its channel does not say."""
    told = link.hint.get("published_at") or link.hint.get("updated_at")
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def moments(new: Sequence[links.NewLink]) -> list[float | None]:
    """`published` of links as Unix seconds, which rhythms are learned from."""
    return [when.timestamp() if (when := published(link)) else None for link in new]


def _link(entry: Entry, reading: ChannelReading) -> links.NewLink:
    hint: dict[str, Any] = {}
    if entry.title:
        hint["title"] = entry.title[:500]
    if entry.published_at:
        hint["published_at"] = entry.published_at.isoformat()
    if entry.updated_at:
        hint["updated_at"] = entry.updated_at.isoformat()
    if entry.authors:
        hint["authors"] = [author[:200] for author in entry.authors[:10]]
    if reading.language:
        hint["language"] = reading.language
    return links.NewLink(entry.url, hint, entry.updated_at or entry.published_at)

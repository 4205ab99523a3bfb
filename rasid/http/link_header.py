"""Reads Link headers (RFC 8288): which addresses an answer names, and as what. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from requests.utils import parse_header_links

_MOST_CHARACTERS = 16_384
_MOST_LINKS = 50


def by_relation(header: str, relations: Iterable[str]) -> dict[str, list[str]]:
    """The targets of each of `relations` (lower case), as they stand in the header, in its order.

    Targets are relative to the answer's address. Links that speak of another page (``anchor``) are left out.

    >>> by_relation('<https://hub.example/>; rel="hub", </feed>; rel=self', ["hub", "self"])
    {'hub': ['https://hub.example/'], 'self': ['/feed']}
    """
    found: dict[str, list[str]] = {relation: [] for relation in relations}
    for link in parse_header_links(header[:_MOST_CHARACTERS])[:_MOST_LINKS]:
        told = {name.lower(): value for name, value in link.items()}
        if "anchor" in told or not told.get("url"):
            continue
        for relation in set(told.get("rel", "").lower().split()) & found.keys():
            found[relation].append(told["url"])
    return found

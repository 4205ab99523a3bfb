"""Stories with their places, and as points of a map (GeoJSON, RFC 7946)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rasid.cluster.where import Named, place_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Stories whose places are asked for at once.
_BATCH = 500


def with_places(conn: Connection, stories: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stories with the ``place`` that each is about, None where its members name none.

    A place is ``ref name lat lon country admin level articles``: `admin` are the names of what it lies in from the
    country down, `level` says whether it is a place, a province or a country, `articles` how many members name it.
    """
    from rasid.store import story_places

    found: dict[int, list[dict[str, Any]]] = {}
    for at in range(0, len(stories), _BATCH):
        found |= story_places.named(conn, [story["id"] for story in stories[at : at + _BATCH]])
    return [
        {**story, "place": _shown(place_of([Named(**one) for one in found.get(story["id"], ())]))} for story in stories
    ]


def _shown(place: Named | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "ref": place.ref, "name": place.name, "lat": place.lat, "lon": place.lon, "country": place.country or None,
        "admin": list(place.above), "level": place.level, "articles": place.articles,
    }  # fmt: skip


def collection(stories: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A feature for each story that has a place, and whom to credit."""
    from rasid.enrich.compile import CREDITS

    return {
        "type": "FeatureCollection",
        "attribution": CREDITS,
        "features": [_feature(story) for story in stories if story["place"] is not None],
    }


def _feature(story: Mapping[str, Any]) -> dict[str, Any]:
    place = story["place"]
    said = ("headline", "articles", "voices", "languages", "first_seen_at", "changed_at")
    return {
        "type": "Feature",
        "id": story["id"],
        "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
        "properties": {
            "story": story["id"], **{name: story[name] for name in said}, "place": place["name"], "ref": place["ref"],
            "country": place["country"], "admin": place["admin"], "level": place["level"],
        },
    }  # fmt: skip

"""The places that the members of stories name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

#: A place at the beginning of a text is more of what it is about; code points.
_BEGINNING = 300
#: Newest members of a story that are asked; places of one that are told, the most named.
_MEMBERS, _PLACES = 400, 60


def named(conn: Connection, story_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """By story the places that its members name, those of which most is said first.

    Returns:
        ``ref name lat lon country province above articles weight`` of each; see `rasid.cluster.where.Named`. Copies
        share what is said of the first of their group, and do not count.
    """
    rows = conn.execute(
        _NAMED, {"ids": sorted(set(story_ids)), "beginning": _BEGINNING, "members": _MEMBERS, "places": _PLACES}
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.mappings():
        one = dict(row)
        found.setdefault(one.pop("story_id"), []).append({**one, "above": tuple(one["above"] or ())})
    return found


_NAMED = text(
    """
    WITH members AS (
        SELECT m.story_id, m.id FROM unnest(CAST(:ids AS bigint[])) AS s(id)
        CROSS JOIN LATERAL (
            SELECT a.story_id, a.id FROM articles a
            WHERE a.story_id = s.id AND (a.group_id IS NULL OR a.group_id = a.id)
            ORDER BY a.first_seen_at DESC, a.id DESC LIMIT :members
        ) m
    ), mentions AS (
        SELECT m.story_id, m.id, n.ref, min(n.name) AS name, min(n.lat) AS lat, min(n.lon) AS lon,
               min(n.country) AS country, min(n.detail->>'admin_code') AS province, min(n.detail->>'admin') AS above,
               max(coalesce(n.score, 0.5) * CASE WHEN n.in_title THEN 3 WHEN n.start < :beginning THEN 2 ELSE 1 END)
                   AS weight
        FROM members m JOIN annotations n ON n.article_id = m.id
        WHERE n.what = 'place' AND n.ref IS NOT NULL AND n.lat IS NOT NULL AND n.lon IS NOT NULL
        GROUP BY m.story_id, m.id, n.ref
    ), places AS (
        SELECT story_id, ref, mode() WITHIN GROUP (ORDER BY name) AS name, min(lat) AS lat, min(lon) AS lon,
               coalesce(min(country), '') AS country, coalesce(min(province), '') AS province,
               CAST(mode() WITHIN GROUP (ORDER BY above) AS jsonb) AS above,
               count(*) AS articles, sum(weight)::float8 AS weight,
               row_number() OVER (PARTITION BY story_id ORDER BY sum(weight) DESC, ref) AS n
        FROM mentions GROUP BY story_id, ref
    )
    SELECT story_id, ref, name, lat, lon, country, province, above, articles, weight
    FROM places WHERE n <= :places ORDER BY story_id, n
    """
)

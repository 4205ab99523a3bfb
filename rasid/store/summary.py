"""What has been done so far, in a few numbers: for the demo's progress and summary."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, text

from rasid.model import State


def states(conn: Connection) -> dict[State, int]:
    """How many links are in each state; every state is named."""
    rows = conn.execute(text("SELECT state, count(*) AS n FROM links GROUP BY state"))
    counted = {State(row.state): row.n for row in rows}
    return {state: counted.get(state, 0) for state in State}


def unvisited_channels(conn: Connection) -> int:
    """Channels that are due, being read, or failed lately and will be tried again soon."""
    return int(
        conn.execute(
            text(
                "SELECT count(*) FROM channels WHERE visits = 0 OR failures BETWEEN 1 AND 5 OR lease_by IS NOT NULL "
                "OR due_at <= now()"
            )
        ).scalar_one()
    )


def unsent(conn: Connection) -> int:
    """Deliveries that still wait."""
    return int(conn.execute(text("SELECT count(*) FROM deliveries WHERE state = 'waiting'")).scalar_one())


def totals(conn: Connection) -> dict[str, int]:
    """``discovered fetched articles copies stories entities places alerts parked``: counts of all there is."""
    row = conn.execute(
        text(
            """
            SELECT (SELECT count(*) FROM links) AS discovered,
                   (SELECT count(DISTINCT link_id) FROM pages) AS fetched,
                   (SELECT count(*) FROM articles) AS articles,
                   (SELECT count(*) FROM articles WHERE group_id <> id) AS copies,
                   (SELECT count(*) FROM stories) AS stories,
                   (SELECT count(DISTINCT ref) FROM annotations WHERE what = 'entity') AS entities,
                   (SELECT count(DISTINCT ref) FROM annotations WHERE what = 'place') AS places,
                   (SELECT count(*) FROM deliveries WHERE state = 'sent') AS alerts,
                   (SELECT count(*) FROM links WHERE state = 'parked') AS parked
            """
        )
    ).one()
    return dict(row._mapping)


def endings(conn: Connection) -> Counter[str]:
    """How often each code stands at the end of a link that did not become an article."""
    rows = conn.execute(
        text(
            "SELECT coalesce(code, state) AS code, count(*) AS n FROM links "
            "WHERE state IN ('skipped', 'gone', 'parked') GROUP BY 1"
        )
    )
    return Counter({row.code: row.n for row in rows})


def stories(conn: Connection, *, limit: int) -> list[dict[str, Any]]:
    """The stories that the most voices tell, with their places."""
    rows = conn.execute(
        text(
            """
            SELECT s.id, s.headline, s.articles, s.voices, s.languages,
                   ARRAY(SELECT mode() WITHIN GROUP (ORDER BY n.name)
                         FROM annotations n JOIN articles a ON a.id = n.article_id
                         WHERE a.story_id = s.id AND n.what = 'place' GROUP BY n.ref
                         ORDER BY count(*) DESC, 1 LIMIT 2) AS places
            FROM stories s ORDER BY s.voices DESC, s.articles DESC, s.id LIMIT :limit
            """
        ),
        {"limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def places(conn: Connection, *, limit: int) -> list[tuple[str, int]]:
    """The places that the most articles speak of."""
    rows = conn.execute(
        text(
            "SELECT mode() WITHIN GROUP (ORDER BY name) AS name, count(DISTINCT article_id) AS n "
            "FROM annotations WHERE what = 'place' GROUP BY ref ORDER BY n DESC, 1 LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [(row.name, row.n) for row in rows]


def links_by_url(conn: Connection) -> dict[str, dict[str, Any]]:
    """Every link by its URL: state, code, the article's id, title, group and story. For small databases."""
    rows = conn.execute(
        text(
            """
            SELECT l.url, l.id, l.state, l.code, l.moved_to, a.id AS article_id, a.title, a.language, a.version,
                   a.group_id, a.relation, a.story_id
            FROM links l LEFT JOIN articles a ON a.link_id = l.id
            """
        )
    )
    return {row.url: dict(row._mapping) for row in rows}

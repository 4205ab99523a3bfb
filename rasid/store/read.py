"""What readers ask for: search, stories, one article, the trace of a link, exports, and how all stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from rasid import urls
from rasid.model import ENDS, WAITING, Stage
from rasid.pipeline import BY_STATE
from rasid.store import rulings, subscriptions, topics
from rasid.store.links import key_hash
from rasid.text.passages import shared_passages

#: Characters of a text that stand for it in a list.
LEAD = 300

_FILTERS = """
    AND (CAST(:language AS text) IS NULL OR a.language = :language OR a.language LIKE :language || '-%')
    AND (CAST(:source AS text) IS NULL OR a.outlet_id = :source)
    AND (CAST(:since AS timestamptz) IS NULL OR coalesce(a.published_at, a.first_seen_at) >= :since)
"""


def _rows(conn: Connection, statement: str, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in conn.execute(text(statement), values or {})]


# --- articles and stories -----------------------------------------------------------------------------------------


# A reader's word on an article of a group counts before what is said of the group.
_TOPIC = """
    AND CASE WHEN EXISTS (SELECT 1 FROM topic_tags g WHERE g.topic_id = :topic
                          AND g.article_id IN (a.id, coalesce(a.group_id, a.id)))
        THEN NOT EXISTS (SELECT 1 FROM topic_tags g WHERE g.topic_id = :topic AND NOT g.positive
                         AND g.article_id IN (a.id, coalesce(a.group_id, a.id)))
        ELSE EXISTS (SELECT 1 FROM annotations n WHERE n.ref = 'topic:' || CAST(:topic AS bigint)
                     AND n.what = 'topic' AND n.article_id = coalesce(a.group_id, a.id)) END
"""


def search(
    conn: Connection,
    query: str | None,
    *,
    limit: int = 20,
    language: str | None = None,
    source: str | None = None,
    since: datetime | None = None,
    best: bool = False,
    topic: int | None = None,
) -> list[dict[str, Any]]:
    """Articles that a query finds, one for each group of copies: its first, where that was found too.

    Args:
        query: an expression as `rasid.text.words.search_query` makes it; None finds all.
        topic: id of a topic that they have, by its rule, its model, or a reader.
        language: BCP 47; ``ku`` takes ``ku-Latn`` as well. source: id of an outlet. since: published or seen then.
        best: by rank, the best first; otherwise the newest first.
    """
    matched = "a.search @@ wanted" if query is not None else "true"
    rank = "ts_rank_cd(a.search, wanted, 1)" if query is not None else "0"
    return _rows(
        conn,
        f"""
        WITH found AS (
            SELECT a.id, coalesce(a.group_id, a.id) AS first_id, {rank} AS rank
            FROM articles a, to_tsquery('simple', CAST(:query AS text)) AS wanted
            WHERE {matched} {_FILTERS} {_TOPIC if topic is not None else ""}
        ), chosen AS (
            SELECT DISTINCT ON (first_id) id, first_id, rank, count(*) OVER (PARTITION BY first_id) AS found
            FROM found ORDER BY first_id, (id = first_id) DESC, rank DESC, id
        )
        SELECT a.id, a.title, a.url, a.outlet_id AS source, o.name AS source_name, a.language, a.published_at,
               a.first_seen_at, a.withdrawn_at, c.first_id AS "group", a.relation, a.story_id AS story,
               c.rank::float8 AS rank, left(a.text, :lead) AS lead,
               (SELECT count(*) FROM articles m WHERE m.group_id = c.first_id AND m.id <> c.first_id) AS copies
        FROM chosen c JOIN articles a USING (id) LEFT JOIN outlets o ON o.id = a.outlet_id
        ORDER BY CASE WHEN :best THEN c.rank END DESC, coalesce(a.published_at, a.first_seen_at) DESC, a.id DESC
        LIMIT :limit
        """,
        {
            "query": query or "",
            "limit": limit,
            "language": language,
            "source": source,
            "since": since,
            "best": best,
            "lead": LEAD,
            "topic": topic,
        },
    )


def stories(
    conn: Connection, *, limit: int = 20, since: datetime | None = None, language: str | None = None
) -> list[dict[str, Any]]:
    """Stories, the one that changed last first. `since`: changed then or later. `language`: told in it."""
    return _rows(
        conn,
        """
        SELECT s.id, headline, articles, voices, languages, first_seen_at, changed_at,
               ARRAY(SELECT mode() WITHIN GROUP (ORDER BY n.name)
                     FROM annotations n JOIN articles a ON a.id = n.article_id
                     WHERE a.story_id = s.id AND n.what = 'place' GROUP BY n.ref
                     ORDER BY count(DISTINCT a.id) DESC, 1 LIMIT 3) AS places
        FROM stories s
        WHERE (CAST(:since AS timestamptz) IS NULL OR changed_at >= :since)
          AND (CAST(:language AS text) IS NULL OR :language = ANY(languages))
        ORDER BY changed_at DESC, id DESC LIMIT :limit
        """,
        {"limit": limit, "since": since, "language": language},
    )


def story(conn: Connection, story_id: int) -> dict[str, Any] | None:
    """One story: its articles in the order in which they were seen, places, people and organisations (the most named
    first), its development, and what operators ruled on its members. None where there is none of that id.
    """
    found = _rows(
        conn,
        "SELECT id, headline, articles, voices, languages, first_seen_at, changed_at FROM stories WHERE id = :id",
        {"id": story_id},
    )
    if not found:
        return None
    members = _rows(
        conn,
        """
        SELECT a.id, a.title, a.url, a.outlet_id AS source, o.name AS source_name, a.language, a.published_at,
               a.first_seen_at, a.group_id AS "group", a.relation, a.story_score AS score, a.story_why AS why,
               coalesce(a.agency, o.family, a.outlet_id, a.url) AS voice
        FROM articles a LEFT JOIN outlets o ON o.id = a.outlet_id WHERE a.story_id = :id
        ORDER BY a.first_seen_at, a.id
        """,
        {"id": story_id},
    )
    named = _rows(
        conn,
        """
        SELECT n.what, n.kind, n.ref, mode() WITHIN GROUP (ORDER BY n.name) AS name, count(DISTINCT a.id) AS articles
        FROM annotations n JOIN articles a ON a.id = n.article_id
        WHERE a.story_id = :id AND n.ref IS NOT NULL
          AND (n.what = 'place' OR n.what = 'entity' AND n.kind IN ('person', 'org'))
        GROUP BY n.what, n.kind, n.ref ORDER BY articles DESC, name LIMIT 60
        """,
        {"id": story_id},
    )
    development = _rows(
        conn,
        """
        SELECT e.at, e.kind, e.article_id AS article, e.other_id AS other, e.detail, a.title, a.outlet_id AS source
        FROM story_events e LEFT JOIN articles a ON a.id = e.article_id WHERE e.story_id = :id ORDER BY e.id
        """,
        {"id": story_id},
    )
    places = [
        {"ref": row["ref"], "name": row["name"], "articles": row["articles"]} for row in named if row["what"] == "place"
    ]
    entities = [
        {"ref": row["ref"], "kind": row["kind"], "name": row["name"], "articles": row["articles"]}
        for row in named
        if row["what"] == "entity"
    ]
    return {
        **found[0], "places": places, "entities": entities, "members": members, "development": development,
        "rulings": rulings.of(conn, [row["id"] for row in members]),
    }  # fmt: skip


_ARTICLE = """
    a.id, a.link_id AS link, a.url, a.canonical_url, a.title, a.text, a.authors, a.published_at,
    a.published_precision, a.published_from, a.modified_at, a.language, a.section, a.tags, a.image, a.dateline,
    a.site_name, a.outlet_id AS source, o.name AS source_name, o.country, a.version, a.first_seen_at, a.parsed_at,
    a.withdrawn_at, a.agency, a.group_id AS "group", a.relation, a.group_score, a.story_id AS story, a.story_score
"""


def article(conn: Connection, article_id: int) -> dict[str, Any] | None:
    """One article with all that is known of it; None where there is none of that id.

    ``passages``: what a copy shares with the first of its group, longest first: words, places in its own text, and
    in that one's. ``rulings``: of operators, on its group and its story. ``copies``: the other members of its
    group. ``topics``: their names, by rule, model or a reader. ``annotations``: its own, or those of the first of
    its group, whose id stands in ``annotated``. ``versions``: what its outlet has replaced since, oldest first.
    """
    found = _rows(
        conn,
        f"""
        SELECT {_ARTICLE}, a.group_why, a.story_why, a.method, a.confidence, a.methods, a.confidences,
               a.charset, s.headline AS story_headline,
               s.articles AS story_articles
        FROM articles a LEFT JOIN outlets o ON o.id = a.outlet_id LEFT JOIN stories s ON s.id = a.story_id
        WHERE a.id = :id
        """,
        {"id": article_id},
    )
    if not found:
        return None
    first = found[0]["group"] or article_id
    return {
        **found[0],
        "copies": _copies(conn, first, but=article_id),
        "passages": _passages(conn, found[0]["text"], first) if first != article_id else [],
        "rulings": rulings.of(conn, _members(conn, first)),
        "topics": topics.names_of(conn, [article_id]).get(article_id, []),
        "annotated": first,
        "annotations": _annotations(conn, first),
        "versions": _rows(
            conn,
            "SELECT version, title, text, parsed_at FROM article_versions WHERE article_id = :id ORDER BY version",
            {"id": article_id},
        ),
    }


def group(conn: Connection, article_id: int) -> dict[str, Any] | None:
    """The group of an article: its id, its members in the order in which they were seen (the first 1,000), and what was
    ruled on them. None where there is no such article.
    """
    found = conn.execute(
        text("SELECT coalesce(group_id, id) FROM articles WHERE id = :id"), {"id": article_id}
    ).scalar_one_or_none()
    if found is None:
        return None
    members = _rows(
        conn,
        """
        SELECT a.id, a.title, a.url, a.outlet_id AS source, a.language, a.first_seen_at, a.relation,
               a.group_score AS score, a.group_why AS why, a.story_id AS story
        FROM articles a WHERE a.group_id = :group OR a.id = :group ORDER BY a.first_seen_at, a.id LIMIT 1000
        """,
        {"group": found},
    )
    return {"group": found, "members": members, "rulings": rulings.of(conn, [row["id"] for row in members])}


def _members(conn: Connection, group_id: int) -> list[int]:
    """The first articles of a group, itself included."""
    rows = conn.execute(
        text("SELECT id FROM articles WHERE group_id = :group ORDER BY id LIMIT 1000"), {"group": group_id}
    )
    return sorted({group_id, *rows.scalars()})


def _passages(conn: Connection, own: str, first_id: int) -> list[dict[str, Any]]:
    other = conn.execute(text("SELECT text FROM articles WHERE id = :id"), {"id": first_id}).scalar_one_or_none()
    return [
        {
            "words": one.words, "start": one.start, "end": one.end, "of": first_id, "of_start": one.other_start,
            "of_end": one.other_end,
        }
        for one in shared_passages(own, other or "")
    ]  # fmt: skip


def _copies(conn: Connection, group_id: int, *, but: int) -> list[dict[str, Any]]:
    return _rows(
        conn,
        """
        SELECT a.id, a.title, a.url, a.outlet_id AS source, a.language, a.first_seen_at, a.relation,
               a.group_score AS score, a.group_why AS why
        FROM articles a WHERE a.group_id = :group AND a.id <> :but ORDER BY a.first_seen_at, a.id LIMIT 200
        """,
        {"group": group_id, "but": but},
    )


def _annotations(conn: Connection, article_id: int) -> list[dict[str, Any]]:
    """What is said of an article. ``written``: the words at a quote or event; None of others, whose `text` tells."""
    return _rows(
        conn,
        """
        SELECT n.what, n.kind, n.ref, n.name, n.text, n.start, n."end", n.in_title, n.lat, n.lon, n.country, n.score,
               n.method, n.made_by, n.detail,
               CASE WHEN n.what IN ('quote', 'event')
                    THEN substr(CASE WHEN n.in_title THEN a.title ELSE a.text END, n.start + 1, n."end" - n.start)
               END AS written
        FROM annotations n JOIN articles a ON a.id = n.article_id
        WHERE n.article_id = :id ORDER BY n.what, n.in_title DESC, n.start, n.score DESC, n.id
        """,
        {"id": article_id},
    )


def export(
    conn: Connection, *, since: datetime | None = None, language: str | None = None, source: str | None = None
) -> Iterator[dict[str, Any]]:
    """Every article, oldest first, through a cursor of the server: memory does not grow with their number."""
    statement = text(
        f"""
        SELECT {_ARTICLE} FROM articles a LEFT JOIN outlets o ON o.id = a.outlet_id
        WHERE true {_FILTERS} ORDER BY a.id
        """
    )
    streaming = conn.execution_options(stream_results=True, max_row_buffer=200)
    with streaming.execute(statement, {"since": since, "language": language, "source": source}) as result:
        for row in result:
            yield dict(row._mapping)


# --- one link -----------------------------------------------------------------------------------------------------


def find_links(conn: Connection, wanted: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Id and state of the links that stand for URLs, in whatever spelling; unknown ones are left out."""
    keys = {url: key_hash(href) for url in wanted if (href := urls.normalise(url)) is not None}
    rows = conn.execute(
        text("SELECT key, id, state FROM links WHERE key = ANY(:keys)"), {"keys": sorted(set(keys.values()))}
    )
    found = {bytes(row.key): (int(row.id), str(row.state)) for row in rows}
    return {url: found[key] for url, key in keys.items() if key in found}


def trace(conn: Connection, link_id: int) -> dict[str, Any] | None:
    """A link, where it stands, and its crumbs in order; None where there is none of that id."""
    found = _rows(
        conn,
        """
        SELECT l.id, l.url, l.fetch_url, l.host, l.outlet_id AS source, l.channel_id AS channel, c.url AS channel_url,
               l.found_at, l.state, l.due_at, l.attempts, l.lease_until, l.lease_worker, l.code, l.message, l.evidence,
               l.parked_from, l.redirects, l.moved_to, l.page_id AS page, l.article_id AS article, l.hint, l.changed_at,
               a.group_id AS "group", a.story_id AS story
        FROM links l LEFT JOIN channels c ON c.id = l.channel_id
        LEFT JOIN articles a ON a.id = l.article_id WHERE l.id = :id
        """,
        {"id": link_id},
    )
    if not found:
        return None
    crumbs = _rows(
        conn,
        "SELECT at, stage, outcome, code, message, detail, worker FROM crumbs WHERE link_id = :id ORDER BY at, id",
        {"id": link_id},
    )
    return {**found[0], "crumbs": crumbs}


def standing(conn: Connection, link_ids: Sequence[int]) -> list[dict[str, Any]]:
    """How far links have come: ``id url state code message article story``, in the order of their ids."""
    return _rows(
        conn,
        """
        SELECT l.id, l.url, l.state, l.code, l.message, coalesce(l.article_id, m.article_id) AS article,
               a.group_id AS "group", a.story_id AS story
        FROM links l LEFT JOIN links m ON m.id = l.moved_to
        LEFT JOIN articles a ON a.id = coalesce(l.article_id, m.article_id)
        WHERE l.id = ANY(:ids) ORDER BY l.id
        """,
        {"ids": list(link_ids)},
    )


# --- sources ------------------------------------------------------------------------------------------------------


def sources(conn: Connection, *, outlet_id: str | None = None) -> list[dict[str, Any]]:
    """Outlets with their channels and how those do; channels that a sitemap index named stand under their own index.

    ``new_day``: links that were found in the last 24 hours. ``expected_day``: how many are expected.
    ``state``, ``state_since``, ``reason``: its health.
    """
    return _rows(
        conn,
        """
        SELECT o.id, o.name, o.family, o.country, o.language, o.time_zone, o.home, o.delay_seconds, o.expect,
            o.created_at, coalesce(h.state, 'not_judged') AS state, h.since AS state_since, h.reason,
            (SELECT CAST(one ->> 'expected' AS float8) FROM jsonb_array_elements(h.facts -> 'outlook') AS one
             WHERE one ->> 'span' = '24 h') AS expected_day,
            (SELECT count(*) FROM articles a WHERE a.outlet_id = o.id) AS articles,
            (SELECT max(first_seen_at) FROM articles a WHERE a.outlet_id = o.id) AS newest_at,
            (SELECT count(*) FROM links l WHERE l.outlet_id = o.id AND l.found_at > now() - interval '1 day')
                AS new_day,
            coalesce(max(c.failures), 0) AS failures, max(c.ok_at) AS ok_at, sum(c.found)::bigint AS found,
            coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'url', c.url, 'due_at', c.due_at,
                'visits', c.visits, 'found', c.found, 'ok_at', c.ok_at, 'failures', c.failures, 'code', c.code,
                'message', c.message, 'unverified', c.unverified, 'items_a_day', c.rate * 24, 'due_why', c.due_why,
                'push', (SELECT jsonb_build_object('state', s.state, 'hub', s.hub, 'topic', s.topic,
                    'lease_until', s.lease_until, 'last_push', s.last_push, 'pushes', s.pushes, 'trust', s.trust,
                    'misses', s.misses, 'last_error', s.last_error) FROM subscriptions s WHERE s.channel_id = c.id),
                'children', (SELECT count(*) FROM channels s WHERE s.parent_id = c.id)) ORDER BY c.id)
                FILTER (WHERE c.id IS NOT NULL), '[]') AS channels
        FROM outlets o LEFT JOIN channels c ON c.outlet_id = o.id AND c.parent_id IS NULL
        LEFT JOIN outlet_health h ON h.outlet_id = o.id
        WHERE CAST(:outlet AS text) IS NULL OR o.id = :outlet
        GROUP BY o.id, h.outlet_id ORDER BY o.country, o.id
        """,
        {"outlet": outlet_id},
    )


# --- how all stands -----------------------------------------------------------------------------------------------


def outlets_count(conn: Connection) -> int:
    """How many outlets are watched."""
    return int(conn.execute(text("SELECT count(*) FROM outlets")).scalar_one())


def status(conn: Connection, *, hours: int = 24) -> dict[str, Any]:
    """How the ledger stands now.

    Returns:
        ``links``: number by state, every known state named. ``total``: all links, counted apart. ``adds_up``: whether
        the states sum up to the total. ``waiting``: by stage the links in its state, those that are due and in
        nobody's hands, those under way, and the seconds that the oldest due one has waited. ``stages``: outcomes of
        the last `hours` by stage. ``push``: subscriptions at hubs by state.
        ``channels``, ``hosts``, ``kept``, ``deliveries``: numbers.
    """
    counted = {row["state"]: row["n"] for row in _rows(conn, "SELECT state, count(*) AS n FROM links GROUP BY state")}
    links = {state.value: counted.pop(state.value, 0) for state in (*WAITING, *ENDS)}
    total = int(conn.execute(text("SELECT count(*) FROM links")).scalar_one())
    return {
        "links": {**links, **counted},
        "total": total,
        "adds_up": sum(links.values()) == total,
        "waiting": _waiting(conn),
        "stages": _outcomes(conn, hours),
        "hours": hours,
        "parked": {
            row["code"] or "": row["n"]
            for row in _rows(
                conn,
                "SELECT code, count(*) AS n FROM links WHERE state = 'parked' GROUP BY code ORDER BY n DESC, code",
            )
        },
        "channels": _one(
            conn,
            """
            SELECT count(*) AS channels, count(*) FILTER (WHERE failures > 0) AS failing,
                   count(*) FILTER (WHERE visits = 0) AS never_visited,
                   coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())), 0)::float8
                       AS overdue_seconds
            FROM channels
            """,
        ),
        "push": {state: n for state, n in subscriptions.states(conn).items() if n},
        "hosts": _one(
            conn,
            "SELECT count(*) AS hosts, count(*) FILTER (WHERE blocked_until > now()) AS blocked, "
            "count(*) FILTER (WHERE busy_until > now() AND busy_by IS NOT NULL) AS busy FROM hosts",
        ),
        "blocked": _rows(
            conn,
            "SELECT host, blocked_until, blocked_code, failures FROM hosts WHERE blocked_until > now() "
            "ORDER BY blocked_until DESC, host LIMIT 20",
        ),
        "kept": _one(
            conn,
            "SELECT (SELECT count(*) FROM outlets) AS outlets, (SELECT count(*) FROM articles) AS articles, "
            "(SELECT count(*) FROM articles WHERE group_id = id) AS groups, "
            "(SELECT count(*) FROM stories) AS stories, (SELECT count(*) FROM watches) AS watches",
        ),
        "deliveries": {
            row["state"]: row["n"]
            for row in _rows(conn, "SELECT state, count(*) AS n FROM deliveries GROUP BY state ORDER BY state")
        },
    }


def _one(conn: Connection, statement: str) -> dict[str, Any]:
    return _rows(conn, statement)[0]


def _waiting(conn: Connection) -> dict[str, dict[str, Any]]:
    """Of each stage: what waits for it. `FOUND` waits for the grant of the dispatcher, host by host."""
    rows = _rows(
        conn,
        """
        SELECT state, count(*) AS links,
               count(*) FILTER (WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())) AS due,
               count(*) FILTER (WHERE lease_until >= now()) AS under_way,
               coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())), 0)::float8
                   AS oldest_seconds
        FROM links WHERE state = ANY(:states) GROUP BY state
        """,
        {"states": [state.value for state in WAITING]},
    )
    found = {row.pop("state"): row for row in rows}
    nothing = {"links": 0, "due": 0, "under_way": 0, "oldest_seconds": 0.0}
    return {BY_STATE[state].stage.value: found.get(state.value, nothing) for state in WAITING}


def _outcomes(conn: Connection, hours: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in _rows(
        conn,
        "SELECT stage, outcome, sum(n)::bigint AS n FROM tallies "
        "WHERE stage = ANY(:stages) AND at > now() - make_interval(hours => :hours) "
        "GROUP BY stage, outcome ORDER BY stage, outcome",
        {"hours": hours, "stages": [stage.value for stage in Stage]},
    ):
        found.setdefault(row["stage"], {})[row["outcome"]] = row["n"]
    return found

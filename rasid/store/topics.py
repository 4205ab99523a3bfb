"""Topics of the readers: their rules, the articles that they tagged, and what was learned of those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: Models of one topic that are kept; older ones go.
_MODELS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Topic:
    """What readers call some articles. `query` is its rule; None where only tags and a model tell."""

    id: int
    name: str
    query: str | None


@dataclass(frozen=True, slots=True)
class NewModel:
    """What was learned of a topic.

    Attributes:
        features: number of the way in which articles were made into numbers.
        weights: packed, see `rasid.enrich.topics.pack`.
        scores: how well it does on examples that it has not seen.
        used: whether it tags articles; one that is too weak is kept to be looked at.
    """

    topic_id: int
    features: int
    weights: bytes
    bias: float
    threshold: float
    scores: dict[str, Any]
    used: bool


# --- topics and rules -----------------------------------------------------------------------------------------------


def put(conn: Connection, *, name: str, query: str | None) -> Topic:
    """Save a topic under its name; one of that name, in whatever case, gets this rule."""
    row = conn.execute(
        text(
            """
            INSERT INTO topics (key, name, query) VALUES (:key, :name, :query)
            ON CONFLICT (key) DO UPDATE SET query = excluded.query, changed_at = now()
            RETURNING id, name, query
            """
        ),
        {"key": name.casefold(), "name": name, "query": query},
    ).one()
    return Topic(**row._mapping)


def find(conn: Connection, name: str) -> Topic | None:
    """The topic of a name, in whatever case."""
    row = conn.execute(
        text("SELECT id, name, query FROM topics WHERE key = :key"), {"key": name.casefold()}
    ).one_or_none()
    return Topic(**row._mapping) if row is not None else None


def every(conn: Connection) -> list[Topic]:
    """All topics by name."""
    return [Topic(**row._mapping) for row in conn.execute(text("SELECT id, name, query FROM topics ORDER BY key"))]


def remove(conn: Connection, topic_id: int) -> None:
    """Take a topic away, with its tags, its models, and what was said of articles by it."""
    conn.execute(text("DELETE FROM annotations WHERE ref = :ref AND what = 'topic'"), {"ref": f"topic:{topic_id}"})
    conn.execute(text("DELETE FROM topics WHERE id = :id"), {"id": topic_id})


def report(conn: Connection, *, topic_id: int | None = None) -> list[dict[str, Any]]:
    """Topics by name with their rule, tags, and model, and how many articles they have.

    ``tagged``, ``refused``: articles of which a reader said that they are of it, or are not. ``by_rule``, ``by_model``:
    articles that the enricher took for it, a group of copies once. ``rule_found``: tagged ones that its rule found;
    ``rule_wrong``: refused ones that it found.
    ``model``: version, time, scores of the last one, and whether it is used; None where none was learned.
    """
    rows = conn.execute(
        text(
            """
            SELECT t.id, t.name, t.query, t.created_at, t.changed_at, g.tagged, g.refused, g.rule_found, g.rule_wrong,
                   n.by_rule, n.by_model,
                   (SELECT jsonb_build_object('version', m.version, 'made_at', m.made_at, 'used', m.used,
                                              'threshold', m.threshold) || m.scores
                    FROM topic_models m WHERE m.topic_id = t.id ORDER BY m.version DESC LIMIT 1) AS model
            FROM topics t, LATERAL (
                SELECT count(*) FILTER (WHERE method = 'rule') AS by_rule,
                       count(*) FILTER (WHERE method = 'model') AS by_model
                FROM annotations WHERE ref = 'topic:' || t.id AND what = 'topic') AS n, LATERAL (
                SELECT count(*) FILTER (WHERE positive) AS tagged, count(*) FILTER (WHERE NOT positive) AS refused,
                       count(*) FILTER (WHERE positive AND ruled) AS rule_found,
                       count(*) FILTER (WHERE NOT positive AND ruled) AS rule_wrong
                FROM (SELECT k.positive, EXISTS (
                          SELECT 1 FROM annotations o
                          WHERE o.ref = 'topic:' || t.id AND o.article_id = coalesce(a.group_id, a.id)
                            AND o.what = 'topic' AND o.method = 'rule') AS ruled
                      FROM topic_tags k JOIN articles a ON a.id = k.article_id WHERE k.topic_id = t.id) AS one) AS g
            WHERE CAST(:id AS bigint) IS NULL OR t.id = :id ORDER BY t.key
            """
        ),
        {"id": topic_id},
    )
    return [dict(row._mapping) for row in rows]


# --- tags -----------------------------------------------------------------------------------------------------------


def tag(conn: Connection, topic_id: int, article_ids: Sequence[int], *, positive: bool, by: str) -> list[int]:
    """Note that articles are of a topic, or are not; what was said of them before is replaced.

    Returns:
        Those of the ids of which there is no article; the others are noted.
    """
    known = conn.execute(text("SELECT id FROM articles WHERE id = ANY(:ids)"), {"ids": list(article_ids)}).scalars()
    there = sorted(set(known))
    if there:
        conn.execute(
            text(
                """
                INSERT INTO topic_tags (topic_id, article_id, positive, by) VALUES (:topic, :article, :positive, :by)
                ON CONFLICT (topic_id, article_id) DO UPDATE
                SET positive = excluded.positive, by = excluded.by, at = now()
                """
            ),
            [{"topic": topic_id, "article": one, "positive": positive, "by": by} for one in there],
        )
    return sorted(set(article_ids) - set(there))


def forget(conn: Connection, topic_id: int, article_ids: Sequence[int]) -> int:
    """Take back what was said of articles, either way. Returns how many there were."""
    return conn.execute(
        text("DELETE FROM topic_tags WHERE topic_id = :topic AND article_id = ANY(:ids)"),
        {"topic": topic_id, "ids": list(article_ids)},
    ).rowcount


def names_of(conn: Connection, article_ids: Sequence[int]) -> dict[int, list[str]]:
    """Names of the topics of articles: what the enricher or a reader took them for, but for what a reader refused."""
    rows = conn.execute(
        text(
            """
            SELECT a.id, t.name FROM articles a JOIN topics t ON true
            LEFT JOIN topic_tags g ON g.topic_id = t.id AND g.article_id = a.id
            WHERE a.id = ANY(:ids) AND CASE WHEN g.positive IS NOT NULL THEN g.positive ELSE EXISTS (
                SELECT 1 FROM annotations n
                WHERE n.article_id = coalesce(a.group_id, a.id) AND n.what = 'topic' AND n.ref = 'topic:' || t.id) END
            ORDER BY a.id, t.name
            """
        ),
        {"ids": list(article_ids)},
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row.name)
    return found


# --- learning -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """An article to learn from.

    Attributes:
        positive: whether it is of the topic. asked: whether a reader said so; of others it is but likely that they are
            none.
        story_id: None where it is in none.
        refs: ids of the places and entities that it names.
    """

    id: int
    title: str
    text: str
    language: str | None
    story_id: int | None
    positive: bool
    asked: bool
    refs: tuple[str, ...]


#: Examples of each kind, the newest first; characters of a text that are read.
_EXAMPLES, _CHARACTERS = 5_000, 20_000
#: Articles without a tag that stand for all that is none of a topic: so many for each tagged one, and at least.
_OTHERS, _LEAST_OTHERS = 5, 200
#: They are drawn from among so many of the newest articles.
_NEWEST = 200_000


def examples(conn: Connection, topic_id: int) -> Iterator[Example]:
    """Articles to learn a topic from, a group of copies once: tagged and refused ones, and others without a tag.

    The others are drawn by chance (the same for the same store) from the newest articles that are not taken for the
    topic by its rule or a model.
    """
    tagged = conn.execute(_TAGGED, {"topic": topic_id, "limit": _EXAMPLES, "characters": _CHARACTERS}).all()
    yield from (_example(row, asked=True) for row in tagged)
    wanted = sum(row.positive for row in tagged)
    others = conn.execute(
        _UNTAGGED,
        {
            "topic": topic_id,
            "ref": f"topic:{topic_id}",
            "newest": _NEWEST,
            "limit": min(max(_OTHERS * wanted, _LEAST_OTHERS), _EXAMPLES),
            "characters": _CHARACTERS,
        },
    )
    yield from (_example(row, asked=False) for row in others)


def _example(row: Any, *, asked: bool) -> Example:
    return Example(
        row.id, row.title, row.text, row.language, row.story_id, bool(row.positive), asked, tuple(row.refs or ())
    )


_REFS = """
    (SELECT array_agg(n.ref) FROM annotations n
     WHERE n.article_id = a.id AND n.what IN ('entity', 'place') AND n.ref IS NOT NULL) AS refs
"""
_TAGGED = text(
    f"""
    WITH said AS (
        SELECT DISTINCT ON (coalesce(a.group_id, a.id)) coalesce(a.group_id, a.id) AS id, g.positive, g.at
        FROM topic_tags g JOIN articles a ON a.id = g.article_id WHERE g.topic_id = :topic
        ORDER BY coalesce(a.group_id, a.id), g.at DESC
    )
    SELECT a.id, a.title, left(a.text, :characters) AS text, a.language, a.story_id, s.positive, {_REFS}
    FROM said s JOIN articles a USING (id) ORDER BY s.at DESC, a.id LIMIT :limit
    """
)
# The hash of the id draws by chance and yet the same at each call.
_UNTAGGED = text(
    f"""
    WITH drawn AS (
        SELECT a.id FROM articles a
        WHERE a.id > (SELECT max(id) FROM articles) - :newest AND (a.group_id IS NULL OR a.group_id = a.id)
          AND NOT EXISTS (SELECT 1 FROM topic_tags g JOIN articles m ON m.id = g.article_id
                          WHERE g.topic_id = :topic AND coalesce(m.group_id, m.id) = a.id)
          AND NOT EXISTS (SELECT 1 FROM annotations n
                          WHERE n.article_id = a.id AND n.what = 'topic' AND n.ref = :ref)
        ORDER BY hashint8(a.id) LIMIT :limit
    )
    SELECT a.id, a.title, left(a.text, :characters) AS text, a.language, a.story_id, false AS positive, {_REFS}
    FROM drawn JOIN articles a USING (id) ORDER BY a.id
    """
)


def save_model(conn: Connection, model: NewModel) -> int:
    """Keep a model as the newest of its topic. Returns its version."""
    version = conn.execute(
        text(
            """
            INSERT INTO topic_models (topic_id, version, features, weights, bias, threshold, scores, used)
            SELECT :topic_id, coalesce(max(version), 0) + 1, :features, :weights, :bias, :threshold, :scores, :used
            FROM topic_models WHERE topic_id = :topic_id RETURNING version
            """
        ).bindparams(bindparam("scores", type_=JSONB)),
        asdict(model),
    ).scalar_one()
    conn.execute(
        text("DELETE FROM topic_models WHERE topic_id = :topic AND version <= :before"),
        {"topic": model.topic_id, "before": int(version) - _MODELS_KEPT},
    )
    return int(version)


def in_use(conn: Connection) -> list[dict[str, Any]]:
    """Topics with a rule or a model: ``id name query model``; `model` is the version that tags, None for none."""
    rows = conn.execute(
        text(
            """
            SELECT * FROM (
                SELECT t.id, t.name, t.query,
                       (SELECT CASE WHEN m.used THEN m.version END FROM topic_models m WHERE m.topic_id = t.id
                        ORDER BY m.version DESC LIMIT 1) AS model
                FROM topics t) AS one
            WHERE query IS NOT NULL OR model IS NOT NULL ORDER BY id
            """
        )
    )
    return [dict(row._mapping) for row in rows]


def models(conn: Connection, wanted: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Models by topic and version, with the names of their topics."""
    rows = conn.execute(
        text(
            """
            SELECT m.topic_id, t.name, m.version, m.features, m.weights, m.bias, m.threshold
            FROM topic_models m JOIN topics t ON t.id = m.topic_id
            JOIN unnest(CAST(:topics AS bigint[]), CAST(:versions AS int[])) AS w(topic_id, version)
                 ON m.topic_id = w.topic_id AND m.version = w.version
            ORDER BY m.topic_id
            """
        ),
        {"topics": [topic for topic, _ in wanted], "versions": [version for _, version in wanted]},
    )
    return [dict(row._mapping) for row in rows]

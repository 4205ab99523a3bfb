"""Stories: the documents that are compared, the index that finds them, and the numbers of each story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: Two articles on one event that are looked at together must see each other: saving takes turns.
_LOCK = 7_245_774


@dataclass(frozen=True, slots=True)
class Doc:
    """A stored story document. `data` is opaque here: the cluster stage packs and unpacks it."""

    article_id: int
    story_id: int
    seen_at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class Joining:
    """An article, the story that it joins, its links (log-odds by article), and why."""

    article_id: int
    story_id: int
    seen_at: datetime
    data: bytes
    keys: tuple[str, ...]
    links: dict[int, float]
    score: float
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the development of a story.

    `kind`: ``opened`` or ``joined`` by an article; ``merged`` (story `other_id` came in); ``came`` and ``left`` (an
    article, from or to story `other_id`).
    """

    story_id: int
    kind: str
    article_id: int | None = None
    other_id: int | None = None
    detail: dict[str, Any] | None = None


def take_turn(conn: Connection) -> None:
    """Wait until this transaction is the only one that changes stories."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def candidates(
    conn: Connection, keys: Sequence[str], *, since: datetime, until: datetime, but: int, most: int, fewer: int
) -> list[Doc]:
    """Documents that share keys, seen between `since` and `until`, leaving out article `but`.

    Args:
        most: documents that share three keys and more, most first.
        fewer: documents that share two, those of the rarest first.
    """
    rows = conn.execute(
        text(
            """
            WITH hits AS (
                SELECT article_id, 1.0 / count(*) OVER (PARTITION BY key) AS rarity FROM story_keys
                WHERE key = ANY(:keys) AND seen_at BETWEEN :since AND :until AND article_id <> :but
            ), near AS (
                SELECT article_id, count(*) AS shared, sum(rarity) AS rarity FROM hits
                GROUP BY article_id HAVING count(*) > 1
            ), chosen AS (
                (SELECT article_id FROM near WHERE shared > 2 ORDER BY shared DESC, article_id LIMIT :most)
                UNION ALL
                (SELECT article_id FROM near WHERE shared = 2 ORDER BY rarity DESC, article_id LIMIT :fewer)
            )
            SELECT d.article_id, d.story_id, d.seen_at, d.data FROM chosen JOIN story_docs d USING (article_id)
            ORDER BY d.article_id
            """
        ),
        {"keys": list(keys), "since": since, "until": until, "but": but, "most": most, "fewer": fewer},
    )
    return [Doc(row.article_id, row.story_id, row.seen_at, bytes(row.data)) for row in rows]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Stories around an article.

    Attributes:
        members: (article, story).
        links: (article, other, log-odds).
        pinned: members that a ruling holds where they are.
        apart: pairs of stories that a ruling keeps apart.
        loose: stories that a ruling made of several.
    """

    members: list[tuple[int, int]]
    links: list[tuple[int, int, float]]
    pinned: set[int]
    apart: list[tuple[int, int]]
    loose: set[int]


def around(conn: Connection, article_ids: Sequence[int], *, since: datetime, but: int, limit: int) -> Neighbourhood:
    """The stories of articles, and the stories that their members are linked to, with all links among them.

    Args:
        since: members seen before take no part any more.
        but: an article that is left out.
        limit: members of one story, the newest.
    """
    seen = {"since": since, "but": but, "limit": limit}
    inner = _members(
        conn, "SELECT story_id FROM story_docs WHERE article_id = ANY(:ids)", ids=list(article_ids), **seen
    )
    outer = _members(
        conn,
        """
        SELECT d.story_id FROM story_links l JOIN story_docs d ON d.article_id = l.other_id
        WHERE l.article_id = ANY(:ids) AND NOT d.story_id = ANY(:stories)
        """,
        ids=[one for one, *_ in inner], stories=[story for _, story, _ in inner], **seen,
    )  # fmt: skip
    found = [*inner, *outer]
    ids = [one for one, *_ in found]
    rows = conn.execute(
        text(
            "SELECT article_id, other_id, odds FROM story_links WHERE article_id = ANY(:ids) AND other_id = ANY(:ids)"
        ),
        {"ids": ids},
    )
    return Neighbourhood(
        [(one, story) for one, story, _ in found],
        [(row.article_id, row.other_id, row.odds) for row in rows],
        {one for one, _, pinned in found if pinned},
        kept_apart(conn, sorted({story for _, story, _ in found})),
        _put_together(conn, sorted({story for _, story, _ in found})),
    )


def kept_apart(conn: Connection, story_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of stories that somebody ruled to be two, of which one at least is among those that are given."""
    rows = conn.execute(
        text(
            """
            SELECT DISTINCT a.story_id, o.story_id FROM rulings r
            JOIN articles a ON a.id = r.article_id JOIN articles o ON o.id = r.other_id
            WHERE r.ended_at IS NULL AND r.subject = 'story' AND r.what = 'apart' AND a.story_id <> o.story_id
              AND (a.story_id = ANY(:ids) OR o.story_id = ANY(:ids))
            """
        ),
        {"ids": list(story_ids)},
    )
    return [(row[0], row[1]) for row in rows]


def _put_together(conn: Connection, story_ids: Sequence[int]) -> set[int]:
    """Those stories that somebody ruled to be one."""
    rows = conn.execute(
        text(
            """
            SELECT a.story_id FROM rulings r
            JOIN articles a ON a.id = r.article_id JOIN articles o ON o.id = r.other_id AND o.story_id = a.story_id
            WHERE r.ended_at IS NULL AND r.subject = 'story' AND r.what = 'together' AND a.story_id = ANY(:ids)
            """
        ),
        {"ids": list(story_ids)},
    )
    return set(rows.scalars())


def is_pinned(conn: Connection, article_id: int) -> bool:
    """Whether a ruling holds an article in its story."""
    found = conn.execute(
        text(
            "SELECT 1 FROM story_docs d JOIN rulings r ON r.id = d.ruling AND r.ended_at IS NULL "
            "JOIN articles a ON a.id = d.article_id AND a.story_id = d.story_id WHERE d.article_id = :id"
        ),
        {"id": article_id},
    ).first()
    return found is not None


def _members(conn: Connection, which: str, **values: Any) -> list[tuple[int, int, bool]]:
    """(article, story, whether a ruling holds it there)."""
    rows = conn.execute(
        text(
            f"""
            SELECT d.article_id, d.story_id, r.id IS NOT NULL AS pinned FROM (
                SELECT article_id, story_id, ruling,
                       row_number() OVER (PARTITION BY story_id ORDER BY article_id DESC) AS n
                FROM story_docs WHERE story_id IN ({which}) AND seen_at >= :since AND article_id <> :but
            ) d LEFT JOIN rulings r ON r.id = d.ruling AND r.ended_at IS NULL
            WHERE n <= :limit ORDER BY d.article_id
            """
        ),
        values,
    )
    return [(row.article_id, row.story_id, row.pinned) for row in rows]


def is_alone(conn: Connection, article_id: int, story_id: int) -> bool:
    """Whether no other document is in the story: copies do not count, for they follow."""
    found = conn.execute(
        text("SELECT 1 FROM story_docs WHERE story_id = :story AND article_id <> :id LIMIT 1"),
        {"story": story_id, "id": article_id},
    ).first()
    return found is None


def open_story(conn: Connection, *, article_id: int, headline: str, seen_at: datetime) -> int:
    """Open a story, and give its id."""
    return int(
        conn.execute(
            text("INSERT INTO stories (headline, headline_id, first_seen_at) VALUES (:title, :id, :seen) RETURNING id"),
            {"title": headline, "id": article_id, "seen": seen_at},
        ).scalar_one()
    )


def join(conn: Connection, joining: Joining) -> None:
    """Write that an article is in a story, its document, by what it is found, and how it is linked to others."""
    conn.execute(
        text(
            """
            INSERT INTO story_docs (article_id, story_id, seen_at, data) VALUES (:id, :story, :seen, :data)
            ON CONFLICT (article_id) DO UPDATE
            SET story_id = excluded.story_id, seen_at = excluded.seen_at, data = excluded.data
            """
        ),
        {"id": joining.article_id, "story": joining.story_id, "seen": joining.seen_at, "data": joining.data},
    )
    conn.execute(text("DELETE FROM story_keys WHERE article_id = :id"), {"id": joining.article_id})
    if joining.keys:
        conn.execute(
            text("INSERT INTO story_keys (key, article_id, seen_at) SELECT unnest(CAST(:keys AS text[])), :id, :seen"),
            {"keys": sorted(set(joining.keys)), "id": joining.article_id, "seen": joining.seen_at},
        )
    _link(conn, joining.article_id, joining.links)
    _tell(conn, joining.article_id, joining.story_id, joining.score, joining.why)


def _link(conn: Connection, article_id: int, links: Mapping[int, float]) -> None:
    """Both ways, so that either end finds the other by one index."""
    conn.execute(text("DELETE FROM story_links WHERE article_id = :id OR other_id = :id"), {"id": article_id})
    rows = [{"id": article_id, "other": other, "odds": odds} for other, odds in links.items()]
    if rows:
        conn.execute(
            text(
                "INSERT INTO story_links (article_id, other_id, odds) VALUES (:id, :other, :odds), (:other, :id, :odds)"
            ),
            rows,
        )


def _tell(conn: Connection, article_id: int, story_id: int, score: float, why: Mapping[str, Any]) -> None:
    conn.execute(
        text("UPDATE articles SET story_id = :story, story_score = :score, story_why = :why WHERE id = :id").bindparams(
            bindparam("why", type_=JSONB)
        ),
        {"story": story_id, "score": score, "why": dict(why), "id": article_id},
    )


def move(conn: Connection, article_id: int, *, old: int, new: int, score: float, merged: bool) -> None:
    """Put an article and its copies into another story, and remember from where it came.

    Args:
        merged: it goes with its whole story: alerts that were sent for the old one count for the new.
    """
    conn.execute(text("UPDATE story_docs SET story_id = :new WHERE article_id = :id"), {"new": new, "id": article_id})
    _tell(conn, article_id, new, score, {"rung": "merged" if merged else "moved", "from": old})
    conn.execute(
        text("UPDATE articles SET story_id = :new WHERE group_id = :id AND id <> :id"), {"new": new, "id": article_id}
    )
    if merged:
        _hand_over(conn, old, new)


def rule(conn: Connection, article_ids: Sequence[int], *, new: int, ruling: int, merged: int | None = None) -> None:
    """Put firsts and their copies into a story because somebody ruled so.

    Args:
        merged: the story that they all were, which is one with `new` now: its alerts count for that.
    """
    ids = {"ids": list(article_ids), "new": new}
    conn.execute(text("UPDATE story_docs SET story_id = :new WHERE article_id = ANY(:ids)"), ids)
    conn.execute(
        text(
            "UPDATE articles SET story_id = :new, story_score = 1, "
            "story_why = jsonb_build_object('rung', 'ruling', 'ruling', :ruling) WHERE id = ANY(:ids)"
        ).bindparams(bindparam("ruling", type_=BigInteger)),
        {**ids, "ruling": ruling},
    )
    conn.execute(text("UPDATE articles SET story_id = :new WHERE group_id = ANY(:ids) AND NOT id = ANY(:ids)"), ids)
    if merged is not None:
        _hand_over(conn, merged, new)


def pin(conn: Connection, story_ids: Sequence[int], *, ruling: int) -> None:
    """Let a ruling hold all present members of stories where they are."""
    conn.execute(
        text("UPDATE story_docs SET ruling = :ruling WHERE story_id = ANY(:ids)"),
        {"ids": list(story_ids), "ruling": ruling},
    )


def _hand_over(conn: Connection, old: int, new: int) -> None:
    """Alerts that were sent for a story count for the one that it went into."""
    conn.execute(
        text(
            """
            UPDATE deliveries d SET story_id = :new WHERE story_id = :old AND NOT EXISTS (
                SELECT 1 FROM deliveries o WHERE o.watch_id = d.watch_id AND o.story_id = :new)
            """
        ),
        {"old": old, "new": new},
    )


def record(conn: Connection, events: Sequence[Event]) -> None:
    """Add to the development of stories."""
    if events:
        conn.execute(
            text(
                """
                INSERT INTO story_events (story_id, kind, article_id, other_id, detail)
                VALUES (:story_id, :kind, :article_id, :other_id, :detail)
                """
            ).bindparams(bindparam("detail", type_=JSONB)),
            [
                {"story_id": e.story_id, "kind": e.kind, "article_id": e.article_id, "other_id": e.other_id,
                 "detail": e.detail}
                for e in events
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """What copies did that followed their firsts: new members by story, and stories that some came from or went to."""

    joined: dict[int, int]
    moved: set[int]


def follow_first(conn: Connection, article_ids: Sequence[int]) -> Followed:
    """Put copies into the story of the first of their group, whichever of them came through first."""
    rows = conn.execute(
        text(
            """
            WITH behind AS (
                SELECT c.id, c.story_id AS was, f.id AS first, f.story_id AS story, f.story_score AS score
                FROM articles c JOIN articles f ON f.id = c.group_id
                WHERE (c.id = ANY(:ids) OR c.group_id = ANY(:ids)) AND c.id <> c.group_id
                  AND f.story_id IS NOT NULL AND c.story_id IS DISTINCT FROM f.story_id
            )
            UPDATE articles a SET story_id = b.story, story_score = b.score,
                   story_why = jsonb_build_object('rung', 'copy', 'of', b.first)
            FROM behind b WHERE a.id = b.id RETURNING b.story, b.was
            """
        ),
        {"ids": list(article_ids)},
    ).all()
    joined = Counter(row.story for row in rows if row.was is None)
    return Followed(dict(joined), {story for row in rows if row.was is not None for story in (row.story, row.was)})


def add_copies(conn: Connection, joined: Mapping[int, int]) -> None:
    """Count copies that came into stories: these have no voice and no headline, so that nothing else changes there.

    A flood of copies so costs what each of them costs, not what all before it did.
    """
    if joined:
        conn.execute(
            text("UPDATE stories SET articles = articles + :n, changed_at = now() WHERE id = :story"),
            [{"story": story, "n": n} for story, n in sorted(joined.items())],
        )


def speak_for(conn: Connection, first_id: int, *, others: Sequence[int]) -> None:
    """Let the first of a group speak for articles that were firsts themselves so far: they are copies in stories too.

    It takes over the story of the first of them that has one, unless it has its own. A story that nobody tells any more
    is merged into it. Takes the turn.
    """
    take_turn(conn)
    ids = {"first": first_id, "others": list(others)}
    told = conn.execute(
        text("SELECT id, story_id FROM articles WHERE id = ANY(:others) AND story_id IS NOT NULL ORDER BY id"), ids
    ).all()
    conn.execute(text("DELETE FROM story_docs WHERE article_id = ANY(:others)"), ids)
    if not told:
        return
    conn.execute(
        text("UPDATE articles SET story_id = coalesce(story_id, :story) WHERE id = :first"),
        {**ids, "story": told[0].story_id},
    )
    follow_first(conn, [first_id])
    story = conn.execute(text("SELECT story_id FROM articles WHERE id = :first"), ids).scalar_one()
    for old in {row.story_id for row in told} - {story}:
        if conn.execute(text("SELECT 1 FROM story_docs WHERE story_id = :old LIMIT 1"), {"old": old}).first() is None:
            _hand_over(conn, old, story)
            record(conn, [Event(story, "merged", first_id, old)])
    refresh(conn, sorted({story, *(row.story_id for row in told)}))


def leave(conn: Connection, article_ids: Sequence[int], story_id: int | None) -> None:
    """Take articles out of a story; they find theirs when they come through the stage again. Takes the turn."""
    if story_id is None:
        return
    take_turn(conn)
    no_longer_tell(conn, article_ids)
    conn.execute(
        text("UPDATE articles SET story_id = NULL, story_score = NULL, story_why = NULL WHERE id = ANY(:ids)"),
        {"ids": list(article_ids)},
    )
    refresh(conn, [story_id])


def copies_among(conn: Connection, article_ids: Sequence[int]) -> set[int]:
    """Those of some articles that are copies of another."""
    rows = conn.execute(
        text("SELECT id FROM articles WHERE id = ANY(:ids) AND group_id <> id"), {"ids": list(article_ids)}
    ).scalars()
    return set(rows)


def no_longer_tell(conn: Connection, article_ids: Sequence[int]) -> None:
    """Take out the documents of articles that are copies now: their first speaks for them."""
    conn.execute(text("DELETE FROM story_docs WHERE article_id = ANY(:ids)"), {"ids": list(article_ids)})


def refresh(conn: Connection, story_ids: Sequence[int]) -> None:
    """Count the members, voices and languages of stories again, and choose their headlines; empty ones go.

    A voice is an agency that is credited, else a publisher family: outlets of one family, outlets that print one
    agency, and copies of one text speak once. The headline is that of the member most like the others (the first seen
    of two, and where nothing tells): no outlet can make it its own by being first or by its dates.
    """
    if not story_ids:
        return
    ids = {"ids": sorted(story_ids)}
    conn.execute(
        text(
            """
            WITH members AS (
                SELECT a.story_id, a.id, a.title, a.language, a.group_id, a.first_seen_at,
                       coalesce(a.agency, o.family, a.outlet_id, a.url) AS voice
                FROM articles a LEFT JOIN outlets o ON o.id = a.outlet_id WHERE a.story_id = ANY(:ids)
            ), pulls AS (
                SELECT m.id, sum(l.odds) AS pull FROM members m JOIN story_links l ON l.article_id = m.id
                JOIN members n ON n.id = l.other_id AND n.story_id = m.story_id GROUP BY m.id
            ), ranked AS (
                SELECT m.*, row_number() OVER (PARTITION BY story_id ORDER BY (title = ''), (group_id <> m.id),
                       coalesce(pull, 0) DESC, first_seen_at, m.id) AS n
                FROM members m LEFT JOIN pulls p ON p.id = m.id
            ), counted AS (
                SELECT story_id, count(*) AS articles, min(first_seen_at) AS first_seen,
                       count(DISTINCT voice) FILTER (WHERE group_id = id) AS voices,
                       array_agg(DISTINCT language) FILTER (WHERE language IS NOT NULL) AS languages,
                       min(id) FILTER (WHERE n = 1) AS headline_id, min(title) FILTER (WHERE n = 1) AS headline
                FROM ranked GROUP BY story_id
            )
            UPDATE stories s SET articles = c.articles, voices = greatest(c.voices, 1),
                   languages = coalesce(c.languages, '{}'), first_seen_at = c.first_seen,
                   headline_id = c.headline_id, headline = c.headline, changed_at = now()
            FROM counted c WHERE s.id = c.story_id
            """
        ),
        ids,
    )
    conn.execute(
        text(
            "DELETE FROM stories s WHERE id = ANY(:ids) AND NOT EXISTS (SELECT 1 FROM articles WHERE story_id = s.id)"
        ),
        ids,
    )


# --- what a story says --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Substance:
    """What a story says so far: by that it is told whether it has developed.

    Attributes:
        voices: how many tell it.
        titles: of its members, copies left out.
        places, actors: (name, members that name it) by id; actors are people and organisations.
    """

    headline: str
    voices: int
    titles: list[str]
    places: dict[str, tuple[str, int]]
    actors: dict[str, tuple[str, int]]


def substance(conn: Connection, story_ids: Sequence[int]) -> dict[int, Substance]:
    """What stories say, by id."""
    ids = {"ids": sorted(set(story_ids))}
    rows = conn.execute(
        text(
            """
            SELECT s.id, s.headline, s.voices,
                   coalesce(array_agg(a.title) FILTER (WHERE a.id = a.group_id), '{}') AS titles
            FROM stories s JOIN articles a ON a.story_id = s.id WHERE s.id = ANY(:ids) GROUP BY s.id
            """
        ),
        ids,
    )
    found = {row.id: Substance(row.headline, row.voices, list(row.titles), {}, {}) for row in rows}
    named = conn.execute(
        text(
            """
            SELECT a.story_id, n.what, n.ref, mode() WITHIN GROUP (ORDER BY n.name) AS name,
                   count(DISTINCT a.id) AS members
            FROM annotations n JOIN articles a ON a.id = n.article_id
            WHERE a.story_id = ANY(:ids) AND n.ref IS NOT NULL
              AND (n.what = 'place' OR n.what = 'entity' AND n.kind IN ('person', 'org'))
            GROUP BY a.story_id, n.what, n.ref
            """
        ),
        ids,
    )
    for row in named:
        one = found[row.story_id]
        (one.places if row.what == "place" else one.actors)[row.ref] = (row.name or row.ref, row.members)
    return found

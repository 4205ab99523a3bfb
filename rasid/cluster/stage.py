"""Cluster: articles to stories. Documents are made side by side; judging and saving takes turns.

Copies take the story of the first of their group: a group enters as one voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

import structlog
from sqlalchemy import Connection

from rasid.cluster.board import Board, Move, Placing
from rasid.cluster.doc import Id, Named, StoryDoc, keys, make_doc, pack_doc, unpack_doc
from rasid.cluster.meaning import LANGUAGES, installed, vectors
from rasid.cluster.score import CANDIDATES, DEFAULT, FEWER, LEAST, Rules, judge, probability
from rasid.context import Context
from rasid.errors import Retry
from rasid.model import Stage
from rasid.runner import Result, each
from rasid.store import annotations as marks
from rasid.store import articles, meanings, stories
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement
from rasid.text.words import base_language

log = structlog.get_logger()

#: Newest members of a story that are looked at again.
_MEMBERS = 400
#: Articles in other languages that are looked at for their meaning alone.
_NEAREST = 12


@dataclass(frozen=True, slots=True)
class _Told:
    """An article and its document; None for a copy. `meant`: what it means; None where nobody asks, or can tell."""

    article: articles.StoredArticle
    doc: StoryDoc | None
    meant: meanings.Meant | None = None


class ClusterStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.CLUSTER

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[_Told] | None]:
        ids = [item.article_id for item in items if item.article_id is not None]
        with transaction(context.engine) as conn:
            found = articles.load(conn, ids)
            refs = marks.refs(conn, ids)
        meant = _meant([*found.values()]) if context.settings.embed else {}

        def tell(item: Claimed) -> _Told:
            article = found.get(item.article_id or 0)
            if article is None:
                raise Retry("article_missing", "its article is not in the store")
            if article.group_id not in (None, article.id):
                return _Told(article, None)
            named = refs.get(article.id, {})
            doc = make_doc(
                article.id,
                article.title,
                article.text,
                language=article.language,
                # A place counts as a name and as a place.
                named=Named(
                    [*sorted({*named.get("entity", ())}), *sorted({*named.get("place", ())})], named.get("title", [])
                ),
                at=article.published_at or article.first_seen_at,
                source=article.outlet_id,
            )
            return _Told(article, doc, meant.get(article.id))

        yield from each(items, tell)

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, _Told]]) -> list[Settlement]:
        stories.take_turn(conn)
        rules = replace(DEFAULT, window_hours=float(context.settings.story_window_hours))
        settlements: list[Settlement] = []
        touched: set[int | None] = set()
        # Whoever has become a copy since it was read is one: an earlier article may have turned up.
        copies = stories.copies_among(conn, [told.article.id for _, told in done])
        stories.no_longer_tell(conn, sorted(copies))
        if context.settings.embed and (why := meanings.in_the_way(conn)):
            _complain(why)
            done = [(item, replace(told, meant=None)) for item, told in done]
        for item, told in done:
            if told.doc is None or told.article.id in copies:
                settlements.append(Settlement(item.id, code="copy"))
                continue
            placed = _place(conn, told.article, told.doc, told.meant, rules)
            touched |= {told.article.story_id, *placed.touched}
            settlements.append(Settlement(item.id, detail=placed.detail))
        followed = stories.follow_first(conn, [told.article.id for _, told in done])
        touched |= followed.moved
        stories.add_copies(conn, {story: n for story, n in followed.joined.items() if story not in touched})
        stories.refresh(conn, [story for story in touched if story is not None])
        return settlements


@dataclass(frozen=True, slots=True)
class _Placed:
    touched: set[int]
    detail: dict[str, object]


def _meant(found: Sequence[articles.StoredArticle]) -> dict[int, meanings.Meant]:
    """What the firsts of groups mean, by their ids, of those whose language the model reads."""
    if not installed():
        _complain("the extra `embed` is not installed: pip install 'rasid[embed]', or set RASID_EMBED=no")
        return {}
    firsts = [
        one for one in found if one.group_id in (None, one.id) and base_language(one.language) in LANGUAGES
    ]  # fmt: skip
    told = vectors([(one.title, one.text) for one in firsts]) or []
    return {
        one.id: meanings.Meant(vector, base_language(one.language))
        for one, vector in zip(firsts, told, strict=True)
        if any(vector)
    }


@lru_cache(maxsize=16)
def _complain(reason: str) -> None:
    """Once in a process: stories are gathered all the same."""
    log.warning("stories.without_meaning", reason=reason)


def _place(
    conn: Connection, article: articles.StoredArticle, doc: StoryDoc, meant: meanings.Meant | None, rules: Rules
) -> _Placed:
    at = doc.at or article.first_seen_at
    window = timedelta(hours=rules.window_hours)
    index = keys(doc)
    near = stories.candidates(
        conn, index, since=at - window, until=at + window, but=article.id, most=CANDIDATES, fewer=FEWER
    )
    alike: dict[int, float] = {}
    if meant is not None:
        known = [article.id, *(one.article_id for one in near)]
        near += meanings.nearest(conn, meant, since=at - window, until=at + window, but=known, most=_NEAREST)
        alike = meanings.alike(conn, meant, [one.article_id for one in near])
    links = {
        one.article_id: judge(doc, unpack_doc(one.data), rules, meaning=alike.get(one.article_id)).odds
        for one in near
    }  # fmt: skip
    links = {other: odds for other, odds in links.items() if odds > LEAST}
    own = _own(conn, article)
    board = Board(lambda one: own if one == article.id and own is not None else f"new:{one}")
    around = stories.around(conn, list(links), since=at - window, but=article.id, limit=_MEMBERS)
    for member, story in around.members:
        board.put(member, story)
    for member, other, odds in around.links:
        board.link(member, {other: odds})
    board.pin(around.pinned)
    board.keep_apart(around.apart)
    board.loosen(around.loose)
    there: dict[Id, float] = {other: odds for other, odds in links.items() if other in board.story}
    if article.story_id is not None and stories.is_pinned(conn, article.id):
        placing = board.stay(article.id, article.story_id, there)
    else:
        placing = board.place(article.id, there)
    placed = _write(conn, article, doc, at, board, placing, _Found(tuple(index), links))
    if meant is not None:
        meanings.keep(conn, article.id, meant, seen_at=at)
    return placed


@dataclass(frozen=True, slots=True)
class _Found:
    keys: tuple[str, ...]
    links: dict[int, float]


def _write(
    conn: Connection, article: articles.StoredArticle, doc: StoryDoc, at: datetime, board: Board, placing: Placing,
    found: _Found,
) -> _Placed:  # fmt: skip
    """Save where the article went and what that changed; stories that were opened get their numbers from the store."""
    opened: dict[Id, int] = {}

    def number(story: Id) -> int:
        if isinstance(story, int):
            return story
        if story not in opened:
            opened[story] = stories.open_story(
                conn, article_id=article.id, headline=article.title, seen_at=article.first_seen_at
            )
        return opened[story]

    score = round(probability(placing.odds), 3)
    why: dict[str, object] = {"rung": "new" if placing.opened else "joined"}
    if placing.nearest is not None:
        best = round(probability(board.links[article.id][placing.nearest]), 3)
        why |= {"matched": placing.nearest, "best": best}
    story = number(placing.story)
    stories.join(
        conn,
        stories.Joining(
            article_id=article.id, story_id=story, seen_at=at, data=pack_doc(doc), keys=found.keys, links=found.links,
            score=score, why=why,
        ),
    )  # fmt: skip
    events = [stories.Event(story, "opened" if placing.opened else "joined", article.id, detail={"score": score})]
    touched = {story}
    for move in placing.moves:
        old, new = number(move.old), number(move.new)
        touched |= {old, new}
        if move.id != article.id:
            fit = round(probability(board.fit(move.id)), 3)
            stories.move(conn, int(move.id), old=old, new=new, score=fit, merged=move.merged)
        events += _told(move, old, new, events)
    stories.record(conn, events)
    return _Placed(touched, {"story": story, "score": score, "rung": why["rung"]})


def _told(move: Move, old: int, new: int, before: Sequence[stories.Event]) -> list[stories.Event]:
    """A merge is told once, whatever the number of its members; a move at both ends."""
    if move.merged:
        merge = stories.Event(new, "merged", None, old)
        return [] if merge in before else [merge]
    member = int(move.id)
    return [stories.Event(old, "left", member, new), stories.Event(new, "came", member, old)]


def _own(conn: Connection, article: articles.StoredArticle) -> int | None:
    """The story of an edited article that nobody else tells: it keeps its number, so that nothing is told twice."""
    if article.story_id is None or not stories.is_alone(conn, article.id, article.story_id):
        return None
    return article.story_id

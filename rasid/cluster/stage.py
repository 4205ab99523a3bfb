"""Cluster: articles to stories. Documents are made side by side; judging and saving takes turns.

Copies take the story of the first of their group: a group enters as one voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from rasid.cluster.doc import Background, StoryDoc, keys, make_doc, pack_doc, unpack_doc
from rasid.cluster.score import DEFAULT, StoryCandidate, Weights, decide
from rasid.context import Context
from rasid.errors import Retry
from rasid.model import Stage
from rasid.runner import Result, each
from rasid.store import annotations as marks
from rasid.store import articles, stories
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement

#: Newest documents from which a process that starts learns what words are common these days.
_LEARN_FROM = 500


@dataclass(frozen=True, slots=True)
class _Told:
    """An article and its document; None for a copy."""

    article: articles.StoredArticle
    doc: StoryDoc | None


class ClusterStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.CLUSTER

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[_Told] | None]:
        ids = [item.article_id for item in items if item.article_id is not None]
        with transaction(context.engine) as conn:
            found = articles.load(conn, ids)
            refs = marks.refs(conn, ids)
        background = context.keep("cluster.background", lambda: _background(context))

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
                entity_refs=[*named.get("entity", ()), *named.get("place", ())],
                at=article.published_at or article.first_seen_at,
                background=background,
            )
            return _Told(article, doc)

        yield from each(items, tell)

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, _Told]]) -> list[Settlement]:
        stories.take_turn(conn)
        weights = replace(DEFAULT, window_hours=float(context.settings.story_window_hours))
        settlements, touched = [], set()
        for item, told in done:
            if told.doc is None:
                settlements.append(Settlement(item.id, code="copy"))
                continue
            story_id, detail = _join(conn, told.article, told.doc, weights)
            touched |= {story_id, told.article.story_id}
            settlements.append(Settlement(item.id, detail=detail))
        touched |= stories.follow_first(conn, [told.article.id for _, told in done])
        stories.refresh(conn, [story for story in touched if story is not None])
        return settlements


def _join(
    conn: Connection, article: articles.StoredArticle, doc: StoryDoc, weights: Weights
) -> tuple[int, dict[str, object]]:
    at = doc.at or article.first_seen_at
    window = timedelta(hours=weights.window_hours)
    index = keys(doc)
    near = stories.candidates(conn, index, since=at - window, until=at + window, but=article.id)
    verdict = decide(doc, [StoryCandidate(unpack_doc(one.data), one.story_id) for one in near], weights)
    story_id = stories.join(
        conn,
        stories.Joining(
            article_id=article.id,
            story_id=_own(conn, article) if verdict.story is None else int(verdict.story),
            headline=article.title,
            seen_at=at,
            data=pack_doc(doc),
            keys=tuple(index),
            score=verdict.score,
            why=verdict.why,
        ),
    )
    return story_id, {"story": story_id, "score": verdict.score, "rung": verdict.why.get("rung")}


def _own(conn: Connection, article: articles.StoredArticle) -> int | None:
    """The story of an edited article that nobody else tells: it keeps its number, so that nothing is told twice."""
    if article.story_id is None or not stories.is_alone(conn, article.id, article.story_id):
        return None
    return article.story_id


def _background(context: Context) -> Background:
    """What the newest articles say about common words, so that a new process weighs as the others do."""
    background = Background()
    with transaction(context.engine) as conn:
        newest = stories.newest(conn, limit=_LEARN_FROM)
    for data in reversed(newest):
        doc = unpack_doc(data)
        background.observe(doc.language, {*doc.title, *doc.body})
        background.observe("ref", doc.refs)
    return background

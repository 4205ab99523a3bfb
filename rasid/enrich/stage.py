"""Enrich: annotations for the first of each group; its copies share what their text shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from rasid.context import Context
from rasid.enrich.annotate import MADE_BY, Annotator
from rasid.errors import Retry
from rasid.model import Enrichment, Stage
from rasid.runner import Result, each
from rasid.store import annotations as marks
from rasid.store import articles
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement


class EnrichStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.ENRICH

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[tuple[int, Enrichment]] | None]:
        with transaction(context.engine) as conn:
            found = articles.load(conn, [item.article_id for item in items if item.article_id is not None])
        annotator = context.keep("enrich.annotator", lambda: Annotator(context.settings.home / "cache"))

        def annotate(item: Claimed) -> tuple[int, Enrichment] | Settlement:
            article = found.get(item.article_id or 0)
            if article is None:
                raise Retry("article_missing", "its article is not in the store")
            if article.group_id not in (None, article.id):
                return Settlement(item.id, code="copy")
            return article.id, annotator.annotate(
                article.text,
                title=article.title,
                language=article.language,
                country=article.country,
                published_at=article.published_at or article.first_seen_at,
            )

        yield from each(items, annotate)

    def save(
        self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, tuple[int, Enrichment]]]
    ) -> list[Settlement]:
        marks.replace(conn, [value for _, value in done], made_by=MADE_BY)
        return [
            Settlement(item.id, detail={"entities": len(value.entities), "places": len(value.places)})
            for item, (_, value) in done
        ]

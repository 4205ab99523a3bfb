"""Annotations: spans of an article and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, text

from rasid.model import Enrichment
from rasid.store.tables import Annotation


def replace(conn: Connection, found: Sequence[tuple[int, Enrichment]], *, made_by: str) -> None:
    """Store what the enrich stage says of articles, (article id, enrichment) each; what was said before goes."""
    ids = [article_id for article_id, _ in found]
    conn.execute(text("DELETE FROM annotations WHERE article_id = ANY(:ids)"), {"ids": ids})
    rows = [row for article_id, enrichment in found for row in _rows(article_id, enrichment, made_by)]
    if rows:
        conn.execute(insert(Annotation), rows)
    conn.execute(
        text("UPDATE articles SET language = :language WHERE id = :id AND language IS DISTINCT FROM :language"),
        [{"id": article_id, "language": enrichment.language} for article_id, enrichment in found],
    )


_EMPTY: dict[str, Any] = dict.fromkeys(
    ("kind", "ref", "name", "text", "start", "end", "lat", "lon", "country", "score", "method")
)


def _rows(article_id: int, enrichment: Enrichment, made_by: str) -> list[dict[str, Any]]:
    base = {**_EMPTY, "article_id": article_id, "made_by": made_by, "in_title": False}
    rows: list[dict[str, Any]] = []
    for e in enrichment.entities:
        rows.append(
            {
                **base,
                "what": "entity",
                "kind": e.kind,
                "ref": e.ref,
                "name": e.name,
                "text": e.text,
                "start": e.start,
                "end": e.end,
                "in_title": e.in_title,
                "score": e.score,
                "method": e.method,
            }
        )
    for p in enrichment.places:
        rows.append(
            {
                **base,
                "what": "place",
                "ref": p.ref,
                "name": p.name,
                "start": p.start,
                "end": p.end,
                "in_title": p.in_title,
                "lat": p.lat,
                "lon": p.lon,
                "country": p.country,
                "score": p.score,
            }
        )
    rows += [{**base, "what": "keyword", "text": k.text, "score": k.score} for k in enrichment.keywords]
    rows += [{**base, "what": "date", "text": d.value, "start": d.start, "end": d.end} for d in enrichment.dates]
    return rows


def refs(conn: Connection, article_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Gazetteer ids of articles: ``{article: {"entity": [...], "place": [...]}}``, an id for each mention."""
    rows = conn.execute(
        text(
            """
            SELECT article_id, what, array_agg(ref) AS refs FROM annotations
            WHERE article_id = ANY(:ids) AND what IN ('entity', 'place') AND ref IS NOT NULL
            GROUP BY article_id, what
            """
        ),
        {"ids": list(article_ids)},
    )
    found: dict[int, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row.article_id, {})[row.what] = sorted(row.refs)
    return found

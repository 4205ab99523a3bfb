"""Enrich, against a real database: who and where is marked once for all copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def publish(site: Any, desk: Any, *bodies: str) -> list[int]:
    ids: list[int] = desk.add(*(site.put(f"/{n}", body) for n, body in enumerate(bodies)))
    desk.through("dedupe", ids)
    return ids


def test_places_keywords_and_language_are_kept_with_who_made_them(
    site: Any, desk: Any, page: Callable[..., str]
) -> None:
    (link,) = publish(site, desk, page("bridge"))
    assert desk.run("enrich", [link]) == {"done": 1}
    article = desk.article(link)
    rows = desk.sql("SELECT * FROM annotations WHERE article_id = :id", id=article["id"])
    places = [row for row in rows if row["what"] == "place"]
    assert "SY" in {row["country"] for row in places}
    for row in places:
        where = article["title"] if row["in_title"] else article["text"]
        assert 0 <= row["start"] < row["end"] <= len(where)
        assert -90 <= row["lat"] <= 90
    assert {row["what"] for row in rows} >= {"place", "keyword"}
    assert all(row["made_by"] for row in rows)
    assert article["language"] == "ar"


def test_copies_are_not_marked(site: Any, desk: Any, page: Callable[..., str]) -> None:
    first, copy = publish(site, desk, page("bridge"), page("bridge", outlet="منار"))
    assert desk.run("enrich", [first, copy]) == {"done": 2}
    assert desk.sql("SELECT DISTINCT article_id FROM annotations") == [{"article_id": desk.article(first)["id"]}]
    assert desk.sql("SELECT code FROM crumbs WHERE stage = 'enrich' AND link_id = :id", id=copy) == [{"code": "copy"}]
    assert desk.state(copy)[0] == "enriched"


def test_an_edited_article_is_marked_anew_and_not_twice(site: Any, desk: Any, page: Callable[..., str]) -> None:
    (link,) = publish(site, desk, page("bridge"))
    desk.run("enrich", [link])
    before = desk.one("SELECT count(*) FROM annotations WHERE what = 'place'")
    site.put("/0", page("wheat"))
    desk.again(link)
    desk.through("enrich", [link])
    rows = desk.sql("SELECT DISTINCT article_id, made_by FROM annotations")
    assert len(rows) == 1
    assert before > 0
    text = desk.article(link)["text"]
    for row in desk.sql("SELECT text, start, \"end\" FROM annotations WHERE what = 'entity' AND NOT in_title"):
        assert text[row["start"] : row["end"]] == row["text"]

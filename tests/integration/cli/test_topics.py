"""Topics on a real database: rules, tags, what is learned of them, and how readers find articles by them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from rasid.enrich.current_topics import CurrentTopics
from rasid.enrich.interface import Doc
from rasid.enrich.topics import TopicsEnricher
from rasid.store import annotations, articles, links
from rasid.store.engine import transaction
from rasid.text.words import search_text

SEEN = datetime(2025, 3, 2, 8, tzinfo=UTC)
BREAD = ["خبز", "طحين", "مخبز", "قمح", "رغيف", "أفران", "سعر", "دعم"]
OTHER = ["مباراة", "منتخب", "مطر", "جسر", "مدرسة", "وفد", "حدود", "مسرح", "سوق", "نهر"]

Enrich = Callable[[], None]


def store(conn: Connection, number: int, body: str) -> int:
    url = f"https://sada.example/topics/{number}"
    (link,) = links.add(conn, [links.NewLink(url)], allowed=lambda _: False, outlet_id="sada").new
    saved = articles.save(
        conn,
        articles.NewArticle(
            link_id=link, page_id=0, outlet_id="sada", url=url, title=f"خبر {number}", text=body,
            search_text=search_text(body), first_seen_at=SEEN + timedelta(minutes=number), method="test",
            confidence=1.0, language="ar",
        ),
    )  # fmt: skip
    return saved.id


@pytest.fixture
def bread(engine: Engine, filled: Any) -> list[int]:
    """Sixty articles of which the first twenty-five are on bread."""
    chance = random.Random(2)
    with transaction(engine) as conn:
        return [
            store(
                conn,
                n,
                " ".join(chance.choice(BREAD if n < 25 and chance.random() < 0.6 else OTHER) for _ in range(50)),
            )
            for n in range(60)
        ]


@pytest.fixture
def enrich(engine: Engine) -> Enrich:
    """Asks the enricher for all articles and stores what it says, as the enrich stage does."""

    class _Context:
        def __init__(self) -> None:
            self.engine = engine

    enricher = TopicsEnricher(CurrentTopics(_Context()))  # type: ignore[arg-type]

    def run() -> None:
        with transaction(engine) as conn:
            rows = conn.execute(text("SELECT id, title, text, version, outlet_id FROM articles ORDER BY id")).all()
        docs = [Doc(row.id, row.text, row.title, "ar", source=row.outlet_id) for row in rows]
        told = enricher.enrich(docs)
        with transaction(engine) as conn:
            said = [
                annotations.Said(row.id, row.version, {"rasid-topics@1": one})
                for row, one in zip(rows, told, strict=True)
            ]
            annotations.replace(conn, said)

    return run


def test_a_rule_tags_articles_and_search_finds_them(cli: Any, filled: Any, enrich: Enrich) -> None:
    assert cli("topics", "add", "Aid", "--query", "مساعدات OR القامشلي").code == 0
    enrich()
    found = cli("search", "--topic", "aid", "--json").lines
    assert [row["id"] for row in found] == [filled.first]
    assert [row["id"] for row in cli("search", "والقامشلي", "--topic", "AID", "--json").lines] == [filled.first]
    assert cli("search", "حلب", "--topic", "aid", "--json").lines == []
    assert cli("show", str(filled.first), "--json").one["topics"] == ["Aid"]
    assert "Aid" in cli("show", str(filled.copy)).out
    assert cli("topics", "show", "aid", "--json").one["by_rule"] >= 1


def test_a_changed_rule_counts_at_once_and_a_topic_that_is_gone_leaves_nothing(
    cli: Any, filled: Any, enrich: Enrich, engine: Engine
) -> None:
    cli("topics", "add", "aid", "--query", "مساعدات")
    enrich()
    cli("topics", "add", "AID", "--query", "لاشيءمنهذا")
    enrich()
    assert cli("search", "--topic", "aid", "--json").lines == []
    assert [row["name"] for row in cli("topics", "list", "--json").lines] == ["aid"]
    cli("topics", "add", "aid", "--query", "مساعدات")
    enrich()
    assert cli("topics", "remove", "Aid").code == 0
    with transaction(engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM annotations WHERE what = 'topic'")).scalar_one() == 0
    assert cli("search", "--topic", "aid").code == 1


def test_what_a_reader_says_goes_before_rule_and_model(cli: Any, filled: Any, enrich: Enrich) -> None:
    cli("topics", "add", "aid", "--query", "مساعدات")
    enrich()
    assert cli("topics", "untag", str(filled.first), "aid").code == 0
    assert cli("search", "--topic", "aid", "--json").lines == []
    assert cli("topics", "tag", str(filled.first), str(filled.other), "aid", "--by", "Samar").code == 0
    ids = [row["id"] for row in cli("search", "--topic", "aid", "--json").lines]
    assert sorted(ids) == sorted([filled.first, filled.other])
    report = cli("topics", "report", "aid", "--json").one
    assert (report["tagged"], report["refused"], report["rule_found"]) == (2, 0, 1)
    assert cli("topics", "untag", str(filled.other), "aid", "--forget", "--json").one["forgotten"] == 1
    assert [row["id"] for row in cli("search", "--topic", "aid", "--json").lines] == [filled.first]


def test_what_cannot_be_is_told_and_nothing_is_noted(cli: Any, filled: Any) -> None:
    assert cli("topics", "add", "a", "--query", 'an "open quote').code == 2
    assert cli("topics", "add", "a", "--query", "topic:b").code == 2
    assert cli("topics", "add", ' "" ').code == 2
    assert cli("topics", "tag", "1", "nothing").code == 1
    cli("topics", "add", "aid")
    failed = cli("topics", "tag", str(filled.first), "987654", "aid")
    assert failed.code == 1
    assert "987654" in failed.err
    assert cli("topics", "list", "--json").one["tagged"] == 0
    assert cli("search").code == 2


def test_too_few_tags_are_refused_with_the_number_that_is_needed(cli: Any, bread: list[int]) -> None:
    cli("topics", "add", "bread")
    cli("topics", "tag", *map(str, bread[:7]), "bread")
    failed = cli("topics", "train", "bread")
    assert failed.code == 1
    assert "7 articles are tagged" in failed.err
    assert "20" in failed.err
    assert cli("topics", "train").code == 1


def test_a_model_learns_from_tags_is_kept_with_its_scores_and_tags_what_is_new(
    cli: Any, bread: list[int], enrich: Enrich, engine: Engine
) -> None:
    cli("topics", "add", "bread")
    cli("topics", "tag", *map(str, bread[:22]), "bread")
    trained = cli("topics", "train", "--json").one
    assert (trained["topic"], trained["version"], trained["used"]) == ("bread", 1, True)
    assert trained["positives"] == 22
    assert trained["f1"] > 0.7
    enrich()
    found = {row["id"] for row in cli("search", "--topic", "bread", "--limit", "100", "--json").lines}
    assert set(bread[:22]) <= found
    assert set(bread[22:25]) & found, "those that nobody tagged are found too"
    report = cli("topics", "report", "bread", "--json").one
    assert report["model"]["version"] == 1
    assert report["by_model"] >= 22
    assert "0." in cli("topics", "report").out
    assert cli("topics", "train", "bread", "--least-f1", "1.0", "--json").one["used"] is (trained["f1"] == 1.0)
    with transaction(engine) as conn:
        rows = conn.execute(text("SELECT version, used, scores FROM topic_models ORDER BY version")).all()
    assert [row.version for row in rows] == [1, 2]
    assert rows[0].scores["f1"] == trained["f1"]


def test_a_weak_model_tags_nothing(cli: Any, bread: list[int], enrich: Enrich, engine: Engine) -> None:
    cli("topics", "add", "bread")
    cli("topics", "tag", *map(str, bread[:22]), "bread")
    cli("topics", "train", "bread")
    with transaction(engine) as conn:
        conn.execute(text("UPDATE topic_models SET used = false"))
    enrich()
    with transaction(engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM annotations WHERE what = 'topic'")).scalar_one() == 0
    assert "not used" in cli("topics", "list").out

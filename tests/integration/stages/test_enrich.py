"""Enrich, against a real database: who and where is marked once for all copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rasid.enrich import later, stage
from rasid.enrich.builtin import BUILT_IN, GazetteerEnricher
from rasid.enrich.interface import Annotation, Doc
from rasid.enrich.registry import Choice
from rasid.enrich.run import Runner
from rasid.store import annotations as marks
from rasid.store.engine import transaction
from rasid.testing import check_enricher


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


def test_quotes_and_candidates_for_events_are_kept_with_what_they_rest_on(
    site: Any, desk: Any, page: Callable[..., str]
) -> None:
    (link,) = publish(site, desk, page("bridge"))
    article = desk.article(link)
    text = (
        "قال وزير الخارجية السوري أسعد الشيباني لوكالة سانا إن المعبر سيفتح قريبا. وأضاف أن اللجان تعمل منذ أسبوع. "
        "وتعرضت أطراف إدلب لقصف مدفعي صباح اليوم، وفق مصادر محلية."
    )
    desk.sql("UPDATE articles SET text = :text WHERE id = :id", text=text, id=article["id"])
    assert desk.run("enrich", [link]) == {"done": 1}
    rows = desk.sql("SELECT * FROM annotations WHERE NOT in_title ORDER BY what, start")
    first, second, third = (row for row in rows if row["what"] == "quote")
    assert text[first["start"] : first["end"]] == "المعبر سيفتح قريبا"
    assert (first["ref"], first["kind"], first["made_by"]) == ("asaad-al-shaibani", "indirect", "rasid-quotes@1")
    assert first["detail"]["title"] == "وزير الخارجية السوري"
    assert first["detail"]["carrier"]["ref"] == "sana"
    assert text[slice(*first["detail"]["speaker"])] == "أسعد الشيباني"
    assert (second["ref"], "speaker" in second["detail"]) == ("asaad-al-shaibani", False)
    assert third["detail"]["source"] == "anonymous"
    credited = {(row["kind"], row["name"]): row["detail"]["quotes"] for row in rows if row["what"] == "credit"}
    assert credited == {("named", "أسعد الشيباني"): 2, ("anonymous", "مصادر محلية"): 1}
    (event,) = (row for row in rows if row["what"] == "event")
    assert (event["kind"], event["text"]) == ("shelling", "لقصف مدفعي")
    assert event["detail"]["candidate"] is True
    assert event["detail"]["places"] == ["geonames:169389"]


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
    rows = desk.sql("SELECT DISTINCT article_id, made_by FROM annotations WHERE what = 'place'")
    assert len(rows) == 1
    assert before > 0
    text = desk.article(link)["text"]
    for row in desk.sql("SELECT text, start, \"end\" FROM annotations WHERE what = 'entity' AND NOT in_title"):
        assert text[row["start"] : row["end"]] == row["text"]


class Tagger:
    """An enricher of a test; `broken` makes it fail."""

    name, cost = "tagger", 1.0
    languages: frozenset[str] = frozenset({"ar"})
    needs: frozenset[str] = frozenset({"entity"})
    provides = frozenset({"topic"})
    broken = False

    def __init__(self, version: str = "1") -> None:
        self.version = version

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        if self.broken:
            raise RuntimeError("the model is gone")
        (what,) = self.provides
        return [[Annotation(what, kind="war", score=0.5, detail={"names": len(doc.found)})] for doc in batch]


def use(desk: Any, *others: Any) -> None:
    """Let the stage ask these beside the gazetteer's."""
    own = stage.runner_of(desk.context).enrichers
    (gazetteer,) = (one for one in own if isinstance(one, GazetteerEnricher))
    desk.context._kept["enrich.runner"] = Runner([gazetteer, *others])


def by(desk: Any) -> dict[str, int]:
    return {row["made_by"]: row["n"] for row in desk.sql("SELECT made_by, count(*) AS n FROM annotations GROUP BY 1")}


def test_each_enricher_replaces_what_it_said_before_and_no_more(site: Any, desk: Any, page: Callable[..., str]) -> None:
    (link,) = publish(site, desk, page("bridge"))
    use(desk, Tagger())
    desk.run("enrich", [link])
    before = by(desk)
    assert before["tagger@1"] == 1
    assert desk.one("SELECT detail ->> 'names' FROM annotations WHERE what = 'topic'") != "0"
    article = desk.article(link)
    said = marks.Said(article["id"], article["version"], {"tagger@2": [Annotation("topic"), Annotation("topic")]})
    with transaction(desk.context.engine) as conn:
        assert marks.replace(conn, [said]) == {article["id"]}
    del before["tagger@1"]
    assert by(desk) == {**before, "tagger@2": 2}


def test_a_failing_enricher_holds_no_article_up_and_is_counted(site: Any, desk: Any, page: Callable[..., str]) -> None:
    (link,) = publish(site, desk, page("bridge"))
    tagger = Tagger()
    tagger.broken = True
    use(desk, tagger)
    assert desk.run("enrich", [link]) == {"done": 1}
    assert desk.state(link)[0] == "enriched"
    assert [name.partition("@")[0] for name in by(desk)] == ["rasid-gazetteer"]
    crumb = desk.one("SELECT detail FROM crumbs WHERE stage = 'enrich' AND link_id = :id", id=link)
    assert crumb["missed"] == {"tagger": "failed"}
    rows = desk.sql("SELECT outcome, n FROM tallies WHERE stage = 'enricher' AND code = 'tagger'")
    assert rows == [{"outcome": "failed", "n": 1}]


def test_what_was_said_of_an_earlier_text_goes_though_its_maker_fails_now(
    site: Any, desk: Any, page: Callable[..., str]
) -> None:
    """Its spans would point into another text. What was said of the same text stays."""
    (link,) = publish(site, desk, page("bridge"))
    tagger = Tagger()
    use(desk, tagger)
    desk.run("enrich", [link])
    tagger.broken = True
    desk.sql("UPDATE links SET state = 'deduped' WHERE id = :id", id=link)
    desk.run("enrich", [link])
    assert by(desk)["tagger@1"] == 1
    site.put("/0", page("wheat"))
    desk.again(link)
    desk.through("enrich", [link])
    assert [name.partition("@")[0] for name in by(desk)] == ["rasid-gazetteer"]


def test_a_slow_one_is_asked_later_and_one_that_failed_again(site: Any, desks: Any, page: Callable[..., str]) -> None:
    desk = desks(enrich_inline_ms=50.0, retry_base_seconds=0.001)
    first, second = publish(site, desk, page("bridge"), page("wheat"))
    slow, after, bad = Tagger(), Tagger(), Tagger()
    slow.name, slow.cost, slow.provides = "slow", 60.0, frozenset({"mood"})
    after.name, after.needs = "after", frozenset({"mood"})
    bad.name, bad.broken = "bad", True
    own = stage.choice_of(desk.context).enrichers
    desk.context._kept["enrich.choice"] = Choice((*own, bad, slow, after), {})
    assert desk.run("enrich", [first, second]) == {"done": 2}
    assert [one.name for one in stage.runner_of(desk.context).enrichers] == [*(one.name for one in own), "bad"]
    waiting = "SELECT enricher, code, count(*) AS n FROM enrich_later GROUP BY 1, 2 ORDER BY 1"
    assert [tuple(row.values()) for row in desk.sql(waiting)] == [
        ("after", "later", 2), ("bad", "failed", 2), ("slow", "later", 2),
    ]  # fmt: skip
    bad.broken = False
    while later.run(desk.context):
        pass
    assert desk.sql(waiting) == []
    assert {name: n for name, n in by(desk).items() if not name.startswith("rasid-")} == {
        "after@1": 2, "bad@1": 2, "slow@1": 2,
    }  # fmt: skip


def test_one_that_is_away_counts_against_no_article_and_a_bad_article_is_given_up(
    site: Any, desks: Any, page: Callable[..., str]
) -> None:
    desk = desks(retry_base_seconds=0.0001, retry_ceiling_seconds=0.0001, max_attempts=1, enrich_failures=100)
    first, second = publish(site, desk, page("bridge"), page("wheat"))
    tagger = Tagger()
    tagger.broken = True
    own = stage.choice_of(desk.context).enrichers
    desk.context._kept["enrich.choice"] = Choice((*own, tagger), {})
    desk.run("enrich", [first, second])
    assert later.run(desk.context) == {"failed": 2}
    rows = "SELECT attempts, due_at > now() + interval '1 minute' AS rests FROM enrich_later"
    assert desk.sql(rows) == [{"attempts": 0, "rests": True}] * 2
    desk.sql("DELETE FROM enrich_later WHERE article_id = :id", id=desk.article(first)["id"])
    for _ in range(5):
        desk.sql("UPDATE enrich_later SET due_at = now() WHERE due_at < 'infinity'")
        later.run(desk.context)
    assert desk.sql("SELECT attempts, due_at = 'infinity' AS over FROM enrich_later") == [{"attempts": 3, "over": True}]
    assert later.run(desk.context) == {}


def test_what_waits_for_an_article_that_became_a_copy_or_got_another_text_is_no_loss(
    site: Any, desks: Any, page: Callable[..., str]
) -> None:
    desk = desks(enrich_inline_ms=0.0)
    first, second = publish(site, desk, page("bridge"), page("wheat"))
    tagger = Tagger()
    tagger.cost = 60.0
    own = stage.choice_of(desk.context).enrichers
    desk.context._kept["enrich.choice"] = Choice((*own, tagger), {})
    desk.run("enrich", [first, second])
    ids = [desk.article(link)["id"] for link in (first, second)]
    desk.sql("UPDATE articles SET group_id = :first WHERE id = :second", first=ids[0], second=ids[1])

    def changes(batch: Sequence[Doc]) -> list[list[Annotation]]:
        desk.sql("UPDATE articles SET version = version + 1 WHERE id = :id", id=ids[0])
        return [[] for _ in batch]

    tagger.enrich = changes  # type: ignore[method-assign]
    later.run(desk.context, seconds=0.5)
    assert {row["article_id"] for row in desk.sql("SELECT article_id FROM enrich_later")} == {ids[0]}


def test_an_article_that_was_changed_meanwhile_is_left_alone(site: Any, desk: Any, page: Callable[..., str]) -> None:
    (link,) = publish(site, desk, page("bridge"))
    desk.run("enrich", [link])
    before = by(desk)
    article = desk.article(link)
    late = marks.Said(article["id"], article["version"] - 1, {"rasid-gazetteer@0": []}, "tr")
    with transaction(desk.context.engine) as conn:
        assert marks.replace(conn, [late]) == set()
    assert by(desk) == before
    assert desk.article(link)["language"] == "ar"


def test_enrichers_are_no_stage_of_the_ledger(site: Any, desk: Any, page: Callable[..., str]) -> None:
    from rasid.store import gauges

    (link,) = publish(site, desk, page("bridge"))
    desk.run("enrich", [link])
    with transaction(desk.context.engine) as conn:
        rows = gauges.read(conn, fingerprints=2)
    assert {labels[0] for labels, _ in rows["rasid_links_total"]} <= {"fetch", "parse", "dedupe", "enrich"}
    names = {one.name for one in stage.runner_of(desk.context).enrichers}
    assert dict(rows["rasid_enricher_articles_total"]) == {(name, "done"): 1.0 for name in names}
    assert {labels for labels, _ in rows["rasid_enricher_seconds_total"]} == {(name,) for name in names}
    assert all(seconds >= 0 for _, seconds in rows["rasid_enricher_seconds_total"])


@pytest.mark.parametrize("name", BUILT_IN)
def test_our_own_keep_the_contract(desk: Any, name: str) -> None:
    text = "قال وزير الخارجية فيصل المقداد إن الوفد زار مدينة القامشلي."
    check_enricher(BUILT_IN[name](desk.context), Doc(1, text, "زيارة", "ar", "SY"))


def test_a_value_that_the_database_refuses_parks_its_article_alone(
    site: Any, desk: Any, page: Callable[..., str]
) -> None:
    class Odd(Tagger):
        name = "rasid-odd"  # rasid's own are not checked

        def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
            return [[Annotation("topic", text="a\0" if "القمح" in doc.text else "b")] for doc in batch]

    first, second = publish(site, desk, page("bridge"), page("wheat"))
    gazetteer = stage.runner_of(desk.context).enrichers[0]
    desk.context._kept["enrich.runner"] = Runner([gazetteer, Odd()], trusted={"rasid-odd", gazetteer.name})
    assert desk.run("enrich", [first, second]) == {"done": 1, "parked": 1}
    assert sorted(desk.state(link) for link in (first, second)) == [("enriched", None), ("parked", "unstorable")]

"""Cluster, against a real database: articles about one event are one story, and copies follow their first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from rasid.cluster.doc import StoryDoc
from rasid.cluster.meaning import SIZE
from rasid.cluster.score import Judged, Rules, judge
from rasid.store import meanings, story_rulings
from rasid.store.engine import transaction
from rasid.store.rulings import Signed


@pytest.fixture
def told(sites: Callable[[], Any], desk: Any) -> Callable[..., int]:
    """Publishes a page at an outlet, and takes it up to the cluster stage. Gives its link."""
    known: dict[str, Any] = {}

    def publish(outlet: str, body: str, path: str = "/a", *, family: str | None = None) -> int:
        if outlet not in known:
            known[outlet] = sites()
            desk.outlet(outlet, family=family or outlet)
        (link,) = desk.add(known[outlet].put(path, body), outlet=outlet)
        desk.again(link)
        desk.through("enrich", [link])
        return int(link)

    return publish


def story(desk: Any, link: int) -> dict[str, Any]:
    found: dict[str, Any] = desk.sql(
        "SELECT s.* FROM stories s JOIN articles a ON a.story_id = s.id WHERE a.link_id = :id", id=link
    )[0]
    return found


def test_two_reports_of_one_event_are_one_story_and_a_third_is_not(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    first, second, third = told("sada", page("bridge")), told("rajaa", rewritten), told("manar", page("wheat"))
    assert desk.run("cluster", [first, second, third]) == {"done": 3}
    one = story(desk, first)
    assert story(desk, second)["id"] == one["id"]
    assert story(desk, third)["id"] != one["id"]
    assert (one["articles"], one["voices"], one["languages"]) == (2, 2, ["ar"])
    assert one["headline_id"] == desk.article(first)["id"]
    assert desk.article(second)["story_why"]["rung"]


def test_copies_follow_their_first_and_add_no_voice(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    first, copy = told("sada", page("bridge")), told("rajaa", page("bridge", outlet="رجاء"))
    # The copy comes through first: it has no story until its first has one.
    desk.run("cluster", [copy])
    assert desk.article(copy)["story_id"] is None
    desk.run("cluster", [first])
    one = story(desk, copy)
    assert one["id"] == story(desk, first)["id"]
    assert (one["articles"], one["voices"]) == (2, 1)
    assert desk.article(copy)["story_why"] == {"rung": "copy", "of": desk.article(first)["id"]}


def test_outlets_of_one_family_speak_with_one_voice(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    ids = [told("sada", page("bridge"), family="house"), told("sada-sport", rewritten, family="house")]
    desk.run("cluster", ids)
    assert (story(desk, ids[0])["articles"], story(desk, ids[0])["voices"]) == (2, 1)


def test_two_workers_at_once_open_one_story(
    desk: Any, desks: Callable[..., Any], told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    links = [told("sada", page("bridge")), told("rajaa", rewritten)]
    start = threading.Barrier(2)

    def work(which: int) -> None:
        here = desks(worker=f"worker-{which}:1")
        start.wait()
        here.run("cluster", [links[which]])

    threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert story(desk, links[0])["id"] == story(desk, links[1])["id"]
    assert desk.one("SELECT count(*) FROM stories") == 1


def test_a_story_keeps_its_number_when_its_only_article_is_edited(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    link = told("sada", page("bridge"))
    desk.run("cluster", [link])
    before = story(desk, link)
    told("sada", page("bridge", title="جسر الفرات مفتوح", more="وأضاف المحافظ أن الجسر سيبقى مفتوحاً ليلاً ونهاراً."))
    desk.run("cluster", [link])
    after = story(desk, link)
    assert after["id"] == before["id"]
    assert after["headline"] == "جسر الفرات مفتوح"
    assert after["changed_at"] > before["changed_at"]
    assert desk.one("SELECT count(*) FROM stories") == 1


def test_an_article_that_was_rewritten_about_something_else_leaves_its_story(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    first, second = told("sada", page("bridge")), told("rajaa", rewritten)
    desk.run("cluster", [first, second])
    told("rajaa", page("wheat"))
    desk.run("cluster", [second])
    assert story(desk, second)["id"] != story(desk, first)["id"]
    assert (story(desk, first)["articles"], story(desk, first)["voices"]) == (1, 1)


def test_a_third_report_joins_two_stories_into_the_older(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts that were sent for the younger story count for the older. That the three belong together is given here."""
    first, second, third = told("sada", page("bridge")), told("manar", page("wheat")), told("rajaa", rewritten)
    desk.run("cluster", [first, second])
    old, young = story(desk, first)["id"], story(desk, second)["id"]
    ids = [desk.article(link)["id"] for link in (first, second)]
    desk.sql("INSERT INTO watches (name, query, via) VALUES ('w', 'x', 'log')")
    desk.sql(
        "INSERT INTO deliveries (watch_id, story_id, article_id, payload) "
        "SELECT id, :story, :article, '{}' FROM watches",
        story=young, article=ids[1],
    )  # fmt: skip
    desk.sql("INSERT INTO story_links VALUES (:a, :b, -0.5), (:b, :a, -0.5)", a=ids[0], b=ids[1])
    desk.sql(
        "INSERT INTO story_keys SELECT key, :b, seen_at FROM story_keys WHERE article_id = :a ON CONFLICT DO NOTHING",
        a=ids[0], b=ids[1],
    )  # fmt: skip
    monkeypatch.setattr("rasid.cluster.stage.judge", lambda *_, **__: Judged(4.0))
    desk.run("cluster", [third])

    assert [story(desk, link)["id"] for link in (first, second, third)] == [old] * 3
    assert story(desk, first)["articles"] == 3
    assert desk.sql("SELECT story_id FROM deliveries") == [{"story_id": old}]
    assert desk.article(second)["story_why"] == {"rung": "merged", "from": young}
    kinds = desk.sql("SELECT kind, other_id FROM story_events WHERE story_id = :id ORDER BY id", id=old)
    assert kinds == [
        {"kind": "opened", "other_id": None},
        {"kind": "joined", "other_id": None},
        {"kind": "merged", "other_id": young},
    ]


def test_a_story_closes_after_its_window(
    desks: Callable[..., Any], desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    first = told("sada", page("bridge"))
    desk.sql("UPDATE articles SET published_at = now() - interval '9 days'")
    desk.run("cluster", [first])
    second = told("rajaa", rewritten)
    desk.run("cluster", [second])
    assert story(desk, second)["id"] != story(desk, first)["id"]


def rule(desk: Any, what: Callable[..., int], *links: int) -> int:
    with transaction(desk.context.engine) as conn:
        return what(conn, [desk.article(link)["id"] for link in links], Signed("هدى", "حدث آخر"))


def test_articles_that_were_taken_out_of_a_story_stay_out(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = told("sada", page("bridge")), told("rajaa", rewritten)
    copy = told("copier", rewritten)
    desk.run("cluster", [first, second, copy])
    old = story(desk, first)["id"]
    new = rule(desk, story_rulings.split, copy)  # whoever names a copy means its text

    assert new != old
    assert [story(desk, link)["id"] for link in (first, second, copy)] == [old, new, new]
    assert (story(desk, first)["articles"], story(desk, second)["articles"]) == (1, 2)
    assert story(desk, second)["headline_id"] == desk.article(second)["id"]
    assert desk.article(second)["story_why"]["rung"] == "ruling"
    kinds = [row["kind"] for row in desk.sql("SELECT kind FROM story_events WHERE story_id = :id ORDER BY id", id=old)]
    assert kinds == ["opened", "joined", "left"]
    # Neither an edit, nor a third article that is on one event with both, brings them together.
    monkeypatch.setattr("rasid.cluster.stage.judge", lambda *_, **__: Judged(6.0))
    told("rajaa", rewritten.replace("سبعة عشر شهراً", "ثمانية عشر شهراً"))
    third = told("manar", page("wheat"))
    desk.run("cluster", [second, third])
    desk.sql(
        "INSERT INTO story_keys SELECT k.key, a.id, k.seen_at FROM story_keys k, articles a "
        "WHERE k.article_id = :third AND a.id = ANY(:both) ON CONFLICT DO NOTHING",
        third=desk.article(third)["id"], both=[desk.article(link)["id"] for link in (first, second)],
    )  # fmt: skip
    told("manar", page("wheat", title="موسم القمح", more="وأضافت المديرية أن الحصاد سينتهي في آخر الشهر."))
    desk.run("cluster", [third])
    assert (story(desk, first)["id"], story(desk, second)["id"]) == (old, new)
    assert story(desk, third)["id"] in (old, new)


def test_stories_that_were_made_one_stay_one_until_they_are_parted_again(
    desk: Any, told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    first, other = told("sada", page("bridge")), told("manar", page("wheat"))
    desk.run("cluster", [first, other])
    old, young = story(desk, first)["id"], story(desk, other)["id"]
    ids = [desk.article(link)["id"] for link in (first, other)]
    desk.sql("INSERT INTO watches (name, query, via) VALUES ('w', 'x', 'log')")
    desk.sql(
        "INSERT INTO deliveries (watch_id, story_id, article_id, payload) SELECT id, :story, :id, '{}' FROM watches",
        story=young, id=ids[1],
    )  # fmt: skip
    assert rule(desk, story_rulings.merge, other, first) == old
    assert desk.sql("SELECT story_id FROM deliveries") == [{"story_id": old}]
    assert (story(desk, other)["id"], story(desk, other)["articles"]) == (old, 2)
    told("manar", page("wheat", title="موسم القمح", more="وأضافت المديرية أن الحصاد سينتهي في آخر الشهر."))
    third = told("rajaa", rewritten)
    desk.run("cluster", [other, third])
    assert [story(desk, link)["id"] for link in (first, other, third)] == [old] * 3

    again = rule(desk, story_rulings.split, other)
    assert (story(desk, first)["id"], story(desk, other)["id"]) == (old, again)
    held = desk.sql("SELECT what, subject, ended_at IS NULL AS holds, ended_by FROM rulings ORDER BY id")
    assert held == [
        {"what": "together", "subject": "story", "holds": False, "ended_by": "هدى"},
        {"what": "apart", "subject": "story", "holds": True, "ended_by": None},
    ]


_BRIDGE_EN = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A bridge is opened over the Euphrates</title>'
    '<meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2026-03-05T12:10:00+03:00"></head><body><article>'
    "<h1>A bridge is opened over the Euphrates</h1>"
    "<p>The ministry of transport opened a new bridge over the Euphrates on Thursday. It connects Deir ez-Zor with the "
    "countryside in the east, after seventeen months of work.</p>"
    "<p>The engineer in charge said that the bridge is 412 metres long and 14 metres wide, that lorries can cross it, "
    "and that it cost nine million dollars. People of the villages nearby had crossed the river in boats since the "
    "old bridge was destroyed.</p></article></body></html>"
)


@pytest.mark.usefixtures("embed")
def test_what_articles_mean_joins_two_languages_where_the_setting_asks_for_it(
    desk: Any, desks: Callable[..., Any], told: Callable[..., int], page: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    arabic, other, english = told("sada", page("bridge")), told("rajaa", page("wheat")), told("post", _BRIDGE_EN)
    # Nobody knows any name: meaning alone must find the article and tell it from the other.
    desk.sql("DELETE FROM annotations")
    meaning = desks(embed=True)
    meaning.run("cluster", [arabic, other])
    asked: list[float] = []

    def judged(a: StoryDoc, b: StoryDoc, rules: Rules, *, meaning: float) -> Judged:
        asked.append(meaning)
        return judge(a, b, rules, meaning=meaning)

    monkeypatch.setattr("rasid.cluster.stage.judge", judged)
    meaning.run("cluster", [english])

    assert len(asked) == 2, "both are looked at, though they share no key"
    assert sorted(asked)[1] > sorted(asked)[0] + 0.2
    links = desk.sql("SELECT other_id, odds FROM story_links WHERE article_id = :id", id=desk.article(english)["id"])
    assert [link["other_id"] for link in links] == [desk.article(arabic)["id"]]
    rows = desk.sql("SELECT language, vector_dims(vector) AS size FROM story_vectors ORDER BY article_id")
    assert meanings.SIZE == SIZE
    assert [tuple(row.values()) for row in rows] == [("ar", SIZE), ("ar", SIZE), ("en", SIZE)]


def test_without_pgvector_stories_are_gathered_all_the_same_and_the_operator_is_told(
    desk: Any, desks: Callable[..., Any], told: Callable[..., int], page: Callable[..., str], rewritten: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    said: list[str] = []
    monkeypatch.setattr("rasid.cluster.stage._complain", said.append)
    monkeypatch.setattr(meanings, "_MAKE", ("CREATE EXTENSION no_such_extension",))
    first, second = told("sada", page("bridge")), told("rajaa", rewritten)
    assert desks(embed=True).run("cluster", [first, second]) == {"done": 2}
    assert story(desk, first)["id"] == story(desk, second)["id"]
    assert desk.sql("SELECT to_regclass('story_vectors') AS name") == [{"name": None}]
    assert any("CREATE EXTENSION vector" in why or "pip install" in why for why in said)


def test_without_the_setting_nothing_is_asked_of_pgvector(
    desk: Any, told: Callable[..., int], page: Callable[..., str]
) -> None:
    desk.run("cluster", [told("sada", page("bridge"))])
    assert desk.sql("SELECT to_regclass('story_vectors') AS name") == [{"name": None}]

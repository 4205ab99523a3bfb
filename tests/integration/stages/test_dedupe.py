"""Dedupe, against a real database: copies meet in one group, whoever looks at them and when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid.dedupe.fingerprint import VERSION
from rasid.dedupe.renew import renew
from rasid.store import groups, rulings
from rasid.store.engine import transaction

EDIT = "وقال مسؤول محلي في تصريح لاحق إن حركة المرور ستنظم بالتناوب في ساعات الذروة طوال الأسبوع الأول من الافتتاح."


@pytest.fixture
def parsed(sites: Callable[[], Any], desk: Any) -> Callable[..., int]:
    """Publishes a page at an outlet, and takes it through fetch and parse. Gives its link."""
    known: dict[str, Any] = {}

    def publish(outlet: str, body: str, path: str = "/a") -> int:
        if outlet not in known:
            known[outlet] = sites()
            desk.outlet(outlet, family=outlet)
        (link,) = desk.add(known[outlet].put(path, body), outlet=outlet)
        desk.again(link)
        desk.through("parse", [link])
        return int(link)

    return publish


def group(desk: Any, link: int) -> tuple[bool, str]:
    """Whether the article is the first of its group, and its relation."""
    article = desk.article(link)
    return article["group_id"] == article["id"], article["relation"]


def test_copies_across_outlets_are_one_group(desk: Any, parsed: Callable[..., int], page: Callable[..., str]) -> None:
    first = parsed("sada", page("bridge"))
    other = parsed("rajaa", page("wheat"))
    desk.run("dedupe", [first, other])
    copy = parsed("manar", page("bridge", outlet="منار"))
    near = parsed("furat", page("bridge", outlet="فرات", more=EDIT))
    assert desk.run("dedupe", [copy, near]) == {"done": 2}
    assert [group(desk, link) for link in (first, other)] == [(True, "original")] * 2
    article = desk.article(copy)
    assert (article["group_id"], article["relation"], article["group_score"]) == (desk.article(first)["id"], "exact", 1)
    assert article["group_why"]["matched"]
    assert desk.article(near)["group_id"] == desk.article(first)["id"]
    assert group(desk, near)[1] in ("near", "syndicated")
    tallies = desk.sql("SELECT outcome, code, sum(n) AS n FROM tallies WHERE stage = 'dedupe' GROUP BY 1, 2 ORDER BY 2")
    assert [tuple(row.values()) for row in tallies] == [("done", "copy", 2), ("done", None, 2)]


def test_copies_within_one_batch_find_each_other(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    links = [parsed(f"outlet-{n}", page("port", outlet=f"Outlet {n}")) for n in range(3)]
    desk.run("dedupe", links)
    assert {desk.article(link)["group_id"] for link in links} == {desk.article(links[0])["id"]}
    assert [group(desk, link)[0] for link in links] == [True, False, False]


def test_two_workers_at_once_make_one_group(
    desk: Any, desks: Callable[..., Any], parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    for name in ("bridge", "wheat", "port"):
        links = [parsed(f"{name}-{n}", page(name)) for n in range(2)]
        start = threading.Barrier(2)

        def work(which: int, links: list[int] = links, start: threading.Barrier = start) -> None:
            here = desks(worker=f"worker-{which}:1")
            start.wait()
            here.run("dedupe", [links[which]])

        threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({desk.article(link)["group_id"] for link in links}) == 1
        assert sorted(group(desk, link)[0] for link in links) == [False, True]


def test_an_edited_first_stays_the_first(desk: Any, parsed: Callable[..., int], page: Callable[..., str]) -> None:
    first = parsed("sada", page("bridge"))
    copy = parsed("rajaa", page("bridge"))
    desk.run("dedupe", [first, copy])
    assert parsed("sada", page("bridge", more=EDIT)) == first
    desk.run("dedupe", [first])
    assert group(desk, first) == (True, "original")
    assert desk.article(copy)["group_id"] == desk.article(first)["id"]


def test_a_first_that_now_says_what_another_said_keeps_its_copies_together(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first, copy = parsed("sada", page("bridge")), parsed("rajaa", page("bridge"))
    other = parsed("manar", page("wheat"))
    desk.run("dedupe", [first, copy, other])
    parsed("sada", page("wheat"))
    desk.run("dedupe", [first])
    # Whatever becomes of it, nobody may be the copy of a copy.
    chains = desk.sql("SELECT c.id FROM articles c JOIN articles f ON f.id = c.group_id WHERE f.group_id <> f.id")
    assert chains == []


def test_a_copy_that_was_rewritten_leaves_its_group(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first, copy = parsed("sada", page("bridge")), parsed("rajaa", page("bridge"))
    desk.run("dedupe", [first, copy])
    parsed("rajaa", page("wheat"))
    desk.run("dedupe", [copy])
    assert group(desk, copy) == (True, "original")
    assert desk.one("SELECT count(*) FROM fingerprints") == 2


def test_what_was_seen_long_ago_is_no_longer_compared(
    desks: Callable[..., Any], desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    old = parsed("sada", page("bridge"))
    desk.sql("UPDATE articles SET first_seen_at = now() - interval '20 days'")
    desk.run("dedupe", [old])
    new = parsed("rajaa", page("bridge"))
    desk.run("dedupe", [new])
    assert group(desk, new) == (True, "original")


def seen(desk: Any, link: int, minutes: int) -> None:
    """Say when an article was first seen, in minutes from now."""
    desk.sql(
        "UPDATE articles SET first_seen_at = now() + make_interval(mins => :minutes) WHERE link_id = :link",
        minutes=minutes, link=link,
    )  # fmt: skip


def test_an_earlier_one_that_turns_up_late_is_the_first(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    later = [parsed(name, page("bridge")) for name in ("sada", "rajaa")]
    for number, link in enumerate(later):
        seen(desk, link, number)
    desk.run("dedupe", later)
    earlier = parsed("manar", page("bridge", more=EDIT))
    seen(desk, earlier, -30)
    desk.run("dedupe", [earlier])
    assert group(desk, earlier) == (True, "original")
    first = desk.article(earlier)["id"]
    assert [desk.article(link)["group_id"] for link in later] == [first] * 2
    before = desk.article(later[0])
    assert (before["relation"], before["group_why"]["matched"]) == ("near", first)
    assert desk.article(earlier)["group_why"] == {"rung": "earlier", "than": before["id"]}


def test_the_story_stays_what_it_was_when_its_first_changes(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    later = parsed("sada", page("bridge"))
    desk.run("dedupe", [later])
    desk.through("cluster", [later], first="enrich")
    story = desk.article(later)["story_id"]
    earlier = parsed("manar", page("bridge"))
    seen(desk, earlier, -30)
    desk.through("cluster", [earlier], first="dedupe")
    assert desk.article(earlier)["story_id"] == desk.article(later)["story_id"] == story
    assert [row["article_id"] for row in desk.sql("SELECT article_id FROM story_docs")] == [desk.article(earlier)["id"]]
    assert desk.sql("SELECT articles, voices FROM stories") == [{"articles": 2, "voices": 1}]


def test_who_dates_back_does_not_become_the_first(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first = parsed("sada", page("bridge"))
    desk.run("dedupe", [first])
    thief = parsed("rajaa", page("bridge"))
    desk.sql("UPDATE articles SET published_at = now() - interval '9 years' WHERE link_id = :link", link=thief)
    desk.run("dedupe", [thief])
    assert desk.article(thief)["group_id"] == desk.article(first)["id"]


def test_an_old_page_that_is_edited_into_a_copy_does_not_become_the_first(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    old = parsed("rajaa", page("wheat"))
    seen(desk, old, -600)
    desk.run("dedupe", [old])
    first, copy = parsed("sada", page("bridge")), parsed("manar", page("bridge"))
    desk.run("dedupe", [first, copy])
    assert parsed("rajaa", page("bridge")) == old
    desk.run("dedupe", [old])
    assert {desk.article(link)["group_id"] for link in (old, copy)} == {desk.article(first)["id"]}


def test_one_that_is_a_copy_of_two_groups_makes_them_one(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    # Judged apart, as by workers with another rule: only what is stored says that they are two groups.
    links = [parsed(name, page("bridge", outlet=name)) for name in ("sada", "rajaa")]
    desk.run("dedupe", links)
    desk.sql("UPDATE articles SET group_id = id, relation = 'original'")
    third = parsed("manar", page("bridge"))
    desk.run("dedupe", [third])
    assert {desk.article(link)["group_id"] for link in (*links, third)} == {desk.article(links[0])["id"]}
    assert desk.article(links[1])["group_why"]["rung"] == "merged"


def test_an_old_copy_that_is_looked_at_again_stays_where_it_is(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first, copy = parsed("sada", page("bridge")), parsed("rajaa", page("bridge"))
    desk.run("dedupe", [first, copy])
    desk.sql("UPDATE articles SET first_seen_at = first_seen_at - interval '90 days'")
    for table in ("bands", "fingerprints"):
        desk.sql(f"DELETE FROM {table}")
    assert parsed("rajaa", page("bridge", more=EDIT)) == copy
    desk.run("dedupe", [copy])
    assert desk.article(copy)["group_id"] == desk.article(first)["id"]


def test_a_flood_of_near_copies_is_one_group_and_each_costs_a_bounded_look(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first = parsed("sada", page("bridge"))
    desk.run("dedupe", [first])
    # As if thousands had come before: their prints are those of the first.
    desk.sql(
        "INSERT INTO links (key, url, fetch_url, host) "
        "SELECT CAST('k' || n AS bytea), 'http://x/' || n, 'http://x/' || n, 'x' FROM generate_series(1, 3000) AS n"
    )
    desk.sql(
        "INSERT INTO articles (link_id, url, title, text, method, confidence, first_seen_at, group_id) "
        "SELECT l.id, l.url, '', '', 't', 1, a.first_seen_at + interval '1 second', a.id "
        "FROM links l, articles a WHERE l.host = 'x'"
    )
    for table, columns in (("fingerprints", "t.version, exact, data, bands"), ("bands", "band")):
        desk.sql(
            f"INSERT INTO {table} (article_id, seen_at, {columns.replace('t.', '')}) "
            f"SELECT a.id, a.first_seen_at, {columns} FROM {table} t, articles a WHERE a.method = 't'"
        )
    more = [parsed(f"o{number}", page("bridge", more=f"{EDIT} {number}")) for number in range(3)]
    desk.run("dedupe", more)
    assert {desk.article(link)["group_id"] for link in more} == {desk.article(first)["id"]}
    with transaction(desk.context.engine) as conn:
        bands = desk.one("SELECT bands FROM fingerprints LIMIT 1")
        wanted = [
            groups.Wanted(number, tuple(bands), None, datetime.now(UTC) - timedelta(days=14)) for number in range(5)
        ]
        near = groups.near(conn, wanted, but=[], version=VERSION, bucket=48, most=16)
    assert {len(found) for found in near.values()} == {16}


def test_one_address_in_several_forms_is_one_article_though_it_was_rewritten(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    more = " ".join(f"كلمة{number}" for number in range(300))
    first, other = parsed("sada", page("bridge")), parsed("rajaa", page("bridge", more=more))
    for link, url in ((first, "https://x.example/news/2026-1"), (other, "https://m.x.example/news/2026-1/print")):
        desk.sql("UPDATE articles SET canonical_url = :url WHERE link_id = :link", url=url, link=link)
    desk.sql("UPDATE articles SET text = split_part(text, ' ', 1) || ' غيرت ' || text")
    desk.run("dedupe", [first])
    desk.run("dedupe", [other])
    assert groups_of(desk, other) == groups_of(desk, first)
    assert desk.article(other)["group_why"]["rung"] == "address"


# --- what an operator rules


def rule(desk: Any, what: Callable[..., int], *links: int) -> int:
    with transaction(desk.context.engine) as conn:
        return what(conn, [desk.article(link)["id"] for link in links], rulings.Signed("هدى", "a test"))


def groups_of(desk: Any, *links: int) -> list[int]:
    return [desk.article(link)["group_id"] for link in links]


def test_what_was_split_stays_apart_through_edits_and_new_copies(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first, copy, other = (parsed(name, page("bridge")) for name in ("sada", "rajaa", "manar"))
    desk.through("alert", [first, copy, other], first="dedupe")
    assert rule(desk, rulings.split, copy) == desk.article(copy)["id"]
    assert group(desk, copy) == (True, "original")
    assert desk.article(copy)["group_why"]["rung"] == "ruling"
    # It is a first now, and goes the way of one.
    assert desk.state(copy) == ("deduped", None)
    desk.through("alert", [copy], first="enrich")
    assert desk.state(copy)[0] == "done"
    assert desk.article(copy)["story_id"] is not None
    for outlet, link in (("rajaa", copy), ("manar", other), ("sada", first)):
        parsed(outlet, page("bridge", more=EDIT))
        desk.run("dedupe", [link])
    late = parsed("furat", page("bridge", more=EDIT))
    desk.run("dedupe", [late])
    head, apart = desk.article(first)["id"], desk.article(copy)["id"]
    assert groups_of(desk, first, copy, other) == [head, apart, head]
    assert groups_of(desk, late)[0] in (head, apart)


def test_when_the_first_is_split_off_the_rest_has_another(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    links = [parsed(name, page("bridge")) for name in ("sada", "rajaa", "manar")]
    desk.through("alert", links, first="dedupe")
    first, *rest = links
    assert rule(desk, rulings.split, first) == desk.article(first)["id"]
    head = desk.article(rest[0])["id"]
    assert groups_of(desk, *links) == [desk.article(first)["id"], head, head]
    assert desk.article(rest[0])["relation"] == "original"
    desk.through("alert", [rest[0]], first="enrich")
    assert desk.article(rest[0])["story_id"] == desk.article(rest[1])["story_id"] is not None


def test_what_was_merged_stays_one_through_edits_and_takes_copies_of_any_member(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    bridges = [parsed(name, page("bridge")) for name in ("sada", "rajaa", "manar", "basra")]
    wheat, copy = parsed("furat", page("wheat")), parsed("hala", page("wheat"))
    desk.through("cluster", [*bridges, wheat, copy], first="dedupe")
    head = rule(desk, rulings.merge, wheat, bridges[2])
    assert head == desk.article(bridges[0])["id"]
    assert set(groups_of(desk, *bridges, wheat, copy)) == {head}
    assert len({desk.article(link)["story_id"] for link in (*bridges, wheat, copy)}) == 1
    for outlet, link in (("furat", wheat), ("hala", copy)):
        parsed(outlet, page("wheat", more=EDIT))
        desk.run("dedupe", [link])
    late = parsed("noor", page("wheat"))
    desk.run("dedupe", [late])
    assert set(groups_of(desk, *bridges, wheat, copy, late)) == {head}
    assert desk.article(copy)["group_why"]["rung"] == "ruling"


def test_a_later_ruling_ends_an_earlier_one_and_both_are_kept(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first, copy = parsed("sada", page("bridge")), parsed("rajaa", page("bridge"))
    desk.run("dedupe", [first, copy])
    rule(desk, rulings.split, copy)
    rule(desk, rulings.merge, copy, first)
    assert groups_of(desk, copy) == groups_of(desk, first)
    told = desk.sql("SELECT what, by, why, ended_by FROM rulings ORDER BY id")
    assert [tuple(row.values()) for row in told] == [
        ("apart", "هدى", "a test", "هدى"), ("together", "هدى", "a test", None),
    ]  # fmt: skip
    rule(desk, rulings.split, copy)
    assert groups_of(desk, copy) == [desk.article(copy)["id"]]


def test_an_article_that_bridges_what_was_split_does_not_join_it(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    links = [parsed(name, page("bridge")) for name in ("sada", "rajaa", "manar", "basra")]
    desk.run("dedupe", links)
    rule(desk, rulings.split, *links[2:])
    late = [parsed(name, page("bridge")) for name in ("furat", "hala", "noor")]
    for link in late:
        desk.run("dedupe", [link])
    left, right = groups_of(desk, links[0], links[2])
    assert left != right
    assert groups_of(desk, *links) == [left, left, right, right]


# --- a new kind of fingerprint


def test_fingerprints_of_an_old_version_are_made_anew_a_little_at_a_time(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    links = [parsed(name, page(name)) for name in ("bridge", "wheat", "port")]
    desk.run("dedupe", links)
    right = desk.sql("SELECT article_id, data, bands FROM fingerprints ORDER BY 1")
    bands = desk.sql("SELECT band, article_id FROM bands WHERE article_id > 0 ORDER BY 1, 2")
    desk.sql("UPDATE fingerprints SET version = version - 1, data = 'old', bands = '{9}'")
    desk.sql("DELETE FROM bands WHERE article_id > 0")
    desk.sql("INSERT INTO bands SELECT 9, seen_at, article_id FROM fingerprints")
    before = groups_of(desk, *links)
    # Nobody is compared with what another rule has made.
    copy = parsed("rajaa", page("bridge"))
    desk.run("dedupe", [copy])
    assert group(desk, copy) == (True, "original")
    assert renew(desk.context, limit=2) == 2
    assert status(desk) == 1
    assert renew(desk.context, limit=2) == 1
    assert renew(desk.context, limit=2) == status(desk) == 0
    assert desk.sql("SELECT article_id, data, bands FROM fingerprints ORDER BY 1")[:3] == right
    kept = desk.sql("SELECT band, article_id FROM bands WHERE article_id > 0 ORDER BY 1, 2")
    assert [row for row in kept if row["article_id"] != desk.article(copy)["id"]] == bands
    assert groups_of(desk, *links) == before
    late = parsed("manar", page("wheat"))
    desk.run("dedupe", [late])
    assert groups_of(desk, late) == groups_of(desk, links[1])


def status(desk: Any) -> int:
    """How many fingerprints of an old version `rasid status` counts."""
    with transaction(desk.context.engine) as conn:
        return groups.counts(conn, version=VERSION)["outdated"]


def test_what_was_ruled_is_not_undone_by_new_fingerprints(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str]
) -> None:
    first, copy = parsed("sada", page("bridge")), parsed("rajaa", page("bridge"))
    desk.run("dedupe", [first, copy])
    rule(desk, rulings.split, copy)
    desk.sql("UPDATE fingerprints SET version = 1")
    assert renew(desk.context) == 2
    parsed("rajaa", page("bridge", more=EDIT))
    desk.run("dedupe", [copy])
    assert groups_of(desk, first, copy) == [desk.article(link)["id"] for link in (first, copy)]


# --- what bad input gets


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("", ""),
        ("", "كلمة"),
        ("خبر", "!!! ؟؟ … 🙂🙂"),
        ("x", "\u200f\u202eabc\u202c عربي \u2067mixed\u2069 اتجاه"),
        ("long", "كلام كثير " * 500_000),
        ("repeated", "الجملة نفسها تتكرر. " * 100_000),
    ],
    ids=["empty", "one word", "no letters", "both directions", "5 MB", "repeated"],
)
def test_every_text_gets_an_answer_and_copies_of_it_meet(
    desk: Any, parsed: Callable[..., int], page: Callable[..., str], title: str, body: str
) -> None:
    links = [parsed(name, page("bridge")) for name in ("sada", "rajaa")]
    desk.sql("UPDATE articles SET title = :title, text = :body", title=title, body=body)
    assert desk.run("dedupe", links) == {"done": 2}
    first, second = groups_of(desk, *links)
    # A text without words is nobody's copy, whatever its title.
    assert (first == second) == any(letter.isalnum() for letter in body)

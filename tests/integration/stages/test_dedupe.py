"""Dedupe, against a real database: copies meet in one group, whoever looks at them and when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

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

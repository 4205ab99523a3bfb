"""Articles are looked at again: edits become versions, removals are marked, and a failed look takes nothing away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rasid import revisits
from rasid.model import Lane
from rasid.store.engine import transaction

LADDER = (3_600.0, 21_600.0, 86_400.0, 604_800.0)
FIRST = "أعلنت وزارة الصحة اليوم افتتاح ثلاثة مراكز جديدة لعلاج المرضى في المدن الساحلية بعد عمل استمر عاماً كاملاً. "
MORE = "وقال الوزير في مؤتمر صحفي إن المراكز ستستقبل المرضى من جميع المحافظات، وإن العلاج فيها سيكون مجانياً للجميع. "


def page(*paragraphs: str, title: str = "افتتاح مراكز صحية جديدة في الساحل") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="ar"><head><title>{title}</title><meta property="og:type" content="article"></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


@pytest.fixture
def read(site: Any, desk: Any) -> Callable[[str], int]:
    """Reads the article at /2026/03/01/a for the first time; its link."""

    def first(body: str) -> int:
        desk.outlet("sada", language="ar")
        (link,) = desk.add(site.put("/2026/03/01/a", body), outlet="sada")
        desk.through("alert", [link])
        assert desk.state(link)[0] == "done"
        return int(link)

    return first


def look(desk: Any, link: int, *, hours: float) -> None:
    """Let the article be so old, and look at it if that is due."""
    desk.sql("UPDATE links SET found_at = now() - make_interval(secs => :age), look_at = look_at - "
             "make_interval(secs => :age) WHERE id = :id", age=hours * 3_600 + 1, id=link)  # fmt: skip
    with transaction(desk.context.engine) as conn:
        revisits.send_due(conn, LADDER, limit=10)
    desk.free(desk.link(link)["host"])
    desk.through("alert", [link])


def test_a_new_article_is_looked_at_after_an_hour(desk: Any, read: Callable[[str], int]) -> None:
    link = read(page(FIRST * 2, MORE))
    assert 3_500 < float(desk.one("SELECT extract(epoch FROM look_at - found_at) FROM links")) < 3_700
    look(desk, link, hours=1)
    assert desk.link(link)["lane"] == Lane.REVISIT
    assert 21_500 < float(desk.one("SELECT extract(epoch FROM look_at - found_at) FROM links")) < 21_700
    assert desk.state(link) == ("done", "not_modified")


def test_an_edit_makes_a_version_and_is_learned(site: Any, desk: Any, read: Callable[[str], int]) -> None:
    link = read(page(FIRST * 2, MORE))
    site.put("/2026/03/01/a", page(FIRST * 2, MORE.replace("مجانياً", "مدفوعاً")))
    look(desk, link, hours=1)
    assert desk.article(link)["version"] == 2
    assert desk.sql("SELECT rung, looks, changes FROM outlet_looks") == [{"rung": 3_600, "looks": 1, "changes": 1}]


def test_a_new_stamp_makes_none(site: Any, desk: Any, read: Callable[[str], int]) -> None:
    link = read(page(FIRST * 2, MORE))
    site.put("/2026/03/01/a", page(FIRST * 2, MORE, "آخر تحديث: 14:05 بتوقيت دمشق"))
    look(desk, link, hours=1)
    assert desk.article(link)["version"] == 1
    assert desk.sql("SELECT changes FROM outlet_looks") == [{"changes": 0}]


@pytest.mark.parametrize("how", ["410", "soft_404", "front page"])
def test_an_article_that_is_taken_away_is_marked_and_may_come_back(
    site: Any, desk: Any, read: Callable[[str], int], how: str
) -> None:
    link = read(body := page(FIRST * 2, MORE))
    if how == "410":
        site.put("/2026/03/01/a", "", 410)
    elif how == "soft_404":
        site.put(
            "/2026/03/01/a", "<html><title>الصفحة غير موجودة</title><body><h1>الصفحة غير موجودة</h1></body></html>"
        )
    else:
        site.put("/", "<html><title>صدى</title><body><h2><a href='/1'>خبر عن شيء ما في المدينة</a></h2></body></html>")
        site.put("/2026/03/01/a", "", 302, location="/")
    look(desk, link, hours=1)
    assert desk.state(link)[0] == "gone"
    assert desk.article(link)["withdrawn_at"] is not None
    assert desk.article(link)["text"].startswith("أعلنت")
    site.put("/2026/03/01/a", body)
    look(desk, link, hours=6)
    assert desk.state(link)[0] == "done"
    assert desk.article(link)["withdrawn_at"] is None


@pytest.mark.parametrize("status", [403, 200])
def test_a_look_that_meets_a_wall_or_an_odd_page_takes_nothing_away(
    site: Any, desk: Any, read: Callable[[str], int], status: int
) -> None:
    link = read(page(FIRST * 2, MORE))
    site.put("/2026/03/01/a", "<html><title>صدى</title><body><p>عذراً</p></body></html>", status)
    look(desk, link, hours=1)
    assert desk.state(link)[0] == "done"
    article = desk.article(link)
    assert (article["withdrawn_at"], article["version"]) == (None, 1)


def test_no_ladder_no_looks(desks: Callable[..., Any], site: Any) -> None:
    desk = desks(revisit_after="")
    (link,) = desk.add(site.put("/2026/03/01/a", page(FIRST * 2, MORE)))
    desk.through("alert", [link])
    assert desk.link(link)["look_at"] is None


def test_a_person_who_submits_a_page_that_was_gone_gets_another_look(site: Any, desk: Any) -> None:
    from uuid import uuid4

    from rasid.store import links

    (link,) = desk.add(site.put("/2026/03/01/a", "", 410))
    desk.run("fetch", [link])
    assert desk.state(link)[0] == "gone"
    (again,) = desk.add(site.url("/2026/03/01/a"))
    assert desk.state(again)[0] == "gone"
    with transaction(desk.context.engine) as conn:
        links.add(conn, [links.NewLink(site.url("/2026/03/01/a"), {}, None, uuid4())], allowed=desk.context.permits)
    assert desk.state(link)[0] == "found"

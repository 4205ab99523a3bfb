"""A section page whose links are guessed wrong at first, and what its pages teach: both ways."""

from __future__ import annotations

from typing import Any

LONG = "وزارة النقل تفتتح جسرا جديدا على نهر الفرات"


def test_lists_that_look_like_articles_are_no_longer_asked_for(site: Any, desk: Any) -> None:
    """Their headlines and addresses are perfect; what they turn out to be is what counts."""

    def front(first: int, last: int) -> None:
        path = "/files/2026/all-the-news-about-water-"
        rows = "".join(f'<h2><a href="{path}{n}">{LONG} {n}</a></h2>' for n in range(first, last))
        site.put("/news", f"<html lang='ar'><body><main>{rows}</main></body></html>")

    links = "".join(f'<li class="item"><h2><a href="/x/{n}">{LONG} {n}</a></h2></li>' for n in range(25))
    for n in range(20):
        body = f"<html><head><title>ملف</title></head><body><h1>ملف</h1><ul class='list'>{links}</ul></body></html>"
        site.put(f"/files/2026/all-the-news-about-water-{n}", body)
    desk.outlet("sada", language="ar", channels=[("section", site.url("/news"))])
    front(0, 6)
    assert desk.visit()["new"] == 6
    ids = [row["id"] for row in desk.sql("SELECT id FROM links ORDER BY id")]
    desk.through("parse", ids)
    assert {desk.state(id)[0] for id in ids} == {"skipped"}
    front(6, 12)
    assert desk.visit(all=True)["new"] == 0


def test_articles_that_look_like_navigation_are_found_after_a_few(site: Any, desk: Any, page: Any) -> None:
    """They stand in a menu under addresses that say nothing: a few new ones are tried, and then all are taken."""

    def front(last: int) -> None:
        menu = "".join(f'<a href="/{name}">{name}</a>' for name in ("sport", "culture", "about-us"))
        rows = "".join(f'<li><a href="/n/a{n}">{LONG} {n}</a></li>' for n in range(last))
        site.put("/news", f"<html lang='ar'><body><nav>{menu}</nav><div class='menu'>{rows}</div></body></html>")

    for n in range(40):
        site.put(f"/n/a{n}", page("bridge", title=f"{LONG} رقم {n}"))
    for name in ("sport", "culture", "about-us"):
        site.put(f"/{name}", "<html><body><p>قسم</p></body></html>")
    desk.outlet("sada", language="ar", channels=[("section", site.url("/news"))])
    found = []
    for last in (5, 10, 15, 30, 40):
        front(last)
        found.append(desk.visit(all=True)["new"])
        ids = [row["id"] for row in desk.sql("SELECT id FROM links WHERE state = 'found' ORDER BY id")]
        desk.through("parse", ids)
    # What was there before anything was known is taken as well, once its kind is known.
    assert found == [3, 3, 9, 15, 10]
    assert desk.one("SELECT count(*) FROM links WHERE article_id IS NOT NULL") == 40
    asked = [path for path in site.paths() if path in ("/sport", "/culture", "/about-us")]
    assert asked == []


def test_what_a_page_taught_goes_with_its_channel(site: Any, desk: Any) -> None:
    site.put("/news", f'<html><body><h2><a href="/2026/03/05/a-long-story-of-the-day">{LONG}</a></h2></body></html>')
    desk.outlet("sada", channels=[("section", site.url("/news"))])
    desk.visit()
    assert desk.sql("SELECT visits FROM page_memories") == [{"visits": 1}]
    desk.sql("DELETE FROM channels")
    assert desk.sql("SELECT 1 FROM page_memories") == []

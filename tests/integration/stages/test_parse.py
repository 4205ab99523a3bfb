"""Parse, against a real database: pages become articles, and what is none says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LISTING = "<html><head><title>أخبار سوريا</title></head><body><h1>أخبار</h1>" + "".join(
    f'<article><h2><a href="/news/2026/03/05/{n}">عنوان الخبر رقم {n} من أخبار المحافظات السورية اليوم</a></h2>'
    f"<p>موجز قصير للخبر رقم {n} من مراسلنا في المحافظة.</p></article>"
    for n in range(30)
)
WALL = (
    "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser before accessing</h1>"
    '<form id="challenge-form" action="/cdn-cgi/challenge-platform/x"></form><noscript>Please enable JavaScript and '
    "cookies to continue</noscript></body></html>"
)


@pytest.fixture
def fetched(site: Any, desk: Any) -> Callable[..., int]:
    """Puts a page at a path, fetches it, and gives its link."""

    def fetch(body: str | bytes, path: str = "/a", *, hint: dict[str, Any] | None = None, **head: Any) -> int:
        (link,) = desk.add(site.put(path, body, **head), hints=[hint or {}])
        desk.run("fetch", [link])
        return int(link)

    return fetch


def test_a_page_becomes_an_article(desk: Any, fetched: Callable[..., int], page: Callable[..., str]) -> None:
    link = fetched(page("bridge"))
    assert desk.run("parse", [link]) == {"done": 1}
    article = desk.article(link)
    assert article["title"] == "افتتاح جسر جديد على نهر الفرات في دير الزور"
    assert article["text"].count("\n\n") == 2
    assert article["published_at"].isoformat() == "2026-03-05T06:30:00+00:00"
    assert (article["language"], article["version"], article["withdrawn_at"]) == ("ar", 1, None)
    assert desk.link(link)["article_id"] == article["id"]
    assert [stage.value for stage, _ in desk.sent] == ["parse", "dedupe"]


def test_a_new_version_keeps_the_old_text(
    site: Any, desk: Any, fetched: Callable[..., int], page: Callable[..., str]
) -> None:
    link = fetched(page("bridge"))
    desk.run("parse", [link])
    before = desk.article(link)
    site.put(
        "/a", page("bridge", title="افتتاح جسر الفرات بعد تأخير", more="وأضيف هذا المقطع بعد ساعة من النشر الأول.")
    )
    desk.again(link)
    desk.through("parse", [link])
    after = desk.article(link)
    assert (after["id"], after["version"], after["title"]) == (before["id"], 2, "افتتاح جسر الفرات بعد تأخير")
    (old,) = desk.sql("SELECT * FROM article_versions")
    assert (old["version"], old["title"], old["text"]) == (1, before["title"], before["text"])
    found = desk.one("SELECT search @@ to_tsquery('simple', 'تاخير') FROM articles")
    assert found is True


def test_an_edit_around_the_text_is_no_new_version(
    site: Any, desk: Any, fetched: Callable[..., int], page: Callable[..., str]
) -> None:
    link = fetched(page("bridge"))
    desk.through("alert", [link], first="parse")
    site.put("/a", page("bridge").replace("<footer>©</footer>", "<footer>© 2026 كل الحقوق محفوظة</footer>"))
    desk.again(link)
    desk.run("fetch", [link])
    assert desk.run("parse", [link]) == {"skipped": 1}
    assert desk.state(link) == ("done", "unchanged")
    assert desk.article(link)["version"] == 1
    # The newest page is the one that a later look compares with.
    assert desk.article(link)["page_id"] == desk.link(link)["page_id"]


def test_a_page_that_comes_back_is_no_longer_withdrawn(
    site: Any, desk: Any, fetched: Callable[..., int], page: Callable[..., str]
) -> None:
    link = fetched(page("bridge"))
    desk.run("parse", [link])
    site.put("/a", status=410)
    desk.again(link)
    desk.run("fetch", [link])
    site.put("/a", page("bridge") + "<!-- back -->")
    desk.again(link)
    desk.through("parse", [link])
    assert desk.article(link)["withdrawn_at"] is None


def test_what_is_no_article_is_skipped_and_a_wall_is_parked(desk: Any, fetched: Callable[..., int]) -> None:
    listing, wall, scrap = (
        fetched(LISTING, "/list"), fetched(WALL, "/wall"), fetched("<html><body></body></html>", "/none")
    )  # fmt: skip
    assert desk.run("parse", [listing, wall, scrap]) == {"skipped": 2, "parked": 1}
    assert desk.state(listing) == ("skipped", "not_article_listing")
    assert desk.state(wall) == ("parked", "blocked")
    assert desk.state(scrap) == ("skipped", "not_article_empty")
    assert desk.link(wall)["parked_from"] == "fetched"
    assert desk.one("SELECT count(*) FROM articles") == 0
    assert all(stage.value == "parse" for stage, _ in desk.sent)


def test_the_channel_knows_the_time_better_than_the_page(
    desk: Any, fetched: Callable[..., int], page: Callable[..., str]
) -> None:
    link = fetched(page("bridge"), hint={"published_at": "2026-03-05T11:00:00+03:00", "authors": ["سمر حداد"]})
    desk.run("parse", [link])
    article = desk.article(link)
    assert article["published_at"].isoformat() == "2026-03-05T08:00:00+00:00"
    assert (article["published_from"], article["authors"]) == ("channel", ["سمر حداد"])


def test_a_channel_that_knows_the_day_alone_does_not_hide_the_minute(
    desk: Any, fetched: Callable[..., int], page: Callable[..., str]
) -> None:
    link = fetched(page("bridge"), hint={"published_at": "2026-03-05T00:00:00+00:00"})
    desk.run("parse", [link])
    article = desk.article(link)
    assert article["published_at"].isoformat() == "2026-03-05T06:30:00+00:00"
    assert article["published_precision"] in ("minute", "second")
    assert article["published_from"] not in (None, "channel")


def test_windows_1256_is_read_as_arabic(desk: Any, fetched: Callable[..., int], page: Callable[..., str]) -> None:
    body = page("wheat").replace("utf-8", "windows-1256").replace("©", "").encode("windows-1256")
    link = fetched(body, kind="text/html")
    assert desk.run("parse", [link]) == {"done": 1}
    assert desk.article(link)["title"] == "مزارعو الحسكة يشكون تراجع محصول القمح"


def test_nul_bytes_and_broken_utf8_do_not_stop_the_others(
    desk: Any, fetched: Callable[..., int], page: Callable[..., str]
) -> None:
    hostile = page("bridge").encode().replace("نهر".encode(), b"\x00\xff\xed\xa0\x80" + "نهر".encode())
    ids = [fetched(hostile, "/hostile"), fetched(page("wheat"), "/fine")]
    outcomes = desk.run("parse", ids)
    assert sum(outcomes.values()) == 2
    assert desk.state(ids[1])[0] == "parsed"
    assert desk.state(ids[0])[0] == "parsed"
    assert "\x00" not in desk.article(ids[0])["text"]


def test_pages_may_lie_in_a_folder(
    site: Any, desks: Callable[..., Any], tmp_path: Path, page: Callable[..., str]
) -> None:
    desk = desks(page_store=f"file://{tmp_path}/pages")
    ids = desk.add(site.put("/a", page("bridge")), site.put("/b", page("wheat")))
    desk.run("fetch", ids)
    assert desk.one("SELECT count(*) FROM pages WHERE body IS NULL AND body_ref IS NOT NULL") == 2
    files = sorted((tmp_path / "pages").glob("*/*.zst"))
    assert len(files) == 2
    assert desk.run("parse", ids) == {"done": 2}


def test_a_page_that_is_missing_from_the_folder_stops_no_other(
    site: Any, desks: Callable[..., Any], tmp_path: Path, page: Callable[..., str]
) -> None:
    desk = desks(page_store=f"file://{tmp_path}/pages")
    ids = desk.add(site.put("/a", page("bridge")), site.put("/b", page("wheat")))
    desk.run("fetch", ids)
    lost = desk.one("SELECT body_ref FROM pages WHERE link_id = :id", id=ids[0])
    Path(lost.removeprefix("file://")).unlink()
    assert desk.run("parse", ids) == {"done": 1, "retry": 1}
    assert desk.state(ids[0]) == ("fetched", "page_missing")


def test_a_page_that_was_damaged_in_the_folder_stops_no_other(
    site: Any, desks: Callable[..., Any], tmp_path: Path, page: Callable[..., str]
) -> None:
    desk = desks(page_store=f"file://{tmp_path}/pages")
    ids = desk.add(site.put("/a", page("bridge")), site.put("/b", page("wheat")))
    desk.run("fetch", ids)
    damaged = desk.one("SELECT body_ref FROM pages WHERE link_id = :id", id=ids[0])
    Path(damaged.removeprefix("file://")).write_bytes(b"half of it")
    assert desk.run("parse", ids) == {"done": 1, "retry": 1}


def test_a_folder_that_cannot_be_written_leaves_the_page_in_the_database(
    site: Any, desks: Callable[..., Any], tmp_path: Path, page: Callable[..., str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    desk = desks(page_store=f"file://{tmp_path}/file/pages")
    (link,) = desk.add(site.put("/a", page("bridge")))
    assert desk.run("fetch", [link]) == {"done": 1}
    assert desk.run("parse", [link]) == {"done": 1}


LONG = "أعلنت بلدية المدينة أن أعمال صيانة شبكة المياه في الأحياء الشرقية تنتهي مطلع الشهر المقبل بعد تأخر دام أسابيع. "
SHORT = LONG.strip()
OPINIONS = "".join(
    f"<div><p>رأي قارئ رقم {n} في ما جرى، وهو أطول من الخبر نفسه ولا صلة له بنص الخبر الذي نشرته الصحيفة.</p></div>"
    for n in range(12)
)


def story(number: int, text: str, *, body: str = "story-text", beside: str = "") -> str:
    """A page of one outlet's template, which says that it is an article."""
    return (
        f"<html lang=ar><head><title>خبر المياه رقم {number}</title>"
        f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "خبر المياه رقم {number}"}}</script>'
        f"</head><body><main><h1>خبر المياه رقم {number}</h1><div class='{body} post-{number}'>"
        f"<p>{text}</p><p>{text[:-1]} ({number}).</p></div></main><section><div>{beside}</div></section></body></html>"
    )


def test_hard_pages_are_read_by_the_container_that_easy_ones_taught(desk: Any, fetched: Callable[..., int]) -> None:
    """Short texts beside long ones of others: read alone, what stands beside is taken for the text."""
    hard = story(90, SHORT, beside=OPINIONS)
    before = fetched(hard, "/90")
    desk.run("parse", [before])
    assert "رأي قارئ" in desk.article(before)["text"]
    desk.run("parse", [fetched(story(n, LONG * 3), f"/{n}") for n in range(4)])
    (known,) = desk.sql("SELECT known FROM containers")
    assert known["known"] == {"main>div.story-text": [4, 0]}
    link = fetched(hard.replace("رقم 90", "رقم 91"), "/91")
    desk.run("parse", [link])
    article = desk.article(link)
    assert (article["method"], article["methods"]["text"]) == ("learned", "learned")
    assert article["text"].count("\n\n") == 1
    assert "رأي قارئ" not in article["text"]
    assert article["confidences"] == {"text": 0.8, "title": 0.93}


def test_a_container_is_forgotten_when_the_site_changes(desk: Any, fetched: Callable[..., int]) -> None:
    desk.run("parse", [fetched(story(n, LONG * 3), f"/{n}") for n in range(3)])
    desk.run("parse", [fetched(story(n, LONG * 3, body="new-text"), f"/{n}") for n in range(10, 41)])
    (known,) = desk.sql("SELECT known FROM containers")
    assert known["known"] == {"main>div.new-text": [20, 0]}

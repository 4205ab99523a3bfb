"""What answers of real servers come to: gone, moved, which wall, soft 404, not HTML, empty; and what health says."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid import rounds
from rasid.store import health
from rasid.store.engine import transaction

WALLS = {
    "robot_wall": "<html><title>Just a moment...</title><body><p>تحقق من أنك لست روبوتاً</p></body></html>",
    "consent_wall": "<html><title>صدى</title><body><p>قبول جميع ملفات تعريف الارتباط</p></body></html>",
    "login_wall": "<html><title>صدى</title><body><p>سجل الدخول لقراءة المقال</p><input type=password></body></html>",
    "paywall": "<html><title>صدى</title><body><p>هذا المحتوى للمشتركين فقط</p></body></html>",
}
MISSING = "<html><title>الصفحة غير موجودة</title><body><h1>الصفحة غير موجودة</h1><p>عذراً</p></body></html>"
FRONT = "<html><title>صدى</title><body><h2><a href='/1'>خبر عن شيء ما في المدينة</a></h2></body></html>"


def ended(desk: Any, url: str) -> tuple[str, str | None, str]:
    """State and code of a URL that was fetched and read, and the first word of its message."""
    (link,) = desk.add(url)
    desk.through("parse", [link])
    row = desk.link(link)
    return row["state"], row["code"], (row["message"] or "").partition(":")[0]


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("status", [200, 401, 402, 403, 451])
def test_a_wall_is_told_by_its_kind_whatever_its_status(site: Any, desk: Any, status: int, wall: str) -> None:
    assert ended(desk, site.put("/a", WALLS[wall], status)) == ("parked", "blocked", wall)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_asked_later_and_a_challenge_is_parked(site: Any, desk: Any, status: int) -> None:
    assert ended(desk, site.put("/a", WALLS["robot_wall"], status)) == ("parked", "blocked", "robot_wall")
    state, code, _ = ended(desk, site.put("/b", WALLS["robot_wall"], status, retry_after="60"))
    assert (state, code) == ("found", f"http_{status}")


def test_the_evidence_of_a_wall_is_kept_with_its_link(site: Any, desk: Any) -> None:
    (link,) = desk.add(site.put("/a", "x", 403, cf_mitigated="challenge"))
    desk.run("fetch", [link])
    evidence = desk.link(link)["evidence"]
    assert (evidence["wall"], evidence["sign"], evidence["status"]) == ("robot_wall", "cf-mitigated: challenge", 403)


def test_all_other_ends_have_words_of_their_own(sites: Callable[[], Any], site: Any, desk: Any, page: Any) -> None:
    there = sites()
    assert ended(desk, site.put("/none", "", 404))[:2] == ("gone", "http_404")
    assert ended(desk, site.put("/taken", "", 410))[:2] == ("gone", "http_410")
    assert ended(desk, site.put("/bare", "no", 403))[:2] == ("parked", "http_403")
    assert ended(desk, site.put("/moved", "", 301, location=there.put("/new", page("bridge"))))[:2] == (
        "found", "moved_host"
    )  # fmt: skip
    assert ended(desk, site.put("/soft", MISSING))[:2] == ("gone", "soft_404")
    assert ended(desk, site.put("/pdf", b"%PDF-1.7", kind="application/pdf"))[:2] == ("skipped", "not_html")
    assert ended(desk, site.put("/empty", "  "))[:2] == ("skipped", "empty")
    assert ended(desk, site.put("/fine", page("port")))[0] == "parsed"


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"<html><p>page</p></html>" * 9, mtime=0),
        b"PK\x03\x04" + bytes(range(256)) * 4,
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        b"\x89PNG\r\n\x1a\n" + bytes(300),
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4,
        b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(range(256)),
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
        b"<html><p>" + bytes(range(1, 9)) * 300 + b"</p>",
    ],
    ids=["gzip", "zip", "pdf", "png", "jpeg", "webp", "gif", "controls"],
)
def test_what_calls_itself_html_and_is_none(site: Any, desk: Any, body: bytes) -> None:
    assert ended(desk, site.put("/a", body))[:2] == ("skipped", "not_html")


@pytest.mark.parametrize("front", ["/", "/ar/", "/index.html", "/ar"])
def test_articles_that_lead_to_the_front_page_are_gone_each_by_itself(site: Any, desk: Any, front: str) -> None:
    site.put(front, FRONT)
    for path in ("/2026/03/01/a", "/2026/03/01/b"):
        assert ended(desk, site.put(path, "", 302, location=front))[:2] == ("gone", "moved_home")
    # The front page itself is no article either, and no link was taken for another's page.
    assert ended(desk, site.url(front))[0] == "skipped"
    assert desk.one("SELECT count(*) FROM links WHERE code = 'same_page'") == 0


def test_articles_that_lead_to_one_wall_are_each_behind_it(site: Any, desk: Any) -> None:
    site.put("/login", WALLS["login_wall"])
    for path in ("/a", "/b"):
        assert ended(desk, site.put(path, "", 302, location="/login")) == ("parked", "blocked", "login_wall")


def test_articles_that_lead_to_one_page_of_error_are_each_gone(site: Any, desk: Any) -> None:
    site.put("/error", MISSING)
    for path in ("/a", "/b"):
        assert ended(desk, site.put(path, "", 302, location="/error"))[:2] == ("gone", "soft_404")


def test_a_redirect_and_a_canonical_address_lead_to_one_article(site: Any, desk: Any, page: Any) -> None:
    new = site.url("/2026/03/05/bridge")
    body = page("bridge").replace("</head>", f'<link rel="canonical" href="{new}"></head>')
    site.put("/2026/03/05/bridge", body)
    (old,) = desk.add(site.put("/old", "", 301, location=new))
    desk.through("alert", [old])
    (amp, alias) = desk.add(site.put("/amp/bridge", body.replace("<p>", "<p class=amp>")), new)
    desk.through("alert", [amp, alias])
    assert desk.one("SELECT count(*) FROM articles") == 1
    assert desk.state(alias) == ("skipped", "same_page")
    assert (desk.state(amp), desk.link(amp)["moved_to"]) == (("skipped", "same_page"), old)


@pytest.mark.parametrize("together", [False, True])
def test_the_canonical_address_may_come_second(site: Any, desk: Any, page: Any, together: bool) -> None:
    body = page("bridge").replace("</head>", f'<link rel="canonical" href="{site.url("/bridge")}"></head>')
    amp, own = desk.add(site.put("/amp/bridge", body), site.put("/bridge", body))
    for batch in ([amp, own],) if together else ([amp], [own]):
        desk.through("alert", batch)
    assert desk.one("SELECT count(*) FROM articles") == 1
    assert (desk.state(own), desk.link(own)["moved_to"]) == (("skipped", "same_page"), amp)
    # Looked at again, the article is still that of its own link.
    site.put("/amp/bridge", body.replace("</article>", f"<p>{'وأضاف المحافظ أن الجسر مفتوح. ' * 5}</p></article>"))
    desk.again(amp)
    desk.through("alert", [amp])
    assert desk.article(amp)["version"] == 2


def test_a_reprint_that_names_its_first_publisher_stays_an_article(
    sites: Callable[[], Any], desk: Any, page: Any
) -> None:
    first, second = sites(), sites()
    body = page("bridge").replace("</head>", f'<link rel="canonical" href="{first.url("/bridge")}"></head>')
    for name, where in (("sada", first), ("nashra", second)):
        desk.through("alert", desk.add(where.put("/bridge", body), outlet=desk.outlet(name)))
    assert desk.one("SELECT count(*) FROM articles") == 2


def test_a_canonical_address_that_lies_takes_no_article_away(site: Any, desk: Any, page: Any) -> None:
    head = f'<link rel="canonical" href="{site.url("/one")}"></head>'
    ids = desk.add(
        *(site.put(path, page(name).replace("</head>", head)) for path, name in (("/one", "bridge"), ("/two", "wheat")))
    )
    desk.through("alert", ids)
    assert desk.one("SELECT count(*) FROM articles") == 2


@pytest.mark.parametrize(
    ("status", "wall"), [(403, "robot_wall"), (200, "robot_wall"), (402, "paywall"), (503, "robot_wall")]
)
def test_a_channel_behind_a_wall_is_told_as_walled(site: Any, desk: Any, status: int, wall: str) -> None:
    site.put("/feed", WALLS[wall], status)
    desk.outlet("sada", channels=[("feed", site.url("/feed"))])
    for _ in range(2):
        desk.free(site.host)
        desk.visit(all=True)
    channel = desk.channel()
    assert (channel["failures"], channel["code"], channel["message"].partition(":")[0]) == (2, "blocked", wall)
    for minutes in (0, 16):
        rounds.run(desk.context.engine, now=datetime.now(UTC) + timedelta(hours=3, minutes=minutes))
    (row,) = desk.sql("SELECT state, reason FROM outlet_health")
    assert row == {"state": "bot_wall", "reason": f"all its channels answer {wall}"}


def test_walls_behind_refusals_are_counted_by_their_kind(site: Any, desk: Any) -> None:
    desk.outlet("sada")
    links = desk.add(
        site.put("/a", WALLS["robot_wall"], 403), site.put("/b", WALLS["paywall"], 403), site.put("/c", "no", 403),
        outlet="sada",
    )  # fmt: skip
    desk.through("parse", links)
    with transaction(desk.context.engine) as conn:
        while health.roll(conn, now=datetime.now(UTC) + timedelta(minutes=5)):
            pass
    (row,) = desk.sql(
        "SELECT sum(tried)::int AS tried, sum(walled)::int AS walled, sum(paid)::int AS paid FROM outlet_hours"
    )
    assert row == {"tried": 3, "walled": 2, "paid": 1}

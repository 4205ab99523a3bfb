"""Discover, against a real database and a real web site: channels become links, and none is ever given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from rasid.store import outlets
from rasid.store.engine import transaction

NOW = datetime.now(UTC).replace(microsecond=0)


def atom(*entries: tuple[str, datetime | None], title: str = "خبر") -> str:
    body = "".join(
        f'<entry><title>{title} {n}</title><link href="{url}"/><id>{url}</id><author><name>سمر حداد</name></author>'
        f"<published>{(NOW - timedelta(hours=5)).isoformat()}</published>"
        + (f"<updated>{updated.isoformat()}</updated>" if updated else "")
        + "</entry>"
        for n, (url, updated) in enumerate(entries)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar"><title>صدى</title>{body}</feed>'


@pytest.fixture
def feed(site: Any, desk: Any) -> Callable[..., None]:
    """Sets what the one feed of the outlet `sada` answers; the first call adds the outlet."""

    def put(body: str, status: int = 200, *, kind: str = "application/atom+xml", **headers: str) -> None:
        site.put("/feed", body, status, kind=kind, **headers)
        if not desk.sql("SELECT 1 FROM outlets"):
            desk.outlet("sada", language="ar", channels=[("feed", site.url("/feed"))])

    return put


def test_a_feed_gives_links_with_what_it_says_of_them(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed(atom((site.url("/a"), NOW), (site.url("/b?utm_source=rss"), None)))
    assert desk.visit() == {"channels": 1, "new": 2, "again": 0}
    first, second = desk.sql("SELECT * FROM links ORDER BY url")
    assert (first["outlet_id"], first["state"], first["host"]) == ("sada", "found", site.host)
    assert first["hint"] == {
        "title": "خبر 0", "authors": ["سمر حداد"], "language": "ar", "updated_at": NOW.isoformat(),
        "published_at": (NOW - timedelta(hours=5)).isoformat(),
    }  # fmt: skip
    assert "updated_at" not in second["hint"]
    channel = desk.channel()
    assert (channel["visits"], channel["found"], channel["failures"], channel["lease_by"]) == (1, 2, 0, None)
    assert desk.one("SELECT due_at > now() + interval '200 s' FROM channels") is True
    crumb = desk.sql("SELECT outcome, detail FROM crumbs")
    assert crumb == [{"outcome": "done", "detail": {"entries": 2, "new": 2, "again": 0}}]


def test_a_visit_that_finds_the_same_adds_nothing(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed(atom((site.url("/a"), NOW)), etag='"1"')
    desk.visit()
    assert desk.visit(all=True) == {"channels": 1, "new": 0, "again": 0}
    assert desk.channel()["code"] == "not_modified"
    assert desk.one("SELECT count(*) FROM links") == 1


def test_validators_are_sent_and_a_304_is_enough(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed(atom((site.url("/a"), NOW)), etag='"1"', last_modified=format_datetime(NOW, usegmt=True))
    desk.visit()
    desk.visit(all=True)
    feed("", 304)
    desk.visit(all=True)
    first, second, third = (asked.headers for asked in site.asked if asked.path == "/feed")
    # The second visit asks without conditions, to learn whether the validators are honest.
    assert "if-none-match" not in first
    assert "if-none-match" not in second
    assert third["if-none-match"] == '"1"'
    assert third["if-modified-since"] == format_datetime(NOW, usegmt=True)
    channel = desk.channel()
    assert (channel["code"], channel["etag"], channel["failures"]) == ("not_modified", '"1"', 0)


def test_a_validator_that_lies_is_noticed_and_not_believed_again(
    site: Any, desk: Any, feed: Callable[..., None]
) -> None:
    feed(atom((site.url("/a"), NOW)), etag='"forever"')
    desk.visit()
    feed(atom((site.url("/a"), NOW), (site.url("/b"), NOW)), etag='"forever"')
    assert desk.visit(all=True)["new"] == 1
    assert desk.channel()["validator_lies"] is True
    feed(atom((site.url("/c"), NOW)), etag='"forever"')
    assert desk.visit(all=True)["new"] == 1
    assert all("if-none-match" not in asked.headers for asked in site.asked)


def test_a_feed_that_changed_with_its_validators_is_no_liar(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed(atom((site.url("/a"), NOW)), etag='"1"')
    desk.visit()
    feed(atom((site.url("/b"), NOW)), etag='"2"')
    desk.visit(all=True)
    assert desk.channel()["validator_lies"] is False


def test_a_failing_channel_backs_off_to_a_ceiling_and_comes_back(
    site: Any, desks: Callable[..., Any], feed: Callable[..., None]
) -> None:
    desk = desks(discover_interval=100, discover_ceiling=1_000, retry_base_seconds=30)
    feed("", 404)
    pauses = []
    for _ in range(7):
        desk.free(site.host)
        desk.visit(all=True)
        pauses.append(float(desk.one("SELECT extract(epoch FROM due_at - visited_at) FROM channels")))
    assert pauses == sorted(pauses)
    assert 90 < pauses[0] < 110
    assert 900 < pauses[-1] <= 1_000
    assert (desk.channel()["failures"], desk.channel()["code"]) == (7, "http_404")
    feed(atom((site.url("/a"), NOW)))
    assert desk.visit(all=True)["new"] == 1
    channel = desk.channel()
    assert (channel["failures"], channel["code"]) == (0, None)
    assert desk.one("SELECT due_at < now() + interval '110 s' FROM channels") is True


def test_a_channel_on_a_busy_host_waits_without_a_mark(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed(atom((site.url("/a"), NOW)))
    desk.sql("UPDATE hosts SET blocked_until = now() + interval '50 s'")
    assert desk.visit() == {"channels": 0, "new": 0, "again": 0}
    channel = desk.channel()
    assert (channel["visits"], channel["failures"], channel["lease_by"]) == (0, 0, None)
    assert desk.one("SELECT due_at > now() + interval '40 s' FROM channels") is True
    assert site.paths() == []


def test_a_web_page_in_place_of_a_feed_is_a_failure(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed('<html><body><a href="/one-long-enough-headline">عنوان</a></body></html>', kind="text/html")
    desk.visit()
    assert (desk.channel()["code"], desk.channel()["failures"]) == ("not_a_feed", 1)
    assert desk.one("SELECT count(*) FROM links") == 0


def test_a_sitemap_index_makes_channels_of_its_latest_sitemaps(site: Any, desk: Any) -> None:
    old = (NOW - timedelta(days=40)).isoformat()
    site.put(
        "/index.xml",
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{site.url('/new.xml')}</loc><lastmod>{NOW.isoformat()}</lastmod></sitemap>"
        f"<sitemap><loc>{site.url('/old.xml')}</loc><lastmod>{old}</lastmod></sitemap></sitemapindex>",
        kind="application/xml",
    )
    site.put(
        "/new.xml",
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>{site.url('/a')}</loc><lastmod>{NOW.isoformat()}</lastmod></url></urlset>",
        kind="application/xml",
    )
    desk.outlet("sada", channels=[("sitemap", site.url("/index.xml"))])
    desk.visit()
    child = desk.channel("/new.xml")
    assert (child["parent_id"], child["kind"]) == (desk.channel("/index.xml")["id"], "sitemap")
    assert desk.one("SELECT count(*) FROM channels") == 2
    assert desk.visit()["new"] == 1
    assert desk.one("SELECT url FROM links") == site.url("/a")


def test_an_entry_that_was_edited_makes_its_link_due_again(
    site: Any, desk: Any, feed: Callable[..., None], page: Callable[..., str]
) -> None:
    url = site.put("/a", page("bridge"))
    feed(atom((url, NOW)))
    desk.visit()
    (link,) = desk.add(url)
    desk.through("alert", [link])
    assert desk.state(link)[0] == "done"
    later = NOW + timedelta(hours=2)
    feed(atom((url, later)))
    assert desk.visit(all=True) == {"channels": 1, "new": 0, "again": 1}
    assert desk.state(link)[0] == "found"
    # Being told the same again is no second edit.
    desk.run("fetch", [link])
    assert desk.state(link) == ("done", "not_modified")
    feed(atom((url, later), title="عنوان آخر"))
    assert desk.visit(all=True)["again"] == 0
    assert desk.state(link)[0] == "done"


def test_a_redirect_of_a_channel_to_another_host_takes_its_turn_there(sites: Callable[[], Any], desk: Any) -> None:
    here, there = sites(), sites()
    there.put("/robots.txt", "User-agent: *\nDisallow: /closed", kind="text/plain")
    here.put("/feed", status=301, location=there.put("/rss", atom((there.url("/a"), NOW)), kind="text/xml"))
    here.put("/shut", status=301, location=there.url("/closed"))
    desk.outlet("sada", channels=[("feed", here.url("/feed"))])
    assert desk.visit()["new"] == 1
    assert there.paths() == ["/robots.txt", "/rss"]
    desk.outlet("rajaa", channels=[("feed", here.url("/shut"))])
    desk.visit()
    assert desk.channel("/shut")["code"] == "robots_refused"
    assert there.paths() == ["/robots.txt", "/rss"]


def test_hostile_text_in_a_feed_is_stored_or_left_out_but_stops_nothing(sites: Callable[[], Any], desk: Any) -> None:
    bad, good = sites(), sites()
    bad.put(
        "/feed.json",
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "\x00",
                "items": [
                    {"id": "1", "url": bad.url("/a"), "title": "nul \x00 byte", "content_text": "x"},
                    {"id": "2", "url": bad.url("/b"), "title": "خبر", "authors": [{"name": "\x00"}]},
                ],
            }
        ),
        kind="application/feed+json",
    )
    good.put("/feed", atom((good.url("/a"), NOW)), kind="application/atom+xml")
    desk.outlet("bad", channels=[("feed", bad.url("/feed.json"))])
    desk.outlet("good", channels=[("feed", good.url("/feed"))])
    assert desk.visit()["new"] == 3
    assert {row["hint"].get("title") for row in desk.sql("SELECT hint FROM links")} >= {"خبر", "خبر 0"}


def test_what_the_database_refuses_is_the_failure_of_its_channel_alone(sites: Callable[[], Any], desk: Any) -> None:
    desk.sql("ALTER TABLE links ADD CHECK (url NOT LIKE '%poison%')")
    for name, path in (("bad", "/poison"), ("good", "/fine")):
        site = sites()
        site.put("/feed", atom((site.url(path), NOW)))
        desk.outlet(name, channels=[("feed", site.url("/feed"))])
    assert desk.visit()["new"] == 1
    bad, good = desk.sql("SELECT code, failures, lease_by FROM channels ORDER BY id")
    assert bad == {"code": "unstorable", "failures": 1, "lease_by": None}
    assert good == {"code": None, "failures": 0, "lease_by": None}


def test_links_to_private_addresses_are_refused_without_an_exception(site: Any, desks: Any) -> None:
    desk = desks(fetch_allow=f"127.0.0.1:{site.host.rpartition(':')[2]}")
    site.put("/feed", atom((site.url("/a"), NOW), ("http://192.168.1.1/admin", NOW), ("file:///etc/passwd", NOW)))
    desk.outlet("sada", channels=[("feed", site.url("/feed"))])
    assert desk.visit()["new"] == 1
    assert desk.one("SELECT url FROM links") == site.url("/a")


def test_two_workers_do_not_visit_one_channel_at_once(site: Any, desk: Any, feed: Callable[..., None]) -> None:
    feed(atom((site.url("/a"), NOW)))
    with transaction(desk.context.engine) as conn:
        claimed = outlets.claim_channels(
            conn, [desk.channel()["id"]], token="0" * 32, worker="other:1", seconds=60
        )  # fmt: skip
    assert len(claimed) == 1
    assert desk.visit() == {}
    assert site.paths() == []


def lively(site: Any, count: int, *, minutes: int) -> str:
    """A feed of `count` entries, one in so many minutes."""
    entries = "".join(
        f'<entry><title>خبر {n}</title><link href="{site.url(f"/live/{n}")}"/><id>{n}</id>'
        f"<published>{(NOW - timedelta(minutes=minutes * n)).isoformat()}</published></entry>"
        for n in range(count)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>عاجل</title>{entries}</feed>'


def test_a_busy_channel_is_asked_sooner_than_its_interval_after_its_first_visits(
    site: Any, desks: Callable[..., Any]
) -> None:
    desk = desks(discover_interval=1_800)
    site.put("/busy", lively(site, 60, minutes=3), kind="application/atom+xml")
    site.put("/quiet", lively(site, 10, minutes=2_000), kind="application/atom+xml")
    desk.outlet("sada", language="ar", channels=[("feed", site.url("/busy")), ("feed", site.url("/quiet"))])
    for waiting in ("visits = 0", "visits = 0", "url LIKE '%busy'"):
        desk.free(site.host)
        desk.sql(f"UPDATE channels SET due_at = now() WHERE {waiting}")
        desk.visit()
    busy, quiet = desk.sql(
        "SELECT rate * 24 AS rate, extract(epoch FROM due_at - visited_at) AS pause FROM channels ORDER BY id"
    )
    assert busy["rate"] > 200 > 5 > quiet["rate"]
    # Chance moves every visit; the interval that channels without a rhythm get is the yardstick.
    assert float(busy["pause"]) < 1_800


def test_an_interval_that_an_operator_fixed_is_kept(site: Any, desks: Callable[..., Any]) -> None:
    desk = desks(discover_interval=1_800)
    site.put("/busy", lively(site, 60, minutes=3), kind="application/atom+xml")
    desk.outlet("sada", language="ar", channels=[("feed", site.url("/busy"))])
    desk.sql("UPDATE channels SET interval_seconds = 900")
    desk.visit()
    assert 850 < float(desk.one("SELECT extract(epoch FROM due_at - visited_at) FROM channels")) < 950
    assert desk.channel()["due_why"] == "fixed"


def test_what_passes_is_tried_sooner_than_what_is_wrong_with_the_address(
    site: Any, desk: Any, feed: Callable[..., None]
) -> None:
    pauses = {}
    for status in (503, 404):
        feed("", status)
        desk.sql("UPDATE channels SET failures = 4, due_at = now()")
        desk.free(site.host)
        desk.visit()
        pauses[status] = float(desk.one("SELECT extract(epoch FROM due_at - visited_at) FROM channels"))
    assert pauses[503] < pauses[404] / 4
    assert desk.channel()["due_why"] == "failure"

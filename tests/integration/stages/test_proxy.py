"""Stages through a proxy: robots.txt takes the same way, and a proxy that fails is nobody else's failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid import rounds
from rasid.errors import SettingsError
from tests.unit.http.proxies import LocalProxy

HTML = "<html><body><p>خبر</p></body></html>"
FEED = '<rss version="2.0"><channel><title>صدى</title><item><title>خبر</title><link>{}</link></item></channel></rss>'


@pytest.fixture
def proxies() -> Iterator[Callable[..., LocalProxy]]:
    made: list[LocalProxy] = []

    def make(scheme: str = "socks5", **fields: Any) -> LocalProxy:
        made.append(LocalProxy(scheme, **fields))
        return made[-1]

    yield make
    for proxy in made:
        proxy.stop()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http"])
def test_pages_and_robots_take_the_way_through_the_proxy(
    site: Any, desks: Callable[..., Any], proxies: Callable[..., LocalProxy], scheme: str
) -> None:
    proxy = proxies(scheme)
    desk = desks(proxy=proxy.url)
    site.put("/robots.txt", "User-agent: *\nDisallow: /private", kind="text/plain")
    ids = desk.add(site.put("/a", HTML), site.put("/private", HTML))
    assert desk.run("fetch", ids) == {"done": 1, "skipped": 1}
    assert site.paths() == ["/robots.txt", "/a"]
    if scheme == "http":
        assert proxy.asked == [site.url("/robots.txt"), site.url("/a")]
    else:
        assert set(proxy.asked) == {site.host}
    assert proxy.connections == 1


def test_hosts_that_are_not_meant_are_asked_straight(
    sites: Callable[[], Any], desks: Callable[..., Any], proxies: Callable[..., LocalProxy]
) -> None:
    here, there = sites(), sites()
    proxy = proxies()
    desk = desks(proxy=proxy.url, proxy_hosts=there.host)
    assert desk.run("fetch", desk.add(here.put("/a", HTML), there.put("/b", HTML))) == {"done": 2}
    assert set(proxy.asked) == {there.host}


@pytest.mark.parametrize("robots_known", [False, True])
def test_a_proxy_that_fails_costs_links_no_attempt_and_holds_their_host_back(
    site: Any, desks: Callable[..., Any], proxies: Callable[..., LocalProxy], robots_known: bool
) -> None:
    if robots_known:
        site.put("/robots.txt", "User-agent: *\nDisallow: /x", kind="text/plain")
        straight = desks()
        straight.run("fetch", straight.add(site.put("/first", HTML)))
    proxy = proxies(answers={"hello": b"\x05\xff"})
    desk = desks(proxy=proxy.url, max_attempts=2)
    first, second = desk.add(site.put("/a", HTML), site.put("/b", HTML))
    for _ in range(4):
        desk.free(site.host)
        assert desk.run("fetch", [first, second]) == {"retry": 1}
    row = desk.link(first)
    assert (row["state"], row["code"], row["attempts"]) == ("found", "proxy_failed", 0)
    host = desk.sql("SELECT failures, blocked_code, blocked_until > now() + interval '60 s' AS waits FROM hosts")[0]
    assert host == {"failures": 4, "blocked_code": "proxy_failed", "waits": True}
    assert not {"/a", "/b"} & set(site.paths())
    proxy.answers.clear()
    desk.free(site.host)
    assert desk.run("fetch", [first, second]) == {"done": 2}


def test_a_proxy_that_fails_is_not_held_against_an_outlet(
    site: Any, desks: Callable[..., Any], proxies: Callable[..., LocalProxy]
) -> None:
    proxy = proxies(answers={"hello": b""})
    desk = desks(proxy=proxy.url)
    site.put("/feed", FEED.format(site.url("/a")), kind="application/rss+xml")
    desk.outlet("sada", channels=[("feed", site.url("/feed"))])
    for _ in range(3):
        desk.free(site.host)
        assert desk.visit(all=True)["channels"] == 0
    assert (desk.channel()["visits"], desk.channel()["failures"], desk.channel()["code"]) == (0, 0, None)
    for minutes in (0, 20):
        rounds.run(desk.context.engine, now=datetime.now(UTC) + timedelta(hours=3, minutes=minutes))
    assert desk.one("SELECT state FROM outlet_health") not in ("unreachable", "bot_wall")
    proxy.answers.clear()
    desk.free(site.host)
    assert desk.visit(all=True)["new"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"proxy": "http://u:s3cret@host:99999"},
        {"proxy_hosts": "a b"},
        {"proxy": "http://h:1", "proxy_bypass": "http://x"},
    ],
)
def test_a_setting_that_cannot_be_read_is_told_at_the_start(desks: Callable[..., Any], wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="RASID_PROXY") as caught:
        desks(**wrong)
    assert "s3cret" not in str(caught.value)

"""The newsroom over the wire: each URL answers as the truth says, faults do as told, time moves on."""

from __future__ import annotations

import gzip
import http.client
import json
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import pytest

from rasid.errors import UsageError
from rasid.newsroom import Newsroom, UrlTruth
from rasid.newsroom.resource import route
from rasid.newsroom.site import HUGE, href

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
Ask = Callable[..., Any]


def _one(newsroom: Newsroom, **wanted: object) -> UrlTruth:
    """The first URL whose truth has the `wanted` fields."""
    return next(
        truth
        for truth in newsroom.truth().urls.values()
        if all(getattr(truth, name) == value for name, value in wanted.items())
    )


def _patiently(ask: Ask, url: str) -> Any:
    """Ask again, as a fetcher would, until the answer is whole and not an error of the server."""
    for _ in range(4):
        try:
            reply = ask(url)
        except http.client.IncompleteRead:
            continue
        if reply.status < 500:
            return reply
    raise AssertionError(f"{url} never answered")


# --- as a whole


def test_same_seed_same_site_but_for_the_ports() -> None:
    rooms = [Newsroom(seed=9, now=NOW, articles=90) for _ in range(2)]
    try:
        said = []
        for room in rooms:
            text = json.dumps(room.truth().as_dict(), ensure_ascii=False)
            for outlet, port in room.ports.items():
                text = text.replace(f"127.0.0.1:{port}", outlet)
            said.append(text)
        assert said[0] == said[1]
    finally:
        for room in rooms:
            room.stop()


def test_outlets_have_a_host_each_and_all_kinds_of_channel(newsroom: Newsroom) -> None:
    assert len({outlet.base_url for outlet in newsroom.outlets}) == 10
    kinds = {kind for outlet in newsroom.outlets for kind, _ in outlet.channels}
    assert kinds == {"rss", "atom", "rdf", "json", "sitemap", "sitemapindex", "html"}


def test_every_article_answers_with_its_text(newsroom: Newsroom, ask: Ask) -> None:
    truth = newsroom.truth()
    assert len(truth.articles) == 340
    for article in truth.articles:
        reply = _patiently(ask, article.url)
        assert reply.status == 200, article
        body = gzip.decompress(reply.body) if reply.headers.get("content-encoding") == "gzip" else reply.body
        shown = unescape(body.decode("cp1256" if article.charset == "windows-1256" else "utf-8"))
        for paragraph in truth.texts[str(article.key)].split("\n\n"):
            assert paragraph in shown, article.url


def test_every_other_url_answers_as_told(newsroom: Newsroom, ask: Ask) -> None:
    statuses = {"gone": {404, 410}, "moved": {301, 302}, "botwall": {200, 403}}
    for truth in newsroom.truth().urls.values():
        if truth.what in ("article", "copy"):
            continue
        reply = _patiently(ask, truth.url)
        assert reply.status in statuses.get(truth.what, {200}), truth
        if truth.what == "moved":
            assert urljoin(truth.url, reply.headers["location"]) == truth.target
        if truth.what == "alias":
            assert route(urlsplit(truth.url).path) == route(urlsplit(str(truth.target)).path)
        if truth.what == "too_large":
            assert len(reply.body) >= HUGE
            assert "content-length" not in reply.headers
        if truth.what == "pdf":
            assert reply.headers["content-type"] == "application/pdf"


def test_all_traps_are_there(newsroom: Newsroom) -> None:
    truth = newsroom.truth()
    count = Counter(url.what for url in truth.urls.values())
    assert set(count) == {
        "article", "copy", "moved", "gone", "paywall", "botwall", "listing", "soft404", "pdf", "refused_by_robots",
        "too_large", "alias",
    }  # fmt: skip
    assert len(truth.groups) >= 12
    assert {url.fault for url in truth.articles} >= {
        "slow_first_byte", "drip", "cut_once", "busy_once", "error_once", "error_twice", "short_length", "gzip",
    }  # fmt: skip
    assert all(url.expected in url.accept for url in truth.urls.values())


def test_the_truth_survives_json(newsroom: Newsroom) -> None:
    content = json.loads(json.dumps(newsroom.truth().as_dict()))
    assert content["articles"] == 340
    assert len(content["urls"]) == len(newsroom.truth().urls)


# --- channels


def _named(kind: str, body: bytes) -> list[str]:
    """URLs that a channel names, read with the standard library alone."""
    if kind == "json":
        return [item["url"] for item in json.loads(body)["items"]]
    root = ET.fromstring(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    names = {element.tag.rsplit("}")[-1]: [] for element in root.iter()}
    for element in root.iter():
        names[element.tag.rsplit("}")[-1]].append(element)
    if kind == "atom":
        return [link.get("href", "") for entry in names["entry"] for link in entry if link.get("rel") == "alternate"]
    if kind in ("sitemap", "sitemapindex"):
        return [str(loc.text) for loc in names["loc"]]
    return [str(e.text) for item in names["item"] for e in item if e.tag.rsplit("}")[-1] == "link"]


def _reachable(newsroom: Newsroom, ask: Ask) -> set[str]:
    found: set[str] = set()
    for outlet in newsroom.outlets:
        for kind, url in outlet.channels:
            body = ask(url).body
            if kind == "html":
                hrefs = body.decode().split('<h2><a href="')[1:]
                found.update(part.split('"')[0] for part in hrefs)
            elif kind == "sitemapindex":
                found.update(u for inner in _named(kind, body) for u in _named("sitemap", ask(inner).body))
            else:
                found.update(_named(kind, body))
    return {f"{url[: url.index('/', 8)]}{href(url[url.index('/', 8) :])}" for url in found}


def test_channels_name_every_article(newsroom: Newsroom, ask: Ask) -> None:
    truth, named = newsroom.truth(), _reachable(newsroom, ask)
    for article in truth.articles:
        ways = {article.url, *(url.url for url in truth.urls.values() if url.target == article.url)}
        assert ways & named, article


def test_channels_name_nothing_of_which_the_truth_is_silent(newsroom: Newsroom, ask: Ask) -> None:
    assert _reachable(newsroom, ask) <= set(newsroom.truth().urls)


def test_arabic_stands_raw_in_one_feed_and_encoded_in_another(newsroom: Newsroom, ask: Ask) -> None:
    feeds = {outlet.id: ask(outlet.channels[0][1]).body.decode() for outlet in newsroom.outlets}
    assert "/أخبار/" in feeds["shahba"]
    assert "/post/%D8" in feeds["mizan"]
    assert "utm_source=rss" in feeds["khabur"]


def test_robots_say_what_they_should(newsroom: Newsroom, ask: Ask) -> None:
    bases = {outlet.id: outlet.base_url for outlet in newsroom.outlets}
    assert ask(f"{bases['khabur']}/robots.txt").status == 404
    assert "sitemap_index.xml" in ask(f"{bases['orontes']}/robots.txt").body.decode()
    rules = RobotFileParser()
    rules.parse(ask(f"{bases['shahba']}/robots.txt").body.decode().splitlines())
    assert not rules.can_fetch("rasid", _one(newsroom, what="refused_by_robots").url)
    assert "Crawl-delay: 0.3" in ask(f"{bases['furat']}/robots.txt").body.decode()


def test_one_robots_fails_at_first(small: Newsroom, ask: Ask) -> None:
    base = next(outlet.base_url for outlet in small.outlets if outlet.id == "dijla")
    assert [ask(f"{base}/robots.txt").status for _ in range(3)] == [500, 200, 200]


# --- faults


def test_cut_once_breaks_in_mid_body_and_then_is_fine(small: Newsroom, ask: Ask) -> None:
    url = _one(small, fault="cut_once").url
    with pytest.raises(http.client.IncompleteRead):
        ask(url)
    assert ask(url).status == 200


def test_busy_once_says_when_to_come_back(small: Newsroom, ask: Ask) -> None:
    url = _one(small, fault="busy_once").url
    first = ask(url)
    assert (first.status, first.headers["retry-after"]) == (503, "2")
    assert ask(url).status == 200


def test_error_twice(small: Newsroom, ask: Ask) -> None:
    url = _one(small, fault="error_twice").url
    assert [ask(url).status for _ in range(3)] == [500, 500, 200]


def test_gzip_only_for_those_who_take_it(small: Newsroom, ask: Ask) -> None:
    url = _one(small, fault="gzip").url
    packed = ask(url, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == ask(url).body


def test_short_length_cuts_the_footer_alone(small: Newsroom, ask: Ask) -> None:
    article = _one(small, fault="short_length")
    body = ask(article.url).body.decode()
    assert small.truth().texts[str(article.key)].split("\n\n")[-1] in body
    assert "</html>" not in body


def test_slow_first_byte_is_slow(small: Newsroom, ask: Ask) -> None:
    begun = time.monotonic()
    assert ask(_one(small, fault="slow_first_byte").url).status == 200
    assert time.monotonic() - begun >= 1.4


def test_arabic_bytes_are_declared_in_three_ways(newsroom: Newsroom, ask: Ask) -> None:
    seen = set()
    for truth in newsroom.truth().articles:
        if truth.charset == "windows-1256":
            reply = _patiently(ask, truth.url)
            assert truth.title in unescape(reply.body.decode("cp1256"))
            seen.add(("windows-1256" in reply.headers["content-type"], b"windows-1256" in reply.body))
    assert seen == {(True, False), (False, True), (False, False)}


def test_plain_pages_have_the_furniture_of_a_scraped_page(newsroom: Newsroom, ask: Ask) -> None:
    replies = [_patiently(ask, a.url) for a in newsroom.truth().articles if a.outlet == "difaf"]
    plain = [r.body.decode() for r in replies if r.headers["content-type"].startswith("text/plain")]
    assert len(plain) == 5
    for page in plain:
        assert page.startswith("icon\nالتغطية الحية\n\n")
        assert "\n+A\nحجم الخط\n-A\n" in page
        assert page.count("\nاقرأ أيضا: ") == 2


# --- conditional requests, time


def test_unchanged_pages_and_feeds_answer_304(small: Newsroom, ask: Ask) -> None:
    page = next(a.url for a in small.truth().articles if a.outlet == "khabur" and not a.fault)
    for url in (page, small.outlets[0].channels[0][1]):
        first = ask(url)
        by_tag = ask(url, headers={"If-None-Match": first.headers["etag"]})
        by_time = ask(url, headers={"If-Modified-Since": first.headers["last-modified"]})
        assert (by_tag.status, by_time.status, by_tag.body) == (304, 304, b"")


def test_advance_edits_withdraws_and_adds(small: Newsroom, ask: Ask) -> None:
    before = small.truth()
    atom = next(url for outlet in small.outlets for kind, url in outlet.channels if outlet.id == "shahba")
    old = ask(atom)

    after = small.advance()

    edited = [key for key in before.texts if key in after.texts and before.texts[key] != after.texts[key]]
    assert len(edited) == 2
    assert len(set(after.texts) - set(before.texts)) == 2
    withdrawn = [u for u, t in after.urls.items() if t.what == "gone" and before.urls[u].what == "article"]
    assert [ask(url).status for url in withdrawn] == [410]
    new = ask(atom, headers={"If-None-Match": old.headers["etag"]})
    assert new.status == 200
    assert new.body != old.body


def test_one_feed_lies_about_being_unchanged(small: Newsroom, ask: Ask) -> None:
    feed = next(url for outlet in small.outlets for kind, url in outlet.channels if kind == "json")
    old = ask(feed)
    small.advance()
    assert ask(feed, headers={"If-None-Match": old.headers["etag"]}).status == 304
    assert len(json.loads(ask(feed).body)["items"]) == len(json.loads(old.body)["items"]) + 1


# --- usage


@pytest.mark.parametrize(
    "wrong",
    [{"articles": 5}, {"articles": 10_000}, {"now": datetime(2026, 1, 1)}],  # noqa: DTZ001
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Newsroom(**wrong)


def test_a_taken_port_is_named(newsroom: Newsroom) -> None:
    with pytest.raises(UsageError, match=str(newsroom.ports["khabur"])):
        Newsroom(now=NOW, articles=60, first_port=newsroom.ports["khabur"])


def test_stop_closes_and_may_come_twice(ask: Ask) -> None:
    room = Newsroom(now=NOW, articles=60).start()
    url = room.outlets[0].channels[0][1]
    assert ask(url).status == 200
    room.stop()
    room.stop()
    with pytest.raises(OSError):
        ask(url)

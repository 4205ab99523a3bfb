"""Fetch, against a real database and a real web site: what each answer does to a link and to its host."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rasid.store import failures, hosts, links
from rasid.store.engine import transaction

HTML = "<html><body><p>خبر</p></body></html>"


def robots(site: Any, *lines: str) -> None:
    site.put("/robots.txt", "\n".join(("User-agent: *", *lines)), kind="text/plain")


def test_a_page_is_kept_as_it_came(site: Any, desk: Any) -> None:
    body = gzip.compress(HTML.encode())
    url = site.put("/a", body, content_encoding="gzip", etag='"v1"', x_noise="n" * 50)
    (link,) = desk.add(url)
    assert desk.run("fetch", [link]) == {"done": 1}
    assert desk.state(link) == ("fetched", None)
    assert [(stage.value, ids) for stage, ids in desk.sent] == [("parse", [link])]
    stored = desk.sql("SELECT * FROM pages WHERE link_id = :id", id=link)[0]
    assert stored["id"] == desk.link(link)["page_id"]
    assert (stored["status"], stored["raw_bytes"], stored["url"]) == (200, len(HTML.encode()), url)
    assert set(stored["headers"]) == {"content-type", "etag", "date"}


def test_an_arabic_address_is_asked_for_in_utf8(site: Any, desk: Any) -> None:
    site.put("/%D8%AE%D8%A8%D8%B1", HTML)
    (link,) = desk.add(site.url("/خبر"))
    assert desk.run("fetch", [link]) == {"done": 1}


def test_what_robots_refuses_is_never_asked_for(site: Any, desk: Any) -> None:
    robots(site, "Disallow: /private/", "Allow: /private/open")
    refused, allowed = desk.add(site.put("/private/a", HTML), site.put("/private/open", HTML))
    assert desk.run("fetch", [refused, allowed]) == {"skipped": 1, "done": 1}
    assert desk.state(refused) == ("skipped", "robots_refused")
    assert site.paths() == ["/robots.txt", "/private/open"]


def test_robots_is_read_once_for_many_links_and_its_delay_is_learned(site: Any, desk: Any) -> None:
    robots(site, "Crawl-delay: 1", "Disallow: /x")
    first, second = desk.add(site.put("/a", HTML), site.put("/b", HTML))
    desk.run("fetch", [first])
    host = desk.sql("SELECT *, next_slot_at > now() + interval '0.3 s' AS waits FROM hosts")[0]
    assert (host["crawl_delay"], host["waits"]) == (1.0, True)
    desk.free(site.host)
    desk.run("fetch", [second])
    assert site.paths() == ["/robots.txt", "/a", "/b"]


def test_a_host_that_is_not_free_is_not_asked(site: Any, desk: Any) -> None:
    (link,) = desk.add(site.put("/a", HTML))
    desk.sql("UPDATE hosts SET next_slot_at = now() + interval '60 s'")
    assert desk.run("fetch", [link]) == {}
    row = desk.sql("SELECT state, attempts, lease_by, due_at > now() + interval '30 s' AS later FROM links")[0]
    assert row == {"state": "found", "attempts": 0, "lease_by": None, "later": True}
    assert site.paths() == []


def test_one_host_is_asked_one_after_the_other_with_its_pause(site: Any, desks: Callable[..., Any]) -> None:
    desk = desks(host_delay=0.2)
    ids = desk.add(*(site.put(f"/{n}", HTML) for n in range(3)))
    assert desk.run("fetch", ids) == {"done": 3}
    assert site.paths() == ["/robots.txt", "/0", "/1", "/2"]
    slot = desk.one("SELECT next_slot_at > asked_at + interval '0.15 s' FROM hosts")
    assert slot is True


def test_an_unchanged_page_is_asked_for_with_its_validators_and_not_kept_again(
    site: Any, desk: Any, page: Callable[..., str]
) -> None:
    def answer(asked: Any) -> Any:
        same = asked.headers.get("if-none-match") == '"v1"'
        site.put("/b", page("bridge"), 304 if same else 200, etag='"v1"')
        return site.pages["/b"]

    site.pages["/a"] = answer
    (link,) = desk.add(site.url("/a"))
    desk.through("alert", [link])
    assert desk.state(link)[0] == "done"
    desk.again(link)
    assert desk.run("fetch", [link]) == {"skipped": 1}
    assert desk.state(link) == ("done", "not_modified")
    assert desk.one("SELECT count(*) FROM pages") == 1
    assert desk.sent[-1][0].value == "alert"


def test_the_same_body_without_validators_counts_as_not_modified(
    site: Any, desk: Any, page: Callable[..., str]
) -> None:
    (link,) = desk.add(site.put("/a", page("bridge")))
    desk.through("alert", [link])
    desk.again(link)
    desk.run("fetch", [link])
    assert desk.state(link) == ("done", "not_modified")


def test_a_page_that_was_taken_away_withdraws_its_article(site: Any, desk: Any, page: Callable[..., str]) -> None:
    (link,) = desk.add(site.put("/a", page("bridge")))
    desk.through("alert", [link])
    site.put("/a", status=410)
    desk.again(link)
    assert desk.run("fetch", [link]) == {"gone": 1}
    assert desk.state(link) == ("gone", "http_410")
    article = desk.article(link)
    assert article["withdrawn_at"] is not None
    assert "الفرات" in article["text"]


def test_a_redirect_within_the_host_is_followed_and_both_addresses_are_one_link(site: Any, desk: Any) -> None:
    new = site.put("/new", HTML)
    (link,) = desk.add(site.put("/old", status=301, location="/new"))
    assert desk.run("fetch", [link]) == {"done": 1}
    row = desk.link(link)
    assert row["redirects"] == [new]
    (alias,) = desk.add(new)
    assert desk.state(alias) == ("skipped", "same_page")
    assert desk.link(alias)["moved_to"] == link


def test_a_redirect_to_a_page_that_has_a_link_ends_there(site: Any, desk: Any) -> None:
    known, other = desk.add(site.put("/new", HTML), site.put("/old", status=302, location="/new"))
    desk.run("fetch", [known])
    assert desk.run("fetch", [other]) == {"skipped": 1}
    assert desk.state(other) == ("skipped", "same_page")
    assert desk.link(other)["moved_to"] == known
    assert desk.one("SELECT count(*) FROM pages") == 1


def test_a_redirect_within_the_host_obeys_robots(site: Any, desk: Any) -> None:
    robots(site, "Disallow: /private")
    site.put("/private", HTML)
    (link,) = desk.add(site.put("/open", status=302, location="/private"))
    desk.run("fetch", [link])
    assert desk.state(link) == ("skipped", "robots_refused")
    assert site.paths() == ["/robots.txt", "/open"]


def test_what_robots_said_of_each_address_is_kept_with_its_host(site: Any, desk: Any) -> None:
    robots(site, "Disallow: /private", "Allow: /private/خبر")
    site.put("/%D8%A3", HTML)
    ids = desk.add(
        site.url("/أ"),
        site.url("/private/1"),
        site.put("/go", status=302, location="/private/2"),
        site.url("/private/خبر"),
    )
    desk.run("fetch", ids)
    host = desk.sql("SELECT * FROM hosts")[0]
    assert (host["robots_allowed"], host["robots_refused"]) == (3, 2)
    said = {one["url"].removeprefix(site.url("")): (one["rule"], one["line"], one["agent"]) for one in host["rulings"]}
    assert said == {
        "/%D8%A3": (None, None, "*"),
        "/private/1": ("disallow: /private", 2, "*"),
        "/go": (None, None, "*"),
        "/private/2": ("disallow: /private", 2, "*"),
        "/private/%D8%AE%D8%A8%D8%B1": ("allow: /private/خبر", 3, "*"),
    }


def test_a_host_that_answers_slowly_is_asked_more_slowly(site: Any, desk: Any) -> None:
    def slow(asked: Any) -> Any:
        time.sleep(1.0)
        site.put("/b", HTML)
        return site.pages["/b"]

    robots(site)
    site.pages["/a"] = slow
    (link,) = desk.add(site.url("/a"))
    with transaction(desk.context.engine) as conn:
        hosts.ensure(conn, [site.host])
    desk.sql("UPDATE hosts SET latency_ms = 1000")
    desk.run("fetch", [link])
    row = desk.sql("SELECT latency_ms, extract(epoch FROM next_slot_at - asked_at) AS pause FROM hosts")[0]
    # robots.txt came at once, the page after a second: 0.7 of a second, then 0.79.
    assert 780 < row["latency_ms"] < 1_000
    assert row["pause"] > 1.5


def test_a_redirect_to_another_host_waits_for_its_turn_there(sites: Callable[[], Any], desk: Any) -> None:
    here, there = sites(), sites()
    robots(there, "Disallow: /none")
    target = there.put("/landed", HTML)
    (link,) = desk.add(here.put("/go", status=302, location=target))
    assert desk.run("fetch", [link]) == {"retry": 1}
    row = desk.link(link)
    assert (row["state"], row["code"], row["host"], row["attempts"]) == ("found", "moved_host", there.host, 0)
    assert there.paths() == []
    assert desk.one("SELECT count(*) FROM hosts") == 2
    assert desk.run("fetch", [link]) == {"done": 1}
    assert there.paths() == ["/robots.txt", "/landed"]
    assert desk.link(link)["redirects"] == [target]


def test_hosts_that_send_a_link_round_in_circles_park_it(sites: Callable[[], Any], desk: Any) -> None:
    here, there = sites(), sites()
    (link,) = desk.add(here.put("/a", status=302, location=there.url("/b")))
    there.put("/b", status=302, location=here.url("/a"))
    for _ in range(4):
        desk.run("fetch", [link])
    assert desk.state(link) == ("parked", "redirect_loop")
    # The outlet has mended it, and an operator tries again: the way begins anew.
    here.put("/a", HTML)
    with transaction(desk.context.engine) as conn:
        failures.retry(conn, [link])
    assert desk.link(link)["host"] == here.host
    assert desk.run("fetch", [link]) == {"done": 1}


def test_a_link_that_is_looked_at_again_begins_at_its_own_address(
    sites: Callable[[], Any], desk: Any, page: Callable[..., str]
) -> None:
    here, there = sites(), sites()
    url = here.put("/a", status=302, location=there.put("/b", page("bridge")))
    (link,) = desk.add(url)
    desk.run("fetch", [link])
    desk.through("alert", [link])
    there.put("/b", status=410)
    here.put("/a", page("bridge", more="وأضاف المحافظ أن الجسر سيبقى مفتوحاً ليلاً ونهاراً أمام الشاحنات."))
    edited = datetime.now(UTC) + timedelta(hours=1)
    with transaction(desk.context.engine) as conn:
        new = [links.NewLink(url, {"title": "جسر"}, updated_at=edited)]
        assert links.add(conn, new, allowed=desk.context.permits).again == [link]
    row = desk.link(link)
    assert (row["fetch_url"], row["host"], row["redirects"]) == (url, here.host, [])
    assert desk.run("fetch", [link]) == {"done": 1}


def test_retry_after_blocks_the_host_for_all_its_links(site: Any, desk: Any) -> None:
    site.put("/a", status=429, retry_after="120")
    first, second = desk.add(site.url("/a"), site.put("/b", HTML))
    assert desk.run("fetch", [first, second]) == {"retry": 1}
    assert desk.state(first) == ("found", "http_429")
    host = desk.sql(
        "SELECT blocked_code, failures, blocked_until BETWEEN now() + interval '100 s' AND now() + interval '121 s' "
        "AS right_time FROM hosts"
    )[0]
    assert host == {"blocked_code": "http_429", "failures": 1, "right_time": True}
    assert "/b" not in site.paths()
    assert desk.link(second)["attempts"] == 0
    assert desk.run("fetch", [second]) == {}
    assert site.paths() == ["/robots.txt", "/a"]


def test_a_host_that_answers_again_is_forgiven(site: Any, desk: Any) -> None:
    site.put("/a", status=503)
    (link,) = desk.add(site.url("/a"))
    desk.run("fetch", [link])
    assert desk.one("SELECT failures FROM hosts") == 1
    site.put("/a", HTML)
    desk.free(site.host)
    desk.sql("UPDATE links SET due_at = now()")
    assert desk.run("fetch", [link]) == {"done": 1}
    assert desk.sql("SELECT failures, blocked_code FROM hosts") == [{"failures": 0, "blocked_code": None}]


def test_a_host_that_is_away_costs_its_links_no_attempts(desks: Callable[..., Any]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
    desk = desks(max_attempts=2)
    (link,) = desk.add(f"http://{host}/a")
    for _ in range(4):
        desk.free(host)
        assert desk.run("fetch", [link]) == {"retry": 1}
    row = desk.link(link)
    assert (row["state"], row["attempts"]) == ("found", 0)
    assert desk.one("SELECT failures FROM hosts") == 4
    assert desk.one("SELECT blocked_until > now() + interval '60 s' FROM hosts") is True


def test_robots_that_cannot_be_read_holds_everything_back(site: Any, desk: Any) -> None:
    site.put("/robots.txt", status=500)
    (link,) = desk.add(site.put("/a", HTML))
    assert desk.run("fetch", [link]) == {"retry": 1}
    assert desk.state(link) == ("found", "robots_unreachable")
    assert site.paths() == ["/robots.txt"]


def test_a_page_that_fails_often_is_parked_with_its_evidence(site: Any, desks: Callable[..., Any]) -> None:
    desk = desks(max_attempts=2)
    (link,) = desk.add(site.put("/a", status=500))
    for _ in range(2):
        desk.sql("UPDATE links SET due_at = now()")
        desk.free(site.host)
        desk.run("fetch", [link])
    assert desk.state(link) == ("parked", "http_500")
    row = desk.link(link)
    assert row["parked_from"] == "found"
    assert row["evidence"]["status"] == 500
    assert "gave up after 2 attempts" in row["message"]


def test_what_is_too_large_is_parked_and_what_is_no_page_is_skipped(site: Any, desks: Callable[..., Any]) -> None:
    desk = desks(fetch_max_bytes=10_000)
    ids = desk.add(
        site.put("/large", b"x" * 20_000),
        site.put("/bomb", gzip.compress(b"x" * 5_000_000), content_encoding="gzip"),
        site.put("/pdf", b"%PDF-1.4", kind="application/pdf"),
        site.put("/nothing", b"  \n"),
        site.put("/login", status=403),
        site.put("/fine", HTML),
    )
    assert desk.run("fetch", ids) == {"parked": 3, "skipped": 2, "done": 1}
    assert [desk.state(id) for id in ids] == [
        ("parked", "too_large"), ("parked", "too_large"), ("skipped", "not_html"), ("skipped", "empty"),
        ("parked", "http_403"), ("fetched", None),
    ]  # fmt: skip


def test_an_address_that_the_guard_refuses_is_skipped_without_a_request(site: Any, desk: Any, desks: Any) -> None:
    (link,) = desk.add(site.put("/a", HTML))
    strict = desks(fetch_allow="")
    assert strict.run("fetch", [link]) == {"skipped": 1}
    assert desk.state(link) == ("skipped", "address_refused")
    assert site.paths() == []


def test_every_outcome_is_counted_once_and_leaves_a_crumb(site: Any, desk: Any) -> None:
    ids = desk.add(site.put("/a", HTML), site.put("/b", status=404), site.put("/c", status=403), site.url("/d"))
    outcomes = desk.run("fetch", ids)
    tallies = {row["outcome"]: int(row["n"]) for row in desk.sql("SELECT outcome, sum(n) AS n FROM tallies GROUP BY 1")}
    assert tallies == outcomes == {"done": 1, "gone": 2, "parked": 1}
    assert desk.one("SELECT count(*) FROM crumbs") == len(ids)

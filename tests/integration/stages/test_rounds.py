"""The round over the outlets, on a real database: what the ledger holds is counted once, judged, kept and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid import rounds
from rasid.store import health
from rasid.store.engine import transaction
from tasks import base, upkeep

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = datetime.now(UTC).replace(minute=40, second=0, microsecond=0)
START = NOW - timedelta(days=30)


@pytest.fixture
def outlet(desk: Any) -> str:
    """An outlet with one feed, watched for a month."""
    desk.outlet("sada", time_zone="Asia/Damascus", channels=(("feed", "https://sada.example/feed.xml"),))
    desk.sql("UPDATE outlets SET created_at = :start", start=START)
    return "sada"


def visit(desk: Any, at: datetime, *, ok: bool = True, entries: int | None = None, code: str | None = None) -> None:
    """One visit to the feed, as the discover stage leaves it."""
    desk.sql(
        "INSERT INTO crumbs (channel_id, at, stage, outcome, code, detail) "
        "SELECT id, :at, 'discover', :outcome, :code, jsonb_build_object('entries', CAST(:entries AS int)) "
        "FROM channels",
        at=at, outcome="done" if ok else "retry", code=code or ("not_modified" if entries is None and ok else None),
        entries=entries,
    )  # fmt: skip
    desk.sql(
        "UPDATE channels SET visits = visits + 1, visited_at = :at, ok_at = CASE WHEN :ok THEN :at ELSE ok_at END, "
        "failures = CASE WHEN :ok THEN 0 ELSE failures + 1 END, code = :code", at=at, ok=ok, code=code,
    )  # fmt: skip


def history(desk: Any, *, days: float = 30, each: int = 2, until: datetime = NOW - 10 * MINUTE) -> None:
    """A feed that is visited each hour and brings `each` articles an hour."""
    desk.sql(
        """
        INSERT INTO crumbs (channel_id, at, stage, outcome, code, detail)
        SELECT c.id, t, 'discover', 'done', NULL, '{"entries": 20}'
        FROM channels c, generate_series(CAST(:start AS timestamptz), :now, interval '1 hour') t
        """,
        start=NOW - timedelta(days=days), now=NOW - 10 * MINUTE,
    )  # fmt: skip
    desk.sql(
        """
        INSERT INTO links (key, url, fetch_url, host, outlet_id, channel_id, found_at, state)
        SELECT decode(md5(t::text || n), 'hex'), 'https://sada.example/' || t || n, 'https://sada.example/', 'sada',
               'sada', c.id, t, 'done'
        FROM channels c, generate_series(CAST(:start AS timestamptz), :until, interval '1 hour') t,
             generate_series(1, :each) n
        """,
        start=NOW - timedelta(days=days), until=until, each=each,
    )  # fmt: skip
    desk.sql(
        "INSERT INTO crumbs (link_id, at, stage, outcome) SELECT id, found_at + interval '1 minute', 'parse', 'done' "
        "FROM links"
    )
    desk.sql(
        """
        INSERT INTO articles (link_id, outlet_id, url, title, text, authors, published_at, published_precision, method,
                              confidence, methods, first_seen_at)
        SELECT id, outlet_id, url, 'عنوان', repeat('نص الخبر ', 40) || E'\\n\\n' || id, '{سمر}', found_at, 'minute',
               'fast', 1, '{"title": "h1"}', found_at FROM links
        """
    )
    desk.sql("UPDATE channels SET visits = 9, ok_at = :now, visited_at = :now, new_at = :until", now=NOW, until=until)


def count_all(desk: Any, now: datetime = NOW) -> None:
    for _ in range(200):
        with transaction(desk.context.engine) as conn:
            if not health.roll(conn, now=now):
                return
    pytest.fail("the counting does not end")


def judge(desk: Any, now: datetime) -> dict[str, Any]:
    """A round at `now`; how the outlet stands after it."""
    count_all(desk, now)
    rounds.run(desk.context.engine, now=now)
    found: dict[str, Any] = desk.sql("SELECT * FROM outlet_health")[0]
    return found


def test_each_link_and_crumb_is_counted_once(desk: Any, outlet: str) -> None:
    history(desk, days=2, each=3)
    count_all(desk)
    count_all(desk)
    sums = desk.sql("SELECT sum(ok) AS ok, sum(found) AS found, sum(articles) AS articles FROM outlet_hours")[0]
    assert sums == {"ok": 48, "found": 48 * 3, "articles": 48 * 3}
    visit(desk, NOW + 2 * HOUR, ok=False, code="http_503")
    count_all(desk, NOW + 3 * HOUR)
    last = desk.sql("SELECT visits, ok, found FROM outlet_hours ORDER BY at DESC LIMIT 1")[0]
    assert last == {"visits": 1, "ok": 0, "found": 0}
    assert desk.one("SELECT sum(found) FROM outlet_hours") == 144


def test_imports_edits_and_others_links_are_not_the_outlets_day(desk: Any, outlet: str) -> None:
    history(desk, days=1, each=1)
    links = [row["id"] for row in desk.sql("SELECT id FROM links ORDER BY id")]
    desk.sql("UPDATE links SET lane = 2 WHERE id = :id", id=links[0])
    desk.sql("UPDATE links SET channel_id = NULL WHERE id = :id", id=links[1])
    desk.sql("UPDATE crumbs SET detail = '{\"version\": 2}' WHERE link_id = :id", id=links[2])
    count_all(desk)
    sums = desk.sql("SELECT sum(found) AS found, sum(articles) AS articles FROM outlet_hours")[0]
    assert sums == {"found": len(links) - 2, "articles": len(links) - 2}


#: Crumbs of one link each, and whether it counts as tried, walled, paid.
CRUMBS = [
    ("parse", "parked", "blocked", "robot_wall", (1, 1, 0)),
    ("parse", "parked", "blocked", "paywall", (1, 0, 1)),
    ("parse", "parked", "login_wall", None, (1, 0, 1)),
    ("fetch", "parked", "http_403", None, (1, 1, 0)),
    ("fetch", "retry", "http_429", None, (1, 1, 0)),
    ("fetch", "retry", "http_503", None, (0, 0, 0)),
    ("fetch", "skipped", "robots_refused", None, (1, 1, 0)),
    ("fetch", "skipped", "not_modified", None, (0, 0, 0)),
    ("parse", "skipped", "not_article_listing", None, (1, 0, 0)),
    ("parse", "skipped", "unchanged", None, (0, 0, 0)),
]


def test_what_is_behind_a_wall_is_counted_by_its_kind(desk: Any, outlet: str) -> None:
    (id,) = desk.add("https://sada.example/1", outlet=outlet)
    # An hour for each crumb, so that each is counted apart.
    for n, (stage, outcome, code, message, _) in enumerate(CRUMBS):
        desk.sql(
            "INSERT INTO crumbs (link_id, at, stage, outcome, code, message) "
            "VALUES (:id, :at, :stage, :outcome, :code, :message)",
            id=id, at=NOW - (n + 1) * HOUR, stage=stage, outcome=outcome, code=code, message=message,
        )  # fmt: skip
    count_all(desk)
    counted = {row["at"]: (row["tried"], row["walled"], row["paid"]) for row in desk.sql("SELECT * FROM outlet_hours")}
    for n, (*crumb, told) in enumerate(CRUMBS):
        hour = (NOW - (n + 1) * HOUR).replace(minute=0)
        assert counted.get(hour, (0, 0, 0)) == told, crumb


def test_of_several_tries_within_an_hour_the_last_counts(desk: Any, outlet: str) -> None:
    (id,) = desk.add("https://sada.example/1", outlet=outlet)
    for minute, (stage, outcome, code) in enumerate(
        [("fetch", "retry", "http_429")] * 4 + [("fetch", "done", None), ("parse", "done", None)]
    ):
        desk.sql(
            "INSERT INTO crumbs (link_id, at, stage, outcome, code) VALUES (:id, :at, :stage, :outcome, :code)",
            id=id, at=NOW - HOUR + minute * MINUTE, stage=stage, outcome=outcome, code=code,
        )  # fmt: skip
    count_all(desk)
    (row,) = desk.sql("SELECT articles, tried, walled FROM outlet_hours")
    assert row == {"articles": 1, "tried": 1, "walled": 0}


FEED = (
    '<rss version="2.0"><channel><title>صدى</title>'
    "{items}</channel></rss>"
)  # fmt: skip
WALL = "<html><title>Just a moment...</title><body><p>Checking your browser before accessing.</p></body></html>"


def test_what_the_stages_leave_is_what_is_counted(desk: Any, site: Any, page: Callable[..., str]) -> None:
    """The real stages over a real site: their crumbs and links have the shape that the counting reads."""
    for path, name in (("/1", "bridge"), ("/2", "wheat"), ("/3", "port")):
        site.put(path, page(name))
    site.put("/4", "no", status=403)
    site.put("/5", WALL)
    site.put("/robots.txt", "User-agent: *\nDisallow: /6\n", kind="text/plain")
    items = "".join(f"<item><title>خبر {n}</title><link>{site.url(f'/{n}')}</link></item>" for n in range(1, 7))
    site.put("/feed.xml", FEED.format(items=items), kind="application/rss+xml")
    desk.outlet("sada", channels=(("feed", site.url("/feed.xml")),))
    assert desk.visit()["new"] == 6
    desk.visit(all=True)
    ids = [row["id"] for row in desk.sql("SELECT id FROM links ORDER BY id")]
    desk.through("alert", ids)
    later = datetime.now(UTC) + 5 * MINUTE
    count_all(desk, later)
    sums = desk.sql(
        "SELECT sum(visits)::int AS visits, sum(ok)::int AS ok, sum(found)::int AS found, sum(tried)::int AS tried, "
        "sum(articles)::int AS articles, sum(walled)::int AS walled, sum(paid)::int AS paid FROM outlet_hours"
    )[0]
    assert sums == {"visits": 2, "ok": 2, "found": 6, "tried": 6, "articles": 3, "walled": 3, "paid": 0}
    assert (desk.channel()["entries"], desk.channel()["emptied_at"]) == (6, None)
    with transaction(desk.context.engine) as conn:
        found = health.delays(conn, "sada")
        articles, split = health.samples(conn, "sada")
    assert found["all"]["of"] == found["fetched"]["of"] == 3
    assert split == 3
    assert all(one.titled and one.dated and one.last_line for one in articles)
    rounds.run(desk.context.engine, now=later)
    (row,) = desk.sql("SELECT state, facts FROM outlet_health")
    assert row["state"] == "learning"
    assert row["facts"]["brought"]["24 h"]["walled"] == 3
    site.put("/feed.xml", FEED.format(items=""), kind="application/rss+xml")
    desk.visit(all=True)
    desk.sql("UPDATE crumbs SET at = :at WHERE id = (SELECT max(id) FROM crumbs)", at=later)
    count_all(desk, later + 5 * MINUTE)
    assert desk.channel()["entries"] == 0
    assert desk.channel()["emptied_at"] is not None


def test_a_feed_that_brings_what_it_should_is_as_expected(desk: Any, outlet: str) -> None:
    history(desk)
    found = judge(desk, NOW)
    assert (found["state"], found["candidate"]) == ("as_expected", None)
    assert found["expectation"]["zone"] == "Asia/Damascus"
    assert found["expectation"]["level"] == pytest.approx(48, rel=0.05)
    assert found["facts"]["expected_articles"] == pytest.approx(48, rel=0.1)
    assert found["fill"]["delays"]["found"] == {"p50": 0.0, "p90": 0.0, "of": 200}


def test_silence_is_told_when_it_holds_with_its_reason_and_ends_with_news(desk: Any, outlet: str) -> None:
    history(desk, until=NOW - 20 * HOUR)
    assert judge(desk, NOW)["candidate"] == "silent_zero"
    found = judge(desk, NOW + timedelta(minutes=31))
    assert found["state"] == "silent_zero"
    assert "named nothing new for 19 h, where 38 links are expected" in found["reason"]
    assert found["evidence"]["last_link"] == desk.one("SELECT max(id) FROM links")
    assert desk.one("SELECT count(*) FROM outlet_hours WHERE odd") >= 19, "a silence is no usual day"
    (change,) = desk.sql("SELECT before, state, reason FROM outlet_changes")
    assert (change["before"], change["state"]) == ("as_expected", "silent_zero")
    for n in range(1, 4):
        visit(desk, NOW + n * HOUR)
        desk.sql(
            "INSERT INTO links (key, url, fetch_url, host, outlet_id, channel_id, found_at) "
            "SELECT decode(md5(:n || 'x' || k), 'hex'), 'https://sada.example/', 'x', 'x', 'sada', c.id, :at "
            "FROM channels c, generate_series(1, 3) k",
            n=str(n), at=NOW + n * HOUR - timedelta(minutes=20),
        )  # fmt: skip
    judge(desk, NOW + 3 * HOUR + timedelta(minutes=5))
    assert judge(desk, NOW + 3 * HOUR + timedelta(minutes=25))["state"] == "as_expected"
    assert desk.one("SELECT count(*) FROM outlet_changes") >= 2


def test_an_emptied_feed_is_noticed_by_its_crumbs(desk: Any, outlet: str) -> None:
    history(desk, days=3)
    visit(desk, NOW + HOUR, entries=0)
    visit(desk, NOW + 2 * HOUR)
    count_all(desk, NOW + 3 * HOUR)
    channel = desk.channel()
    assert (channel["entries"], channel["entries_most"], channel["emptied_at"]) == (0, 20, NOW + HOUR)
    assert judge(desk, NOW + 3 * HOUR)["candidate"] == "silent_zero"
    visit(desk, NOW + 4 * HOUR, entries=5)
    count_all(desk, NOW + 5 * HOUR)
    assert desk.channel()["emptied_at"] is None


def test_bylines_that_vanish_are_a_decay_and_the_old_time_stays_the_measure(desk: Any, outlet: str) -> None:
    history(desk)
    newest = [row["id"] for row in desk.sql("SELECT id FROM articles ORDER BY first_seen_at DESC LIMIT 60")]
    desk.sql("UPDATE articles SET authors = '{}' WHERE id = ANY(:ids)", ids=newest)
    judge(desk, NOW)
    found = judge(desk, NOW + timedelta(minutes=32))
    assert found["state"] == "decay"
    assert found["evidence"]["fields"] == ["author"]
    assert set(found["evidence"]["articles"]) <= set(newest)
    assert found["fill_before"] not in newest
    assert found["fill_before"] is not None


def test_pages_that_are_no_articles_any_more_are_a_decay_with_links_to_look_at(desk: Any, outlet: str) -> None:
    history(desk)
    desk.sql(
        "UPDATE crumbs SET outcome = 'skipped', code = 'not_article_listing' WHERE stage = 'parse' AND at > :at",
        at=NOW - timedelta(days=2),
    )
    desk.sql("UPDATE links SET state = 'skipped', code = 'not_article_listing' WHERE found_at > :at", at=NOW - 2 * HOUR)
    judge(desk, NOW)
    found = judge(desk, NOW + 32 * MINUTE)
    assert found["state"] == "decay"
    assert "pages: 0% of the last" in found["reason"]
    assert desk.state(found["evidence"]["links"][0]) == ("skipped", "not_article_listing")
    # The time before it stays the measure.
    assert judge(desk, NOW + 70 * MINUTE)["state"] == "decay"


def test_an_outlet_that_cannot_be_judged_stops_no_other(desk: Any, outlet: str) -> None:
    desk.outlet("nahr", time_zone="Mars/Olympus")
    desk.outlet("zill")
    desk.sql("INSERT INTO outlet_health (outlet_id, expectation) VALUES ('nahr', '{\"rates\": [], \"odd\": 1}')")
    desk.sql("UPDATE outlets SET created_at = :now", now=NOW)
    rounds.run(desk.context.engine, now=NOW + HOUR)
    judged = {row["outlet_id"]: row["judged_at"] for row in desk.sql("SELECT * FROM outlet_health")}
    assert set(judged.values()) == {NOW + HOUR}
    assert set(judged) == {"sada", "nahr", "zill"}


def test_an_outlet_that_never_brought_anything_says_so(desk: Any, outlet: str) -> None:
    assert judge(desk, NOW)["reason"] == "nothing yet: none of its channels was visited"
    assert desk.one("SELECT count(*) FROM outlet_changes") == 0


def test_old_counts_are_cleared_away(desk: Any, outlet: str) -> None:
    history(desk, days=5)
    count_all(desk)
    with transaction(desk.context.engine) as conn:
        gone = health.forget(conn, days=2)
    assert gone > 50
    assert desk.one("SELECT min(at) FROM outlet_hours") > NOW - timedelta(days=2, hours=1)


def test_the_clockwork_makes_the_round(desk: Any, outlet: str) -> None:
    process = base.Process(desk.context, None, "here@machine", 1, ())  # type: ignore[arg-type]
    base.use(process)
    try:
        assert upkeep.look_round() == {"judged": 1, "changed": 0}
        assert upkeep.look_round() == {"judged": 0, "changed": 0}, "not again within minutes"
    finally:
        base.use(None)


def test_two_rounds_at_once_are_one(desks: Callable[..., Any], desk: Any, outlet: str) -> None:
    history(desk, days=1)
    other = desks()
    with transaction(desk.context.engine) as conn:
        assert health.alone(conn)
        assert rounds.run(other.context.engine, now=NOW) == {}

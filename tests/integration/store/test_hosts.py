"""Politeness, against a real PostgreSQL: whose turn it is at a host, and what the dispatcher grants."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Engine, text

from rasid.store import grants, hosts, links, outlets
from rasid.store.engine import transaction
from rasid.store.hosts import HostView, Release

HOST = "outlet.example"


def take(engine: Engine, host: str = HOST, *, delay: float = 2.0) -> tuple[HostView | None, object]:
    token = uuid4()
    with transaction(engine) as conn:
        hosts.ensure(conn, [host])
        return hosts.take(conn, host, token=token, worker="w:1", seconds=30, delay=delay, ceiling=60), token


def release(engine: Engine, token: object, learned: Release, *, delay: float = 2.0) -> None:
    with transaction(engine) as conn:
        hosts.release(conn, HOST, learned, token=token, delay=delay, ceiling=60)  # type: ignore[arg-type]


def free_at(engine: Engine) -> float:
    with transaction(engine) as conn:
        return hosts.free_at(conn, HOST)


def test_a_host_has_one_visitor_at_a_time(engine: Engine) -> None:
    first, _ = take(engine)
    second, _ = take(engine)
    assert first is not None
    assert second is None


def test_the_pause_runs_from_the_end_of_the_answer(engine: Engine) -> None:
    _, token = take(engine)
    release(engine, token, Release(requests=1, status=200))
    assert 1.5 < free_at(engine) <= 2.0
    assert take(engine)[0] is None


def test_robots_delay_holds_up_to_the_ceiling(engine: Engine) -> None:
    _, token = take(engine)
    release(engine, token, Release(requests=1, robots=(200, b"Crawl-delay: 900", 900.0)))
    assert 55 < free_at(engine) <= 60


def test_a_slow_host_is_left_alone_for_longer_than_a_quick_one(engine: Engine) -> None:
    for latency, low, high in ((100.0, 1.5, 2.0), (3_000.0, 5.5, 6.0), (90_000.0, 59.5, 60.0)):
        with transaction(engine) as conn:
            conn.execute(text("UPDATE hosts SET next_slot_at = now()"))
        _, token = take(engine)
        with transaction(engine) as conn:
            learned = Release(requests=1, latency_ms=latency)
            hosts.release(conn, HOST, learned, token=token, delay=2.0, ceiling=60, factor=2.0)  # type: ignore[arg-type]
        assert low < free_at(engine) <= high
        assert hosts.slowed(latency, factor=2.0, ceiling=60) <= high


def test_who_lost_a_host_does_not_move_its_slot(engine: Engine) -> None:
    take(engine)
    release(engine, uuid4(), Release(requests=1, status=200), delay=50.0)
    with transaction(engine) as conn:
        assert conn.execute(text("SELECT next_slot_at <= now() FROM hosts")).scalar() is True


def test_of_what_robots_allowed_and_refused_the_latest_of_each_kind_are_kept(engine: Engine) -> None:
    def rulings(kind: bool, *numbers: int) -> list[dict[str, object]]:
        return [{"url": f"/{n}", "at": f"2026-01-01T00:00:{n:02d}", "allowed": kind} for n in numbers]

    for new in (rulings(False, 1), rulings(True, *range(2, 30)), rulings(True, 31) + rulings(False, 30)):
        _, token = take(engine, delay=0.0)
        release(engine, token, Release(requests=1, allowed=1, refused=2, rulings=new), delay=0.0)
    with transaction(engine) as conn:
        row = hosts.listing(conn, host=HOST)[0]
    assert (row["robots_allowed"], row["robots_refused"]) == (3, 6)
    assert [one["url"] for one in row["rulings"]] == ["/31", "/30", *(f"/{n}" for n in range(29, 20, -1)), "/1"]


def test_a_blocked_host_rests_and_comes_back(engine: Engine) -> None:
    _, token = take(engine, delay=0.0)
    release(engine, token, Release(requests=1, failed=True, block_seconds=40, block_code="http_503"), delay=0.0)
    assert 35 < free_at(engine) <= 40
    with transaction(engine) as conn:
        conn.execute(text("UPDATE hosts SET blocked_until = now() - interval '1 s'"))
    view, token = take(engine, delay=0.0)
    assert view is not None
    assert view.failures == 1
    release(engine, token, Release(requests=1, status=200), delay=0.0)
    assert take(engine, delay=0.0)[0].failures == 0  # type: ignore[union-attr]


def test_a_host_whose_visitor_died_is_free_again(engine: Engine) -> None:
    take(engine)
    with transaction(engine) as conn:
        conn.execute(text("UPDATE hosts SET busy_until = now() - interval '1 s'"))
    assert take(engine)[0] is not None


def add_links(engine: Engine, *urls: str) -> list[int]:
    with transaction(engine) as conn:
        return links.add(conn, [links.NewLink(url) for url in urls], allowed=lambda _: False).new


def grant(engine: Engine, *, delay: float = 0.5, n: int = 100) -> grants.Grants:
    with transaction(engine) as conn:
        return grants.grant(conn, channels=n, links=n, delay=delay, ceiling=60, run_seconds=2.0, resend_seconds=30)


def test_a_host_gets_as_many_links_as_its_delay_lets_through_and_then_waits(engine: Engine) -> None:
    add_links(engine, *(f"https://a.example/{n}" for n in range(10)), *(f"https://b.example/{n}" for n in range(2)))
    granted = grant(engine)
    by_host = [host for _, host in granted.links]
    assert by_host == ["a.example"] * 4 + ["b.example"] * 2
    assert grant(engine).links == [], "both hosts have a message under way"


def test_a_slow_host_gets_one_link(engine: Engine) -> None:
    add_links(engine, *(f"https://a.example/{n}" for n in range(10)))
    assert len(grant(engine, delay=30.0).links) == 1


def test_a_channel_goes_before_the_links_of_its_host(engine: Engine) -> None:
    add_links(engine, "https://a.example/1")
    with transaction(engine) as conn:
        channel = outlets.NewChannel("feed", "https://a.example/feed")
        outlets.put(conn, [outlets.NewOutlet("a", "A", channels=(channel,))])
    granted = grant(engine)
    assert len(granted.channels) == 1
    assert granted.links == []


def test_only_one_dispatcher_works_at_a_time(engine: Engine) -> None:
    with transaction(engine) as one, transaction(engine) as other:
        assert grants.alone(one)
        assert not grants.alone(other)


def test_one_page_is_one_link_however_it_is_spelt(engine: Engine) -> None:
    first = add_links(engine, "https://www.a.example/news/1?utm_source=feed", "http://a.example/news/1#top")
    assert len(first) == 1
    assert add_links(engine, "https://a.example/news/1") == []


def test_a_url_that_no_one_may_fetch_is_refused_with_the_reason(engine: Engine) -> None:
    bad = ["ftp://a.example/x", "http://169.254.169.254/latest", "nonsense", "http://user:pw@a.example/"]
    with transaction(engine) as conn:
        added = links.add(conn, [links.NewLink(url, receipt=uuid4()) for url in bad], allowed=lambda _: False)
        refused = conn.execute(text("SELECT count(*) FROM receipts WHERE refusal IS NOT NULL")).scalar()
    assert added.new == []
    assert [reason for _, reason in added.refused] == ["not_http", "private_address", "not_a_url", "credentials"]
    assert refused == len(bad)


def test_an_edited_page_is_looked_at_again(engine: Engine) -> None:
    from rasid.store.ledger import now

    (link_id,) = add_links(engine, "https://a.example/1")
    with transaction(engine) as conn:
        conn.execute(text("UPDATE links SET state = 'done', hint_updated_at = now() - interval '1 hour'"))
        newer = links.NewLink("https://a.example/1", {"title": "x"}, updated_at=now())
        added = links.add(conn, [newer], allowed=lambda _: False)
        again = links.add(conn, [newer], allowed=lambda _: False)
    assert added.again == [link_id]
    assert again.new == []

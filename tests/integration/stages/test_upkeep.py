"""The clockwork, against a real database and a real broker: what was lost is found, and nothing is sent twice."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from rasid.broker import Broker, make_app
from rasid.model import Stage
from rasid.store import ledger, workers
from rasid.store.engine import transaction
from tasks import base, upkeep
from tasks.alert import deliver
from tasks.discover import submit
from tasks.enrich import enrich_later

NODE = "here@machine"


@pytest.fixture
def process(desk: Any, broker_url: str) -> base.Process:
    """The test itself as a worker, with a broker that holds nothing."""
    made = base.Process(desk.context, Broker(make_app(broker_url)), NODE, os.getpid(), ("control",))
    base.use(made)
    return made


@pytest.fixture(autouse=True)
def unwired() -> Iterator[None]:
    """No test leaves its process to the next."""
    yield
    base.use(None)


@pytest.fixture
def queued(keys: Any) -> Callable[..., list[Any]]:
    """The arguments of what waits in a queue."""

    def read(queue: str) -> list[Any]:
        bodies = [json.loads(base64.b64decode(json.loads(raw)["body"])) for raw in reversed(keys.lrange(queue, 0, -1))]
        return [args[0] if args else None for args, _, _ in bodies]

    return read


def put(desk: Any, *states: str, host: str = "outlet.example") -> list[int]:
    """Links that wait in these states, with no message under way."""
    made = datetime.now(UTC).timestamp()
    ids: list[int] = desk.add(*(f"https://{host}/{made}/{n}" for n in range(len(states))))
    for id, state in zip(ids, states, strict=True):
        desk.sql("UPDATE links SET state = :state WHERE id = :id", id=id, state=state)
    return ids


# --- dispatch


def test_due_links_are_granted_host_by_host_and_only_once(
    desks: Callable[..., Any], process: base.Process, queued: Callable[..., list[Any]], desk: Any
) -> None:
    one = put(desk, *["found"] * 3, host="one.example")
    two = put(desk, *["found"] * 2, host="two.example")
    assert upkeep.dispatch() == {"channels": 0, "links": 5}
    assert queued("fetch") == [{"v": 1, "ids": [*one, *two]}]
    assert upkeep.dispatch() == {"channels": 0, "links": 0}


def test_what_is_not_fresh_is_sent_only_to_a_stage_for_which_nothing_waits(
    desk: Any, process: base.Process, queued: Callable[..., list[Any]]
) -> None:
    ids = put(desk, "fetched", "fetched", "deduped", "found")
    desk.sql("UPDATE links SET lane = 2")
    process.broker.send(Stage.PARSE, [999])
    process.broker.send(Stage.FETCH, [998])
    assert upkeep.dispatch()["links"] == 0
    assert queued("parse") == [{"v": 1, "ids": [999]}]
    assert queued("enrich") == [{"v": 1, "ids": [ids[2]]}]
    process.broker.drop_queue("parse")
    process.broker.drop_queue("fetch")
    assert upkeep.dispatch()["links"] == 1
    assert queued("parse") == [{"v": 1, "ids": ids[:2]}]


def test_a_slow_host_gets_few_links_at_once(desk: Any, process: base.Process, queued: Callable[..., list[Any]]) -> None:
    put(desk, *["found"] * 9, host="slow.example")
    desk.sql("UPDATE hosts SET crawl_delay = 1")
    assert upkeep.dispatch()["links"] == 2
    desk.sql("UPDATE hosts SET busy_until = NULL, crawl_delay = 30")
    assert upkeep.dispatch()["links"] == 1


@pytest.mark.parametrize(
    "host", ["blocked_until = now() + interval '1 h'", "next_slot_at = now() + interval '1 h'",
             "busy_until = now() + interval '1 h', busy_by = gen_random_uuid()"]
)  # fmt: skip
def test_a_host_that_is_not_free_gets_nothing(desk: Any, process: base.Process, host: str) -> None:
    put(desk, "found")
    desk.sql(f"UPDATE hosts SET {host}")
    assert upkeep.dispatch() == {"channels": 0, "links": 0}


def test_due_channels_are_granted_one_a_host(
    desk: Any, process: base.Process, queued: Callable[..., list[Any]]
) -> None:
    urls = ("https://one.example/a", "https://one.example/b", "https://two.example/a")
    desk.outlet("sada", channels=[("feed", url) for url in urls])
    assert upkeep.dispatch()["channels"] == 2
    assert [len(message["ids"]) for message in queued("discover")] == [2]
    assert upkeep.dispatch()["channels"] == 0


def test_full_queues_hold_the_dispatcher_back(
    desks: Callable[..., Any], broker_url: str, queued: Callable[..., list[Any]]
) -> None:
    desk = desks(queue_limit=2, batch=2)
    broker = Broker(make_app(broker_url), batch=1)
    base.use(base.Process(desk.context, broker, NODE, os.getpid(), ()))
    for n in range(9):
        put(desk, "found", host=f"host-{n}.example")
    assert upkeep.dispatch()["links"] == 4
    # What is read slowly holds back what is fetched.
    for queue in ("fetch", "parse"):
        broker.drop_queue(queue)
    broker.send(ledger.Stage.PARSE, [1, 2])
    assert upkeep.dispatch()["links"] == 0


def test_only_one_dispatcher_works_at_a_time(desk: Any, process: base.Process) -> None:
    put(desk, "found")
    with transaction(desk.context.engine) as conn:
        assert upkeep.grants.alone(conn)
        assert upkeep.dispatch() == {}
    assert upkeep.dispatch()["links"] == 1


# --- lost messages


def test_lost_messages_are_sent_again_to_the_stage_that_waits(
    desk: Any, process: base.Process, queued: Callable[..., list[Any]]
) -> None:
    states = ("fetched", "parsed", "deduped", "enriched", "clustered", "found", "done", "parked")
    ids = put(desk, *states)
    upkeep.upkeep()
    stages = ("parse", "dedupe", "enrich", "cluster", "alert")
    assert {stage: queued(stage) for stage in stages} == {
        stage: [{"v": 1, "ids": [id]}] for stage, id in zip(stages, ids, strict=False)
    }
    assert queued("fetch") == []
    # They are under way now: not lost until that is overdue.
    upkeep.upkeep()
    assert len(queued("parse")) == 1
    desk.sql("UPDATE links SET lease_until = now() - interval '1 s'")
    upkeep.upkeep()
    assert len(queued("parse")) == 2


def test_what_a_worker_holds_is_not_lost_until_its_lease_ends(
    desk: Any, process: base.Process, queued: Callable[..., list[Any]]
) -> None:
    (id,) = put(desk, "fetched")
    with transaction(desk.context.engine) as conn:
        ledger.claim(conn, ledger.Stage.PARSE, [id], token=uuid4(), worker="far@away:1", policy=desk.context.policy)
    upkeep.upkeep()
    assert queued("parse") == []
    desk.sql("UPDATE links SET lease_until = now() - interval '1 s'")
    upkeep.upkeep()
    assert queued("parse") == [{"v": 1, "ids": [id]}]


def test_full_queues_are_late_and_not_lost(
    desks: Callable[..., Any], broker_url: str, queued: Callable[..., list[Any]]
) -> None:
    desk = desks(queue_limit=1)
    base.use(base.Process(desk.context, Broker(make_app(broker_url)), NODE, os.getpid(), ()))
    base.process().broker.send(ledger.Stage.PARSE, [99])
    put(desk, "fetched")
    assert upkeep.upkeep() == {}
    assert len(queued("parse")) == 1


def test_a_wiped_broker_makes_all_that_was_under_way_due_and_receipts_known(
    desk: Any, process: base.Process, keys: Any, queued: Callable[..., list[Any]]
) -> None:
    receipt = uuid4()
    counts = submit({"v": 1, "urls": ["https://outlet.example/a"], "receipts": [str(receipt)]})
    assert counts == {"new": 1, "known": 0, "refused": 0}
    (id,) = put(desk, "fetched")
    upkeep.upkeep()
    upkeep.dispatch()
    assert (len(queued("parse")), len(queued("fetch"))) == (1, 1)
    keys.flushall()
    upkeep.upkeep()
    upkeep.dispatch()
    assert queued("parse") == [{"v": 1, "ids": [id]}]
    assert len(queued("fetch")) == 1
    assert process.broker.read_receipt(receipt)["state"] == "found"


# --- workers


def test_a_silent_worker_loses_its_leases_and_may_come_back(
    desk: Any, process: base.Process, keys: Any, queued: Callable[..., list[Any]]
) -> None:
    (id,) = put(desk, "fetched")
    with transaction(desk.context.engine) as conn:
        workers.tick(conn, name="far@away", pid=7, queues=["parse"])
        ledger.claim(conn, ledger.Stage.PARSE, [id], token=uuid4(), worker="far@away:8", policy=desk.context.policy)
    upkeep.upkeep()
    assert queued("tick.far@away") == [None]
    assert desk.link(id)["lease_worker"] == "far@away:8"
    desk.sql("UPDATE workers SET tick_at = now() - make_interval(secs => :s)", s=upkeep.SILENT_SECONDS + 1)
    upkeep.upkeep()
    assert desk.link(id)["lease_by"] is None
    upkeep.upkeep()
    assert queued("parse") == [{"v": 1, "ids": [id]}]
    # It is still asked, but its ticks do not pile up; after a day of silence it is forgotten, with its queue.
    for _ in range(3):
        upkeep.upkeep()
    assert len(queued("tick.far@away")) == 2
    desk.sql("UPDATE workers SET tick_at = now() - interval '25 h'")
    upkeep.upkeep()
    assert desk.sql("SELECT name FROM workers") == []
    assert not keys.exists("tick.far@away")


def test_a_worker_that_answers_its_tick_stays(desk: Any, process: base.Process, queued: Any) -> None:
    upkeep.tick()
    desk.sql("UPDATE workers SET tick_at = now() - interval '80 s'")
    upkeep.upkeep()
    assert queued(f"tick.{NODE}") == [None]
    upkeep.tick()
    assert desk.one("SELECT tick_at > now() - interval '5 s' FROM workers") is True
    assert desk.one("SELECT queues FROM workers") == ["control"]


def test_leases_of_dead_processes_of_this_machine_are_freed(desk: Any, process: base.Process, dead_pid: int) -> None:
    ids = put(desk, "fetched", "fetched", "fetched")
    holders = (f"{NODE}:{dead_pid}", f"{NODE}:{os.getpid()}", f"other@machine:{dead_pid}")
    for id, worker in zip(ids, holders, strict=True):
        with transaction(desk.context.engine) as conn:
            ledger.claim(conn, ledger.Stage.PARSE, [id], token=uuid4(), worker=worker, policy=desk.context.policy)
    assert base.free_dead_leases(desk.context, NODE) == 1
    assert [desk.link(id)["lease_worker"] for id in ids] == [None, *holders[1:]]


def test_a_link_that_kills_its_workers_is_parked(desks: Callable[..., Any]) -> None:
    desk = desks(max_attempts=2)
    (id,) = put(desk, "fetched")
    for n in range(3):
        with transaction(desk.context.engine) as conn:
            claim = ledger.claim(
                conn, ledger.Stage.PARSE, [id], token=uuid4(), worker=f"w:{n}", policy=desk.context.policy
            )
            ledger.release_worker(conn, [f"w:{n}"])
    assert claim.exhausted == [id]
    assert desk.state(id) == ("parked", "worker_lost")


# --- submit, deliver


def test_submitted_urls_become_links_and_refused_ones_say_why(desk: Any, process: base.Process) -> None:
    desk.outlet("sada")
    receipts = [uuid4() for _ in range(3)]
    urls = ["https://outlet.example/خبر?utm_source=x", "https://outlet.example/%D8%AE%D8%A8%D8%B1", "http://10.0.0.1/"]
    counts = submit({"v": 1, "urls": urls, "receipts": [str(r) for r in receipts], "source": "sada"})
    assert counts == {"new": 1, "known": 0, "refused": 1}
    first, second, refused = (process.broker.read_receipt(receipt) for receipt in receipts)
    assert first["link_id"] == second["link_id"]
    assert (refused["state"], refused["code"], refused["link_id"]) == ("refused", "private_address", None)
    assert desk.one("SELECT outlet_id FROM links") == "sada"
    assert submit({"v": 1, "urls": urls[:1]}) == {"new": 0, "known": 1, "refused": 0}


def test_a_submit_message_that_comes_twice_changes_nothing(desk: Any, process: base.Process) -> None:
    message = {"v": 1, "urls": ["https://outlet.example/a"], "receipts": [str(uuid4())]}
    assert [submit(message)["new"] for _ in range(2)] == [1, 0]
    assert desk.one("SELECT count(*) FROM receipts") == 1


def test_due_deliveries_wake_the_deliver_task(
    site: Any, desk: Any, process: base.Process, queued: Callable[..., list[Any]], page: Callable[..., str]
) -> None:
    desk.sql("INSERT INTO watches (name, query, via) VALUES ('bridges', 'الجسر', 'log')")
    (link,) = desk.add(site.put("/a", page("bridge")))
    desk.through("alert", [link])
    upkeep.upkeep()
    assert queued("alert") == [None]
    assert deliver() == {"sent": 1}
    upkeep.upkeep()
    assert len(queued("alert")) == 1


def test_slow_enrichers_are_asked_while_no_fresh_news_waits(
    site: Any, desk: Any, process: base.Process, queued: Callable[..., list[Any]], page: Callable[..., str]
) -> None:
    (link,) = desk.add(site.put("/a", page("bridge")))
    desk.through("dedupe", [link])
    article = desk.article(link)["id"]
    desk.sql("INSERT INTO enrich_later VALUES (:id, 'not-used', now(), 0, 'later')", id=article)
    upkeep.upkeep()
    asked = len(queued("enrich"))  # upkeep may have found the link itself to be waiting
    desk.sql("UPDATE enrich_later SET enricher = 'rasid-gazetteer'")
    if asked:
        process.broker.drop_queue("enrich")
    upkeep.upkeep()
    assert queued("enrich")[-1] is None
    waiting = len(queued("enrich"))
    upkeep.upkeep()
    assert len(queued("enrich")) == waiting
    assert enrich_later() == {"done": 1}
    assert desk.sql("SELECT * FROM enrich_later") == []
    assert desk.one("SELECT count(*) FROM annotations WHERE article_id = :id", id=article) > 0


# --- retention


def test_what_is_older_than_the_settings_keep_is_cleared_away(
    site: Any, desks: Callable[..., Any], broker_url: str, page: Callable[..., str]
) -> None:
    desk = desks(keep_pages_days=10, keep_crumbs_days=5, near_window_days=14)
    base.use(base.Process(desk.context, Broker(make_app(broker_url)), NODE, os.getpid(), ()))
    (link,) = desk.add(site.put("/a", page("bridge")))
    desk.through("dedupe", [link])
    site.put("/a", page("wheat"))
    desk.again(link)
    desk.through("dedupe", [link])
    for table, column in (("pages", "fetched_at"), ("crumbs", "at")):
        desk.sql(f"UPDATE {table} SET {column} = now() - interval '29 days'")
    for age, key in ((89, "a"), (91, "b")):
        desk.sql(
            "INSERT INTO remote_answers VALUES (:key, 'rasid-llm', '{}', now() - make_interval(days => :age))",
            key=key.encode(), age=age,
        )  # fmt: skip
    assert upkeep.clear() == {"tallies": 0, "pages": 1, "answers": 1, "crumbs": 6, "parts": 0, "health": 0}
    assert desk.sql("SELECT key FROM remote_answers") == [{"key": b"a"}]
    # The newest page stays: a second look needs its validators.
    assert desk.one("SELECT id FROM pages") == desk.link(link)["page_id"]
    assert desk.article(link)["version"] == 2


def test_zero_days_keep_for_ever(site: Any, desks: Callable[..., Any], broker_url: str) -> None:
    desk = desks(keep_pages_days=0, keep_answers_days=0, keep_crumbs_days=0, keep_health_days=0)
    base.use(base.Process(desk.context, Broker(make_app(broker_url)), NODE, os.getpid(), ()))
    (link,) = desk.add(site.put("/a", status=404))
    desk.run("fetch", [link])
    desk.sql("UPDATE crumbs SET at = now() - interval '9 years'")
    assert set(upkeep.clear()) == {"tallies", "parts"}
    assert desk.one("SELECT count(*) FROM crumbs") == 1


def test_tallies_of_past_hours_are_folded_and_still_add_up(desk: Any, process: base.Process) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    for minute in range(6):
        for outcome, code in (("done", None), ("skipped", "not_html")):
            desk.sql(
                "INSERT INTO tallies (at, stage, outcome, code, n) VALUES (:at, 'fetch', :outcome, :code, 5)",
                at=hour + timedelta(minutes=9 * minute + 1), outcome=outcome, code=code,
            )  # fmt: skip
    desk.sql("INSERT INTO tallies (stage, outcome, n) VALUES ('fetch', 'done', 1)")
    assert upkeep.clear()["tallies"] == 12
    past = desk.sql("SELECT at, outcome, n FROM tallies WHERE at < now() - interval '1 h' ORDER BY outcome")
    assert [tuple(row.values()) for row in past] == [(hour, "done", 30), (hour, "skipped", 30)]
    assert desk.one("SELECT sum(n) FROM tallies") == 61
    assert upkeep.clear()["tallies"] == 0


def test_tallies_of_old_hours_become_those_of_days(process: base.Process, desk: Any) -> None:
    desk.sql(
        "INSERT INTO tallies (at, stage, outcome, n) SELECT h, 'fetch', 'done', 5 FROM generate_series("
        "date_trunc('day', now()) - interval '60 days', date_trunc('day', now()) - interval '59 days 1 hour', "
        "interval '1 hour') h"
    )
    upkeep.clear()
    assert [row["n"] for row in desk.sql("SELECT n FROM tallies ORDER BY n")] == [5, 115]
    assert upkeep.clear()["tallies"] == 0


def test_pages_in_a_folder_go_with_their_rows(
    site: Any, desks: Callable[..., Any], broker_url: str, tmp_path: Any, page: Callable[..., str]
) -> None:
    desk = desks(keep_pages_days=10, page_store=f"file://{tmp_path}/pages")
    base.use(base.Process(desk.context, Broker(make_app(broker_url)), NODE, os.getpid(), ()))
    ids = desk.add(site.put("/a", page("bridge")), site.put("/b", page("port")))
    desk.run("fetch", ids)
    site.put("/a", page("wheat"))
    desk.sql("UPDATE links SET state = 'found'")
    # The other link keeps the very page that the first one had.
    site.put("/b", page("bridge"))
    desk.run("fetch", ids)
    desk.sql("UPDATE pages SET fetched_at = now() - interval '29 days'")
    assert len(list((tmp_path / "pages").glob("*/*.zst"))) == 3
    assert upkeep.clear()["pages"] == 2
    kept = {row["body_ref"].rpartition("/")[2] for row in desk.sql("SELECT body_ref FROM pages")}
    assert {path.name for path in (tmp_path / "pages").glob("*/*.zst")} == kept
    assert len(kept) == 2

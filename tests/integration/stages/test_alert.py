"""Alert, against a real database and a real receiver: each watch is told of a story once, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from rasid.alert.deliver import verify
from rasid.alert.stage import send_due
from rasid.store import failures, topics, watches
from rasid.store.engine import transaction


@pytest.fixture
def watch(desk: Any) -> Callable[..., int]:
    def put(query: str, *, via: str = "log", target: str | None = None, name: str = "watch") -> int:
        with transaction(desk.context.engine) as conn:
            return watches.put(conn, name=name, query=query, via=via, target=target)

    return put


@pytest.fixture
def told(sites: Callable[[], Any], desk: Any) -> Callable[..., int]:
    """Publishes a page at an outlet, and takes it through all stages. Gives its link."""
    known: dict[str, Any] = {}

    def publish(outlet: str, body: str) -> int:
        if outlet not in known:
            known[outlet] = sites()
            desk.outlet(outlet, family=outlet)
        (link,) = desk.add(known[outlet].put("/a", body), outlet=outlet)
        desk.again(link)
        desk.through("alert", [link])
        return int(link)

    return publish


def due_now(desk: Any) -> None:
    desk.sql("UPDATE deliveries SET due_at = now()")


def test_a_match_is_written_once_for_a_story_and_its_copies(
    desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch("الجسر", name="bridges")
    watch("قطار", name="trains")
    first, copy = told("sada", page("bridge")), told("rajaa", page("bridge", outlet="رجاء"))
    assert desk.state(copy)[0] == "done"
    (delivery,) = desk.sql("SELECT * FROM deliveries")
    article = desk.article(first)
    assert (delivery["article_id"], delivery["story_id"]) == (article["id"], article["story_id"])
    assert delivery["payload"]["watch"] == "bridges"
    assert delivery["payload"]["source"] == "sada"
    assert desk.one("SELECT count(*) FROM matches") == 1
    assert desk.sql("SELECT code FROM crumbs WHERE stage = 'alert' AND link_id = :id", id=copy) == [{"code": "copy"}]


def test_an_edit_does_not_tell_the_story_again(
    desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch("الجسر")
    told("sada", page("bridge"))
    assert send_due(desk.context) == {"sent": 1}
    told("sada", page("bridge", more="وأضاف المحافظ أن الجسر سيبقى مفتوحاً ليلاً ونهاراً أمام الشاحنات والسيارات."))
    assert desk.one("SELECT version FROM articles") == 2
    assert send_due(desk.context) == {}
    assert desk.one("SELECT count(*) FROM deliveries") == 1


def test_a_story_is_told_again_when_its_voices_have_doubled_and_only_then(
    desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str], rewritten: str
) -> None:
    watch("الجسر")
    told("sada", page("bridge"))
    told("rajaa", rewritten)
    told("manar", rewritten)  # a copy: no voice
    rows = desk.sql("SELECT part, payload FROM deliveries ORDER BY id")
    assert [row["part"] for row in rows] == [1, 2]
    assert rows[0]["payload"]["change"] is None
    assert rows[1]["payload"]["change"]["voices"] == [1, 2]
    assert rows[1]["payload"]["voices"] == 2


def test_a_webhook_is_signed_and_sent_once(
    site: Any, desks: Callable[..., Any], watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    desk = desks(webhook_secret="s3cret")
    watch("place:170654 OR الجسر", via="webhook", target=site.put("/hook", status=204))
    told("sada", page("bridge"))
    assert send_due(desk.context) == {"sent": 1}
    assert send_due(desk.context) == {}
    (asked,) = site.asked
    body = json.loads(asked.body)
    assert (asked.method, asked.headers["content-type"], body["version"]) == ("POST", "application/json", 1)
    assert body["title"] == "افتتاح جسر جديد على نهر الفرات في دير الزور"
    stamp, given = int(asked.headers["x-rasid-timestamp"]), asked.headers["x-rasid-signature"]
    assert verify(asked.body, "s3cret", timestamp=stamp, given=given)
    assert not verify(asked.body + b" ", "s3cret", timestamp=stamp, given=given)
    (delivery,) = desk.sql("SELECT * FROM deliveries")
    assert (delivery["state"], str(delivery["id"])) == ("sent", asked.headers["x-rasid-delivery"])
    assert delivery["sent_at"] is not None


def test_a_webhook_that_fails_is_tried_again_with_the_same_number(
    site: Any, desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch("الجسر", via="webhook", target=site.put("/hook", status=503, retry_after="90"))
    told("sada", page("bridge"))
    assert send_due(desk.context) == {"retry": 1}
    row = desk.sql("SELECT state, attempts, code, due_at > now() + interval '80 s' AS waits FROM deliveries")[0]
    assert row == {"state": "waiting", "attempts": 1, "code": "http_503", "waits": True}
    assert send_due(desk.context) == {}
    site.put("/hook", status=200)
    due_now(desk)
    assert send_due(desk.context) == {"sent": 1}
    assert len({asked.headers["x-rasid-delivery"] for asked in site.asked}) == 1
    assert len({asked.body for asked in site.asked}) == 1


def test_a_webhook_that_never_takes_it_is_parked_and_can_be_sent_by_an_operator(
    site: Any, desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch("الجسر", via="webhook", target=site.put("/hook", status=500))
    told("sada", page("bridge"))
    desk.sql("UPDATE deliveries SET attempts = 28")
    assert send_due(desk.context) == {"retry": 1}
    due_now(desk)
    assert send_due(desk.context) == {"parked": 1}
    due_now(desk)
    assert send_due(desk.context) == {}
    site.put("/hook")
    with transaction(desk.context.engine) as conn:
        assert len(failures.retry_deliveries(conn, None)) == 1
    assert send_due(desk.context) == {"sent": 1}


def test_a_webhook_that_refuses_is_parked_at_once(
    site: Any, desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch("الجسر", via="webhook", target=site.put("/hook", status=401))
    told("sada", page("bridge"))
    assert send_due(desk.context) == {"parked": 1}
    assert desk.sql("SELECT state, code FROM deliveries") == [{"state": "parked", "code": "http_401"}]


def test_an_alert_goes_to_a_file_or_to_the_log(
    desk: Any, tmp_path: Path, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    file = tmp_path / "alerts" / "bridges.ndjson"
    watch("الجسر", via="file", target=str(file), name="to-file")
    watch("القمح OR الجسر", name="to-log")
    link = told("sada", page("bridge"))
    with capture_logs() as logs:
        assert send_due(desk.context) == {"sent": 2}
    (line,) = file.read_text("utf-8").splitlines()
    assert json.loads(line)["article"] == desk.article(link)["id"]
    assert [log["watch"] for log in logs if log["event"] == "alert"] == ["to-log"]


def test_a_file_that_cannot_be_written_is_tried_again(
    desk: Any, tmp_path: Path, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    watch("الجسر", via="file", target=str(tmp_path / "file" / "x"))
    told("sada", page("bridge"))
    assert send_due(desk.context) == {"retry": 1}


def test_a_watch_that_can_no_longer_be_read_stops_no_other(
    desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch('"never closed', name="broken")
    watch("الجسر", name="fine")
    link = told("sada", page("bridge"))
    assert desk.state(link)[0] == "done"
    assert desk.sql("SELECT payload->>'watch' AS watch FROM deliveries") == [{"watch": "fine"}]


def test_a_delivery_in_hand_is_not_sent_by_another(
    site: Any, desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    watch("الجسر", via="webhook", target=site.url("/hook"))
    told("sada", page("bridge"))

    def meanwhile(asked: Any) -> Any:
        again.append(send_due(desk.context))
        site.put("/done")
        return site.pages["/done"]

    again: list[dict[str, int]] = []
    site.pages["/hook"] = meanwhile
    assert send_due(desk.context) == {"sent": 1}
    assert again == [{}]


def test_slow_receivers_do_not_hold_what_others_could_send(
    site: Any, desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    for n in range(3):
        watch("الجسر", via="webhook", target=site.url(f"/{n}"), name=f"watch-{n}")
    told("sada", page("bridge"))
    helped: list[dict[str, int]] = []

    def slow(asked: Any) -> Any:
        # While the first is under way, another worker comes by and takes the rest.
        helped.append(send_due(desk.context))
        site.put("/done")
        return site.pages["/done"]

    site.pages["/0"] = slow
    for n in (1, 2):
        site.put(f"/{n}")
    assert send_due(desk.context) == {"sent": 1}
    assert helped == [{"sent": 2}]
    assert sorted(site.paths()) == ["/0", "/1", "/2"]


def test_a_watch_may_ask_for_a_topic(
    desk: Any, watch: Callable[..., int], told: Callable[..., int], page: Callable[..., str]
) -> None:
    with transaction(desk.context.engine) as conn:
        topics.put(conn, name="Bridges", query="الجسر")
    watch("topic:bridges", name="by topic")
    watch("topic:trains", name="none")
    told("sada", page("bridge"))
    assert [row["payload"]["watch"] for row in desk.sql("SELECT payload FROM deliveries")] == ["by topic"]
    (said,) = desk.sql("SELECT * FROM annotations WHERE what = 'topic'")
    assert (said["name"], said["method"], said["score"]) == ("Bridges", "rule", 1.0)
    assert said["detail"] == {"query": "الجسر"}

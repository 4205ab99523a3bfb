"""WebSub against a real hub, the real web role, a real database and a real broker; and what happens without one."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rasid.broker import Broker, make_app
from rasid.context import Context
from rasid.discover import hubs
from rasid.store import gauges, subscriptions
from rasid.store.engine import transaction
from rasid.web.serve import make_server
from tasks import base, upkeep
from tests.integration.stages.hub import Hub, ask
from tests.unit.http.proxies import LocalProxy

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = NOW - timedelta(hours=2)


def atom(*paths: str, hub: str = "", site: Any, when: datetime = OLD) -> str:
    """A feed whose entries are pages of a site, published at `when`."""
    entries = "".join(
        f'<entry><title>خبر {path}</title><link href="{site.url(path)}"/><id>{path}</id>'
        f"<published>{when.isoformat()}</published></entry>"
        for path in paths
    )
    named = f'<link rel="hub" href="{hub}"/><link rel="self" href="{site.url("/feed")}"/>' if hub else ""
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar"><title>صدى</title>{named}{entries}</feed>'


@pytest.fixture
def hub(sites: Callable[[], Any]) -> Hub:
    return Hub(sites())


@pytest.fixture
def address(port: int) -> str:
    """Where the web role listens."""
    return f"127.0.0.1:{port}"


@pytest.fixture
def desk(desks: Callable[..., Any], address: str) -> Any:
    return desks(web_url=f"http://{address}", web_bind=address, web_max_bytes=20_000)


@pytest.fixture
def web(desk: Any, address: str) -> Iterator[str]:
    """The web role, in this process; its address."""
    with serving(desk.context, address) as url:
        yield url


class serving:
    """The web role on `address`, for the time of a block."""

    def __init__(self, context: Context, address: str) -> None:
        self._server = make_server(context, address)
        self._url = f"http://{address}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._server.asyncore.loop(timeout=0.05, map=self._server._map, count=1)

    def __enter__(self) -> str:
        self._thread.start()
        return self._url

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._server.task_dispatcher.shutdown()
        self._server.close()


@pytest.fixture
def outlet(site: Any, desk: Any, hub: Hub) -> Any:
    """An outlet whose feed names the hub and one article."""
    site.put("/feed", atom("/a", hub=hub.url, site=site), kind="application/atom+xml")
    desk.outlet("sada", language="ar", channels=[("feed", site.url("/feed"))])
    return desk


@pytest.fixture
def subscribed(outlet: Any, hub: Hub, web: str) -> Any:
    """The desk once the hub has verified the subscription of its one channel."""
    return subscribe(outlet, hub)


def subscribe(desk: Any, hub: Hub) -> Any:
    """Visit the channel, ask its hub, and let that verify."""
    desk.visit()
    assert hubs.run(desk.context)["asked"] == 1
    assert hub.verify() == (200, "ch<b>allenge/1")
    return desk


def subscription(desk: Any) -> dict[str, Any]:
    return desk.sql("SELECT * FROM subscriptions")[0]


def tallies(desk: Any) -> dict[tuple[str, str | None], int]:
    rows = desk.sql("SELECT outcome, code, sum(n)::int AS n FROM tallies WHERE stage = 'websub' GROUP BY 1, 2")
    return {(row["outcome"], row["code"]): row["n"] for row in rows}


def wait(desk: Any) -> float:
    """Seconds until the channel is polled again."""
    return float(desk.one("SELECT extract(epoch FROM due_at - visited_at) FROM channels"))


# --- the whole way


def test_what_a_hub_pushes_is_found_and_queued_like_what_is_polled(
    subscribed: Any, hub: Hub, site: Any, broker_url: str, keys: Any
) -> None:
    assert hub.publish(atom("/b", "/c", site=site)) == 202
    links = subscribed.sql("SELECT url, outlet_id, channel_id, state, hint FROM links ORDER BY url")
    assert [link["url"] for link in links] == [site.url(path) for path in ("/a", "/b", "/c")]
    polled, pushed, _ = links
    assert {**pushed, "url": "", "hint": {**pushed["hint"], "title": ""}} == {
        **polled, "url": "", "hint": {**polled["hint"], "title": ""},
    }  # fmt: skip
    assert pushed["hint"]["title"] == "خبر /b"
    crumb = subscribed.sql("SELECT outcome, code, detail FROM crumbs ORDER BY id DESC LIMIT 1")[0]
    assert (crumb["outcome"], crumb["code"], crumb["detail"]["method"]) == ("done", "pushed", "websub")
    base.use(base.Process(subscribed.context, Broker(make_app(broker_url)), "test", os.getpid(), ("control",)))
    try:
        subscribed.free(site.host)
        upkeep.dispatch()
    finally:
        base.use(None)
    bodies = [json.loads(base64.b64decode(json.loads(raw)["body"])) for raw in keys.lrange("fetch", 0, -1)]
    sent = [id for (payload,), *_ in bodies for id in payload["ids"]]
    assert sorted(sent) == [row["id"] for row in subscribed.sql("SELECT id FROM links ORDER BY id")]


def test_the_request_to_a_hub_is_what_the_recommendation_asks_for(subscribed: Any, hub: Hub, web: str) -> None:
    (asked,) = hub.asked
    row = subscription(subscribed)
    assert asked == {
        "hub.mode": "subscribe", "hub.topic": row["topic"], "hub.callback": f"{web}/websub/{row['token']}",
        "hub.secret": row["secret"], "hub.lease_seconds": "864000",
    }  # fmt: skip
    assert (row["state"], row["failures"], row["signs"]) == ("verified", 0, True)
    assert hubs.run(subscribed.context)["asked"] == 0


def test_headers_name_the_hub_before_the_feed_does(outlet: Any, hub: Hub, site: Any, web: str) -> None:
    link = f'<{site.url("/elsewhere")}>; rel="alternate", <{hub.url}>; rel=hub, </topic>; rel="self"'
    site.put("/feed", atom("/a", hub="https://other.example/", site=site), kind="application/atom+xml", Link=link)
    outlet.visit()
    row = subscription(outlet)
    assert (row["hub"], row["topic"]) == (hub.url, site.url("/topic"))


# --- what is not believed


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"signed": False}, "unsigned"),
        ({"signature": "sha256=" + "0" * 64}, "bad_signature"),
        ({"signature": "sha256=é"}, "bad_signature"),
        ({"method": "md5"}, "unknown_method"),
    ],
)
def test_content_that_is_not_signed_well_is_ignored_and_counted(
    subscribed: Any, hub: Hub, site: Any, sent: dict[str, Any], why: str
) -> None:
    assert hub.publish(atom("/b", site=site), **sent) == 202
    assert subscribed.one("SELECT count(*) FROM links") == 1
    assert tallies(subscribed) == {("refused", why): 1}
    assert subscription(subscribed)["pushes"] == 0


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_way_of_signing_is_understood(subscribed: Any, hub: Hub, site: Any, method: str) -> None:
    assert hub.publish(atom("/b", site=site), method=method) == 202
    assert tallies(subscribed) == {("accepted", None): 1}


@pytest.mark.parametrize("size", [20_001, 900_000])
def test_a_body_that_is_too_large_is_refused_and_its_channel_polled(subscribed: Any, hub: Hub, size: int) -> None:
    assert hub.publish(b" " * size) == 413
    assert tallies(subscribed) == {("refused", "too_large"): 1}
    assert subscribed.one("SELECT count(*) FROM links") == 1
    assert wait(subscribed) <= subscribed.context.settings.discover_floor


def test_a_flood_is_cut_off(subscribed: Any, hub: Hub, web: str) -> None:
    with suppress(OSError):  # the connection may be closed while it is still being sent
        assert hub.publish(b" " * 20_000_000) == 413
    assert subscribed.one("SELECT count(*) FROM links") == 1
    assert ask(f"{web}/healthz") == (200, "ok")


def test_a_push_that_is_no_feed_makes_the_channel_be_polled(subscribed: Any, hub: Hub) -> None:
    assert hub.publish("<html><body>؟</body></html>") == 202
    assert tallies(subscribed) == {("refused", "not_a_feed"): 1}
    assert wait(subscribed) <= subscribed.context.settings.discover_floor


def test_an_unknown_callback_is_not_there(subscribed: Any, web: str) -> None:
    for path in ("/", "/websub/", "/websub/short", f"/websub/{'x' * 43}", f"/websub/{'x' * 43}/y"):
        assert ask(web + path)[0] == 404
        assert ask(web + path, b"<feed/>")[0] == 404
    assert tallies(subscribed) == {}


def test_another_topic_is_not_confirmed(outlet: Any, hub: Hub, web: str) -> None:
    outlet.visit()
    hubs.run(outlet.context)
    assert hub.verify(topic="https://other.example/feed")[0] == 404
    assert hub.verify(mode="unsubscribe")[0] == 404
    assert hub.verify(mode="dance")[0] == 404
    assert subscription(outlet)["state"] == "asked"


def test_a_hub_in_the_clear_is_told_no_secret_and_only_believed_that_there_is_news(
    subscribed: Any, hub: Hub, site: Any
) -> None:
    subscribed.sql("UPDATE subscriptions SET signs = false")
    assert hub.publish(atom("/b", site=site), signed=False) == 202
    assert subscribed.one("SELECT count(*) FROM links") == 1
    assert wait(subscribed) <= subscribed.context.settings.discover_floor
    assert tallies(subscribed) == {("accepted", "polled"): 1}


# --- hubs that say no, and leases


def test_a_hub_that_denies_is_heard_and_the_channel_is_polled(subscribed: Any, hub: Hub) -> None:
    assert hub.deny("not you")[0] == 200
    row = subscription(subscribed)
    assert (row["state"], row["last_error"]) == ("refused", "not you")
    assert subscribed.one("SELECT due_at <= now() FROM channels") is True
    assert hubs.run(subscribed.context)["asked"] == 0


def test_a_lease_is_renewed_before_it_ends(subscribed: Any, hub: Hub) -> None:
    hub.verify(lease=1_000)
    assert subscribed.one("SELECT round(extract(epoch FROM due_at - now())) FROM subscriptions") in range(780, 801)
    subscribed.sql("UPDATE subscriptions SET due_at = now(), trust = 7")
    assert hubs.run(subscribed.context)["asked"] == 1
    assert hub.asked[0] == hub.asked[1]
    assert subscription(subscribed)["state"] == "verified"
    assert hub.verify()[0] == 200
    assert (subscription(subscribed)["failures"], subscription(subscribed)["trust"]) == (0, 7)


def test_a_lease_that_ran_out_is_no_subscription(subscribed: Any, hub: Hub) -> None:
    subscribed.sql("UPDATE subscriptions SET lease_until = now(), trust = 7")
    hub.status = 503
    assert hubs.run(subscribed.context) == {"asked": 1, "failed": 1, "lapsed": 1, "left": 0}
    row = subscription(subscribed)
    assert (row["state"], row["trust"], row["last_error"][:8]) == ("asked", 0, "http_503")
    assert subscribed.one("SELECT due_at <= now() FROM channels") is True


def test_a_hub_that_is_gone_is_asked_again_later_and_its_channel_is_polled(outlet: Any, hub: Hub, web: str) -> None:
    outlet.visit()
    hub.status = 404
    assert hubs.run(outlet.context)["failed"] == 1
    row = subscription(outlet)
    assert (row["state"], row["last_error"][:8]) == ("refused", "http_404")
    assert row["due_at"] > datetime.now(UTC) + timedelta(hours=23)
    outlet.visit(all=True)
    assert outlet.channel()["due_why"] != "pushed"


def test_a_host_that_is_away_is_asked_once_for_all_its_topics(
    desk: Any, hub: Hub, site: Any, sites: Callable[[], Any], web: str
) -> None:
    other = Hub(sites())
    for path, named in (("/1", hub), ("/2", hub), ("/3", hub), ("/4", other)):
        feed = atom("/a", hub=named.url, site=site).replace("/feed", path)
        site.put(path, feed, kind="application/atom+xml")
    desk.outlet("sada", channels=[("feed", site.url(f"/{n}")) for n in range(1, 5)])
    while desk.one("SELECT count(*) FROM channels WHERE visits = 0"):
        desk.sql("UPDATE channels SET due_at = now() WHERE visits = 0")
        desk.visit()  # one channel of a host at a time
    hub.status = 503
    assert hubs.run(desk.context) == {"asked": 4, "failed": 3, "lapsed": 0, "left": 0}
    assert (len(hub.asked), len(other.asked)) == (1, 1)
    assert desk.one("SELECT count(*) FROM subscriptions WHERE last_error LIKE 'http_503%'") == 3


@pytest.mark.parametrize("how", ["refuses", "denies", "stays away"])
def test_where_a_hub_will_not_the_next_one_is_asked(
    outlet: Any, hub: Hub, site: Any, sites: Callable[[], Any], web: str, how: str
) -> None:
    other = Hub(sites())
    link = f"<{hub.url}>; rel=hub, <{other.url}>; rel=hub, </feed>; rel=self"
    site.put("/feed", atom("/a", site=site), kind="application/atom+xml", Link=link)
    outlet.visit()
    hub.status = {"refuses": 403, "denies": 202, "stays away": 502}[how]
    for _ in range(3 if how == "stays away" else 1):
        outlet.sql("UPDATE subscriptions SET due_at = now()")
        hubs.run(outlet.context)
    if how == "denies":
        assert hub.deny("no")[0] == 200
    outlet.sql("UPDATE subscriptions SET due_at = now()")
    hubs.run(outlet.context)
    assert hub.verify()[0] == 404  # it is too late
    assert other.verify()[0] == 200
    assert other.asked[0]["hub.secret"] != hub.asked[0]["hub.secret"]
    outlet.visit(all=True)
    assert (subscription(outlet)["hub"], subscription(outlet)["state"]) == (other.url, "verified")


def test_a_hub_that_is_named_by_http_is_asked_over_https_first(
    desks: Callable[..., Any], hub: Hub, site: Any, address: str
) -> None:
    port = int(hub.site.host.rpartition(":")[2])
    proxy = LocalProxy("socks5h", ports={80: port, 443: port})  # nobody speaks TLS there
    desk = desks(web_url=f"http://{address}", proxy=proxy.url, proxy_hosts="hub.example")
    site.put("/feed", atom("/a", hub="http://hub.example/hub", site=site), kind="application/atom+xml")
    desk.outlet("sada", channels=[("feed", site.url("/feed"))])
    desk.visit()
    try:
        assert hubs.run(desk.context)["failed"] == 0
    finally:
        proxy.stop()
    assert proxy.asked == ["hub.example:443", "hub.example:80"]
    assert "hub.secret" not in hub.asked[0]
    assert subscription(desk)["signs"] is False


def test_a_hub_at_a_private_address_is_not_asked(outlet: Any, site: Any, web: str) -> None:
    site.put("/feed", atom("/a", hub="http://10.0.0.7/hub", site=site), kind="application/atom+xml")
    outlet.visit()
    assert hubs.run(outlet.context)["failed"] == 1
    assert subscription(outlet)["last_error"].startswith("address_refused")


def test_a_redirect_of_a_hub_is_followed(outlet: Any, hub: Hub, site: Any, web: str) -> None:
    site.put("/moved", status=308, Location=hub.url)
    site.put("/feed", atom("/a", hub=site.url("/moved"), site=site), kind="application/atom+xml")
    outlet.visit()
    assert hubs.run(outlet.context) == {"asked": 1, "failed": 0, "lapsed": 0, "left": 0}
    assert len(hub.asked) == 1


def test_a_channel_that_goes_takes_its_subscription_with_it(subscribed: Any, hub: Hub, site: Any) -> None:
    subscribed.sql("DELETE FROM outlets")
    assert hub.publish(atom("/b", site=site)) == 410
    hubs.run(subscribed.context)
    assert hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert hub.verify() == (200, "ch<b>allenge/1")
    assert subscribed.sql("SELECT * FROM subscriptions") == []


def test_a_feed_that_names_another_hub_changes_over(
    subscribed: Any, hub: Hub, site: Any, sites: Callable[[], Any]
) -> None:
    other = Hub(sites())
    site.put("/feed", atom("/a", "/b", hub=other.url, site=site), kind="application/atom+xml")
    subscribed.visit(all=True)
    hubs.run(subscribed.context)
    assert (hub.asked[-1]["hub.mode"], other.asked[-1]["hub.mode"]) == ("unsubscribe", "subscribe")
    assert other.verify()[0] == 200


def test_without_a_public_address_hubs_are_remembered_and_not_asked(
    desks: Callable[..., Any], hub: Hub, site: Any
) -> None:
    desk = desks()
    site.put("/feed", atom("/a", hub=hub.url, site=site), kind="application/atom+xml")
    desk.outlet("sada", channels=[("websub", site.url("/feed"))])
    desk.visit()
    assert hubs.run(desk.context) == {"asked": 0, "failed": 0, "lapsed": 0, "left": 0}
    assert (subscription(desk)["state"], hub.asked) == ("announced", [])


def test_another_public_address_is_told_to_hubs(desks: Callable[..., Any], subscribed: Any, hub: Hub) -> None:
    moved = desks(web_url="https://news.example.org/rasid")
    assert hubs.run(moved.context)["asked"] == 1
    assert hub.callback.startswith("https://news.example.org/rasid/websub/")
    assert subscription(moved)["state"] == "asked"


def test_a_path_before_the_callbacks_may_be_handed_on_or_cut_off(
    desks: Callable[..., Any], outlet: Any, hub: Hub, site: Any, address: str
) -> None:
    below = desks(web_url=f"http://{address}/rasid/")
    outlet.visit()
    hubs.run(below.context)
    with serving(below.context, address):
        assert hub.callback.startswith(f"http://{address}/rasid/websub/")
        assert hub.verify()[0] == 200
        assert hub.publish(atom("/b", site=site)) == 202
        hub.asked[-1]["hub.callback"] = hub.callback.replace("/rasid/", "/")
        assert hub.publish(atom("/c", site=site)) == 202
    assert below.one("SELECT count(*) FROM links") == 3


def test_a_push_that_cannot_be_stored_now_is_to_be_sent_again(outlet: Any, hub: Hub, site: Any, address: str) -> None:
    with serving(outlet.context, address):
        subscribe(outlet, hub)
    away = Context(outlet.context.settings, "postgresql://nobody@127.0.0.1:9/none")
    with serving(away, address) as url:
        assert hub.publish(atom("/b", site=site)) == 503
        assert hub.verify()[0] == 503
        assert ask(f"{url}/healthz")[0] == 503
    away.close()


def test_many_pushes_at_once_lose_nothing(subscribed: Any, hub: Hub, site: Any) -> None:
    bodies = [atom(f"/{n}", f"/{n + 1}", f"/{n + 2}", site=site) for n in range(24)]
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda body: _until_taken(hub, body), bodies))
    assert set(statuses) == {202}
    assert subscribed.one("SELECT count(*) FROM links") == 27
    assert subscription(subscribed)["pushes"] == 24


def _until_taken(hub: Hub, body: str) -> int:
    """As hubs do: once more where the subscriber is busy."""
    for _ in range(20):
        if (status := hub.publish(body)) != 503:
            break
    return status


@pytest.mark.parametrize(
    "query", ["a=1&" * 40, "hub.mode=subscribe&hub.topic=%00&hub.challenge=x", "%ff=%ff", "hub.mode"]
)
def test_odd_questions_are_not_confirmed(subscribed: Any, hub: Hub, query: str) -> None:
    assert ask(f"{hub.callback}?{query}")[0] in (400, 404)


# --- polling besides


def test_a_hub_that_pushes_makes_polls_rare_and_one_that_misses_makes_them_usual_again(
    outlet: Any, hub: Hub, site: Any, web: str
) -> None:
    archive = [f"/old/{n}" for n in range(60)]  # a feed of one entry would have to be asked before the next
    site.put("/feed", atom(*archive, hub=hub.url, site=site, when=NOW - timedelta(days=40)))
    subscribed = subscribe(outlet, hub)
    subscribed.sql("UPDATE subscriptions SET verified_at = now() - interval '1 day'")
    for path in ("/b", "/c", "/d"):
        hub.publish(atom(path, site=site))
    subscribed.visit(all=True)
    assert subscribed.channel()["due_why"] == "pushed"
    rare = wait(subscribed)
    site.put("/feed", atom("/never-pushed", *archive, hub=hub.url, site=site))
    subscribed.visit(all=True)
    assert subscribed.channel()["due_why"] != "pushed"
    assert rare > 2 * wait(subscribed)
    row = subscription(subscribed)
    assert (row["trust"], row["misses"], row["state"]) == (0, 1, "verified")
    for path in ("/e", "/f", "/g"):
        hub.publish(atom(path, site=site))
    subscribed.visit(all=True)
    assert subscribed.channel()["due_why"] != "pushed"  # twice as many are wanted now


def test_what_may_still_be_pushed_is_not_held_against_a_hub(subscribed: Any, hub: Hub, site: Any) -> None:
    subscribed.sql("UPDATE subscriptions SET verified_at = now() - interval '1 day', trust = 5")
    site.put("/feed", atom("/a", "/b", hub=hub.url, site=site, when=NOW), kind="application/atom+xml")
    subscribed.visit(all=True)
    assert subscription(subscribed)["trust"] == 5


def test_a_hub_counts_for_nothing_where_nobody_listens(
    desks: Callable[..., Any], subscribed: Any, hub: Hub, site: Any
) -> None:
    subscribed.sql("UPDATE subscriptions SET trust = 9")
    deaf = desks()
    deaf.visit(all=True)
    assert deaf.channel()["due_why"] != "pushed"


# --- what is shown


def test_the_web_role_says_whether_it_is_well(web: str) -> None:
    assert ask(f"{web}/healthz") == (200, "ok")
    assert ask(f"{web}/healthz", b"x")[0] == 405


def test_metrics_count_pushes_and_subscriptions(subscribed: Any, hub: Hub, site: Any) -> None:
    hub.publish(atom("/b", site=site))
    hub.publish(atom("/b", site=site), signed=False)
    with transaction(subscribed.context.engine) as conn:
        rows = gauges.read(conn, fingerprints=2)
        assert subscriptions.states(conn)["verified"] == 1
    assert sorted(rows["rasid_websub_pushes_total"]) == [(("accepted", ""), 1.0), (("refused", "unsigned"), 1.0)]
    assert dict(rows["rasid_websub_subscriptions"])[("verified",)] == 1.0
    assert all(labels[0] != "websub" for labels, _ in rows["rasid_links_total"])

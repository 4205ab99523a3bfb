"""The way to the broker, against a real one: what is sent arrives, and is readable for people and programs."""

from __future__ import annotations

import base64
import json
import socket
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery

from rasid import Client, NotYet, contract
from rasid.broker import Broker, make_app
from rasid.embedded.valkey import Valkey
from rasid.errors import BrokerDown, UsageError
from rasid.model import Stage
from rasid.settings import Settings


@pytest.fixture
def broker(broker_url: str) -> Broker:
    return Broker(make_app(broker_url), batch=3)


@pytest.fixture
def nowhere() -> str:
    """The address of a port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{unused.getsockname()[1]}/0"


def messages(keys: Any, queue: str) -> list[dict[str, Any]]:
    """What waits in a queue, the first to be taken first."""
    return [json.loads(data) for data in reversed(keys.lrange(queue, 0, -1))]


def payload(message: dict[str, Any]) -> Any:
    args, _, _ = json.loads(base64.b64decode(message["body"]))
    return args[0] if args else None


def test_ids_arrive_in_messages_of_a_batch_in_the_queue_of_their_stage(broker: Broker, keys: Any) -> None:
    broker.send(Stage.PARSE, [1, 2, 3, 4, 5, 6, 7])
    found = messages(keys, "parse")
    assert [payload(message) for message in found] == [
        {"v": 1, "ids": [1, 2, 3]}, {"v": 1, "ids": [4, 5, 6]}, {"v": 1, "ids": [7]},
    ]  # fmt: skip
    assert {message["headers"]["task"] for message in found} == {"rasid.parse"}
    assert {message["content-type"] for message in found} == {"application/json"}
    assert broker.depth("parse") == 3
    assert broker.depth("fetch") == 0


def test_a_message_says_in_words_what_it_carries(broker: Broker, keys: Any) -> None:
    broker.send_batches(Stage.FETCH, [list(range(1, 9)), [40]])
    broker.send(Stage.DISCOVER, [5])
    shown = [message["headers"]["argsrepr"] for message in (*messages(keys, "fetch"), *messages(keys, "discover"))]
    assert shown == ["(8 links: 1, 2, 3, 4, 5 …)", "(1 links: 40)", "(1 channels: 5)"]


def test_what_was_sent_can_be_taken_by_a_worker(broker: Broker) -> None:
    broker.send(Stage.ENRICH, [7])
    with broker.app.connection_for_read() as connection:
        queue = connection.SimpleQueue("enrich")
        message = queue.get(block=True, timeout=5)
        args, kwargs, _ = message.payload
        message.ack()
        queue.close()
    assert (contract.read_stage_payload(args[0]), kwargs) == ([7], {})
    assert broker.depth("enrich") == 0


def test_a_message_may_expire(broker: Broker, keys: Any) -> None:
    broker.post(contract.TASK_TICK, shown="node", queue="tick.node", expires=60)
    (message,) = messages(keys, "tick.node")
    assert message["headers"]["expires"] is not None
    assert payload(message) is None
    broker.drop_queue("tick.node")
    assert broker.depth("tick.node") == 0


def test_receipts_are_mirrored_for_a_day(broker: Broker, keys: Any) -> None:
    receipt = uuid4()
    assert broker.read_receipt(receipt) is None
    broker.tell([{"receipt": receipt, "state": "fetched", "url": "https://outlet.example/خبر", "link_id": 3}])
    assert broker.read_receipt(receipt) == {"state": "fetched", "url": "https://outlet.example/خبر", "link_id": 3}
    assert 86_000 < keys.ttl(f"rasid:receipt:{receipt}") <= contract.RECEIPT_TTL


def test_a_broker_that_lost_its_memory_is_noticed_once(broker: Broker, keys: Any) -> None:
    assert broker.is_new_epoch() is True
    assert broker.is_new_epoch() is False
    keys.flushall()
    assert [broker.is_new_epoch() for _ in range(2)] == [True, False]


def test_a_client_submits_and_follows_with_the_address_alone(broker: Broker, broker_url: str, keys: Any) -> None:
    receipt, other = Client(broker_url).submit_many(["https://outlet.example/خبر", "https://outlet.example/b"])
    (message,) = messages(keys, "submit")
    assert message["headers"]["task"] == "rasid.submit"
    assert message["headers"]["argsrepr"] == "(2 URLs: https://outlet.example/خبر …)"
    read = contract.read_submit_payload(payload(message))
    assert read.receipts == [receipt.id, other.id]
    assert receipt.progress().state == "submitted"
    broker.tell([{"receipt": receipt.id, "state": "done", "article_id": 4711, "a_later_field": 1}])
    assert receipt.wait(timeout_seconds=5).article_id == 4711
    same = Client(broker_url).receipt(str(receipt.id))
    assert same.progress().ended
    with pytest.raises(NotYet, match=r"is still submitted after 0\.1 s"):
        other.wait(timeout_seconds=0.1, poll_seconds=0.02)


def test_a_long_list_travels_in_messages_that_workers_take(broker_url: str, keys: Any) -> None:
    urls = [f"https://outlet.example/{n}" for n in range(contract.SUBMIT_LIMIT + 1)]
    receipts = Client(broker_url).submit_many(urls)
    sizes = [len(contract.read_submit_payload(payload(message)).urls) for message in messages(keys, "submit")]
    assert sizes == [contract.SUBMIT_LIMIT, 1]
    assert len({receipt.id for receipt in receipts}) == len(urls)


def test_a_slip_is_refused_before_anything_is_sent(broker_url: str, keys: Any) -> None:
    with pytest.raises(UsageError, match="looks like https"):
        Client(broker_url).submit_many(["https://outlet.example/a", "outlet.example/b"])
    assert keys.llen("submit") == 0
    with pytest.raises(UsageError, match="redis://host:6379/0"):
        Client("localhost")


def test_a_broker_that_takes_connections_and_is_silent_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ping = Broker(make_app(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")).ping
        with pytest.raises(BrokerDown, match="the broker does not answer"):
            ping()


def test_plain_celery_submits_by_name(broker_url: str, keys: Any) -> None:
    Celery(broker=broker_url, set_as_current=False).send_task(
        "rasid.submit", args=[{"v": 1, "urls": ["https://outlet.example/a"]}], queue="submit"
    )
    (message,) = messages(keys, "submit")
    assert contract.read_submit_payload(payload(message)).urls == ["https://outlet.example/a"]


def test_a_broker_that_is_away_is_one_sentence(nowhere: str) -> None:
    client = Client(nowhere)
    for ask in (
        lambda: client.submit("https://outlet.example/a"),
        lambda: client.receipt(uuid4()).progress(),
        Broker(make_app(nowhere)).ping,
    ):
        with pytest.raises(BrokerDown, match=r"^the broker does not answer \(redis://127\.0\.0\.1:\d+/0\): ") as caught:
            ask()
        assert "\n" not in str(caught.value)


def test_the_password_of_the_broker_is_not_told(nowhere: str) -> None:
    with pytest.raises(BrokerDown) as caught:
        Broker(make_app(nowhere.replace("//", "//user:s3cret@"))).ping()
    assert "s3cret" not in str(caught.value)


def test_a_broker_that_restarts_keeps_what_waits(broker: Broker, valkey: Valkey) -> None:
    broker.send(Stage.PARSE, [1, 2])
    valkey.stop()
    with pytest.raises(BrokerDown):
        broker.depth("parse")
    valkey.start()
    assert broker.depth("parse") == 1
    broker.send(Stage.PARSE, [3])
    assert broker.depth("parse") == 2


def test_settings_reach_celery(broker_url: str) -> None:
    conf = make_app(broker_url, Settings(lease_seconds=600, worker_events=False)).conf
    assert conf.task_time_limit == 600
    assert conf.broker_transport_options["visibility_timeout"] == 1_800
    assert conf.worker_send_task_events is False

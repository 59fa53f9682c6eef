"""The warehouse of the example ships each paid order once, whatever is delivered how often."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.events import Inbox
from examples.order_events.consumer import shipping
from simulator.botocore_client import BotocoreClient
from simulator.models.dynamodb import DynamoDbModel
from tests.checkout_runtime.events.deliveries import delivered
from tests.simulator.contracts.backends import VirtualClock

ORDERS = ("ord_" + "a" * 52, "ord_" + "b" * 52)


class Warehouse:
    """The tables of the function, and the function itself."""

    def __init__(self) -> None:
        self.model = DynamoDbModel(VirtualClock())
        for table, key in (("inbox", "event_id"), ("shipments", "order_id")):
            self.model.create_table(table, key=key, indexes={}, stream_shards=1)
        self.failures: list[Exception] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.model.call(operation, parameters)
        if self.failures:
            raise self.failures.pop(0)
        return answer

    def deliver(self, *bodies: str) -> list[str]:
        """Deliver one batch; return which of it, by its place, is delivered again."""
        records = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
        answer = shipping.handler({"Records": records}, None)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    @property
    def parcels(self) -> dict[str, int]:
        items = self.model.call("Scan", {"TableName": "shipments"})["Items"]
        return {each["order_id"]["S"]: int(each["parcels"]["N"]) for each in items}


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    made = Warehouse()
    monkeypatch.setenv("SHIPMENT_TABLE_NAME", "shipments")
    inbox = Inbox(BotocoreClient(made), "inbox", consumer="warehouse")
    monkeypatch.setattr(shipping, "inbox", lambda: inbox)
    return made


def event(kind: str = "OrderPaid", ordinal: int = 2, order_id: str = ORDERS[0]) -> str:
    changes = {"id": f"{order_id}#{ordinal}", "ordinal": ordinal, "order_id": order_id}
    return json.dumps(delivered(kind, **changes))


def test_an_event_that_comes_twice_is_one_parcel(warehouse: Warehouse) -> None:
    assert warehouse.deliver(event(), event()) == []
    assert warehouse.deliver(event()) == []
    assert warehouse.parcels == {ORDERS[0]: 1}


def test_the_order_of_events_changes_nothing(warehouse: Warehouse) -> None:
    told = (
        event("OrderDeclined", 1),
        event("OrderPaid", 2),
        event("OrderDisputed", 3),
        event("OrderPaid", 1, ORDERS[1]),
        event("OrderGiftWrapped", 4),
    )
    for batch in permutations(told):
        assert warehouse.deliver(*batch) == []
    assert warehouse.parcels == dict.fromkeys(ORDERS, 1)


def test_a_replay_of_everything_ships_nothing_again(warehouse: Warehouse) -> None:
    told = [event(order_id=each) for each in ORDERS]
    replayed = [json.dumps(json.loads(each) | {"replay-name": "lost-mails"}) for each in told]
    assert warehouse.deliver(*told) == warehouse.deliver(*replayed) == []
    assert warehouse.parcels == dict.fromkeys(ORDERS, 1)


def test_what_was_never_paid_is_not_shipped(warehouse: Warehouse) -> None:
    assert warehouse.deliver(event("OrderDeclined"), event("OrderNeedsReview", 3)) == []
    assert warehouse.parcels == {}


def test_what_cannot_be_read_is_delivered_again_and_holds_up_nothing(warehouse: Warehouse) -> None:
    assert warehouse.deliver("garbage", event(), json.dumps({"source": "aws.ec2"})) == ["0", "2"]
    assert warehouse.parcels == {ORDERS[0]: 1}


@pytest.mark.parametrize("lost", [AwsNoAnswerError("ReadTimeoutError"), AwsRefusedError("Denied")])
def test_where_the_answer_of_the_table_is_lost_the_next_delivery_finds_the_parcel(
    lost: Exception, warehouse: Warehouse
) -> None:
    warehouse.failures = [lost]
    assert warehouse.deliver(event()) == ["0"]
    assert warehouse.deliver(event()) == []
    assert warehouse.parcels == {ORDERS[0]: 1}


def test_the_function_takes_its_tables_from_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INBOX_TABLE_NAME", "inbox")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    shipping.inbox.cache_clear()
    assert isinstance(shipping.inbox(), Inbox)
    shipping.inbox.cache_clear()

"""The relay announces what orders owe, after the payments and at none of their cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.handlers import dependencies, relay_orders
from simulator.models.dynamodb import DynamoDbModel
from tests.checkout_runtime.adapters.order_stores import CHARGE, OnDynamoDb, claim, placed
from tests.checkout_runtime.factories import BUYER, NOW
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb

S = OrderStatus


class Aws:
    """What the relay calls, in one list, so that its order is seen."""

    def __init__(self) -> None:
        self.dynamodb: DynamoDbModel = empty_dynamodb()
        self.calls: list[str] = []
        self.bodies: list[str] = []
        self.kinds: list[str] = []
        self.bus_is_dead = False
        self.seconds_of_calls: dict[str, float | None] = {}

    def service(self, name: str, *, call_seconds: float | None = None) -> _Service:
        self.seconds_of_calls[name] = call_seconds
        return _Service(self, name)

    def answer(self, name: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(operation)
        if name == "dynamodb":
            return self.dynamodb.call(operation, parameters)
        if operation == "DescribeEventBus" and not self.bus_is_dead:
            return {"Name": "bus"}
        entries = parameters.get("Entries", [])
        if name == "sqs":
            self.bodies += [entry["MessageBody"] for entry in entries]
            return {}
        if self.bus_is_dead:
            raise AwsNoAnswerError("TimeoutError")
        self.kinds += [entry["DetailType"] for entry in entries]
        return {"Entries": [{"EventId": "e"} for _ in entries]}


class _Service:
    def __init__(self, aws: Aws, name: str) -> None:
        self._aws, self._name = aws, name

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return self._aws.answer(self._name, operation, parameters)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    found = Aws()
    for name, value in {
        "ORDER_TABLE_NAME": ORDER_TABLE,
        "PAYMENT_QUEUE_URL": "https://sqs.example/payments.fifo",
        "EVENT_BUS_NAME": "arn:bus",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(dependencies, "aws_service", found.service)
    for module in (dependencies, relay_orders):
        for made in list(vars(module).values()):
            if hasattr(made, "cache_clear"):
                made.cache_clear()
    return found


@pytest.fixture
def store(aws: Aws) -> OnDynamoDb:
    return OnDynamoDb(aws.dynamodb, ORDER_TABLE, announces=True)


def records(aws: Aws) -> list[dict[str, Any]]:
    """Everything that the stream has."""
    return aws.dynamodb.stream_records(ORDER_TABLE, 0, 0)


def relay(*batch: dict[str, Any]) -> dict[str, Any]:
    return relay_orders.handler({"Records": list(batch)}, None)


def test_an_outcome_is_announced_and_asks_for_no_payment(aws: Aws, store: OnDynamoDb) -> None:
    order = placed(store, "k")
    store.record_capture(claim(store, order), CHARGE, NOW)
    aws.calls.clear()
    assert relay(records(aws)[-1]) == {"batchItemFailures": []}
    assert aws.calls == ["DescribeEventBus", "PutEvents", "UpdateItem"]
    assert (aws.kinds, aws.bodies) == (["OrderPaid"], [])
    stored = store.get(order.order_id)
    assert stored is not None
    assert (stored.owed, stored.unsettled_since) == (frozenset(), None)


def test_payments_go_first_and_one_record_does_both(aws: Aws, store: OnDynamoDb) -> None:
    order = placed(store, "k")
    store.record_decline(claim(store, order), "no_funds", NOW)
    store.start_attempt(
        order.order_id, BUYER, replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    pending = records(aws)[-1]
    assert pending["dynamodb"]["NewImage"]["status"] == {"S": "PENDING"}
    aws.calls.clear()
    relay(pending)
    assert aws.calls == ["SendMessageBatch", "DescribeEventBus", "PutEvents", "UpdateItem"]
    assert aws.bodies == [PaymentMessage(order.order_id, 2).to_body()]
    assert aws.kinds == ["OrderDeclined"]


def test_an_order_that_is_pending_still_is_not_sent_again(aws: Aws, store: OnDynamoDb) -> None:
    order = placed(store, "k")
    store.record_decline(claim(store, order), "no_funds", NOW)
    store.start_attempt(
        order.order_id, BUYER, replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    stored = store.get(order.order_id)
    assert stored is not None
    store.begin_resend(stored, NOW)
    relay(records(aws)[-1])
    assert (aws.bodies, aws.kinds) == ([], ["OrderDeclined"])


@pytest.mark.parametrize(
    ("before", "sent"), [(S.ACTION_REQUIRED, 1), (S.AUTHORIZED, 1), (S.CHARGING, 0)]
)
def test_an_order_that_was_taken_up_and_owes_is_sent(
    before: S, sent: int, aws: Aws, store: OnDynamoDb
) -> None:
    order = placed(store, "k")
    store.record_action_required(claim(store, order), "https://bank/", NOW + 1, NOW)
    store.resume(order.order_id, BUYER, 1, NOW)
    taken_up = records(aws)[-1]
    taken_up["dynamodb"]["OldImage"] = {
        **taken_up["dynamodb"]["OldImage"],
        "status": {"S": before.value},
    }
    relay(taken_up)
    assert len(aws.bodies) == sent
    assert aws.kinds == ["OrderActionRequired"]


def test_a_dead_bus_fails_no_record_and_holds_up_no_second_batch(
    aws: Aws, store: OnDynamoDb
) -> None:
    aws.bus_is_dead = True
    order = placed(store, "k")
    store.record_capture(claim(store, order), CHARGE, NOW)
    aws.calls.clear()
    for _ in range(2):
        assert relay(*records(aws)) == {"batchItemFailures": []}
    assert aws.calls == ["SendMessageBatch", "DescribeEventBus", "SendMessageBatch"]


def test_calls_of_the_bus_have_a_deadline_of_their_own(aws: Aws, store: OnDynamoDb) -> None:
    relay()
    assert aws.seconds_of_calls["events"] == 1.0
    assert aws.seconds_of_calls["sqs"] is None


def test_a_damaged_order_that_owes_fails_no_record(
    aws: Aws, store: OnDynamoDb, caplog: pytest.LogCaptureFixture
) -> None:
    order = placed(store, "k")
    store.record_capture(claim(store, order), CHARGE, NOW)
    damaged = records(aws)[-1]
    del damaged["dynamodb"]["NewImage"]["amount"]
    assert relay(damaged) == {"batchItemFailures": []}
    assert [vars(each)["event"] for each in caplog.records] == ["announcement_failed"]


def test_without_a_bus_the_relay_knows_no_table(
    aws: Aws, store: OnDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENT_BUS_NAME")
    monkeypatch.delenv("ORDER_TABLE_NAME")
    placed(store, "k")
    aws.calls.clear()
    relay(*records(aws))
    assert aws.calls == ["SendMessageBatch"]

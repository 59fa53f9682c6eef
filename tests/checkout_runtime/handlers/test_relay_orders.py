"""Stream records become messages; what was not taken is named, and only that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.order_item import order_to_item
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.handlers import dependencies
from tests.checkout_runtime.factories import NOW, new_order
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.http_requests import body_of, placement
from tests.checkout_runtime.handlers.stored_outcomes import call_a_person


class Refusing:
    """An SQS that refuses the messages of some orders and keeps the others' bodies."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.batches: list[list[str]] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert operation == "SendMessageBatch"
        entries = parameters["Entries"]
        self.batches.append([entry["MessageBody"] for entry in entries])
        failed = [entry for entry in entries if entry["MessageGroupId"] in self.refused]
        return {"Failed": [{"Id": entry["Id"], "SenderFault": False} for entry in failed]}


def use(sqs: Refusing, monkeypatch: pytest.MonkeyPatch) -> Refusing:
    monkeypatch.setattr(dependencies.payment_queue(), "_sqs", sqs)
    return sqs


def record(number: int, key: str, **attributes: Any) -> dict[str, Any]:
    image = {**order_to_item(new_order(key), 1), **attributes}
    return {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


def test_only_the_records_that_the_queue_refused_are_named(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = use(Refusing(new_order("k3").order_id, new_order("k14").order_id), monkeypatch)
    records = [record(number, f"k{number}") for number in range(17)]
    answer = functions.relay_orders({"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "14"}]}
    assert [len(batch) for batch in client.batches] == [10, 7]


def test_every_record_of_a_refused_message_is_named(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = use(Refusing(new_order("k1").order_id), monkeypatch)
    answer = functions.relay_orders(
        {"Records": [record(1, "k1"), record(2, "k2"), record(3, "k1")]}
    )
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["1", "3"]
    assert [len(batch) for batch in client.batches] == [2]


def test_an_unreadable_and_a_refused_record_are_both_named(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Refusing(new_order("k2").order_id), monkeypatch)
    records = [record(1, "k1"), record(2, "k2"), record(3, "k3", attempt={"N": "one"})]
    answer = functions.relay_orders({"Records": records})
    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == {"2", "3"}


def test_an_empty_batch_and_one_of_poison_only_ask_nothing_of_the_queue(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = use(Refusing(), monkeypatch)
    assert functions.relay_orders({"Records": []}) == {"batchItemFailures": []}
    poison = record(1, "k1", pk={"N": "1"})
    assert functions.relay_orders({"Records": [poison]}) == {
        "batchItemFailures": [{"itemIdentifier": "1"}]
    }
    assert client.batches == []


def test_a_message_of_an_order_that_was_resent_carries_the_ordinal(
    functions: Functions,
    dynamodb: BotocoreService,
    order_table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the queue would swallow it as one that it has seen."""
    client = use(Refusing(), monkeypatch)
    order_id = body_of(functions.place_order(placement()))["order_id"]
    call_a_person(dynamodb, order_table, order_id)
    in_review = functions.orders.get(order_id)
    assert in_review is not None
    assert functions.orders.release(in_review, NOW).order is not None
    key = {"pk": {"S": order_id}}
    image = dynamodb.client.get_item(TableName=order_table, Key=key, ConsistentRead=True)["Item"]
    functions.relay_orders(
        {"Records": [{"dynamodb": {"SequenceNumber": "1", "NewImage": dict(image)}}]}
    )
    assert client.batches == [[PaymentMessage(order_id, 1, 1).to_body()]]

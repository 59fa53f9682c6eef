"""A consumer's writes and the event's id are stored together, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError
from checkout_runtime.events import (
    AlreadyHandled,
    Handled,
    Inbox,
    OrderEvent,
    WriteRefused,
    read_event,
)
from checkout_runtime.events.inbox import KEEP_FOR_DAYS, MOST_WRITES, SHORTEST_KEEP_FOR_DAYS
from checkout_runtime.events.order_events import UnknownEvent
from simulator.botocore_client import BotocoreClient
from simulator.models.dynamodb import DynamoDbModel
from tests.checkout_runtime.events.deliveries import ORDER_ID, delivered
from tests.simulator.contracts.backends import VirtualClock

NOW = 1_800_000_000


class Aws:
    """DynamoDB that can be told to fail, with the tables of a consumer."""

    def __init__(self) -> None:
        self.model = DynamoDbModel(VirtualClock())
        self.model.create_table("inbox", key="event_id", indexes={}, stream_shards=1)
        self.model.create_table("shipments", key="order_id", indexes={}, stream_shards=1)
        self.refusals: list[AwsRefusedError] = []
        self.lost_answers = 0
        self.sent: list[Mapping[str, Any]] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.sent.append(parameters)
        if self.refusals:
            raise self.refusals.pop(0)
        answer = self.model.call(operation, parameters)
        if self.lost_answers:
            self.lost_answers -= 1
            raise AwsNoAnswerError("ReadTimeoutError")
        return answer

    def stored(self, table: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.model.call("Scan", {"TableName": table})["Items"]
        return items


@pytest.fixture
def aws() -> Aws:
    return Aws()


def inbox(aws: Aws, consumer: str = "warehouse", **settings: Any) -> Inbox:
    client = BotocoreClient(aws)
    return Inbox(client, "inbox", consumer=consumer, clock=lambda: NOW, **settings)


def paid(ordinal: int = 2) -> OrderEvent:
    event = read_event(delivered(id=f"{ORDER_ID}#{ordinal}", ordinal=ordinal))
    assert isinstance(event, OrderEvent)
    return event


def count_up(order_id: str = ORDER_ID) -> dict[str, Any]:
    """A write that would show that it was carried out twice."""
    return {
        "Update": {
            "TableName": "shipments",
            "Key": {"order_id": {"S": order_id}},
            "UpdateExpression": "ADD parcels :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def newest(ordinal: int) -> dict[str, Any]:
    """A write that is refused where a later event was handled already."""
    return {
        "Update": {
            "TableName": "shipments",
            "Key": {"order_id": {"S": ORDER_ID}},
            "UpdateExpression": "SET #ordinal = :ordinal",
            "ConditionExpression": "attribute_not_exists(#ordinal) OR #ordinal < :ordinal",
            "ExpressionAttributeNames": {"#ordinal": "ordinal"},
            "ExpressionAttributeValues": {":ordinal": {"N": str(ordinal)}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def test_the_work_of_an_event_is_done_once_however_often_it_comes(aws: Aws) -> None:
    assert inbox(aws).handle(paid(), [count_up()]) == Handled()
    for _ in range(3):
        assert inbox(aws).handle(paid(), [count_up()]) == AlreadyHandled()
    [shipment] = aws.stored("shipments")
    assert shipment["parcels"] == {"N": "1"}


def test_another_event_and_another_consumer_have_work_of_their_own(aws: Aws) -> None:
    assert inbox(aws).handle(paid(2), [count_up()]) == Handled()
    assert inbox(aws).handle(paid(3), [count_up()]) == Handled()
    assert inbox(aws, "invoices").handle(paid(2), [count_up()]) == Handled()
    assert len(aws.stored("inbox")) == 3


def test_an_id_expires_after_every_way_in_which_an_event_can_come_late(aws: Aws) -> None:
    inbox(aws).handle(paid(), [count_up()])
    [remembered] = aws.stored("inbox")
    assert remembered == {
        "event_id": {"S": f"warehouse:{ORDER_ID}#2"},
        "expires_at": {"N": str(NOW + 90 * 24 * 3600)},
    }
    days_of_retries, days_in_a_queue = 1, 14
    assert KEEP_FOR_DAYS > SHORTEST_KEEP_FOR_DAYS > days_of_retries + 2 * days_in_a_queue


def test_a_write_that_is_refused_leaves_nothing_and_says_which_it_was(aws: Aws) -> None:
    assert inbox(aws).handle(paid(3), [newest(3)]) == Handled()
    refused = inbox(aws).handle(paid(2), [count_up("ord_other"), newest(2)])
    assert refused == WriteRefused(1, {"order_id": {"S": ORDER_ID}, "ordinal": {"N": "3"}})
    assert [each["order_id"] for each in aws.stored("shipments")] == [{"S": ORDER_ID}]
    assert len(aws.stored("inbox")) == 1


def test_what_was_handled_is_no_refusal_though_its_write_would_be_refused_too(aws: Aws) -> None:
    assert inbox(aws).handle(paid(), [newest(2)]) == Handled()
    assert inbox(aws).handle(paid(), [newest(2)]) == AlreadyHandled()


@pytest.mark.parametrize(
    "conflict",
    [
        AwsRefusedError(
            "TransactionCanceledException",
            cancellation_reasons=[{"Code": "None"}, {"Code": "TransactionConflict"}],
        ),
        AwsRefusedError("TransactionInProgressException"),
    ],
)
def test_a_write_that_meets_another_is_tried_again_as_the_same_transaction(
    conflict: AwsRefusedError, aws: Aws
) -> None:
    aws.refusals = [conflict]
    assert inbox(aws).handle(paid(), [count_up()]) == Handled()
    assert len({each["ClientRequestToken"] for each in aws.sent}) == 1
    assert aws.sent[0] == aws.sent[1]


def test_two_deliveries_are_two_transactions(aws: Aws) -> None:
    for _ in range(2):
        inbox(aws).handle(paid(), [count_up()])
    assert len({each["ClientRequestToken"] for each in aws.sent}) == 2


def test_after_a_lost_answer_the_next_delivery_finds_the_work_done(aws: Aws) -> None:
    aws.lost_answers = 1
    with pytest.raises(AwsNoAnswerError):
        inbox(aws).handle(paid(), [count_up()])
    assert inbox(aws).handle(paid(), [count_up()]) == AlreadyHandled()
    [shipment] = aws.stored("shipments")
    assert shipment["parcels"] == {"N": "1"}


@pytest.mark.parametrize(
    "refusal",
    [
        AwsRefusedError("AccessDeniedException"),
        AwsRefusedError(
            "TransactionCanceledException",
            cancellation_reasons=[{"Code": "None"}, {"Code": "ThrottlingError"}],
        ),
        AwsRefusedError(  # whether the event was handled before is not known
            "TransactionCanceledException",
            cancellation_reasons=[
                {"Code": "ThrottlingError"},
                {"Code": "ConditionalCheckFailed"},
            ],
        ),
    ],
)
def test_any_other_refusal_is_an_error(refusal: AwsRefusedError, aws: Aws) -> None:
    aws.refusals = [refusal]
    with pytest.raises(AwsError) as raised:
        inbox(aws).handle(paid(), [count_up()])
    assert raised.value.code == refusal.code
    assert inbox(aws).handle(paid(), [count_up()]) == Handled()


def test_an_event_that_is_newer_than_the_package_can_be_handled_too(aws: Aws) -> None:
    event = read_event(delivered("OrderGiftWrapped"))
    assert isinstance(event, UnknownEvent)
    assert inbox(aws).handle(event, [count_up()]) == Handled()
    assert inbox(aws).handle(event, [count_up()]) == AlreadyHandled()


@pytest.mark.parametrize("count", [0, MOST_WRITES + 1])
def test_a_transaction_has_room_for_one_to_99_writes(count: int, aws: Aws) -> None:
    writes = [count_up(f"ord_{each}") for each in range(count)]
    with pytest.raises(ValueError, match=f"{count} writes; 1 to 99 fit"):
        inbox(aws).handle(paid(), writes)
    assert not aws.sent


def test_99_writes_fit(aws: Aws) -> None:
    writes = [count_up(f"ord_{each}") for each in range(MOST_WRITES)]
    assert inbox(aws).handle(paid(), writes) == Handled()


def test_an_inbox_that_would_forget_too_early_or_whose_work_has_no_name_is_refused(
    aws: Aws,
) -> None:
    with pytest.raises(ValueError, match="keep_for_days is 29; at least 30"):
        inbox(aws, keep_for_days=29)
    with pytest.raises(ValueError, match="consumer is empty"):
        inbox(aws, consumer="")

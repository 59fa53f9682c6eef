"""What minutes and days do. No real queue can be made to wait, so this is the models' alone.

Sources: SQS developer guide, "Exactly-once processing in Amazon SQS" (five minutes), "Visibility
timeout", "Dead-letter queues" (FIFO: the enqueue time is reset); DynamoDB developer guide,
"Change data capture for DynamoDB Streams" (24 hours, no record without a change).
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.models.dynamodb import DynamoDbModel
from simulator.models.sqs import SqsModel
from tests.simulator.contracts.backends import (
    DEAD_LETTER_RECEIVES,
    VISIBILITY_SECONDS,
    OrderTable,
    PaymentQueue,
    VirtualClock,
    number,
    text,
)
from tests.simulator.contracts.made_on_models import DAY_MS, model_queues, model_table

FIVE_MINUTES_MS = 5 * 60 * 1000


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def queue(clock: VirtualClock) -> PaymentQueue:
    return model_queues(clock)


@pytest.fixture
def table(clock: VirtualClock) -> OrderTable:
    return model_table(clock)


def records(table: OrderTable) -> list[Any]:
    assert isinstance(table.dynamodb, DynamoDbModel)
    return table.dynamodb.stream_records(table.name, 0, 0)


@pytest.mark.parametrize(("early_ms", "copies"), [(1, 0), (0, 1)])
def test_a_body_is_remembered_for_five_minutes_from_the_first_send(
    early_ms: int, copies: int, clock: VirtualClock, queue: PaymentQueue
) -> None:
    queue.send("a")
    [message] = queue.receive()
    queue.delete(message)
    clock.time_ms += FIVE_MINUTES_MS // 2
    queue.send("a")
    clock.time_ms += FIVE_MINUTES_MS // 2 - early_ms
    queue.send("a")
    assert len(queue.receive()) == copies


@pytest.mark.parametrize(("early_ms", "copies"), [(1, 0), (0, 1)])
def test_a_message_is_hidden_for_the_visibility_timeout(
    early_ms: int, copies: int, clock: VirtualClock, queue: PaymentQueue
) -> None:
    queue.send("a")
    queue.receive()
    clock.time_ms += VISIBILITY_SECONDS * 1000 - early_ms
    assert len(queue.receive()) == copies


@pytest.mark.parametrize(("early_ms", "copies"), [(1, 1), (0, 0)])
def test_a_message_is_kept_for_the_retention(
    early_ms: int, copies: int, clock: VirtualClock, queue: PaymentQueue
) -> None:
    queue.send("a")
    clock.time_ms += 4 * DAY_MS - early_ms
    assert len(queue.receive()) == copies


def test_a_move_to_the_dead_letters_starts_the_retention_again(
    clock: VirtualClock, queue: PaymentQueue
) -> None:
    queue.send("a")
    clock.time_ms += 3 * DAY_MS
    for _ in range(DEAD_LETTER_RECEIVES):
        queue.return_to_queue(queue.receive())
    queue.receive()
    clock.time_ms += 14 * DAY_MS - 1
    assert len(queue.receive(url=queue.dead_letters)) == 1


def test_a_redrive_brings_back_a_message_that_counts_from_zero(
    clock: VirtualClock, queue: PaymentQueue
) -> None:
    queue.send("a")
    for _ in range(DEAD_LETTER_RECEIVES):
        queue.return_to_queue(queue.receive())
    queue.receive()
    clock.time_ms += 7 * DAY_MS
    assert isinstance(queue.sqs, SqsModel)
    queue.sqs.redrive(queue.dead_letters)
    [back] = queue.receive()
    assert back["Attributes"]["ApproximateReceiveCount"] == "1"
    assert back["Attributes"]["SentTimestamp"] == str(clock.now())


def test_each_change_of_an_item_is_one_record_in_order(table: OrderTable) -> None:
    table.put({"pk": text("k"), "attempt": number(1)})
    table.update("k", "SET attempt = :two", ExpressionAttributeValues={":two": number(2)})
    table.delete("k")
    assert [record["eventName"] for record in records(table)] == ["INSERT", "MODIFY", "REMOVE"]
    changed = records(table)[1]["dynamodb"]
    assert (changed["OldImage"]["attempt"], changed["NewImage"]["attempt"]) == (
        number(1),
        number(2),
    )


def test_a_write_that_changes_nothing_leaves_no_record(table: OrderTable) -> None:
    table.put({"pk": text("k")})
    table.put({"pk": text("k")})
    table.delete("absent")
    assert len(records(table)) == 1


@pytest.mark.parametrize(("early_ms", "kept"), [(1, 1), (0, 0)])
def test_a_record_is_kept_for_a_day(
    early_ms: int, kept: int, clock: VirtualClock, table: OrderTable
) -> None:
    table.put({"pk": text("k")})
    clock.time_ms += DAY_MS - early_ms
    assert len(records(table)) == kept

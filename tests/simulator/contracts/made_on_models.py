"""The order table and the queues on the models."""

from __future__ import annotations

from simulator.models.dynamodb import DynamoDbModel
from simulator.models.sqs import SqsModel
from tests.simulator.contracts.backends import (
    DEAD_LETTER_RECEIVES,
    INDEX,
    PK,
    VISIBILITY_SECONDS,
    OrderTable,
    PaymentQueue,
    VirtualClock,
)

__all__ = ["DAY_MS", "model_queues", "model_table"]

DAY_MS = 24 * 60 * 60 * 1000


def model_table(clock: VirtualClock, stream_shards: int = 1) -> OrderTable:
    """An empty order table."""
    model = DynamoDbModel(clock)
    model.create_table(
        "orders",
        key=PK,
        indexes={INDEX: ("unsettled_shard", "unsettled_since")},
        stream_shards=stream_shards,
    )
    return OrderTable(model, "orders")


def model_queues(clock: VirtualClock) -> PaymentQueue:
    """An empty queue with an empty dead-letter queue, which keep messages 4 and 14 days."""
    model = SqsModel(clock)
    model.create_queue(
        "dead-letters", visibility_ms=VISIBILITY_SECONDS * 1000, retention_ms=14 * DAY_MS
    )
    model.create_queue(
        "payments",
        visibility_ms=VISIBILITY_SECONDS * 1000,
        retention_ms=4 * DAY_MS,
        dead_letter_queue="dead-letters",
        max_receives=DEAD_LETTER_RECEIVES,
    )
    return PaymentQueue(model, "payments", "dead-letters")

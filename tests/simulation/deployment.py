"""The checkout as it is deployed: settings, table, queues, filters.

A test holds it to the template.
"""

from __future__ import annotations

import json
from typing import Any

from tests.simulation.cases import DAY, SECOND
from tests.simulation.models.dynamodb import DynamoDbModel
from tests.simulation.models.sqs import SqsModel
from tests.simulation.payment_service import Traits

__all__ = [
    "DEAD_LETTERS",
    "FUNCTION_TIMEOUTS_MS",
    "ORDER_TABLE",
    "PAYMENT_QUEUE",
    "PAYMENT_TIMEOUT_MS",
    "RELAY_BATCH",
    "RELAY_RETRIES",
    "STREAM_SHARDS",
    "make_queues",
    "make_table",
    "settings_for",
    "wants_a_message",
]

ORDER_TABLE = "orders"
PAYMENT_QUEUE = "payments.fifo"
DEAD_LETTERS = "payments-dlq.fifo"
STREAM_SHARDS = 1
RELAY_BATCH = 10
"""Smaller than deployed, so that a few orders make several batches."""
RELAY_RETRIES = 10
CONSUMER_TIMEOUT_MS = 30 * SECOND
PAYMENT_TIMEOUT_MS = 10 * SECOND
FUNCTION_TIMEOUTS_MS = {
    "place_order": 10 * SECOND,
    "get_order": 10 * SECOND,
    "start_payment_attempt": 10 * SECOND,
    "resume_payment": 10 * SECOND,
    "relay_orders": 30 * SECOND,
    "process_payments": CONSUMER_TIMEOUT_MS,
    "reconcile_orders": 300 * SECOND,
}
VISIBILITY_MS = 6 * CONSUMER_TIMEOUT_MS
_PENDING, _UNKNOWN = {"S": "PENDING"}, {"S": "UNKNOWN"}
_TAKEN_UP_FROM = ({"S": "ACTION_REQUIRED"}, {"S": "NEEDS_REVIEW"})


def settings_for(service: Traits, *, quarantine_before: int) -> dict[str, str]:
    """The environment variables of the functions."""
    settings = {
        "CHECKOUT_NAMESPACE": "simulation",
        "ORDER_TABLE_NAME": ORDER_TABLE,
        "UNSETTLED_SHARDS": "1",
        "SCOPE_FROM": json.dumps([["jwt", "claims", "sub"]]),
        "MAX_PAYMENT_ATTEMPTS": "3",
        "PAYMENT_QUEUE_URL": PAYMENT_QUEUE,
        "LEASE_SECONDS": "40",
        "FIRST_RETRY_SECONDS": "5",
        "LONGEST_RETRY_SECONDS": "120",
        "ACTION_SECONDS": "3600",
        "PROCESSING_PATIENCE_SECONDS": str(21 * DAY // SECOND),
        "RECONCILE_AFTER_SECONDS": str(2 * VISIBILITY_MS // SECOND),
        "PAYMENT_SERVICE_KIND": "http",
        "PAYMENT_SERVICE_URL": "https://payments.example/charges",
        "PAYMENT_SERVICE_SECRET_ARN": "arn:secret",
        "PAYMENT_SERVICE_TIMEOUT_SECONDS": str(PAYMENT_TIMEOUT_MS // SECOND),
        "PAYMENT_KEY_RETENTION_SECONDS": str(service.honours_keys_for_ms // SECOND),
        "QUARANTINE_BEFORE_MS": str(quarantine_before),
    }
    if service.opens_attempts:
        return settings | {
            "PAYMENT_SERVICE_KIND": "stripe",
            "PAYMENT_SERVICE_URL": "https://api.stripe.com",
        }
    if service.can_look_up:
        settings["PAYMENT_SERVICE_LOOK_UP_URL"] = "https://payments.example/charges"
    if service.can_cancel:
        settings["PAYMENT_SERVICE_CANCEL_URL"] = "https://payments.example/cancel"
    return settings


def make_table(dynamodb: DynamoDbModel) -> None:
    """Make the order table."""
    dynamodb.create_table(
        ORDER_TABLE,
        key="pk",
        indexes={"unsettled": ("unsettled_shard", "unsettled_since")},
        stream_shards=STREAM_SHARDS,
    )


def make_queues(sqs: SqsModel, *, max_receives: int) -> None:
    """Make the payment queue and its dead-letter queue."""
    sqs.create_queue(DEAD_LETTERS, visibility_ms=30 * SECOND, retention_ms=14 * DAY)
    sqs.create_queue(
        PAYMENT_QUEUE,
        visibility_ms=VISIBILITY_MS,
        retention_ms=4 * DAY,
        dead_letter_queue=DEAD_LETTERS,
        max_receives=max_receives,
    )


def wants_a_message(record: dict[str, Any]) -> bool:
    """The filter of the stream mapping: what became pending, or was taken up again."""
    new = record["dynamodb"].get("NewImage", {}).get("status")
    if record["eventName"] == "INSERT":
        return bool(new == _PENDING)
    old = record["dynamodb"].get("OldImage", {}).get("status")
    if record["eventName"] != "MODIFY":
        return False
    return bool(
        (new == _PENDING and old is not None and old != _PENDING)
        or (new == _UNKNOWN and old in _TAKEN_UP_FROM)
    )

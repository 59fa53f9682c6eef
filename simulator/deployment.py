"""The checkout as it is deployed: settings, table, queues, filters.

A test holds it to the template.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from simulator.cases import DAY, HOUR, SECOND, Carts
from simulator.custom_module import FACTORY
from simulator.models.dynamodb import DynamoDbModel
from simulator.models.sqs import SqsModel
from simulator.traits import Traits

__all__ = [
    "CART_SECRET",
    "CART_SECRET_ARN",
    "CONSUMER_TIMEOUT_MS",
    "DEAD_LETTERS",
    "EVENT_BUS",
    "FUNCTION_TIMEOUTS_MS",
    "NAMESPACE",
    "ORDER_TABLE",
    "PAYMENT_QUEUE",
    "PAYMENT_SECRET_ARN",
    "PAYMENT_TIMEOUT_MS",
    "RECONCILED_AFTER_MS",
    "RELAY_BATCH",
    "RELAY_RETRIES",
    "STREAM_SHARDS",
    "WEBHOOK_SECRET",
    "WEBHOOK_SECRET_ARN",
    "make_queues",
    "make_table",
    "owes",
    "settings_for",
    "wants_a_message",
]

ORDER_TABLE = "orders"
PAYMENT_QUEUE = "payments.fifo"
DEAD_LETTERS = "payments-dlq.fifo"
EVENT_BUS = "orders-bus"
PAYMENT_SECRET_ARN = "arn:secret"
NAMESPACE = "simulation"
CART_SECRET_ARN = "arn:cart-secret"
CART_SECRET = "the-shop-and-the-checkout-share-this-secret"
WEBHOOK_SECRET_ARN = "arn:webhook-secret"
WEBHOOK_SECRET = "whsec_cGF5bWVudHMgYW5kIGNoZWNrb3V0IHNoYXJl"
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
    "audit_charges": 900 * SECOND,
    "receive_webhook": 29 * SECOND,
    "take_order_in": 10 * SECOND,
    "erase_buyer": 10 * SECOND,
    "refunds": 10 * SECOND,
    "cancel_order": 10 * SECOND,
    "capture_order": 10 * SECOND,
}
VISIBILITY_MS = 6 * CONSUMER_TIMEOUT_MS
RECONCILED_AFTER_MS = 2 * VISIBILITY_MS
"""Orders that are younger are the queue's business."""
AUDIT_PATIENCE_MS = 49 * HOUR
"""Orders that were charged longer ago should be settled."""
_PENDING, _UNKNOWN, _REQUESTED = {"S": "PENDING"}, {"S": "UNKNOWN"}, {"S": "REQUESTED"}
_TAKEN_UP_FROM = ({"S": "ACTION_REQUIRED"}, {"S": "NEEDS_REVIEW"}, {"S": "AUTHORIZED"})
"""The last one where money is held before it is captured."""


def settings_for(
    service: Traits,
    *,
    quarantine_before: int = 0,
    host: str = "payments.example",
    carts: Carts = Carts.PLAIN,
    refunds: bool = False,
    announces: bool = False,
    expires_after_ms: int | None = None,
) -> dict[str, str]:
    """The environment variables of the functions; ``host`` is where the payment service is."""
    settings = {
        "CHECKOUT_NAMESPACE": NAMESPACE,
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
        "RECONCILE_AFTER_SECONDS": str(RECONCILED_AFTER_MS // SECOND),
        "AUDIT_PATIENCE_SECONDS": str(AUDIT_PATIENCE_MS // SECOND),
        "PAYMENT_SERVICE_KIND": service.kind,
        "PAYMENT_SERVICE_TIMEOUT_SECONDS": str(PAYMENT_TIMEOUT_MS // SECOND),
        "PAYMENT_KEY_RETENTION_SECONDS": str(service.honours_keys_for_ms // SECOND),
        "QUARANTINE_BEFORE_MS": str(quarantine_before),
        **_ADDRESSES[service.kind](service, host),
    }
    if service.captures_later:
        settings["CAPTURE"] = "later"
    if expires_after_ms is not None:
        settings["EXPIRES_AFTER_SECONDS"] = str(expires_after_ms // SECOND)
    if refunds:
        settings |= {"PAYMENT_SERVICE_REFUNDS": "true", **_REFUNDS_AT[service.kind](host)}
    if carts is not Carts.PLAIN:
        settings["CART_SECRET_ARN"] = CART_SECRET_ARN
    if carts is Carts.GUARDED:
        settings["GUARDS_CARTS"] = "true"
    if announces:
        settings["EVENT_BUS_NAME"] = EVENT_BUS
    return settings


def _http(service: Traits, host: str) -> dict[str, str]:
    settings = {
        "WEBHOOK_SECRET_ARN": WEBHOOK_SECRET_ARN,
        "PAYMENT_SERVICE_URL": f"https://{host}/charges",
        "PAYMENT_SERVICE_SECRET_ARN": PAYMENT_SECRET_ARN,
        "PAYMENT_SERVICE_LIST_URL": f"https://{host}/list",
    }
    if service.can_look_up:
        settings["PAYMENT_SERVICE_LOOK_UP_URL"] = f"https://{host}/charges"
    if service.captures_later:
        settings["PAYMENT_SERVICE_CAPTURE_URL"] = f"https://{host}/capture"
    if service.can_cancel:
        settings["PAYMENT_SERVICE_CANCEL_URL"] = f"https://{host}/cancel"
    return settings


def _stripe(_service: Traits, _host: str) -> dict[str, str]:
    return {
        "WEBHOOK_SECRET_ARN": WEBHOOK_SECRET_ARN,
        "PAYMENT_SERVICE_URL": "https://api.stripe.com",
        "PAYMENT_SERVICE_SECRET_ARN": PAYMENT_SECRET_ARN,
        "PAYMENT_SERVICE_LIST_URL": "https://api.stripe.com",
    }


def _custom(service: Traits, host: str) -> dict[str, str]:
    return {
        "WEBHOOK_BY_MODULE": "true",
        "PAYMENT_SERVICE_FACTORY": FACTORY,
        "PAYMENT_SERVICE_CAN_LOOK_UP": str(service.can_look_up).lower(),
        "PAYMENT_SERVICE_CAN_CANCEL": str(service.can_cancel).lower(),
        "PAYMENT_SERVICE_SECRET_ARN_BY_NAME": json.dumps({"key": PAYMENT_SECRET_ARN}),
        "CUSTOM_HOST": host,
    }


_REFUNDS_AT: dict[str, Callable[[str], dict[str, str]]] = {
    "http": lambda host: {"PAYMENT_SERVICE_REFUND_URL": f"https://{host}/refunds"},
    "stripe": lambda _host: {},
    "custom": lambda _host: {"PAYMENT_SERVICE_CAN_REFUND": "true"},
}
_ADDRESSES = {"http": _http, "stripe": _stripe, "custom": _custom}


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
    """The filter of the stream mapping: what became pending, or was taken up again.

    An operation is stored as ``REQUESTED``; where none can be asked for, nothing is.
    """
    new = record["dynamodb"].get("NewImage", {}).get("status")
    if record["eventName"] == "INSERT":
        return bool(new in (_PENDING, _REQUESTED))
    old = record["dynamodb"].get("OldImage", {}).get("status")
    if record["eventName"] != "MODIFY":
        return False
    return bool(
        (new == _PENDING and old is not None and old != _PENDING)
        or (new == _UNKNOWN and old in _TAKEN_UP_FROM)
    )


def owes(record: dict[str, Any]) -> bool:
    """The filter that the stream mapping has besides where outcomes are announced."""
    owed = record["dynamodb"].get("NewImage", {}).get("owed", {})
    return record["eventName"] == "MODIFY" and "SS" in owed

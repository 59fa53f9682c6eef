"""Consumer of the table's stream: a pending attempt, or an operation, becomes a message.

Where outcomes are announced, orders that owe an announcement come here, too. Messages go first, and
nothing about announcements makes a batch fail: the reconciler announces what was not.
"""

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any

from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.application.relay_orders import RelayOrders
from checkout_runtime.domain.message import PaymentMessage, QueueMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.handlers.dependencies import (
    announce_outcomes,
    make_at_start,
    payment_queue,
)
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]

_TAKEN_UP_FROM = (OrderStatus.ACTION_REQUIRED, OrderStatus.NEEDS_REVIEW, OrderStatus.AUTHORIZED)
_UNREADABLE = (KeyError, ValueError, TypeError)
_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Relay a batch; Lambda goes on from the first record that is reported as failed."""
    readable: dict[str, QueueMessage] = {}
    failed: list[str] = []
    for record in event["Records"]:
        sequence_number = record["dynamodb"]["SequenceNumber"]
        try:
            if _asks_for_a_message(record["dynamodb"]):
                readable[sequence_number] = _message(record["dynamodb"]["NewImage"])
        except _UNREADABLE:
            # Its own retries are bounded, then it goes to the on-failure queue.
            extra = {"event": "stream_record_unreadable", "sequence_number": sequence_number}
            _log.exception("stream_record_unreadable", extra=extra)
            failed.append(sequence_number)
    not_taken = _relay_orders()(list(dict.fromkeys(readable.values())))
    failed += [number for number, message in readable.items() if message in not_taken]
    if Settings().announces:
        _announce([record["dynamodb"].get("NewImage", {}) for record in event["Records"]])
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


@cache
def _relay_orders() -> RelayOrders:
    return RelayOrders(payment_queue())


def _asks_for_a_message(change: dict[str, Any]) -> bool:
    """Tell whether the order became pending or was taken up again, or an operation was stored.

    Only records of orders that owe an announcement are here for another reason: the mapping's
    filter lets no others through. An operation owes nothing: what comes of it, its order announces.
    """
    new = change["NewImage"]
    if "owed" not in new:
        return True
    status = new["status"]["S"]
    before = change.get("OldImage", {}).get("status", {}).get("S")
    if status == OrderStatus.PENDING:
        return bool(before != OrderStatus.PENDING)
    return status == OrderStatus.UNKNOWN and before in _TAKEN_UP_FROM


def _message(image: dict[str, Any]) -> QueueMessage:
    if "operation" in image:
        return _operation(image)
    message = PaymentMessage(
        order_id=image["pk"]["S"],
        attempt=int(image["attempt"]["N"]),
        resend=int(image["resend"]["N"]),
    )
    # Read as the consumer will: what it could not read would be a dead letter in the end.
    return PaymentMessage.from_body(message.to_body())


def _operation(image: dict[str, Any]) -> QueueMessage:
    from checkout_runtime.domain.operation_message import OperationMessage

    resend = int(image["resend"]["N"])
    message = OperationMessage(image["order_id"]["S"], image["pk"]["S"], resend)
    OperationMessage.from_body(message.to_body())
    return message


def _announce(images: Sequence[dict[str, Any]]) -> None:
    owing = [_order(image) for image in images if "owed" in image]
    announce_outcomes()([order for order in owing if order is not None])


def _order(image: dict[str, Any]) -> Order | None:
    try:
        return order_from_item(image)
    except _UNREADABLE:
        extra = {"event": "announcement_failed", "code": "unreadable_order"}
        _log.exception("announcement_failed", extra=extra)
        return None


def _made_at_start() -> None:
    _relay_orders()
    if Settings().announces:
        announce_outcomes()


make_at_start(_made_at_start)

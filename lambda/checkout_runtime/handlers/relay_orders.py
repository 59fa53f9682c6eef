"""Consumer of the table's stream: a pending attempt, or an operation, becomes a message."""

import logging
from functools import cache
from typing import Any

from checkout_runtime.application.relay_orders import RelayOrders
from checkout_runtime.domain.message import PaymentMessage, QueueMessage
from checkout_runtime.handlers.dependencies import make_at_start, payment_queue

__all__ = ["handler"]

_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Relay a batch; Lambda goes on from the first record that is reported as failed."""
    readable: dict[str, QueueMessage] = {}
    failed: list[str] = []
    for record in event["Records"]:
        sequence_number = record["dynamodb"]["SequenceNumber"]
        try:
            readable[sequence_number] = _message(record["dynamodb"]["NewImage"])
        except (KeyError, ValueError, TypeError):
            # Its own retries are bounded, then it goes to the on-failure queue.
            extra = {"event": "stream_record_unreadable", "sequence_number": sequence_number}
            _log.exception("stream_record_unreadable", extra=extra)
            failed.append(sequence_number)
    not_taken = _relay_orders()(list(dict.fromkeys(readable.values())))
    failed += [number for number, message in readable.items() if message in not_taken]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


@cache
def _relay_orders() -> RelayOrders:
    return RelayOrders(payment_queue())


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


make_at_start(_relay_orders)

"""Consumer of the payment queue. What it does not name in its answer, Lambda deletes."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from checkout_runtime.adapters.thread_executor import ThreadExecutor
from checkout_runtime.application.process_payments import ProcessPayments, ReceivedMessage
from checkout_runtime.handlers.dependencies import (
    make_at_start,
    orders,
    payment_queue,
    system_clock,
)
from checkout_runtime.handlers.payment_dependencies import payment_calls, settle_attempt

if TYPE_CHECKING:
    from checkout_runtime.application.process_refund import ProcessRefund

__all__ = ["handler"]

GROUPS_SIDE_BY_SIDE = 10
"""A batch from a FIFO queue has at most ten messages, so at most ten groups."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Charge a batch; report the messages whose outcome is not stored (ReportBatchItemFailures)."""
    process_payments = _process_payments()
    deadline = process_payments.clock.now() + context.get_remaining_time_in_millis()
    try:
        returned = process_payments(
            [_received(record) for record in event["Records"]],
            batch_id=secrets.token_hex(8),
            deadline=deadline,
        )
    finally:
        payment_calls().wait_for_all()
    return {"batchItemFailures": [{"itemIdentifier": message.message_id} for message in returned]}


@cache
def _process_payments() -> ProcessPayments:
    return ProcessPayments(
        orders=orders(),
        settle=settle_attempt(),
        queue=payment_queue(),
        clock=system_clock(),
        executor=ThreadExecutor(GROUPS_SIDE_BY_SIDE),
        process_refund=_process_refund,
    )


@cache
def _process_refund() -> ProcessRefund:
    # Most batches hold no refund: what one needs is imported and made when it comes.
    from checkout_runtime.handlers.refund_dependencies import process_refund

    return process_refund(_process_payments().settle)


def _received(record: dict[str, Any]) -> ReceivedMessage:
    attributes = record["attributes"]
    return ReceivedMessage(
        message_id=record["messageId"],
        group=attributes["MessageGroupId"],
        body=record["body"],
        receipt_handle=record["receiptHandle"],
        receive_count=int(attributes["ApproximateReceiveCount"]),
        first_received_at=int(attributes["ApproximateFirstReceiveTimestamp"]),
    )


make_at_start(_process_payments)

"""``POST /orders/{order_id}/capture``: take money that is held, once.

For shops and operators: API Gateway lets nobody in without an access of their own. Whose order it
is does not matter.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from checkout_runtime.adapters.dynamodb_holds import DynamoDbHolds
from checkout_runtime.application.capture_order import (
    CaptureNotAccepted,
    CaptureOrder,
    CaptureReplayed,
    NoSuchOrder,
    WhyNotCaptured,
)
from checkout_runtime.domain.capture_request import parse_capture_request
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.handlers.dependencies import dynamodb, make_at_start, orders, system_clock
from checkout_runtime.handlers.http_api import (
    http_handler,
    json_answer,
    json_body,
    order_id_in_path,
    order_not_found,
    principal,
)
from checkout_runtime.handlers.problems import (
    CAPTURE_REFUSED,
    OF_A_BODY,
    OF_EVERY_ROUTE,
    ORDER_NOT_FOUND,
    invalid_fields,
)
from checkout_runtime.handlers.settings import Settings

__all__ = ["PROBLEMS", "capture_view", "handler", "holds"]

PROBLEMS = (*OF_EVERY_ROUTE, ORDER_NOT_FOUND, *OF_A_BODY, CAPTURE_REFUSED)
_LATER = frozenset({WhyNotCaptured.NOT_HELD_YET, WhyNotCaptured.BUSY})
_RETRY_AFTER_SECONDS = "60"


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    asked_by = principal(event, Settings().scope_from)
    order_id = order_id_in_path(event)
    amount = parse_capture_request(json_body(event))
    if isinstance(amount, list):
        raise invalid_fields(amount)
    told = _capture_order()(order_id, amount, asked_by=asked_by)
    match told:
        case NoSuchOrder():
            raise order_not_found()
        case CaptureNotAccepted(order, why):
            raise CAPTURE_REFUSED.error(
                why=why.value,
                order_status=order.status.value,
                headers={"Retry-After": _RETRY_AFTER_SECONDS} if why in _LATER else None,
            )
    status = 200 if told.order.is_settled else 202
    replayed = {"Idempotent-Replayed": "true"} if isinstance(told, CaptureReplayed) else None
    return json_answer(status, capture_view(told.order), replayed)


def capture_view(order: Order) -> dict[str, object]:
    """Return what is shown of a capture; what came of it, too, once the order is paid."""
    is_paid = order.status is OrderStatus.PAID
    captured = order.amount if order.captured_amount is None else order.captured_amount
    view: dict[str, object] = {
        "order_id": order.order_id,
        "status": order.status.value,
        "amount": order.capture_amount,
        "currency": order.currency,
        "charge_id": order.charge_id,
        "asked_at": order.capture_asked_at,
        "captured_amount": captured if is_paid else None,
    }
    return {name: value for name, value in view.items() if value is not None}


def holds() -> DynamoDbHolds:
    """Return the holds of the order table, for who asks for them."""
    settings = Settings()
    return DynamoDbHolds.of(dynamodb(), settings.order_table_name, settings.unsettled_shards)


@cache
def _capture_order() -> CaptureOrder:
    return CaptureOrder(orders(), holds(), system_clock())


make_at_start(_capture_order)

"""Orders as answers of the HTTP API."""

import json
from typing import Any

from checkout_runtime.application.read_order import shown_status
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.handlers.http_api import POLL_SECONDS

__all__ = ["order_answer"]

PROCESSING_POLL_SECONDS = "60"
"""The payment service decides in days; asking every second would tell nobody anything."""


def order_answer(order: Order, *, replayed: bool = False, accepted: bool = True) -> dict[str, Any]:
    """Return the order as an answer: 202 while it is on its way (unless only read), else 200."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if accepted:
        headers["Location"] = f"/orders/{order.order_id}"
    if order.correlation_id is not None:
        headers["X-Correlation-Id"] = order.correlation_id
    if not order.is_settled:
        is_processing = order.status is OrderStatus.PROCESSING
        headers["Retry-After"] = PROCESSING_POLL_SECONDS if is_processing else POLL_SECONDS
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return {
        "statusCode": 202 if accepted and not order.is_settled else 200,
        "headers": headers,
        "body": json.dumps(_order_view(order)),
    }


def _order_view(order: Order) -> dict[str, object]:
    view: dict[str, object] = {
        "order_id": order.order_id,
        "status": shown_status(order).value,
        "attempt": order.attempt,
        "amount": order.amount,
        "currency": order.currency,
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines],
    }
    if order.status is OrderStatus.PAID:
        view["charge_id"] = order.charge_id
    if order.status is OrderStatus.DECLINED:
        view["decline_code"] = order.decline_code
    if order.status is OrderStatus.ACTION_REQUIRED:
        view["action_url"] = order.action_url
    return view

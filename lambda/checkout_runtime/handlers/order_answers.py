"""Orders as answers of the HTTP API."""

from __future__ import annotations

from typing import Any

from checkout_runtime.application.next_step import (
    attempts_left,
    next_step,
    shown_payment_method,
)
from checkout_runtime.application.read_order import shown_status
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.handlers.http_api import POLL_SECONDS, json_answer

__all__ = ["order_answer"]

PROCESSING_POLL_SECONDS = "60"
"""The payment service decides in days; asking every second would tell nobody anything."""


def order_answer(
    order: Order,
    *,
    attempt_limit: int | None,
    replayed: bool = False,
    accepted: bool = True,
    offered: str | None = None,
) -> dict[str, Any]:
    """Return the order as an answer: 202 while it is on its way (unless only read), else 200.

    An order whose money is held is on its way no more: the buyer has nothing to wait for.

    Args:
        order: The stored order.
        attempt_limit: How many payment attempts an order may have; None where that is not known.
        replayed: Whether an earlier request made it so.
        accepted: Whether the request asked for something, and did not only read.
        offered: The payment method that the request brought. Where another one is in use, the
            answer says that it was ignored. Default: it brought none.
    """
    headers = {}
    if accepted:
        headers["Location"] = f"/orders/{order.order_id}"
    if order.correlation_id is not None:
        headers["X-Correlation-Id"] = order.correlation_id
    is_on_its_way = not (order.is_settled or shown_status(order) is OrderStatus.AUTHORIZED)
    if is_on_its_way:
        is_processing = order.status is OrderStatus.PROCESSING
        headers["Retry-After"] = PROCESSING_POLL_SECONDS if is_processing else POLL_SECONDS
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    view = _order_view(order, attempt_limit)
    if offered is not None and offered != order.payment_method:
        view["payment_method_ignored"] = True
    return json_answer(202 if accepted and is_on_its_way else 200, view, headers)


def _order_view(order: Order, attempt_limit: int | None) -> dict[str, object]:
    view: dict[str, object] = {
        "order_id": order.order_id,
        "status": shown_status(order).value,
        "next": next_step(order, attempt_limit).value,
        "attempt": order.attempt,
        "payment_method": shown_payment_method(order),
        "amount": order.amount,
        "currency": order.currency,
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines],
    }
    if attempt_limit is not None:
        view["attempts_left"] = attempts_left(order, attempt_limit)
    if order.status is OrderStatus.PAID:
        view["charge_id"] = order.charge_id
    if order.status is OrderStatus.DECLINED:
        view["decline_code"] = order.decline_code
    if order.status is OrderStatus.CANCELLED:
        view["cancel_reason"] = order.cancel_reason
    elif order.is_to_be_cancelled and not order.is_settled:
        view["cancel_asked"] = True
    if order.status is OrderStatus.ACTION_REQUIRED:
        view["action_url"] = order.action_url
    return view

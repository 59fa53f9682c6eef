"""``POST /orders/{order_id}/refunds``: give money back. ``GET``: the refunds of an order.

For shops and operators: API Gateway lets nobody in without the refunds' own scope. Whose order it
is does not matter.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from checkout_runtime.application.place_refund import (
    NoSuchOrder,
    PlaceRefund,
    RefundAccepted,
    RefundMismatch,
    RefundRefused,
    RefundReplayed,
    WhyNotRefunded,
)
from checkout_runtime.domain.refund import Refund, RefundRequest
from checkout_runtime.domain.refund_request import parse_refund_request
from checkout_runtime.handlers.dependencies import make_at_start, orders, system_clock
from checkout_runtime.handlers.http_api import (
    header,
    http_handler,
    idempotency_key,
    json_answer,
    json_body,
    order_id_in_path,
    order_not_found,
    principal,
)
from checkout_runtime.handlers.problems import (
    IDEMPOTENCY_KEY_MALFORMED,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    OF_A_BODY,
    OF_EVERY_ROUTE,
    ORDER_NOT_FOUND,
    REFUND_REFUSED,
    invalid_fields,
)
from checkout_runtime.handlers.refund_dependencies import refunds
from checkout_runtime.handlers.settings import Settings

__all__ = ["PROBLEMS", "PROBLEMS_OF_THE_LIST", "handler", "refund_view"]

PROBLEMS_OF_THE_LIST = (*OF_EVERY_ROUTE, ORDER_NOT_FOUND)
PROBLEMS = (
    *PROBLEMS_OF_THE_LIST,
    *OF_A_BODY,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_MALFORMED,
    IDEMPOTENCY_KEY_REUSED,
    REFUND_REFUSED,
)

_LATER = frozenset({WhyNotRefunded.NOT_PAID_YET, WhyNotRefunded.BUSY})
_RETRY_AFTER_SECONDS = "60"


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    asked_by = principal(event, Settings().scope_from)
    order_id = order_id_in_path(event)
    if event["requestContext"]["http"]["method"] == "GET":
        return _listed(order_id)
    key = idempotency_key(header(event, "idempotency-key"))
    request = parse_refund_request(json_body(event))
    if not isinstance(request, RefundRequest):
        raise invalid_fields(request)
    placed = _place_refund()(order_id, key, request, asked_by=asked_by)
    match placed:
        case RefundAccepted(refund):
            return json_answer(202, refund_view(refund))
        case RefundReplayed(refund):
            status = 200 if refund.is_settled else 202
            return json_answer(status, refund_view(refund), {"Idempotent-Replayed": "true"})
        case RefundMismatch():
            raise IDEMPOTENCY_KEY_REUSED.error(
                "Another refund needs a new key; amount and charge_id make the content"
            )
        case RefundRefused(order, why):
            raise REFUND_REFUSED.error(
                why=why.value,
                order_status=order.status.value,
                refundable=order.left_to_refund,
                headers={"Retry-After": _RETRY_AFTER_SECONDS} if why in _LATER else None,
            )
        case NoSuchOrder():
            raise order_not_found()


def refund_view(refund: Refund) -> dict[str, object]:
    """Return what is shown of a refund."""
    view: dict[str, object] = {
        "refund_id": refund.refund_id,
        "order_id": refund.order_id,
        "status": refund.status.value,
        "amount": refund.amount,
        "currency": refund.currency,
        "charge_id": refund.charge_id,
        "accepted_at": refund.accepted_at,
        "settled_at": refund.settled_at,
        "reference": refund.reference,
        "code": refund.code,
        "review_reason": refund.review_reason,
        "reason": refund.reason,
    }
    return {name: value for name, value in view.items() if value is not None}


def _listed(order_id: str) -> dict[str, Any]:
    order = orders().get(order_id)
    if order is None:
        raise order_not_found()
    listed = [refund_view(refund) for refund in refunds().of(order)]
    body = {"order_id": order_id, "refundable": order.left_to_refund, "refunds": listed}
    return json_answer(200, body)


@cache
def _place_refund() -> PlaceRefund:
    return PlaceRefund(orders(), refunds(), system_clock())


make_at_start(_place_refund)

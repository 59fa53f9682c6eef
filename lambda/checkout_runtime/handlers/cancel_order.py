"""``POST /orders/{order_id}/cancel``: a buyer gives up an order of theirs that is not paid."""

from functools import cache
from typing import Any

from checkout_runtime.application.cancel_order import (
    BY_BUYER,
    CancelOrder,
    CancelRefused,
    CancelReplayed,
    NoSuchOrder,
    WhyNotCancelled,
)
from checkout_runtime.application.read_order import shown_status
from checkout_runtime.handlers.buyers import buyer_of
from checkout_runtime.handlers.dependencies import make_at_start, orders, system_clock
from checkout_runtime.handlers.http_api import (
    POLL_SECONDS,
    http_handler,
    order_id_in_path,
    order_not_found,
)
from checkout_runtime.handlers.order_answers import order_answer
from checkout_runtime.handlers.problems import CANNOT_CANCEL, OF_EVERY_ROUTE, ORDER_NOT_FOUND
from checkout_runtime.handlers.settings import Settings

__all__ = ["PROBLEMS", "handler"]

PROBLEMS = (*OF_EVERY_ROUTE, ORDER_NOT_FOUND, CANNOT_CANCEL)
_WHAT_TO_DO = {
    WhyNotCancelled.PAID: "It is paid. Ask the shop for the money back",
    WhyNotCancelled.BEING_CAPTURED: "Its money is being taken. Ask the shop for it back",
    WhyNotCancelled.IN_REVIEW: "Somebody looks into its payment. Ask the shop",
    WhyNotCancelled.NEWER: "It is being upgraded. Ask again in a while",
    WhyNotCancelled.BUSY: "It is changing at this moment. Ask again",
}


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; its body counts for nothing."""
    buyer = buyer_of(event, Settings())
    told = _cancel_order()(order_id_in_path(event), by=BY_BUYER, principal=buyer)
    match told:
        case NoSuchOrder():
            raise order_not_found()
        case CancelRefused(order, why):
            comes_again = why is WhyNotCancelled.BUSY
            raise CANNOT_CANCEL.error(
                _WHAT_TO_DO[why],
                order_status=shown_status(order).value,
                headers={"Retry-After": POLL_SECONDS} if comes_again else None,
            )
    return order_answer(
        told.order,
        attempt_limit=Settings().attempt_limit,
        replayed=isinstance(told, CancelReplayed),
    )


@cache
def _cancel_order() -> CancelOrder:
    return CancelOrder(orders(), system_clock(), Settings().quarantine_before)


make_at_start(_cancel_order)

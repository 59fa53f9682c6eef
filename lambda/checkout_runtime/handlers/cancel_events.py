"""A cancellation as an event of the reconciler: ``{"cancel": {...}}``."""

from __future__ import annotations

from typing import Any

from checkout_runtime.application.cancel_order import (
    CancelAsked,
    Cancellation,
    CancelOrder,
    CancelRefused,
    CancelReplayed,
    NoSuchOrder,
    OrderCancelled,
    WhyNotCancelled,
)
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.order import Order
from checkout_runtime.handlers.refund_events import given_object, given_text

__all__ = ["answer_about_cancelling"]

_WHAT_TO_DO = {
    WhyNotCancelled.PAID: "it is paid: give the money back, `checkout orders refund`",
    WhyNotCancelled.BEING_CAPTURED: (
        "its money was asked for: once it is paid, give it back, `checkout orders refund`"
    ),
    WhyNotCancelled.IN_REVIEW: "it is in review: settle it, `checkout orders settle`",
    WhyNotCancelled.NEWER: "a later version wrote its state: use that version's functions",
    WhyNotCancelled.BUSY: "it changed too often meanwhile: ask again",
}


def answer_about_cancelling(cancel: CancelOrder, asked: Any) -> dict[str, Any]:
    """Cancel one order, ``{"order_id", "by", "dry_run"}``; unless ``dry_run`` is false, only say
    what would be done.

    Raises:
        ValueError: a field is missing, or its value is not allowed.
    """
    asked = given_object(asked, "cancel")
    order_id = asked.get("order_id")
    if not isinstance(order_id, str) or not is_order_id(order_id):
        raise ValueError(f"order_id {order_id!r}: give one order id")
    by = given_text(asked, "by")
    is_dry = asked.get("dry_run") is not False
    return _told(cancel.preview(order_id) if is_dry else cancel(order_id, by=by), is_dry=is_dry)


def _told(told: Cancellation, *, is_dry: bool) -> dict[str, Any]:
    match told:
        case OrderCancelled(order):
            return _answer("would cancel" if is_dry else "cancelled", order)
        case CancelAsked(order):
            detail = "it may have been requested: it is cancelled, unless the charge wins"
            return _answer("would ask" if is_dry else "asked", order, detail)
        case CancelReplayed(order):
            return _answer("asked for before", order)
        case CancelRefused(order, why):
            return _answer("refused", order, _WHAT_TO_DO[why])
        case NoSuchOrder():
            return _answer("refused", None, "no such order")


def _answer(done: str, order: Order | None, detail: str = "") -> dict[str, Any]:
    status = None if order is None else order.status.value
    return {"done": done, "detail": detail, "status": status}

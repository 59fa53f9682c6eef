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
from checkout_runtime.handlers.operator_events import (
    given_object,
    given_order_id,
    given_text,
    is_dry_run,
    told_of_order,
)

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
    order_id, by, is_dry = given_order_id(asked), given_text(asked, "by"), is_dry_run(asked)
    return _told(cancel.preview(order_id) if is_dry else cancel(order_id, by=by), is_dry=is_dry)


def _told(told: Cancellation, *, is_dry: bool) -> dict[str, Any]:
    match told:
        case OrderCancelled(order):
            return told_of_order("would cancel" if is_dry else "cancelled", order)
        case CancelAsked(order):
            detail = "it may have been requested: it is cancelled, unless the charge wins"
            return told_of_order("would ask" if is_dry else "asked", order, detail)
        case CancelReplayed(order):
            return told_of_order("asked for before", order)
        case CancelRefused(order, why):
            return told_of_order("refused", order, _WHAT_TO_DO[why])
        case NoSuchOrder():
            return told_of_order("refused", None, "no such order")

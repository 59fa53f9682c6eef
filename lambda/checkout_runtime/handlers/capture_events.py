"""A capture as an event of the reconciler: ``{"capture": {...}}``."""

from __future__ import annotations

from typing import Any

from checkout_runtime.application.capture_order import (
    CaptureAccepted,
    CaptureNotAccepted,
    CaptureOrder,
    CapturePlacement,
    CaptureReplayed,
    NoSuchOrder,
)
from checkout_runtime.domain.capture_request import parse_capture_request
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.order import Order
from checkout_runtime.handlers.refund_events import given_object, given_text

__all__ = ["answer_about_capturing"]


def answer_about_capturing(capture: CaptureOrder, asked: Any) -> dict[str, Any]:
    """Ask for held money, ``{"order_id", "by", "amount", "dry_run"}``; unless ``dry_run`` is false,
    only say what would be done.

    Raises:
        ValueError: a field is missing, or its value is not allowed.
    """
    asked = given_object(asked, "capture")
    order_id = asked.get("order_id")
    if not isinstance(order_id, str) or not is_order_id(order_id):
        raise ValueError(f"order_id {order_id!r}: give one order id")
    amount = parse_capture_request({"amount": asked.get("amount")})
    if isinstance(amount, list):
        raise ValueError("; ".join(f"{each.field} {each.detail}" for each in amount))
    by = given_text(asked, "by")
    if asked.get("dry_run") is not False:
        return _told(capture.preview(order_id, amount), amount, is_dry=True)
    return _told(capture(order_id, amount, asked_by=by), amount, is_dry=False)


def _told(told: CapturePlacement, amount: int | None, *, is_dry: bool) -> dict[str, Any]:
    match told:
        case CaptureAccepted(order):
            wanted = f"{amount or order.amount} of {order.amount} {order.currency} (minor units)"
            return _answer("would capture" if is_dry else "accepted", order, wanted)
        case CaptureReplayed(order):
            return _answer("asked for before", order)
        case CaptureNotAccepted(order, why):
            return _answer("refused", order, why.value)
        case NoSuchOrder():
            return _answer("refused", None, "no such order")


def _answer(done: str, order: Order | None, detail: str = "") -> dict[str, Any]:
    status = None if order is None else order.status.value
    return {"done": done, "detail": detail, "status": status}

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
from checkout_runtime.domain.fields import without_nulls
from checkout_runtime.handlers.operator_events import (
    given_object,
    given_order_id,
    given_text,
    is_dry_run,
    told_of_order,
    wrong_fields,
)

__all__ = ["answer_about_capturing"]


def answer_about_capturing(capture: CaptureOrder, asked: Any) -> dict[str, Any]:
    """Ask for held money, ``{"order_id", "by", "amount", "dry_run"}``; unless ``dry_run`` is false,
    only say what would be done.

    Raises:
        ValueError: a field is missing, or its value is not allowed.
    """
    asked = given_object(asked, "capture")
    order_id = given_order_id(asked)
    amount = parse_capture_request(without_nulls({"amount": asked.get("amount")}))
    if isinstance(amount, list):
        raise wrong_fields(amount)
    by = given_text(asked, "by")
    if is_dry_run(asked):
        return _told(capture.preview(order_id, amount), amount, is_dry=True)
    return _told(capture(order_id, amount, asked_by=by), amount, is_dry=False)


def _told(told: CapturePlacement, amount: int | None, *, is_dry: bool) -> dict[str, Any]:
    match told:
        case CaptureAccepted(order):
            wanted = f"{amount or order.amount} of {order.amount} {order.currency} (minor units)"
            return told_of_order("would capture" if is_dry else "accepted", order, wanted)
        case CaptureReplayed(order):
            return told_of_order("asked for before", order)
        case CaptureNotAccepted(order, why):
            return told_of_order("refused", order, why.value)
        case NoSuchOrder():
            return told_of_order("refused", None, "no such order")

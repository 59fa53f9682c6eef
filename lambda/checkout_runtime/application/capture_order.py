"""Accept that held money is captured: stored before the payment service is asked for it.

A hold is captured once, so the order is its own operation: the same request again is a replay, and
one of another amount is refused before anything is asked.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from checkout_runtime.application.hold_ports import Holds
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed, NoSuchOrder
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record

__all__ = [
    "CaptureAccepted",
    "CaptureNotAccepted",
    "CaptureOrder",
    "CapturePlacement",
    "CaptureReplayed",
    "NoSuchOrder",
    "WhyNotCaptured",
]

_log = logging.getLogger(__name__)
_S = OrderStatus


class WhyNotCaptured(StrEnum):
    """Why a capture is not accepted; nothing is stored then."""

    NOT_HELD_YET = "not_held_yet"
    """It is not known yet whether the payment service holds the money. Ask again later."""
    NOT_HELD = "not_held"
    """It holds no money for this order: it was declined, or is paid already."""
    CANCELLED = "cancelled"
    """The order is cancelled, or somebody asked to cancel it; or its hold lapsed."""
    IN_REVIEW = "in_review"
    """An operator has to settle the order first."""
    MORE_THAN_HELD = "more_than_held"
    """Less is held than is asked for."""
    ANOTHER_AMOUNT = "another_amount"
    """Another amount was asked for before. A hold is captured once, and what is left of it is
    released then."""
    BUSY = "busy"
    """The order changed meanwhile. Ask again."""


class CaptureAccepted(Record):
    """It is stored, and the payment service is asked."""

    order: Order


class CaptureReplayed(Record):
    """The same was asked for before; here is the stored order."""

    order: Order


class CaptureNotAccepted(Record):
    """Nothing was stored."""

    order: Order
    why: WhyNotCaptured


CapturePlacement = CaptureAccepted | CaptureReplayed | CaptureNotAccepted | NoSuchOrder


class CaptureOrder(Record):
    """Accepts captures of the orders of one deployed checkout."""

    orders: Orders
    holds: Holds
    clock: Clock

    def __call__(self, order_id: str, amount: int | None, *, asked_by: str) -> CapturePlacement:
        """Store that somebody asks for the held money, or find that it was asked for.

        ``amount`` is in minor units, from 1; None: all that is held. ``asked_by`` is stored as it
        is.
        """
        told = self.preview(order_id, amount)
        if not isinstance(told, CaptureAccepted):
            return told
        wanted, now = amount or told.order.amount, self.clock.now()
        result = self.holds.ask_to_capture(told.order, wanted, asked_by, now)
        if not isinstance(result, Changed):
            stored = result.order
            return NoSuchOrder() if stored is None else _told(stored, amount, WhyNotCaptured.BUSY)
        extra = {"event": "capture_accepted", "amount": wanted, **result.order.log_fields}
        _log.info("capture_accepted", extra=extra)
        return CaptureAccepted(result.order)

    def preview(self, order_id: str, amount: int | None) -> CapturePlacement:
        """Return what a call would return now, and store nothing."""
        order = self.orders.get(order_id)
        return NoSuchOrder() if order is None else _told(order, amount, None)


_WHY_NOT = {
    _S.DECLINED: WhyNotCaptured.NOT_HELD,
    _S.PAID: WhyNotCaptured.NOT_HELD,
    _S.CANCELLED: WhyNotCaptured.CANCELLED,
    _S.NEEDS_REVIEW: WhyNotCaptured.IN_REVIEW,
}
"""The other states may lead to a hold yet."""
_CAPTURED_IN = (_S.CHARGING, _S.UNKNOWN, _S.PAID)
"""What an order may be while it is captured, and afterwards."""


def _told(
    order: Order, amount: int | None, if_held: WhyNotCaptured | None
) -> CaptureAccepted | CaptureReplayed | CaptureNotAccepted:
    """Return what the order says about a capture; ``if_held`` where nothing speaks against it."""
    wanted = order.amount if amount is None else amount
    if wanted > order.amount:
        return CaptureNotAccepted(order, WhyNotCaptured.MORE_THAN_HELD)
    if order.cancel_asked_at is not None:
        return CaptureNotAccepted(order, WhyNotCaptured.CANCELLED)
    if order.capture_asked_at is not None and order.status in _CAPTURED_IN:
        if wanted == order.capture_amount:
            return CaptureReplayed(order)
        return CaptureNotAccepted(order, WhyNotCaptured.ANOTHER_AMOUNT)
    if order.status is not OrderStatus.AUTHORIZED:
        why_not = _WHY_NOT.get(order.status, WhyNotCaptured.NOT_HELD_YET)
        return CaptureNotAccepted(order, why_not)
    return CaptureAccepted(order) if if_held is None else CaptureNotAccepted(order, if_held)

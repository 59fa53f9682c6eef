"""An operator's release: find out again about an order in review."""

from __future__ import annotations

import logging
from enum import StrEnum

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.ports import Clock, PaymentService
from checkout_runtime.domain.charging import RESTORED, ChargePolicy
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record

__all__ = ["NotReleased", "ReleaseOrder"]

_log = logging.getLogger(__name__)


class NotReleased(StrEnum):
    """Why an order stays in review, in an operator's words."""

    HAS_STRAYS = "needs a person"
    NEEDS_VERDICT = "needs a verdict"
    """Nothing could be found out, and it would be back in review at once."""
    MOVED_ON = "moved on"


class ReleaseOrder(Record):
    """Releases orders of one deployed checkout."""

    orders: Orders
    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy

    def __call__(self, order: Order) -> Order | NotReleased:
        """Release an order, and return it; it comes back as ``UNKNOWN`` and is never charged
        blindly."""
        if order.stray_charges:
            return NotReleased.HAS_STRAYS
        if order.decline_code is not None:
            # Its stray charge is refunded. To find out again could charge a buyer who was told that
            # nothing was: it is declined again, by a verdict.
            return NotReleased.NEEDS_VERDICT
        now = self.clock.now()
        reason = self._why_in_vain(order, now)
        if reason is not None:
            extra = {"event": "order_not_released", "reason": reason, **order.log_fields}
            _log.warning("order_not_released", extra=extra)
            return NotReleased.NEEDS_VERDICT
        held = order.review_reason == RESTORED and self.policy.is_held(order)
        cleared_before = self.policy.quarantine_before if held else None
        result = self.orders.release(order, now, cleared_before=cleared_before)
        if not isinstance(result, Changed):
            return NotReleased.MOVED_ON
        extra = {"event": "order_released", **result.order.log_fields}
        _log.warning("order_released", extra=extra)
        return result.order

    def _why_in_vain(self, order: Order, now: int) -> str | None:
        service = self.payment_service
        if not order.is_of(service.name):
            return "other_service"
        if service.can_look_up or service.can_cancel:
            return None
        return self.policy.why_not_released_unasked(order, now)

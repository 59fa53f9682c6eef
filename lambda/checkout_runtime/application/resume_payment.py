"""Go on with a payment after the buyer acted, for example confirmed by 3-D Secure."""

from __future__ import annotations

import logging

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record

__all__ = ["NothingToResume", "ResumePayment", "ResumeReplayed", "Resumed"]

_log = logging.getLogger(__name__)


class Resumed(Record):
    """The payment service is asked what came of it."""

    order: Order


class ResumeReplayed(Record):
    """The attempt does not wait for the buyer any more; here is the stored order."""

    order: Order


class NothingToResume(Record):
    """Unknown order, another principal's, or not the current attempt."""

    order: Order | None


class ResumePayment(Record):
    """Resumes payment attempts that wait for their buyer."""

    orders: Orders
    clock: Clock

    def __call__(
        self, principal: str, order_id: str, attempt: int
    ) -> Resumed | ResumeReplayed | NothingToResume:
        """Resume the attempt, once, however often the buyer comes back."""
        result = self.orders.resume(order_id, principal, attempt, self.clock.now())
        order = result.order
        if order is None or order.principal != principal:
            return NothingToResume(None)
        if isinstance(result, Changed):
            _log.info("payment_resumed", extra={"event": "payment_resumed", **order.log_fields})
            return Resumed(order)
        return ResumeReplayed(order) if order.attempt == attempt else NothingToResume(order)

"""Replace a declined payment attempt by a new one, once, however often the button is pressed."""

from __future__ import annotations

import logging

from checkout_runtime.application.limit_attempts import AttemptLimits, TooManyAttempts
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import AttemptsLimited, Changed, NotChanged
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.read_order import shown_status
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record

__all__ = [
    "AttemptRefused",
    "AttemptReplayed",
    "AttemptStarted",
    "NoSuchOrder",
    "StartPaymentAttempt",
]

_log = logging.getLogger(__name__)


class AttemptStarted(Record):
    """The order is pending again, under the new payment method."""

    order: Order


class AttemptReplayed(Record):
    """The same request was carried out before; here is the stored order."""

    order: Order


class AttemptRefused(Record):
    """The attempt named is not the current declined one, or no attempt is left."""

    order: Order
    reason: str


class NoSuchOrder(Record):
    """Unknown, or another principal's."""


class StartPaymentAttempt(Record):
    """Starts payment attempts after a decline."""

    orders: Orders
    clock: Clock
    max_attempts: int
    limits: AttemptLimits | None = None
    """How often buyers may do so. Default: as often as their orders allow."""

    def __call__(
        self, principal: str, order_id: str, *, replaces: int, payment_method: str
    ) -> AttemptStarted | AttemptReplayed | AttemptRefused | NoSuchOrder | TooManyAttempts:
        """Start the attempt after ``replaces``; an equal second request changes nothing."""
        now = self.clock.now()
        result = self.orders.start_attempt(
            order_id,
            principal,
            replaces=replaces,
            payment_method=payment_method,
            max_attempts=self.max_attempts,
            now=now,
            limits=self.limits,
        )
        if isinstance(result, AttemptsLimited):
            return _too_many(result, now)
        return self._answer(result, principal, replaces, payment_method)

    def _answer(
        self, result: Changed | NotChanged, principal: str, replaces: int, payment_method: str
    ) -> AttemptStarted | AttemptReplayed | AttemptRefused | NoSuchOrder:
        order = result.order
        if order is None or order.principal != principal:
            return NoSuchOrder()
        if isinstance(result, Changed):
            _log_attempt("payment_attempt_started", order)
            return AttemptStarted(order)
        if order.attempt == replaces + 1 and order.payment_method == payment_method:
            _log_attempt("payment_attempt_replayed", order)
            return AttemptReplayed(order)
        return AttemptRefused(order, self._why_refused(order, replaces))

    def _why_refused(self, order: Order, replaces: int) -> str:
        if order.is_to_be_cancelled:
            return "the order is cancelled, or is about to be; place a new one to buy all the same"
        if order.attempt != replaces:
            return f"attempt {replaces} is not the current one; the current one is {order.attempt}"
        if order.status is not OrderStatus.DECLINED:
            status = shown_status(order)
            return f"attempt {replaces} is {status}; only a DECLINED one can be replaced"
        return f"all {self.max_attempts} payment attempts are used"


def _too_many(limited: AttemptsLimited, now: int) -> TooManyAttempts:
    extra = {"event": "payment_attempts_limited", "is_of_checkout": limited.is_of_checkout}
    _log.warning("payment_attempts_limited", extra=extra)
    return TooManyAttempts(max(1, -(-(limited.until - now) // 1000)), limited.is_of_checkout)


def _log_attempt(event: str, order: Order) -> None:
    _log.info(event, extra={"event": event, **order.log_fields})

"""Replace a declined payment attempt by a new one, once, however often the button is pressed."""

from __future__ import annotations

import logging
from functools import partial

from checkout_runtime.application.limit_attempts import LimitAttempts, TooManyAttempts
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed, NotChanged
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
    limit: LimitAttempts | None = None
    """How often buyers may do so. Default: as often as their orders allow."""

    def __call__(
        self, principal: str, order_id: str, *, replaces: int, payment_method: str
    ) -> AttemptStarted | AttemptReplayed | AttemptRefused | NoSuchOrder | TooManyAttempts:
        """Start the attempt after ``replaces``; an equal second request changes nothing."""
        ask = partial(
            self.orders.start_attempt,
            order_id,
            principal,
            replaces=replaces,
            payment_method=payment_method,
            now=self.clock.now(),
        )
        if self.limit is not None:
            # Only what would be started is counted: no request that was repeated because its
            # answer was lost, and nobody's who names an order that is not there. No attempt is
            # below 0, so this changes nothing; it shows the order without a permission to read.
            seen = ask(max_attempts=0).order
            if not self._may_start(seen, principal, replaces):
                return self._answer(NotChanged(seen), principal, replaces, payment_method)
            too_many = self.limit(principal)
            if too_many is not None:
                return too_many
        result = ask(max_attempts=self.max_attempts)
        return self._answer(result, principal, replaces, payment_method)

    def _may_start(self, order: Order | None, principal: str, replaces: int) -> bool:
        if order is None or order.principal != principal:
            return False
        is_declined = order.status is OrderStatus.DECLINED and order.attempt == replaces
        if order.is_to_be_cancelled:
            return False
        return is_declined and replaces < self.max_attempts

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


def _log_attempt(event: str, order: Order) -> None:
    _log.info(event, extra={"event": event, **order.log_fields})

"""An operator's redrive: say what the payment service knows of orders, and send them again.

Nothing is charged here. An order that is sent again meets the consumer's own rules: it is looked up
first, and after the key's retention it is not requested again.
"""

from __future__ import annotations

from collections.abc import Sequence

from checkout_runtime.application.known_attempts import (
    Contradiction,
    KnownAttempt,
    KnownAttempts,
    contradiction_of,
)
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.ports import Clock, PaymentQueue, PaymentService
from checkout_runtime.application.release_order import ReleaseOrder
from checkout_runtime.application.resend_order import ResendOrder
from checkout_runtime.application.unsettled_ports import UnsettledOrders
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record

__all__ = ["Known", "RedriveOrders", "Redriven"]

_WAITS_FOR_THE_BUYER = "waits for the buyer"


class Known(Record):
    """One order as the table and the payment service see it."""

    order_id: str
    status: str | None
    """None: the table has no such order."""
    attempt: int | None
    payment_service: str
    """What a look-up says of the current attempt, in words."""
    attempts: tuple[KnownAttempt, ...] = ()
    contradiction: Contradiction | None = None
    """Where the payment service contradicts a settled order."""
    review_reason: str | None = None
    """Why it is in review."""


class Redriven(Record):
    """What was done about one order."""

    order_id: str
    done: str
    """``sent again``, ``released``, ``settled``, ``waits for the buyer``, ``is being processed``,
    ``waits for its capture``, ``needs a person``, ``needs a verdict``, ``not sent``, ``moved on``
    or ``no such order``."""


class RedriveOrders(Record):
    """Looks up and redrives orders of one deployed checkout."""

    orders: Orders
    unsettled: UnsettledOrders
    payment_service: PaymentService
    queue: PaymentQueue
    clock: Clock
    policy: ChargePolicy

    def look_up(self, order_ids: Sequence[str]) -> list[Known]:
        """Tell what is known of each order; changes nothing."""
        self.payment_service.prepare()
        return [self._known(order_id) for order_id in order_ids]

    def __call__(self, order_ids: Sequence[str]) -> list[Redriven]:
        """Put each order on its way again; asking twice does no harm."""
        return [Redriven(order_id, self._redrive(order_id)) for order_id in order_ids]

    def _known(self, order_id: str) -> Known:
        order = self.orders.get(order_id)
        if order is None:
            return Known(order_id, None, None, "not asked: no such order")
        attempts = KnownAttempts(self.payment_service, self.policy)(order)
        contradiction = contradiction_of(order, attempts)
        return Known(
            order_id,
            order.status.value,
            order.attempt,
            attempts[-1].in_words,
            tuple(attempts),
            contradiction,
            order.review_reason,
        )

    def _redrive(self, order_id: str) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "no such order"
        if order.is_settled:
            return "settled"
        if order.status is OrderStatus.ACTION_REQUIRED:
            return _WAITS_FOR_THE_BUYER
        if order.status is OrderStatus.PROCESSING:
            return "is being processed"
        if order.status is OrderStatus.AUTHORIZED:
            return "waits for its capture"
        if order.status is OrderStatus.NEEDS_REVIEW:
            return self._release(order)
        return ResendOrder(self.unsettled, self.queue, self.clock)(order, uncounted=True).value

    def _release(self, order: Order) -> str:
        release = ReleaseOrder(self.orders, self.payment_service, self.clock, self.policy)
        result = release(order)
        return "released" if isinstance(result, Order) else result.value

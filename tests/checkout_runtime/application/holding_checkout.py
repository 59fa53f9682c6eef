"""A checkout in memory whose payment service holds the money before it is captured."""

from __future__ import annotations

from typing import Any

from checkout_runtime.application.capture_order import (
    CaptureAccepted,
    CaptureOrder,
)
from checkout_runtime.domain.order import Order, OrderStatus
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.holding_payments import HoldingPayments

ALL = 4200
DAY = 24 * HOUR


class HoldingCheckout(Checkout):
    """A checkout whose payment service holds the money first."""

    payments: Any

    def __init__(self, **changes: Any) -> None:
        super().__init__(payments=HoldingPayments(**changes))  # type: ignore[arg-type]

    def held(self, key: str = "k1") -> Order:
        """Place an order and let it be held."""
        order = self.place(key)
        assert self.deliver(self.message(order)) == []
        assert self.now(order).status is OrderStatus.AUTHORIZED
        return self.now(order)

    def capture(self, order: Order, amount: int | None = None) -> Any:
        capture = CaptureOrder(self.orders, self.orders.holds, self.clock)
        return capture(order.order_id, amount, asked_by="ada")

    def asked(self, amount: int | None = None) -> Order:
        """Return an order whose capture somebody asked for."""
        order = self.held()
        assert isinstance(self.capture(order, amount), CaptureAccepted)
        return self.now(order)

    def turn(self, order: Order) -> bool:
        """Deliver the order's message; return whether it is deleted."""
        return self.deliver(self.message(order)) == []

    def pass_to_end(self, order: Order) -> Order:
        """Let the end of the hold come, with what the reconciler does before."""
        assert order.capture_before is not None
        self.clock.time = order.capture_before - DAY
        self.run_reconciler()
        self.clock.time = order.capture_before
        return self.now(order)

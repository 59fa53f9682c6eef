"""Ask about an order that no worker is settling, and store what the payment service says of it.

Nothing is charged here. Proof of capture is stored without a claim, anything else under one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.decisions import Decision, Mismatched
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.record import Record, replace

__all__ = ["AskUnsettled"]

T = TypeVar("T")


class AskUnsettled(Record):
    """Asks about single orders on behalf of one run; each run has an id of its own."""

    orders: Orders
    settle: SettleAttempt
    clock: Clock

    def unless_down(self, question: Callable[[], T], *, otherwise: T) -> T:
        """Return what a question comes to; ``otherwise`` while the service is left alone."""
        # A probe that asked nothing, as the order moved on, is the next order's.
        with self.settle.look_up_breaker.turn(self.clock.now) as permitted:
            return question() if permitted else otherwise

    def store_news(self, order: Order, news: Decision, run_id: str, deadline: int) -> bool:
        """Store what was learned; return whether an outcome was stored.

        ``deadline`` (ms UTC) is when the function is stopped.
        """
        # Proof of capture needs no claim, everything else does.
        is_proof = isinstance(news, (Captured, Mismatched))
        holder = order if is_proof else self.held(order, run_id)
        return holder is not None and self.settle.store(holder, news, deadline=deadline)

    def held(self, order: Order, run_id: str) -> Order | None:
        """Return the order under a claim. One that is ``PROCESSING`` or ``AUTHORIZED`` needs none:
        its epoch fences what is stored, and the worker that requested it has stored that already.
        """
        is_only_looked_up = order.status in (OrderStatus.PROCESSING, OrderStatus.AUTHORIZED)
        return order if is_only_looked_up else self.claim(order, run_id)

    def claim(self, order: Order, run_id: str) -> Order | None:
        """Claim the order to look it up; None where another worker has it, or it moved on."""
        now = self.clock.now()
        result = self.orders.claim(
            order.order_id,
            order.attempt,
            claim_id=f"{run_id}/{order.order_id}",
            now=now,
            lease_expires_at=now + self.settle.policy.lease_seconds * 1000,
            service=self.settle.payment_service.name,
            to_look_up=True,
        )
        if not isinstance(result, Changed):
            return None
        # Not the first holder, though a look-up's claim is not counted as one that may request.
        return replace(result.order, attempt_claims=result.order.attempt_claims + 1)

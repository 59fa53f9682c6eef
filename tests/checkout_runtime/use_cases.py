"""The use cases, wired to a test's ports as the handlers wire them to AWS."""

from __future__ import annotations

from typing import Any

from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.ports import PaymentIntents
from checkout_runtime.application.process_payments import ProcessPayments
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from tests.checkout_runtime.state_events import InOrder, SetClock

RECONCILE_AFTER_SECONDS = 360


class UseCases:
    """What a checkout's workers run. A subclass has the ports; tests replace them as they like."""

    policy: ChargePolicy
    clock: SetClock
    orders: Any
    queue: Any
    payments: Any
    breaker: CircuitBreaker
    look_up_breaker: CircuitBreaker
    intents: PaymentIntents | None = None
    executor: Any = InOrder()
    announce: AnnounceOutcomes | None = None

    @property
    def outcomes(self) -> Any:
        """Where outcomes are stored: with the orders, unless a subclass has them apart."""
        return self.orders

    @property
    def unsettled(self) -> Any:
        """The index of unsettled orders: with the orders, unless a subclass has it apart."""
        return self.orders

    @property
    def settle(self) -> SettleAttempt:
        return SettleAttempt(
            self.outcomes,
            self.payments,
            self.clock,
            self.policy,
            self.breaker,
            self.look_up_breaker,
            self.intents,
        )

    @property
    def processor(self) -> ProcessPayments:
        return ProcessPayments(self.orders, self.settle, self.queue, self.clock, self.executor)

    @property
    def reconciler(self) -> ReconcileOrders:
        policy = ReconcilePolicy(
            charge=self.policy,
            reconcile_after_seconds=RECONCILE_AFTER_SECONDS,
            can_look_up=self.payments.can_look_up,
        )
        return ReconcileOrders(
            self.orders,
            self.unsettled,
            self.settle,
            self.queue,
            self.clock,
            self.executor,
            policy,
            self.announce,
        )

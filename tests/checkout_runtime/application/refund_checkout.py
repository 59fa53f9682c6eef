"""A checkout in memory whose orders can be refunded, wired as the handlers wire it to AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.adapters.dynamodb_refunds import DynamoDbRefunds
from checkout_runtime.adapters.dynamodb_unsettled_refunds import DynamoDbUnsettledRefunds
from checkout_runtime.application.place_refund import (
    PlaceRefund,
    RefundAccepted,
    RefundPlacement,
    RefundReplayed,
)
from checkout_runtime.application.process_payments import ProcessPayments, ReceivedMessage
from checkout_runtime.application.process_refund import ProcessRefund
from checkout_runtime.application.reconcile_refunds import ReconcileRefunds
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Captured, NotFound
from checkout_runtime.domain.refund import Refund, RefundRequest
from checkout_runtime.domain.refund_outcomes import RefundAnswer, Refunded, RefundLookUp
from checkout_runtime.domain.refund_policy import RefundPolicy
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders
from tests.checkout_runtime.ledger_payments import LOST, LedgerPayments
from tests.checkout_runtime.use_cases import RECONCILE_AFTER_SECONDS

Answer = RefundAnswer | Callable[[Refund], RefundAnswer]


@dataclass
class RefundingLedger(LedgerPayments):
    """Refunds what it is asked to, once for each key where it honours keys."""

    can_refund: bool = True
    can_look_up_refunds: bool = True
    refunds: list[tuple[str, Refunded]] = field(default_factory=list)
    refund_requests: list[str] = field(default_factory=list)
    next_refunds: list[Answer] = field(default_factory=list)
    """What the next requests meet; afterwards they are refunded."""
    next_refund_look_ups: list[RefundLookUp] = field(default_factory=list)

    def refund(self, refund: Refund) -> RefundAnswer:
        self.refund_requests.append(refund.payment_key)
        answer = self.next_refunds.pop(0) if self.next_refunds else self.give_back
        return answer(refund) if callable(answer) else answer

    def look_up_refund(self, refund: Refund) -> RefundLookUp:
        if self.next_refund_look_ups:
            return self.next_refund_look_ups.pop(0)
        known = (made for key, made in self.refunds if key == refund.payment_key)
        return next(known, NotFound())

    def give_back(self, refund: Refund) -> Refunded:
        """Refund as asked; under a key that is honoured, answer as before."""
        for key, made in self.refunds if self.honours_keys else ():
            if key == refund.payment_key:
                return made
        made = Refunded(f"re_{len(self.refunds) + 1}", refund.amount, refund.currency)
        self.refunds.append((refund.payment_key, made))
        return made

    def give_back_then_hang(self, refund: Refund) -> RefundAnswer:
        """Refund, and let the answer be lost."""
        self.give_back(refund)
        return LOST


@dataclass
class RefundingCheckout(Checkout):
    """Adds refunds to a checkout in memory."""

    payments: RefundingLedger = field(default_factory=RefundingLedger)

    def __post_init__(self) -> None:
        model = self.orders._model
        self.refunds = DynamoDbRefunds(model, ORDER_TABLE, 1)
        announces = self.orders._updates.announces
        self.refund_outcomes = DynamoDbRefundOutcomes(model, ORDER_TABLE, 1, announces=announces)
        self.unsettled_refunds = DynamoDbUnsettledRefunds(model, ORDER_TABLE, 1)

    @property
    def settle_refund(self) -> SettleRefund:
        return SettleRefund(
            self.refund_outcomes,
            self.payments,
            self.clock,
            RefundPolicy(self.policy, self.payments.can_look_up_refunds),
            self.breaker,
            self.look_up_breaker,
        )

    @property
    def processor(self) -> ProcessPayments:
        process = ProcessRefund(self.refunds, self.settle_refund, self.clock)
        wired = super().processor
        return ProcessPayments(
            wired.orders, wired.settle, wired.queue, wired.clock, wired.executor, lambda: process
        )

    def paid(self, key: str = "k1", amount: int = 4200) -> Order:
        """An order that is paid."""
        order = self.place(key, amount)
        self.deliver(self.message(order))
        return self.now(order)

    def with_stray(self, order: Order, charge_id: str = "ch_stray") -> Order:
        """The order with a stray charge beside it."""
        stray = Captured(charge_id, 4200, "EUR")
        now = self.clock.now()
        self.orders.record_stray(order, order.attempt, stray, "stray_charge", now)
        return self.now(order)

    def ask(self, order: Order, key: str = "r1", **wanted: Any) -> RefundPlacement:
        """Ask for a refund."""
        place = PlaceRefund(self.orders, self.refunds, self.clock)
        request = RefundRequest(**wanted)
        return place(order.order_id, key, request, asked_by="ops")

    def asked(self, order: Order, key: str = "r1", **wanted: Any) -> Refund:
        """A refund that is accepted."""
        placed = self.ask(order, key, **wanted)
        assert isinstance(placed, RefundAccepted | RefundReplayed), placed
        return placed.refund

    def work_on(self, refund: Refund, resend: int = 0, receives: int = 1) -> bool:
        """Deliver the refund's message; return whether it is done with."""
        self.deliveries += 1
        body = OperationMessage(refund.order_id, refund.refund_id, resend).to_body()
        name = f"m{self.deliveries}"
        message = ReceivedMessage(name, refund.order_id, body, f"handle-{name}", receives)
        return not self.deliver(message)

    def stored(self, refund: Refund) -> Refund:
        """The stored refund."""
        found = self.refunds.get(refund.refund_id)
        assert found is not None
        return found

    def reconcile_refunds(self, in_time: int = 3_600_000) -> int:
        """Let the reconciler run once over refunds; return how many it acted on."""
        self.deliveries += 1
        reconcile = ReconcileRefunds(
            self.refunds,
            self.unsettled_refunds,
            self.settle_refund,
            self.queue,
            self.clock,
            self.executor,
            RECONCILE_AFTER_SECONDS,
        )
        deadline = self.clock.now() + in_time
        return reconcile(run_id=f"run-{self.deliveries}", deadline=deadline)

    def without_look_up(self, *, keys: bool = True) -> None:
        """Let the payment service be one that cannot be asked."""
        self.payments = replace(
            self.payments, can_look_up=False, can_look_up_refunds=False, honours_keys=keys
        )


__all__ = ["InMemoryOrders", "RefundingCheckout", "RefundingLedger"]

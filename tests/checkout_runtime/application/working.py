"""The use cases wired to ports in memory, as the handlers wire them to AWS."""

from __future__ import annotations

from dataclasses import dataclass, field

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.place_order import PlaceOrder
from checkout_runtime.application.ports import AttemptOpening
from checkout_runtime.application.process_payments import ProcessPayments, ReceivedMessage
from checkout_runtime.application.reconcile_orders import Reconciled, ReconcileOrders
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderLine
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.domain.submission import OrderSubmission
from tests.checkout_runtime.in_memory import InMemoryOrders, InMemoryQueue
from tests.checkout_runtime.ledger_payments import LedgerPayments
from tests.checkout_runtime.making import BUYER, HOUR, POLICY
from tests.checkout_runtime.state_events import InOrder, SetClock

RECONCILE_AFTER_SECONDS = 360


@dataclass
class Checkout:
    """One checkout in memory."""

    policy: ChargePolicy = POLICY
    orders: InMemoryOrders = field(default_factory=InMemoryOrders)
    queue: InMemoryQueue = field(default_factory=InMemoryQueue)
    payments: LedgerPayments = field(default_factory=LedgerPayments)
    clock: SetClock = field(default_factory=SetClock)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    look_up_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    opening: AttemptOpening | None = None
    deliveries: int = 0

    @property
    def settle(self) -> SettleAttempt:
        return SettleAttempt(
            self.orders,
            self.payments,
            self.clock,
            self.policy,
            self.breaker,
            self.look_up_breaker,
            self.opening,
        )

    @property
    def process(self) -> ProcessPayments:
        return ProcessPayments(self.orders, self.settle, self.queue, self.clock, InOrder())

    @property
    def reconcile(self) -> ReconcileOrders:
        policy = ReconcilePolicy(
            charge=self.policy,
            reconcile_after_seconds=RECONCILE_AFTER_SECONDS,
            can_look_up=self.payments.can_look_up,
        )
        return ReconcileOrders(
            self.orders, self.orders, self.settle, self.queue, self.clock, InOrder(), policy
        )

    def place(self, key: str = "k1", amount: int = 4200, payment_method: str = "pm_1") -> Order:
        """Place an order and return it as accepted."""
        lines = (OrderLine("mug", 1),)
        submission = OrderSubmission(amount, "EUR", "cus_1", lines, payment_method)
        placed = PlaceOrder(self.orders, self.clock, "tests")(BUYER, key, submission)
        order: Order = placed.order  # type: ignore[union-attr]
        return order

    def message(self, order: Order, attempt: int = 1, receives: int = 1) -> ReceivedMessage:
        """A delivery of the order's message."""
        self.deliveries += 1
        body = PaymentMessage(order.order_id, attempt).to_body()
        name = f"m{self.deliveries}"
        return ReceivedMessage(name, order.order_id, body, f"handle-{name}", receives)

    def deliver(self, *messages: ReceivedMessage, in_time: int = HOUR) -> list[str]:
        """Deliver a batch; return the ids of the messages that are to come again."""
        self.deliveries += 1
        deadline = self.clock.now() + in_time
        again = self.process(messages, batch_id=f"batch-{self.deliveries}", deadline=deadline)
        return [message.message_id for message in again]

    def run_reconciler(self, in_time: int = HOUR) -> Reconciled:
        """Let the reconciler run once."""
        self.deliveries += 1
        deadline = self.clock.now() + in_time
        return self.reconcile(run_id=f"run-{self.deliveries}", deadline=deadline)

    def now(self, order: Order) -> Order:
        """The order as it stands."""
        return self.orders.by_id[order.order_id]

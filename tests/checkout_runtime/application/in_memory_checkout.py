"""The use cases wired to ports in memory, as the handlers wire them to AWS."""

from __future__ import annotations

from dataclasses import dataclass, field

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.place_order import PlaceOrder
from checkout_runtime.application.ports import PaymentIntents
from checkout_runtime.application.process_payments import ReceivedMessage
from checkout_runtime.application.reconcile_orders import Reconciled
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderLine
from checkout_runtime.domain.submission import OrderSubmission
from tests.checkout_runtime.factories import BUYER, HOUR, POLICY
from tests.checkout_runtime.in_memory_ports import InMemoryOrders, InMemoryQueue
from tests.checkout_runtime.ledger_payments import LedgerPayments
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.use_cases import UseCases


@dataclass
class Checkout(UseCases):
    """One checkout in memory."""

    policy: ChargePolicy = POLICY
    orders: InMemoryOrders = field(default_factory=InMemoryOrders)
    queue: InMemoryQueue = field(default_factory=InMemoryQueue)
    payments: LedgerPayments = field(default_factory=LedgerPayments)
    clock: SetClock = field(default_factory=SetClock)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    look_up_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    intents: PaymentIntents | None = None
    deliveries: int = 0

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
        again = self.processor(messages, batch_id=f"batch-{self.deliveries}", deadline=deadline)
        return [message.message_id for message in again]

    def run_reconciler(self, in_time: int = HOUR) -> Reconciled:
        """Let the reconciler run once."""
        self.deliveries += 1
        deadline = self.clock.now() + in_time
        return self.reconciler(run_id=f"run-{self.deliveries}", deadline=deadline)

    def now(self, order: Order) -> Order:
        """The stored order."""
        return self.orders.by_id[order.order_id]

"""A checkout on an order table, with a clock, a payment service and faults in the test's hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.place_order import Created, PlaceOrder
from checkout_runtime.application.process_payments import ReceivedMessage
from checkout_runtime.application.reconcile_orders import Reconciled
from checkout_runtime.application.relay_orders import RelayOrders
from checkout_runtime.application.resume_payment import ResumePayment
from checkout_runtime.application.start_payment_attempt import StartPaymentAttempt
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderLine
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.submission import OrderSubmission
from tests.checkout_runtime.factories import BUYER, POLICY, SECOND
from tests.checkout_runtime.ledger_payments import LedgerPayments
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.use_cases import UseCases

SUBMISSION = OrderSubmission(4200, "EUR", "cus_1", (OrderLine("mug", 2),), "pm_1")
FUNCTION_SECONDS = 30
MAX_ATTEMPTS = 3
_NAMES = count()


class Faulty:
    """An adapter whose calls fail as told: before anything happened, or with the answer lost."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._troubles: list[tuple[str, str | None, bool]] = []
        self.calls: list[str] = []

    def fail(self, method: str, order_id: str | None = None) -> None:
        """Let calls of ``method`` (for one order) fail before they reach the table."""
        self._troubles.append((method, order_id, False))

    def lose_answer(self, method: str, order_id: str | None = None) -> None:
        """Let calls of ``method`` be carried out, and their answer be lost."""
        self._troubles.append((method, order_id, True))

    def heal(self) -> None:
        self._troubles.clear()

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if not callable(real):
            return real

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            about = getattr(args[0], "order_id", args[0]) if args else None
            for method, order_id, carried_out in self._troubles:
                if method == name and order_id in (None, about):
                    if carried_out:
                        real(*args, **kwargs)
                    raise ConnectionError(f"{name}: no answer")
            return real(*args, **kwargs)

        return call


class RecordingQueue:
    """A queue that takes everything, and remembers it."""

    def __init__(self) -> None:
        self.sent: list[PaymentMessage] = []
        self.delays: dict[str, int] = {}

    def send(self, messages: Sequence[PaymentMessage]) -> list[PaymentMessage]:
        self.sent += messages
        return []

    def make_visible_after(self, delays: Any) -> None:
        self.delays.update(delays)


class CheckoutWorld(UseCases):
    """One deployed checkout."""

    payments: LedgerPayments
    outcomes: Any = None
    unsettled: Any = None

    def __init__(self, client: Any, table_name: str, shards: int = 1) -> None:
        self.client, self.table_name, self.shards = client, table_name, shards
        self.clock = SetClock()
        self.payments = LedgerPayments()
        self.queue = Faulty(RecordingQueue())
        self.orders = Faulty(DynamoDbOrders(client, table_name, shards))
        self.outcomes = Faulty(DynamoDbOutcomes(client, table_name, shards))
        self.unsettled = Faulty(DynamoDbUnsettledOrders(client, table_name, shards))
        self.breaker, self.look_up_breaker = CircuitBreaker(), CircuitBreaker()
        self.policy = POLICY
        self._deliveries = count()

    # Buyers

    def place(self, **changes: Any) -> Order:
        """Place an order under a key of its own."""
        placed = self.submit(f"key-{next(_NAMES)}", **changes)
        assert isinstance(placed, Created)
        return placed.order

    def submit(self, key: str, principal: str = BUYER, **changes: Any) -> Any:
        place_order = PlaceOrder(self.orders, self.clock, "worlds")
        submission = replace(SUBMISSION, **changes)
        return place_order(principal, key, submission, request_id="req_1")

    def start_attempt(
        self, order: Order, *, replaces: int = 1, method: str = "pm_2", principal: str = BUYER
    ) -> Any:
        start = StartPaymentAttempt(self.orders, self.clock, MAX_ATTEMPTS)
        return start(principal, order.order_id, replaces=replaces, payment_method=method)

    def resume(self, order: Order, attempt: int = 1, principal: str = BUYER) -> Any:
        return ResumePayment(self.orders, self.clock)(principal, order.order_id, attempt)

    # Workers

    @property
    def relay(self) -> RelayOrders:
        return RelayOrders(self.queue)

    def process(
        self, *messages: ReceivedMessage, seconds: float = FUNCTION_SECONDS
    ) -> list[ReceivedMessage]:
        """Deliver a batch; the messages that are named as failed."""
        deadline = self.clock.now() + int(seconds * SECOND)
        batch_id = f"batch-{next(self._deliveries)}"
        return self.processor(messages, batch_id=batch_id, deadline=deadline)

    def deliver(self, order: Order, **changes: Any) -> bool:
        """Deliver the message of an order's current attempt; whether it is deleted."""
        return self.process(message_of(self.stored(order), **changes)) == []

    def reconcile(self, seconds: float = 300) -> Reconciled:
        deadline = self.clock.now() + int(seconds * SECOND)
        return self.reconciler(run_id=f"run-{next(self._deliveries)}", deadline=deadline)

    def claim(self, order: Order, claim_id: str = "holder") -> Order:
        now = self.clock.now()
        result = self.orders.claim(
            order.order_id,
            self.stored(order).attempt,
            claim_id=claim_id,
            now=now,
            lease_expires_at=now + self.policy.lease_seconds * SECOND,
            service=self.payments.name,
        )
        assert isinstance(result, Changed)
        return result.order

    # What there is

    def stored(self, order: Order) -> Order:
        found: Order | None = self.orders.get(order.order_id)
        assert found is not None
        return found

    def captures(self, order: Order) -> int:
        count: int = self.payments.captures_of(order.order_id)
        return count

    def let_pass(self, seconds: float) -> None:
        self.clock.time += int(seconds * SECOND)

    def let_lease_pass(self) -> None:
        self.let_pass(self.policy.lease_seconds)


def message_of(
    order: Order,
    *,
    attempt: int | None = None,
    resend: int = 0,
    message_id: str | None = None,
    receive_count: int = 1,
    body: str | None = None,
) -> ReceivedMessage:
    """A delivery of the message that asks for an order's current attempt."""
    asked = PaymentMessage(order.order_id, attempt or order.attempt, resend)
    message_id = message_id or f"m-{next(_NAMES)}"
    return ReceivedMessage(
        message_id=message_id,
        group=order.order_id,
        body=asked.to_body() if body is None else body,
        receipt_handle=f"receipt-{message_id}",
        receive_count=receive_count,
    )


def answer_slowly(world: CheckoutWorld, seconds: float = 9) -> None:
    """Let each answer about an attempt take nine tenths of its time."""
    service = world.payments

    def slow(ask: Callable[[str], Any]) -> Callable[[str], Any]:
        def asked(payment_key: str) -> Any:
            world.let_pass(seconds)
            return ask(payment_key)

        return asked

    service.look_up = slow(service.look_up)  # type: ignore[method-assign, assignment]
    service.cancel = slow(service.cancel)  # type: ignore[method-assign, assignment]

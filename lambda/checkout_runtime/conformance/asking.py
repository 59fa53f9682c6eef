"""Asks an adapter as a deployed checkout does: guarded, timed, about orders like real ones."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import uuid4

import pytest

from checkout_runtime.adapters.custom_payment_service import CustomPaymentService
from checkout_runtime.adapters.timed_calls import TimedCalls
from checkout_runtime.conformance.sandbox import Sandbox
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.order import Order, OrderLine, OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured
from checkout_runtime.domain.record import replace

__all__ = ["AMOUNT", "Asking", "side_by_side", "skip_unless"]

AMOUNT = 4200
T = TypeVar("T")


class Asking:
    """One sandbox and the adapters that were made for it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._calls = TimedCalls()

    def adapter(self) -> CustomPaymentService:
        """Return a new adapter behind the guard that it has when deployed."""
        return self._guarded(self.sandbox.payment_service(), captures_later=False)

    def holding_adapter(self) -> CustomPaymentService:
        """Return a new adapter that asks for holds; skip where the sandbox has none."""
        service = self.sandbox.holding_payment_service()
        skip_unless(service is not None, "it holds no money", "nothing; every charge is captured")
        return self._guarded(service, captures_later=True)

    def _guarded(self, service: object, *, captures_later: bool) -> CustomPaymentService:
        return CustomPaymentService(
            service,
            can_look_up=self.sandbox.can_look_up,
            can_cancel=self.sandbox.can_cancel,
            secrets=[],
            timeout_seconds=self.sandbox.timeout_seconds,
            calls=self._calls,
            name="conformance",
            on_late_capture=lambda _order, _captured: None,
            can_refund=self.sandbox.can_refund,
            captures_later=captures_later,
        )

    def end(self) -> None:
        """Wait for calls that are still under way."""
        self._calls.wait_for_all()

    def order(
        self, method: str | None = None, *, amount: int = AMOUNT, currency: str | None = None
    ) -> Order:
        """Return a new order, claimed for its first try; its id is never used again."""
        now = time.time_ns() // 1_000_000
        return Order(
            order_id=order_id_for("conformance", "buyer", str(uuid4())),
            principal="buyer",
            fingerprint="f" * 64,
            status=OrderStatus.CHARGING,
            amount=amount,
            currency=currency or self.sandbox.currency,
            customer="conformance-buyer",
            lines=(OrderLine("conformance", 1),),
            payment_method=method or self.sandbox.paying_method,
            accepted_at=now,
            attempt_claims=1,
            claim_epoch=1,
            claim_id="conformance",
            lease_expires_at=now + 3_600_000,
            first_claimed_at=now,
        )

    def charged(self) -> tuple[Order, Captured]:
        """Return an order that was charged, and the proof."""
        order = self.order()
        answer = self.adapter().charge(order)
        assert isinstance(answer, Captured), f"a good payment method was not charged: {answer}"
        return order, answer

    def held(self) -> tuple[Order, Authorized]:
        """Return an order whose money is held, as it is stored then, and the hold."""
        order = self.order()
        answer = self.holding_adapter().charge(order)
        assert isinstance(answer, Authorized), f"a good payment method was not held: {answer}"
        return replace(order, charge_id=answer.charge_id), answer

    def captures(self, order: Order) -> int | None:
        """Return how many charges the payment service captured for an order, where it can tell."""
        return self.sandbox.captured(order.payment_key)

    def expect_captures(self, order: Order, expected: int) -> None:
        """Hold the payment service's own books to a number, where it can tell."""
        captures = self.captures(order)
        assert captures in (None, expected), (
            f"the payment service captured {captures} charges under one key, not {expected}"
        )


def skip_unless(condition: object, what: str, unproved: str) -> None:
    """Skip a promise that the sandbox cannot try, and say what nobody knows then."""
    if not condition:
        pytest.skip(f"{what}; unproved: {unproved}")


def side_by_side(works: Sequence[Callable[[], T]]) -> list[T]:
    """Do all at the same moment; return what came of each, in order."""
    gate = threading.Barrier(len(works))
    results: dict[int, T] = {}

    def start(number: int) -> None:
        gate.wait()
        results[number] = works[number]()

    threads = [threading.Thread(target=start, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(works))]

"""A worker may die between any two steps: the order still ends, with one charge at the most."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from checkout_runtime.domain.order import OrderStatus
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR, NO_KEYS, POLICY, SECOND
from tests.slices import sliced

STEPS = 6
"""More than a delivery has calls to the world; the surplus crash nowhere."""
WRITES = {"claim", "record_capture", "record_unknown", "record_review", "record_decline"}


class Crash(BaseException):
    """The process is gone."""


class Crashing:
    """Passes every call on to a port, and dies before or after the n-th of them."""

    def __init__(self, port: Any, steps: list[int], *, crash_at: int, after: bool) -> None:
        self._port, self._steps, self._crash_at, self._after = port, steps, crash_at, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in WRITES | {"charge", "look_up"}:
            return found
        return lambda *args, **kwargs: self._step(found, *args, **kwargs)

    def _step(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._steps[0] += 1
        if self._steps[0] != self._crash_at:
            return call(*args, **kwargs)
        if self._after:
            call(*args, **kwargs)
        raise Crash


@pytest.mark.parametrize(
    (
        "deliveries_before",
        "crash_at",
        "after",
        "redelivered",
        "can_look_up",
        "honours_keys",
    ),
    sliced(5, product([0, 1], range(1, STEPS + 1), *[[True, False]] * 4)),
)
def test_an_order_ends_with_one_charge_wherever_its_worker_dies(
    deliveries_before: int,
    crash_at: int,
    after: bool,
    redelivered: bool,
    can_look_up: bool,
    honours_keys: bool,
) -> None:
    checkout = Checkout(policy=POLICY if honours_keys else NO_KEYS)
    checkout.payments.honours_keys, checkout.payments.can_look_up = honours_keys, can_look_up
    order = checkout.place()
    for _ in range(deliveries_before):
        checkout.payments.next_answers = [checkout.payments.capture_then_hang]
        checkout.deliver(checkout.message(order))
    orders, payments = checkout.orders, checkout.payments
    steps = [0]
    checkout.orders = Crashing(orders, steps, crash_at=crash_at, after=after)  # type: ignore[assignment]
    checkout.payments = Crashing(payments, steps, crash_at=crash_at, after=after)  # type: ignore[assignment]
    try:
        done = checkout.deliver(checkout.message(order)) == []
    except Crash:
        done = False
    checkout.orders, checkout.payments = orders, payments

    if done:
        # I4: the message is gone only where an outcome is stored.
        assert checkout.now(order).status in {OrderStatus.PAID, OrderStatus.NEEDS_REVIEW}
    _let_time_do_the_rest(checkout, order, redelivered=redelivered)

    end = checkout.now(order)
    assert end.status in {OrderStatus.PAID, OrderStatus.NEEDS_REVIEW}
    assert payments.captures_of(order.order_id) <= 1
    if honours_keys or can_look_up:
        found = end.status is OrderStatus.PAID
        assert found == (payments.captures_of(order.order_id) == 1)
    if honours_keys:
        assert end.status is OrderStatus.PAID
    assert (orders.count_in_review(0) == 1) == (end.status is OrderStatus.NEEDS_REVIEW)
    assert not end.stray_charges


def _let_time_do_the_rest(checkout: Checkout, order: Any, *, redelivered: bool) -> None:
    """Two days of redeliveries (unless the message is lost), reconciler runs, and its resends."""
    delivered = 0
    for _ in range(48):
        checkout.clock.time += POLICY.lease_seconds * SECOND
        if redelivered:
            checkout.deliver(checkout.message(order))
        checkout.clock.time += HOUR
        checkout.run_reconciler()
        resent = checkout.queue.sent[delivered:]
        delivered = len(checkout.queue.sent)
        for message in resent:
            checkout.deliver(checkout.message(order, attempt=message.attempt))

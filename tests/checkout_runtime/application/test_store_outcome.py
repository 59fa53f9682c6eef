"""Proof in hand is stored at any cost, and each outcome is told once."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.persist_proof import persist
from checkout_runtime.application.store_outcome import store_late_capture
from checkout_runtime.domain.decisions import Decision, NeedsReview
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured, Declined
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import DEADLINE, SECOND
from tests.checkout_runtime.ledger_payments import LOST
from tests.checkout_runtime.state_events import SetClock

S = OrderStatus
PROOF = Captured("ch_1", 4200, "EUR")


class FailsAtFirst:
    """Outcomes whose writes fail so often, and then work."""

    def __init__(self, real: Any, failures: int) -> None:
        self._real, self.failures = real, failures

    def __getattr__(self, name: str) -> Any:
        def write(*args: Any, **kwargs: Any) -> Any:
            if self.failures:
                self.failures -= 1
                raise ConnectionError("throttled")
            return getattr(self._real, name)(*args, **kwargs)

        return write


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [getattr(record, "event", "") for record in caplog.records]


@pytest.mark.parametrize("charge", [PROOF, Captured("ch_1", 1, "EUR")], ids=["right", "wrong"])
def test_a_capture_is_stored_though_the_table_fails_for_seconds(
    charge: Captured, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [charge]
    world.outcomes = FailsAtFirst(world.outcomes, failures=6)
    assert world.deliver(order)
    assert world.stored(order).status is (S.PAID if charge == PROOF else S.NEEDS_REVIEW)


def test_proof_is_tried_until_a_second_before_the_worker_is_stopped(world: CheckoutWorld) -> None:
    order = world.place()
    broken = world.outcomes = FailsAtFirst(world.outcomes, failures=10**6)
    began = world.clock.now()
    message = message_of(world.stored(order))
    assert world.process(message, seconds=30) == [message]
    assert 10 < 10**6 - broken.failures < 30  # with growing pauses
    assert began + 25 * SECOND < world.clock.now() < began + 30 * SECOND


@pytest.mark.parametrize(("left_ms", "tries"), [(1200, 1), (1201, 2)])
def test_another_try_leaves_a_second_for_the_workers_own_answer(left_ms: int, tries: int) -> None:
    clock, made = SetClock(), list[int]()

    def write() -> None:
        made.append(clock.now())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        persist(write, clock, clock.now() + left_ms, lambda: None)
    assert len(made) == tries


def test_what_is_no_proof_is_tried_once(world: CheckoutWorld) -> None:
    order = world.place()
    world.payments.next_answers = [LOST]
    broken = world.outcomes = FailsAtFirst(world.outcomes, failures=5)
    assert not world.deliver(order)
    assert broken.failures == 4


def late(world: CheckoutWorld, order: Order, captured: Captured) -> None:
    store_late_capture(world.outcomes, world.clock, world.policy, order, captured)


def test_a_capture_that_came_late_pays_the_order(world: CheckoutWorld) -> None:
    order = world.place()
    world.payments.next_answers = [LOST]
    world.deliver(order)
    late(world, world.stored(order), PROOF)
    assert world.stored(order).status is S.PAID


def test_a_late_capture_of_another_amount_calls_an_operator(world: CheckoutWorld) -> None:
    order = world.place()
    late(world, order, Captured("ch_1", 1, "EUR"))
    assert world.stored(order).review_reason == "capture_mismatch"


def test_a_capture_that_is_brought_twice_is_told_once(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    held = world.claim(world.place())
    for _ in range(2):
        world.let_pass(1)
        world.settle.store(held, PROOF, deadline=DEADLINE)
    assert events(caplog).count("charge_captured") == 1
    assert events(caplog).count("capture_known") == 1
    assert "captured_another_amount" not in events(caplog), "nobody asked for an amount"


def test_a_capture_whose_write_was_repeated_is_told_as_stored(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """The client repeats a write without an answer; the repetition meets the first one's result."""
    caplog.set_level(logging.INFO)
    held = world.claim(world.place())
    world.outcomes.record_capture(held, PROOF, world.clock.now())
    world.settle.store(held, PROOF, deadline=DEADLINE)
    assert events(caplog).count("charge_captured") == 1


def test_a_mismatch_is_kept_for_the_attempt_that_captured_it(world: CheckoutWorld) -> None:
    world.payments.next_answers = [Declined("no_funds"), Captured("ch_1", 1, "EUR")]
    order = world.place()
    assert world.deliver(order)
    world.start_attempt(order)
    assert world.deliver(order)
    assert world.stored(order).stray_charges == {"2:ch_1:1:EUR"}


def test_a_capture_that_came_late_is_tried_again_where_the_table_fails_for_a_moment(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    claimed = world.claim(order)
    store_late_capture(
        FailsAtFirst(world.outcomes, failures=3), world.clock, world.policy, claimed, PROOF
    )
    assert world.stored(order).status is S.PAID


@pytest.mark.parametrize(
    ("decision", "event", "level"),
    [
        (NeedsReview("look"), "order_needs_review", logging.ERROR),
        (Declined("no_funds"), "charge_declined", logging.INFO),
    ],
)
def test_only_what_calls_an_operator_is_logged_as_an_error(
    decision: Decision,
    event: str,
    level: int,
    world: CheckoutWorld,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    world.settle.store(world.claim(world.place()), decision, deadline=DEADLINE)
    [record] = [each for each in caplog.records if each.getMessage() == event]
    assert record.levelno == level


def test_what_is_declined_of_an_order_to_be_cancelled_is_told_as_its_cancellation(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    held = world.claim(world.place())
    world.orders.ask_to_cancel(held, by="shop", now=world.clock.now())
    world.settle.store(held, Declined("no_funds"), deadline=DEADLINE)
    assert events(caplog)[-1] == "order_cancelled"

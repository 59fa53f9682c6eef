"""A buyer who acted comes back once or often; the payment service is asked before anything else."""

from __future__ import annotations

import pytest

from checkout_runtime.application.resume_payment import NothingToResume, Resumed, ResumeReplayed
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Captured
from tests.checkout_runtime.application.checkout_world import CheckoutWorld
from tests.checkout_runtime.factories import new_order

S = OrderStatus


@pytest.fixture
def waiting(world: CheckoutWorld) -> Order:
    """An order whose buyer has to act."""
    order = world.place()
    world.payments.next_answers = [ActionRequired("https://bank.example.com/")]
    world.deliver(order)
    return world.stored(order)


def test_a_message_while_the_buyer_has_to_act_charges_nothing(
    world: CheckoutWorld, waiting: Order
) -> None:
    assert world.deliver(waiting)
    assert world.stored(waiting) == waiting
    assert len(world.payments.requests) == 1


def test_a_resumed_payment_is_unknown_and_looked_up_first(
    world: CheckoutWorld, waiting: Order
) -> None:
    world.payments.capture(waiting)
    resumed = world.resume(waiting)
    assert isinstance(resumed, Resumed)
    assert (resumed.order.status, resumed.order.resend) == (S.UNKNOWN, 1)
    assert world.deliver(waiting)
    assert world.stored(waiting).status is S.PAID
    assert len(world.payments.requests) == 1


def test_to_come_back_often_resumes_once(world: CheckoutWorld, waiting: Order) -> None:
    world.resume(waiting)
    once = world.stored(waiting)
    assert world.resume(waiting) == ResumeReplayed(once)
    world.orders.lose_answer("resume")
    with pytest.raises(ConnectionError):
        world.resume(waiting)
    assert world.stored(waiting) == once


def test_a_buyer_who_comes_back_without_having_acted_keeps_the_first_deadline(
    world: CheckoutWorld, waiting: Order
) -> None:
    world.let_pass(60)
    world.resume(waiting)
    world.payments.next_look_ups = [ActionRequired("https://bank.example.com/again")]
    assert world.deliver(waiting)
    stored = world.stored(waiting)
    assert (stored.status, stored.action_deadline) == (S.ACTION_REQUIRED, waiting.action_deadline)


def test_another_principal_another_attempt_and_an_unknown_order_resume_nothing(
    world: CheckoutWorld, waiting: Order
) -> None:
    assert world.resume(waiting, principal="mallory") == NothingToResume(None)
    assert world.resume(waiting, attempt=2) == NothingToResume(waiting)
    assert world.resume(new_order("never-placed")) == NothingToResume(None)
    assert world.stored(waiting) == waiting


def test_an_order_in_review_is_not_resumed(world: CheckoutWorld, waiting: Order) -> None:
    proof = Captured("ch_5", 1, "EUR")
    world.outcomes.record_stray(waiting, 1, proof, "capture_mismatch", world.clock.now())
    assert isinstance(world.resume(waiting), ResumeReplayed)
    assert world.stored(waiting).status is S.NEEDS_REVIEW

"""A worker asks nothing that may outlast it: one that is stopped takes its whole batch with it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Unknown
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import NO_KEYS, SECOND
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus
REFUSED = Unknown("http_404", without_word=True)
BLIP_SECONDS = 15 * 60
QUICK, SLOW = 0.1, 9.9
"""Seconds; the payment timeout is ten."""


def let_calls_take(world: CheckoutWorld, **seconds: float) -> None:
    """Let each call of the payment service take so long."""

    def slow(call: Any, takes: float) -> Any:
        def slowly(*args: Any) -> Any:
            world.let_pass(takes)
            return call(*args)

        return slowly

    for name, takes in seconds.items():
        setattr(world.payments, name, slow(getattr(world.payments, name), takes))


def refused(
    world: CheckoutWorld, answer: Unknown = REFUSED, *, since_seconds: int = BLIP_SECONDS
) -> Order:
    """An order that is refused without a word, and was first refused so long ago."""
    world.payments.next_answers = [answer] * 100
    order = world.place()
    world.deliver(order)
    world.let_pass(since_seconds)
    return order


def turn_seconds(world: CheckoutWorld, order: Order, seconds: float) -> float:
    """Deliver the order's message to a worker that has so long; how long it takes."""
    began = world.clock.now()
    world.process(message_of(world.stored(order), receive_count=2), seconds=seconds)
    return (world.clock.now() - began) / SECOND


@pytest.mark.parametrize(
    ("look_up", "charge", "cancel"), list(product((QUICK, 2.5, 5, SLOW), (QUICK, 5, SLOW), (SLOW,)))
)
@pytest.mark.parametrize("seconds", [25.1, 27, 30])
def test_a_refused_attempt_is_cancelled_in_time_however_slow_the_service_is(
    look_up: float, charge: float, cancel: float, seconds: float, world: CheckoutWorld
) -> None:
    world.payments.can_cancel = True
    order = refused(world)
    let_calls_take(world, look_up=look_up, charge=charge, cancel=cancel)
    assert turn_seconds(world, order, seconds) <= seconds
    assert world.stored(order).decline_code == "refused_without_word"


@pytest.mark.parametrize(("look_up", "charge"), [(QUICK, QUICK), (QUICK, SLOW), (SLOW, QUICK)])
def test_it_takes_two_slow_calls_to_put_a_cancellation_off_beyond_the_lease(
    look_up: float, charge: float, world: CheckoutWorld
) -> None:
    world.payments.can_cancel = True
    order = refused(world, since_seconds=world.policy.lease_seconds)
    let_calls_take(world, look_up=look_up, charge=charge, cancel=SLOW)
    turn_seconds(world, order, 30)
    assert world.stored(order).decline_code == "refused_without_word"


def test_an_attempt_that_is_being_worked_on_is_not_cancelled_for_want_of_time(
    world: CheckoutWorld,
) -> None:
    world.payments.can_cancel = True
    order = refused(world, Unknown("http_409", later=True), since_seconds=BLIP_SECONDS - 60)
    let_calls_take(world, look_up=SLOW, charge=SLOW)
    turn_seconds(world, order, 30)
    assert world.payments.cancels == []


def test_where_there_is_time_for_both_the_request_is_repeated_first(world: CheckoutWorld) -> None:
    world.payments.can_cancel = True
    order = refused(world)
    let_calls_take(world, look_up=QUICK, charge=QUICK, cancel=QUICK)
    world.payments.next_answers = []
    turn_seconds(world, order, 30)
    assert world.stored(order).status is S.PAID
    assert world.payments.cancels == []


def test_an_attempt_of_an_expired_key_is_cancelled_in_time(world: CheckoutWorld) -> None:
    world.payments.can_cancel = True
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.let_pass(world.policy.key_retention_seconds)
    let_calls_take(world, look_up=SLOW, cancel=SLOW)
    assert turn_seconds(world, order, 25.1) <= 25.1
    assert world.stored(order).status is S.DECLINED


def test_no_operator_is_called_for_want_of_time_to_cancel(world: CheckoutWorld) -> None:
    world.payments.can_cancel = True
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.policy = NO_KEYS
    world.let_pass(3 * 24 * 60 * 60)
    let_calls_take(world, look_up=SLOW + 2, cancel=QUICK)
    turn_seconds(world, order, 25.1)
    stored = world.stored(order)
    assert (stored.status, stored.review_reason) == (S.UNKNOWN, None)
    turn_seconds(world, order, 60)
    assert world.stored(order).status is S.DECLINED


def test_a_refused_attempt_that_there_is_no_time_to_cancel_waits_for_a_turn_that_has_it(
    world: CheckoutWorld,
) -> None:
    world.payments.can_cancel = True
    order = refused(world)
    world.policy = NO_KEYS
    let_calls_take(world, look_up=SLOW + 2, cancel=QUICK)
    turn_seconds(world, order, 25.1)
    assert (world.stored(order).status, world.payments.cancels) == (S.UNKNOWN, [])
    turn_seconds(world, order, 60)
    assert world.stored(order).decline_code == "refused_without_word"


@pytest.mark.parametrize(
    ("answer", "reason"), [(REFUSED, "refused_without_word"), (LOST, "keys_not_honoured")], ids=str
)
def test_where_nothing_can_be_cancelled_an_operator_is_called_however_little_time_is_left(
    answer: Unknown, reason: str, world: CheckoutWorld
) -> None:
    order = refused(world, answer, since_seconds=3 * 24 * 60 * 60)
    world.policy = NO_KEYS
    world.payments.next_look_ups = [answer]
    let_calls_take(world, look_up=SLOW + 2)
    turn_seconds(world, order, 25.1)
    assert world.stored(order).review_reason == reason

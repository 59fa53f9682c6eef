"""A declined attempt is replaced by one, on the order table, whoever is late or repeats."""

from __future__ import annotations

import logging

import pytest

from checkout_runtime.application.start_payment_attempt import (
    AttemptRefused,
    AttemptReplayed,
    AttemptStarted,
    NoSuchOrder,
)
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured, Declined
from tests.checkout_runtime.application.checkout_world import (
    MAX_ATTEMPTS,
    CheckoutWorld,
    message_of,
)
from tests.checkout_runtime.factories import new_order

S = OrderStatus


def declined(world: CheckoutWorld) -> Order:
    order = world.place()
    world.payments.next_answers = [Declined("no_funds")]
    world.deliver(order)
    return world.stored(order)


def test_a_new_attempt_is_pending_under_the_other_method_and_a_key_of_its_own(
    world: CheckoutWorld,
) -> None:
    order = declined(world)
    started = world.start_attempt(order)
    assert isinstance(started, AttemptStarted)
    assert (started.order.status, started.order.payment_method) == (S.PENDING, "pm_2")
    assert started.order.payment_key != order.payment_key
    assert world.deliver(order)
    assert world.payments.requests == [order.payment_key, started.order.payment_key]


def test_a_double_click_starts_one_attempt(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    order = declined(world)
    caplog.set_level(logging.INFO)
    caplog.clear()
    started, replayed = world.start_attempt(order), world.start_attempt(order)
    told = [getattr(each, "event", None) for each in caplog.records]
    assert told == ["payment_attempt_started", "payment_attempt_replayed"]
    assert isinstance(replayed, AttemptReplayed)
    assert replayed.order == started.order


def test_an_attempt_whose_answer_was_lost_is_replayed(world: CheckoutWorld) -> None:
    order = declined(world)
    world.orders.lose_answer("start_attempt")
    with pytest.raises(ConnectionError):
        world.start_attempt(order)
    world.orders.heal()
    assert isinstance(world.start_attempt(order), AttemptReplayed)
    assert world.stored(order).attempt == 2


def test_a_click_that_was_under_way_for_long_starts_nothing_more(world: CheckoutWorld) -> None:
    order = declined(world)
    world.start_attempt(order)
    world.payments.next_answers = [Declined("no_funds")]
    world.deliver(order)
    assert isinstance(world.start_attempt(order), AttemptReplayed)
    assert world.stored(order).attempt == 2


def test_a_third_card_in_place_of_the_first_is_refused(world: CheckoutWorld) -> None:
    order = declined(world)
    world.start_attempt(order)
    refused = world.start_attempt(order, method="pm_3")
    assert isinstance(refused, AttemptRefused)
    assert world.stored(order).payment_method == "pm_2"


def test_an_order_that_is_not_declined_is_refused(world: CheckoutWorld) -> None:
    order = world.place()
    refused = world.start_attempt(order)
    assert isinstance(refused, AttemptRefused)
    assert "PENDING" in refused.reason
    assert world.stored(order) == order


def test_attempts_are_bounded(world: CheckoutWorld) -> None:
    order = declined(world)
    for replaced in range(1, MAX_ATTEMPTS):
        assert isinstance(world.start_attempt(order, replaces=replaced), AttemptStarted)
        world.payments.next_answers = [Declined("no_funds")]
        world.deliver(order)
    refused = world.start_attempt(order, replaces=MAX_ATTEMPTS)
    assert isinstance(refused, AttemptRefused)
    assert "all 3" in refused.reason


def test_another_principal_learns_and_changes_nothing(world: CheckoutWorld) -> None:
    order = declined(world)
    assert world.start_attempt(order, principal="mallory") == NoSuchOrder()
    assert world.stored(order) == order
    assert world.start_attempt(new_order("never-placed")) == NoSuchOrder()


def test_no_attempt_is_started_after_a_charge_that_nobody_asked_for(world: CheckoutWorld) -> None:
    order = declined(world)
    world.outcomes.record_capture(order, Captured("ch_late", 4200, "EUR"), world.clock.now())
    assert isinstance(world.start_attempt(order), AttemptRefused)
    assert world.stored(order).status is S.NEEDS_REVIEW


def test_the_replaced_attempts_message_charges_nothing(world: CheckoutWorld) -> None:
    order = declined(world)
    world.start_attempt(order)
    assert world.process(message_of(order, attempt=1)) == []
    assert len(world.payments.requests) == 1

"""An order from before a restore is never given up on the table's word alone."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.cancel_order import (
    CancelAsked,
    CancelOrder,
    OrderCancelled,
)
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import Cancelled, Declined, NotFound, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.holding_checkout import HoldingCheckout
from tests.checkout_runtime.application.test_cancel_order import Payments
from tests.checkout_runtime.application.test_expiry import DAY, Checkout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb
from tests.checkout_runtime.state_events import CHARGE, POLICY, PREPARATIONS, World

S = OrderStatus
NO_FUNDS = Declined("no_funds")


@pytest.fixture
def world() -> World:
    """A table that was restored, with an order that is declined in it."""
    world = World(empty_dynamodb(), ORDER_TABLE, key="restored")
    PREPARATIONS["DECLINED"](world)
    world.policy = replace(POLICY, quarantine_before=world.order.accepted_at + 1)
    return world


def cancel(world: World) -> Any:
    cancel = CancelOrder(world.orders, world.clock, world.policy.quarantine_before)
    return cancel(world.order_id, by="shop")


def told(world: World, **said: Any) -> tuple[OrderStatus, list[str]]:
    """Cancel the order; return what it is once the service was asked, and for what else."""
    cancel(world)
    world.payments = payments = Payments(**said)
    world.deliver(world.order.attempt)
    return world.order.status, payments.asked


def test_who_was_declined_may_have_paid_since_so_the_next_attempt_begins_with_the_mark(
    world: World,
) -> None:
    declined = world.order
    asked = cancel(world)
    assert isinstance(asked, CancelAsked)
    assert (asked.order.status, asked.order.attempt) == (S.PENDING, declined.attempt + 1)
    assert (asked.order.cancel_asked_by, asked.order.attempt_claims) == ("shop", 0)
    assert asked.order.payment_method == declined.payment_method
    assert asked.order.earlier_attempts[-1].code == declined.decline_code
    assert (asked.order.decline_code, asked.order.expires_at) == (None, None)


def test_an_order_from_after_it_is_cancelled_at_once(world: World) -> None:
    world.policy = replace(POLICY, quarantine_before=world.order.accepted_at)
    assert isinstance(cancel(world), OrderCancelled)


def test_a_payment_that_the_table_forgot_wins(world: World) -> None:
    assert told(world, looked_up=CHARGE) == (S.PAID, [])
    assert world.order.charge_id == CHARGE.charge_id


def test_what_the_payment_service_does_not_know_for_a_day_is_over(world: World) -> None:
    assert told(world, looked_up=NotFound()) == (S.UNKNOWN, [])
    world.let_pass(25 * HOUR)
    world.deliver(world.order.attempt)
    assert (world.order.status, world.order.cancel_reason) == (S.CANCELLED, "asked")


def test_of_a_service_that_cannot_be_asked_its_not_found_ends_nothing(world: World) -> None:
    assert told(world, looked_up=None, cancelled=NotFound())[0] is S.UNKNOWN
    world.let_pass(25 * HOUR)
    world.deliver(world.order.attempt)
    found = world.order
    assert (found.status, found.review_reason) == (S.NEEDS_REVIEW, "restored_from_backup")


def test_what_is_cancelled_at_the_payment_service_is_over(world: World) -> None:
    found = told(world, looked_up=NotFound(), cancelled=Cancelled())
    assert found == (S.CANCELLED, ["cancel"])


@pytest.mark.parametrize(
    "said",
    [
        {"looked_up": NO_FUNDS},
        {"looked_up": NotFound(), "cancelled": NO_FUNDS},
        {"looked_up": None},
        {"looked_up": None, "cancelled": Cancelled()},
        {"looked_up": Unknown("http_404", without_word=True), "cancelled": Cancelled()},
    ],
    ids=[
        "declined too",
        "declined too, as a cancellation says",
        "cannot be asked",
        "cannot be asked whether it was cancelled before",
        "a broken look-up does not say whether it was cancelled before",
    ],
)
def test_where_there_may_be_yet_another_attempt_an_operator_decides(
    said: dict[str, Any], world: World
) -> None:
    status, asked = told(world, **said)
    assert (status, world.order.review_reason) == (S.NEEDS_REVIEW, "restored_from_backup")
    assert "charge" not in asked


def test_what_an_operator_released_ends_as_the_payment_service_says(world: World) -> None:
    told(world, looked_up=NO_FUNDS)
    world.orders.release(
        world.order, world.clock.now(), cleared_before=world.policy.quarantine_before
    )
    world.deliver(world.order.attempt)
    assert world.order.status is S.CANCELLED


def test_nothing_is_requested_while_nobody_answers(world: World) -> None:
    down = Unknown("http_503", unavailable=True)
    assert told(world, looked_up=down) == (S.UNKNOWN, [])


def test_it_is_not_cancelled_before_a_look_up_says_whether_it_had_ended(world: World) -> None:
    """Of one that the table forgot, the buyer may have paid by another card afterwards."""
    down = Unknown("timeout", unavailable=True)
    status, asked = told(world, looked_up=down, cancelled=Cancelled())
    assert (status, asked) == (S.UNKNOWN, [])
    world.let_pass(49 * HOUR)
    world.deliver(world.order.attempt)
    assert (world.order.status, asked) == (S.NEEDS_REVIEW, [])
    assert world.order.review_reason == "not_cancelled"


def test_a_stray_charge_that_came_meanwhile_is_an_operators(world: World) -> None:
    declined = world.order
    world.outcomes.record_capture(declined, CHARGE, world.clock.now())
    world.orders.ask_to_cancel(declined, by="shop", now=world.clock.now())
    assert (world.order.status, world.order.attempt) == (S.NEEDS_REVIEW, declined.attempt)


def test_an_attempt_that_the_buyer_began_meanwhile_stays_theirs(world: World) -> None:
    declined = world.order
    world.start_attempt(declined.attempt)
    begun = world.order
    world.claim("worker")
    world.outcomes.record_decline(world.order, "no_funds", world.clock.now())
    world.orders.ask_to_cancel(declined, by="shop", now=world.clock.now())
    assert (world.order.attempt, world.order.cancel_asked_at) == (begun.attempt, None)


def test_a_declined_order_does_not_expire_before_it_is_asked_about() -> None:
    checkout = Checkout()
    order = checkout.declined()
    checkout.policy = replace(POLICY, quarantine_before=order.accepted_at + 1)
    checkout.reconcile(DAY)
    asked = checkout.now(order)
    assert (asked.status, asked.attempt, asked.cancel_asked_by) == (S.PENDING, 2, "expires_after")
    assert checkout.partition(order) == "open#0"
    claimed = checkout.claimed(asked)
    checkout.outcomes.record_decline(claimed, "nothing_captured", checkout.clock.now())
    expired = checkout.now(order)
    assert (expired.status, expired.cancel_reason) == (S.CANCELLED, "expired")


@pytest.mark.parametrize("is_gone", [True, False])
def test_after_a_hold_there_was_no_other_attempt(is_gone: bool) -> None:
    checkout = HoldingCheckout()
    order = checkout.held()
    checkout.policy = replace(checkout.policy, quarantine_before=order.accepted_at + 1)
    CancelOrder(checkout.orders, checkout.clock, order.accepted_at + 1)(order.order_id, by="shop")
    if is_gone:
        checkout.payments.gone.add(order.payment_key)
    assert checkout.turn(order)
    assert checkout.now(order).status is S.CANCELLED
    assert checkout.payments.look_ups == [order.payment_key]

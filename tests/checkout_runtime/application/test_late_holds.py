"""A hold whose order is over when it is told of: let go, unless it was captured."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelOrder
from checkout_runtime.application.follow_hint import Followed, FollowHint
from checkout_runtime.application.order_records import HoldRecord
from checkout_runtime.domain.hint import Hint
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import claim
from tests.checkout_runtime.application.holding_checkout import ALL, HoldingCheckout
from tests.checkout_runtime.factories import DEADLINE, NOW, new_order
from tests.checkout_runtime.holding_payments import LOST

S = OrderStatus


@pytest.fixture
def checkout() -> HoldingCheckout:
    return HoldingCheckout()


def test_a_hold_that_has_paid_its_order_meanwhile_is_not_cancelled(
    checkout: HoldingCheckout,
) -> None:
    """Somebody asks for the money, and a worker captures it, while the reconciler looks it up."""
    order = checkout.pass_to_end(checkout.held())
    look_up = checkout.payments.look_up

    def look_up_while_it_is_captured(key: str) -> Any:
        checkout.payments.look_up = look_up
        answer = look_up(key)
        checkout.capture(order)
        checkout.turn(order)
        return answer

    checkout.payments.look_up = look_up_while_it_is_captured
    checkout.run_reconciler()
    assert checkout.now(order).status is S.PAID
    assert checkout.payments.cancels == []


def given_up_before_it_was_held(checkout: HoldingCheckout) -> tuple[Order, Authorized]:
    """Return an order that is over, whose worker got a hold afterwards."""
    slept = claim(checkout.orders, checkout.place())
    CancelOrder(checkout.orders, checkout.clock)(slept.order_id, by="ada")
    checkout.orders.record_decline(checkout.now(slept), "cancelled", checkout.clock.now())
    assert checkout.now(slept).status is S.CANCELLED
    hold = checkout.payments.charge(slept)
    assert isinstance(hold, Authorized)
    return slept, hold


def test_a_hold_that_cannot_be_let_go_as_it_was_captured_is_a_stray_charge(
    checkout: HoldingCheckout,
) -> None:
    slept, hold = given_up_before_it_was_held(checkout)
    checkout.payments.next_cancels = [Captured("ch_9", ALL, "EUR")]
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    assert checkout.now(slept).stray_charges == {f"1:ch_9:{ALL}:EUR"}


@pytest.mark.parametrize("can_cancel", [True, False])
def test_a_webhook_lets_go_the_hold_of_an_order_that_is_cancelled(
    can_cancel: bool, checkout: HoldingCheckout
) -> None:
    """The worker that got it was not answered when it tried to."""
    slept, hold = given_up_before_it_was_held(checkout)
    checkout.payments.next_cancels = [LOST]
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    checkout.payments.can_cancel = can_cancel
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    hint = Hint(slept.order_id, 1, None)
    assert follow(hint, "webhook", DEADLINE) is Followed.NOTHING_NEW
    assert checkout.payments.gone == ({slept.payment_key} if can_cancel else set())


def test_a_webhook_that_cannot_let_a_hold_go_comes_again_and_a_capture_is_a_stray_charge(
    checkout: HoldingCheckout,
) -> None:
    order, _ = given_up_before_it_was_held(checkout)
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    hint = Hint(order.order_id, 1, None)
    checkout.payments.next_cancels = [LOST, Captured("ch_9", ALL, "EUR")]
    assert follow(hint, "webhook", DEADLINE) is Followed.UNANSWERED
    assert follow(hint, "webhook", DEADLINE) is Followed.STORED
    assert checkout.now(order).stray_charges == {f"1:ch_9:{ALL}:EUR"}


def test_a_webhook_without_time_to_let_a_hold_go_comes_again(checkout: HoldingCheckout) -> None:
    order, hold = given_up_before_it_was_held(checkout)

    def look_up_slowly(key: str) -> Authorized:
        checkout.clock.time = DEADLINE
        return hold

    checkout.payments.look_up = look_up_slowly
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow(Hint(order.order_id, 1, None), "webhook", DEADLINE) is Followed.UNANSWERED
    assert checkout.payments.cancels == []


@pytest.mark.parametrize(
    ("paid_by", "where"), [("hold_1", HoldRecord.PAID), ("ch_2", HoldRecord.OVER)]
)
def test_a_hold_of_an_earlier_attempt_is_over_unless_it_is_what_was_captured(
    paid_by: str, where: HoldRecord, checkout: HoldingCheckout
) -> None:
    slept = claim(checkout.orders, checkout.place())
    hold = checkout.payments.charge(slept)
    assert isinstance(hold, Authorized)
    earlier = (EarlierAttempt(1, None, None, None),)
    later = replace(new_order(), attempt=2, earlier_attempts=earlier, status=S.PAID)
    later = replace(later, order_id=slept.order_id, charge_id=paid_by)
    checkout.orders.by_id[slept.order_id] = later
    assert checkout.orders.holds.record_authorized(slept, hold, NOW, NOW) is where


def test_a_webhook_lets_go_no_hold_of_an_order_that_is_not_cancelled(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.held()
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow(Hint(order.order_id, 1, None), "webhook", DEADLINE) is Followed.NOTHING_NEW
    assert (checkout.payments.cancels, checkout.now(order)) == ([], order)


def test_a_webhook_cancels_nothing_where_no_money_is_held(checkout: HoldingCheckout) -> None:
    order, _ = given_up_before_it_was_held(checkout)
    checkout.payments.let_lapse()
    checkout.payments.cancels.clear()
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow(Hint(order.order_id, 1, None), "webhook", DEADLINE) is Followed.NOTHING_NEW
    assert checkout.payments.cancels == []

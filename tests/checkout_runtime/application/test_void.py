"""A hold is let go: of a void and a capture exactly one is accepted."""

from __future__ import annotations

from functools import partial

import pytest

from checkout_runtime.application.cancel_order import (
    CancelAsked,
    Cancellation,
    CancelOrder,
    CancelRefused,
    CancelReplayed,
    WhyNotCancelled,
)
from checkout_runtime.application.capture_order import CaptureNotAccepted, WhyNotCaptured
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured, NotFound, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.holding_checkout import ALL, DAY, HoldingCheckout
from tests.checkout_runtime.factories import BUYER, DEADLINE, HOUR, NOW, SERVICE
from tests.checkout_runtime.holding_payments import LOST

S = OrderStatus


@pytest.fixture
def checkout() -> HoldingCheckout:
    return HoldingCheckout()


def cancel(checkout: HoldingCheckout, order: Order) -> Cancellation:
    return CancelOrder(checkout.orders, checkout.clock)(order.order_id, by="ada")


def voided(checkout: HoldingCheckout) -> Order:
    """An order whose hold somebody asked to let go."""
    order = checkout.held()
    assert isinstance(cancel(checkout, order), CancelAsked)
    return checkout.now(order)


def test_a_hold_that_somebody_lets_go_is_cancelled_at_the_service_and_then_here(
    checkout: HoldingCheckout,
) -> None:
    order = voided(checkout)
    assert (order.status, order.resend) == (S.UNKNOWN, 1)
    assert checkout.orders.count_open(0) == 1
    assert checkout.turn(order)
    ended = checkout.now(order)
    assert (ended.status, ended.cancel_reason) == (S.CANCELLED, "voided")
    assert checkout.payments.gone == {order.payment_key}
    assert checkout.payments.captures == []
    assert isinstance(cancel(checkout, order), CancelReplayed)


def test_after_a_void_was_asked_for_no_capture_is_accepted(checkout: HoldingCheckout) -> None:
    order = voided(checkout)
    assert checkout.capture(order) == CaptureNotAccepted(order, WhyNotCaptured.CANCELLED)


def test_after_a_capture_was_asked_for_no_void_is_accepted(checkout: HoldingCheckout) -> None:
    order = checkout.asked()
    assert cancel(checkout, order) == CancelRefused(order, WhyNotCancelled.BEING_CAPTURED)
    checkout.turn(order)
    assert checkout.now(order).status is S.PAID


@pytest.mark.parametrize("void_first", [False, True])
def test_of_a_void_and_a_capture_that_saw_the_same_order_the_table_takes_the_first(
    void_first: bool, checkout: HoldingCheckout
) -> None:
    order, now = checkout.held(), checkout.clock.now()
    asks = [
        partial(checkout.orders.holds.ask_to_capture, order, ALL, "ada", now),
        partial(checkout.orders.ask_to_cancel, order, by="bob", now=now),
    ]
    first, second = reversed(asks) if void_first else asks
    assert isinstance(first(), Changed)
    assert not isinstance(second(), Changed)
    asked = checkout.now(order)
    assert (asked.cancel_asked_at is None) is (not void_first)
    assert (asked.capture_asked_at is None) is void_first


def test_a_mark_by_one_who_saw_the_order_before_it_was_held_meets_the_capture(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    before = replace(order, capture_asked_at=None)
    assert not isinstance(checkout.orders.ask_to_cancel(before, by="bob", now=NOW), Changed)


def test_a_mark_that_comes_while_the_hold_is_asked_for_lets_it_go(
    checkout: HoldingCheckout,
) -> None:
    """The worker that asked for it claimed the order before the mark."""
    order = checkout.place()
    claimed = checkout.orders.claim(
        order.order_id, 1, claim_id="c", now=NOW, lease_expires_at=NOW + HOUR, service=SERVICE
    ).order
    assert claimed is not None
    hold = checkout.payments.charge(claimed)
    assert isinstance(hold, Authorized)
    assert isinstance(cancel(checkout, claimed), CancelAsked)
    assert not checkout.settle.store(claimed, hold, deadline=DEADLINE)
    assert checkout.now(order).status is S.UNKNOWN
    assert checkout.turn(order)
    assert checkout.now(order).status is S.CANCELLED
    assert checkout.payments.gone == {order.payment_key}


def test_a_void_that_is_not_answered_is_asked_for_again(checkout: HoldingCheckout) -> None:
    order = voided(checkout)
    checkout.payments.next_cancels = [LOST, NotFound()]
    for _ in range(2):
        assert not checkout.turn(order)
        assert checkout.now(order).status is S.UNKNOWN
    assert checkout.turn(order)
    assert checkout.now(order).status is S.CANCELLED


def test_days_after_the_hold_one_silence_calls_no_operator(checkout: HoldingCheckout) -> None:
    order = checkout.held()
    checkout.clock.time += 5 * DAY
    cancel(checkout, order)
    checkout.payments.next_cancels = [LOST]
    checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN


def test_a_silence_of_a_day_after_its_end_does(checkout: HoldingCheckout) -> None:
    order = voided(checkout)
    checkout.clock.time = checkout.payments.capture_before + DAY
    checkout.payments.next_cancels = [LOST]
    checkout.turn(order)
    assert checkout.now(order).review_reason == "not_cancelled"


def test_a_capture_that_won_all_the_same_pays_the_order(checkout: HoldingCheckout) -> None:
    order = voided(checkout)
    checkout.payments.carry_out(order, 3000)
    assert checkout.turn(order)
    paid = checkout.now(order)
    assert (paid.status, paid.captured_amount) == (S.PAID, 3000)


def test_a_hold_that_is_gone_when_it_is_let_go_is_voided(checkout: HoldingCheckout) -> None:
    order = voided(checkout)
    checkout.payments.let_lapse()
    assert checkout.turn(order)
    assert checkout.now(order).cancel_reason == "voided"


def test_what_is_captured_after_its_end_is_a_stray_charge_and_no_attempt_follows(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.pass_to_end(checkout.held())
    checkout.payments.let_lapse()
    checkout.run_reconciler()
    ended = checkout.now(order)
    checkout.settle.store(ended, Captured("ch_9", ALL, "EUR"), deadline=DEADLINE)
    in_review = checkout.now(order)
    assert (in_review.status, in_review.is_to_be_cancelled) == (S.NEEDS_REVIEW, True)


def test_a_service_that_cannot_cancel_keeps_the_hold_until_its_end() -> None:
    checkout = HoldingCheckout(can_cancel=False)
    order = voided(checkout)
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN
    checkout.payments.next_look_ups = [Unknown("timeout")]
    checkout.turn(order)
    assert checkout.payments.captures == []
    checkout.payments.let_lapse()
    assert checkout.turn(order)
    assert checkout.now(order).status is S.CANCELLED


def test_the_attempt_before_may_be_held_and_is_let_go_first(checkout: HoldingCheckout) -> None:
    """It was stored as declined; its hold must not stay beside the next one."""
    order = checkout.place()
    claimed = checkout.orders.claim(
        order.order_id, 1, claim_id="c", now=NOW, lease_expires_at=NOW, service=SERVICE
    ).order
    assert claimed is not None
    checkout.payments.charge(claimed)
    checkout.orders.record_decline(claimed, "too_bad", NOW)
    checkout.orders.start_attempt(
        order.order_id, BUYER, replaces=1, payment_method="pm_2", max_attempts=3, now=NOW
    )
    assert checkout.deliver(checkout.message(order, attempt=2)) == []
    assert checkout.payments.gone == {f"{order.order_id}:1"}
    assert checkout.now(order).status is S.AUTHORIZED


def test_a_service_that_does_not_know_the_hold_to_be_cancelled_has_not_let_it_go(
    checkout: HoldingCheckout,
) -> None:
    order = voided(checkout)
    checkout.clock.time += HOUR
    checkout.payments.next_cancels = [NotFound()]
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN
    checkout.payments.can_cancel = False
    checkout.payments.next_look_ups = [NotFound()]
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN
    assert len(checkout.payments.charges) == 1


def test_an_asynchronous_payment_that_is_to_be_cancelled_is_let_go_once_it_is_held(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.place()
    claimed = checkout.orders.claim(
        order.order_id, 1, claim_id="c", now=NOW, lease_expires_at=NOW + HOUR, service=SERVICE
    ).order
    assert claimed is not None
    checkout.orders.record_processing(claimed, NOW, NOW)
    cancel(checkout, checkout.now(order))
    checkout.payments.charge(claimed)
    checkout.payments.next_cancels = [LOST]
    checkout.run_reconciler()
    waits = checkout.now(order)
    assert waits.status is S.PROCESSING
    assert waits.next_look_up_at == NOW + 5 * 60 * 1000  # as after any other look-up
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert checkout.now(order).status is S.CANCELLED
    assert checkout.payments.gone == {order.payment_key}


@pytest.mark.parametrize("in_time", [True, False])
def test_a_hold_that_a_worker_got_after_the_order_was_over_is_let_go(
    in_time: bool, checkout: HoldingCheckout
) -> None:
    """It slept, and the order was cancelled as nobody could be requesting it any more."""
    order = checkout.place()
    slept = checkout.orders.claim(
        order.order_id, 1, claim_id="slept", now=NOW, lease_expires_at=NOW, service=SERVICE
    ).order
    assert slept is not None
    cancel(checkout, slept)
    checkout.clock.time += 2 * DAY
    checkout.payments.can_cancel = False
    assert checkout.turn(order)
    assert checkout.now(order).status is S.CANCELLED
    checkout.payments.can_cancel = True
    hold = checkout.payments.charge(slept)
    assert isinstance(hold, Authorized)
    deadline = DEADLINE if in_time else checkout.clock.now()
    assert not checkout.settle.store(slept, hold, deadline=deadline)
    assert checkout.payments.gone == ({order.payment_key} if in_time else set())


def test_the_hold_of_an_order_that_another_worker_has_is_left_to_it(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.held()
    late = replace(order, status=S.CHARGING, claim_epoch=order.claim_epoch - 1)
    checkout.settle.store(late, checkout.payments.holds[order.payment_key], deadline=DEADLINE)
    assert checkout.payments.cancels == []

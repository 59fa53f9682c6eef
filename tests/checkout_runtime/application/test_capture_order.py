"""Who asks for held money: once, no more than is held, and not where it is given up."""

from __future__ import annotations

import pytest

from checkout_runtime.application.capture_order import (
    CaptureNotAccepted,
    CaptureReplayed,
    NoSuchOrder,
    WhyNotCaptured,
)
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.holding_checkout import ALL, HoldingCheckout

S = OrderStatus


@pytest.fixture
def checkout() -> HoldingCheckout:
    return HoldingCheckout()


def test_what_was_asked_for_is_captured_and_pays_the_order(checkout: HoldingCheckout) -> None:
    order = checkout.asked()
    assert (order.status, order.capture_amount, order.capture_asked_by) == (S.UNKNOWN, ALL, "ada")
    assert checkout.turn(order)
    paid = checkout.now(order)
    assert (paid.status, paid.charge_id) == (S.PAID, "ch_of_hold_1")
    assert (paid.captured_amount, paid.left_to_refund) == (None, ALL)
    assert checkout.payments.captures == [(order.capture_key, ALL)]
    assert len(checkout.payments.charges) == 1


def test_of_a_part_no_more_can_be_refunded(checkout: HoldingCheckout) -> None:
    order = checkout.asked(3000)
    checkout.turn(order)
    paid = checkout.now(order)
    assert (paid.status, paid.captured_amount, paid.left_to_refund) == (S.PAID, 3000, 3000)


def test_a_capture_does_not_look_like_a_first_request(checkout: HoldingCheckout) -> None:
    """An older version, which takes the order over after a rollback, must not request it anew."""
    held = checkout.held()
    checkout.capture(held)
    asked = checkout.now(held)
    assert (asked.attempt_claims, asked.first_claimed_at) == (1, held.first_claimed_at)
    assert asked.resend == held.resend + 1
    assert asked.counted_resends == held.counted_resends


def test_the_same_again_is_a_replay_while_it_is_captured_and_afterwards(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked(3000)
    assert isinstance(checkout.capture(order, 3000), CaptureReplayed)
    checkout.turn(order)
    assert isinstance(checkout.capture(order, 3000), CaptureReplayed)
    checkout.turn(order)
    assert len(checkout.payments.captures) == 1


@pytest.mark.parametrize("amount", [None, 1000])
def test_another_amount_is_refused_before_anything_is_asked(
    amount: int | None, checkout: HoldingCheckout
) -> None:
    order = checkout.asked(3000)
    again = checkout.capture(order, amount)
    assert again == CaptureNotAccepted(order, WhyNotCaptured.ANOTHER_AMOUNT)
    assert checkout.now(order) == order


def test_more_than_is_held_is_refused(checkout: HoldingCheckout) -> None:
    order = checkout.held()
    assert checkout.capture(order, ALL + 1) == CaptureNotAccepted(
        order, WhyNotCaptured.MORE_THAN_HELD
    )


@pytest.mark.parametrize("amount", [ALL + 1, ALL])
def test_of_two_that_saw_the_same_order_the_table_takes_one(
    amount: int, checkout: HoldingCheckout
) -> None:
    order = checkout.held()
    holds, now = checkout.orders.holds, checkout.clock.now()
    if amount == ALL:
        holds.ask_to_capture(order, 1000, "ada", now)
    holds.ask_to_capture(order, amount, "bob", now)
    assert checkout.now(order).capture_amount == (1000 if amount == ALL else None)


def test_an_order_that_is_to_be_cancelled_is_not_captured(checkout: HoldingCheckout) -> None:
    order = checkout.held()
    checkout.orders.by_id[order.order_id] = marked = replace(order, cancel_asked_at=1)
    assert checkout.capture(order) == CaptureNotAccepted(marked, WhyNotCaptured.CANCELLED)
    checkout.orders.holds.ask_to_capture(order, ALL, "ada", checkout.clock.now())
    assert checkout.now(order) == marked


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (S.PENDING, WhyNotCaptured.NOT_HELD_YET),
        (S.UNKNOWN, WhyNotCaptured.NOT_HELD_YET),
        (S.ACTION_REQUIRED, WhyNotCaptured.NOT_HELD_YET),
        (S.PROCESSING, WhyNotCaptured.NOT_HELD_YET),
        (S.DECLINED, WhyNotCaptured.NOT_HELD),
        (S.PAID, WhyNotCaptured.NOT_HELD),
        (S.CANCELLED, WhyNotCaptured.CANCELLED),
        (S.NEEDS_REVIEW, WhyNotCaptured.IN_REVIEW),
    ],
)
def test_in_any_other_state_it_is_refused(
    status: OrderStatus, why: WhyNotCaptured, checkout: HoldingCheckout
) -> None:
    order = checkout.place()
    order = replace(order, status=status, next_look_up_at=order.unsettled_since)
    if status is not S.PROCESSING:
        order = replace(order, next_look_up_at=None)
    checkout.orders.by_id[order.order_id] = order
    told = checkout.capture(order)
    assert isinstance(told, CaptureNotAccepted)
    assert told.why is why
    held = replace(order, charge_id="h", capture_before=1)
    checkout.orders.holds.ask_to_capture(held, ALL, "ada", checkout.clock.now())
    assert checkout.now(order).capture_asked_at is None


def test_of_an_order_that_nobody_knows_nothing_is_captured(checkout: HoldingCheckout) -> None:
    order = checkout.place()
    del checkout.orders.by_id[order.order_id]
    assert checkout.capture(order) == NoSuchOrder()


def test_an_order_that_is_gone_when_its_capture_is_stored_is_none(
    checkout: HoldingCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = checkout.held()
    monkeypatch.setattr(checkout.orders, "get", lambda _: order)
    del checkout.orders.by_id[order.order_id]
    assert checkout.capture(order) == NoSuchOrder()


def test_one_who_saw_another_attempt_is_told_that_the_order_is_busy(
    checkout: HoldingCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = checkout.held()
    monkeypatch.setattr(checkout.orders, "get", lambda _: replace(order, attempt=2))
    assert checkout.capture(order) == CaptureNotAccepted(order, WhyNotCaptured.BUSY)


def test_a_capture_that_was_asked_for_is_no_replay_in_review(
    checkout: HoldingCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = replace(checkout.asked(), status=S.NEEDS_REVIEW)
    monkeypatch.setattr(checkout.orders, "get", lambda _: review)
    assert checkout.capture(review) == CaptureNotAccepted(review, WhyNotCaptured.IN_REVIEW)


@pytest.mark.parametrize("status", [S.CHARGING, S.UNKNOWN, S.PAID])
def test_what_was_asked_for_is_told_again_whatever_the_capture_has_come_to(
    status: S, checkout: HoldingCheckout
) -> None:
    order = replace(checkout.asked(3000), status=status)
    checkout.orders.by_id[order.order_id] = order
    assert checkout.capture(order, 3000) == CaptureReplayed(order)

"""A hold is captured once, whatever happens on the way, or not at all."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.capture_order import (
    CaptureAccepted,
    CaptureNotAccepted,
)
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.holding_checkout import ALL, DAY, HoldingCheckout
from tests.checkout_runtime.factories import NO_KEYS, POLICY, SECOND
from tests.checkout_runtime.holding_payments import LOST

S = OrderStatus
NO_WORD = Unknown("http_404", without_word=True)


@pytest.fixture
def checkout() -> HoldingCheckout:
    return HoldingCheckout()


def test_a_capture_whose_answer_was_lost_is_looked_up_and_not_repeated(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    checkout.payments.next_captures = [checkout.payments.carry_out_and_hang]
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID
    assert len(checkout.payments.captures) == 1


def test_a_capture_that_did_not_arrive_is_repeated_under_its_key(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    checkout.payments.next_captures = [LOST]
    checkout.turn(order)
    checkout.turn(order)
    assert checkout.now(order).status is S.PAID
    assert checkout.payments.captures == [(order.capture_key, ALL)] * 2


def test_nothing_is_captured_while_the_look_up_is_not_answered(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    order = checkout.asked()
    for unclear in (LOST, NotFound(), Processing(), ActionRequired(None)):
        checkout.payments.next_look_ups = [unclear]
        assert not checkout.turn(order)
        assert checkout.now(order).status is S.UNKNOWN
    assert checkout.payments.captures == []
    told = [vars(each) for each in caplog.records if each.getMessage() == "charge_unknown"]
    reasons = [each["reason"].removeprefix("hold_unclear:") for each in told]
    assert reasons == ["timeout", "NotFound", "Processing", "ActionRequired"]
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID


def test_an_operator_hears_of_a_hold_that_is_asked_for_and_unknown_while_it_can_be_captured(
    checkout: HoldingCheckout,
) -> None:
    """It may have been made on another account."""
    order = checkout.asked()
    checkout.clock.time += DAY
    checkout.payments.next_look_ups = [NotFound()]
    assert checkout.turn(order)
    in_review = checkout.now(order)
    assert in_review.review_reason == "hold_unclear"
    assert in_review.capture_before is not None
    assert checkout.clock.now() < in_review.capture_before


def test_a_hold_that_is_gone_is_not_captured_and_the_order_is_cancelled(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    checkout.payments.let_lapse()
    assert checkout.turn(order)
    ended = checkout.now(order)
    assert (ended.status, ended.cancel_reason) == (S.CANCELLED, "lapsed")
    assert ended.unsettled_since is None
    assert checkout.payments.captures == []
    assert isinstance(checkout.capture(order), CaptureNotAccepted)


def test_a_hold_that_ends_between_look_up_and_capture_cancels_the_order(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    checkout.payments.next_captures = [Declined("expired")]
    assert checkout.turn(order)
    assert checkout.now(order).status is S.CANCELLED


def test_without_keys_only_a_look_up_says_that_the_hold_is_gone(checkout: HoldingCheckout) -> None:
    """An earlier request, whose answer was lost, may be what ended it."""
    order = checkout.asked()
    checkout.policy = NO_KEYS
    checkout.payments.carry_out(order, ALL)
    checkout.payments.next_look_ups = [checkout.payments.holds[order.payment_key]]
    checkout.payments.next_captures = [Declined("gone")]
    assert not checkout.turn(order)
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID


def test_without_keys_an_answered_capture_counts_at_once(checkout: HoldingCheckout) -> None:
    order = checkout.asked()
    checkout.policy = NO_KEYS
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID


def test_a_refused_capture_leaves_the_hold_and_another_may_be_asked_for(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    checkout.payments.next_captures = [NotCharged("account_frozen")]
    assert checkout.turn(order)
    held = checkout.now(order)
    assert (held.status, held.capture_refused_as) == (S.AUTHORIZED, "account_frozen")
    assert (held.capture_asked_at, held.capture_amount) == (None, None)
    assert isinstance(checkout.capture(order, 3000), CaptureAccepted)
    checkout.turn(order)
    assert checkout.now(order).captured_amount == 3000
    keys = [key for key, _ in checkout.payments.captures]
    assert keys == [order.capture_key, f"{order.capture_key}:2"]


def test_a_worker_without_time_leaves_the_capture_to_the_next(checkout: HoldingCheckout) -> None:
    order = checkout.asked()
    slow = checkout.payments.look_up

    def look_up(key: str) -> Any:
        checkout.clock.time += 30 * SECOND
        return slow(key)

    checkout.payments.look_up = look_up
    message = checkout.message(order)
    assert checkout.deliver(message, in_time=40 * SECOND) == [message.message_id]
    assert checkout.now(order).status is S.UNKNOWN
    assert checkout.payments.captures == []


def test_a_lease_that_is_nearly_over_is_no_time_to_capture(checkout: HoldingCheckout) -> None:
    order = checkout.asked()
    slow = checkout.payments.look_up

    def look_up(key: str) -> Any:
        checkout.clock.time += (POLICY.lease_seconds - 5) * SECOND
        return slow(key)

    checkout.payments.look_up = look_up
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN
    assert checkout.payments.captures == []


@pytest.mark.parametrize("captured", [1, 3000, ALL])
def test_what_is_captured_elsewhere_pays_the_order_up_to_what_was_held(
    captured: int, checkout: HoldingCheckout
) -> None:
    order = checkout.held()
    checkout.payments.carry_out(order, captured)
    checkout.pass_to_end(order)
    checkout.run_reconciler()
    paid = checkout.now(order)
    assert (paid.status, paid.left_to_refund) == (S.PAID, captured)


@pytest.mark.parametrize(
    "charge", [Captured("c", ALL + 1, "EUR"), Captured("c", ALL, "USD"), Captured("c", 0, "EUR")]
)
def test_a_capture_of_more_or_in_another_currency_is_a_mismatch(
    charge: Captured, checkout: HoldingCheckout
) -> None:
    order = checkout.asked()
    checkout.payments.next_captures = [charge]
    checkout.turn(order)
    assert checkout.now(order).review_reason == "capture_mismatch"


@pytest.mark.parametrize(("captured", "told"), [(1999, 1), (2000, 0), (2001, 1)])
def test_a_capture_of_another_amount_than_was_asked_for_pays_and_is_told_as_an_error(
    captured: int, told: int, checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    order = checkout.asked(2000)
    checkout.payments.next_captures = [Captured("c", captured, "EUR")]
    assert checkout.turn(order)
    paid = checkout.now(order)
    assert (paid.status, paid.captured_amount, paid.refundable) == (S.PAID, captured, captured)
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert [each.getMessage() for each in errors] == ["captured_another_amount"] * told


# Services that cannot be asked


def test_where_the_look_up_is_broken_the_capture_is_sent_while_its_key_is_known(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    checkout.payments.next_look_ups = [NO_WORD] * 2
    checkout.payments.next_captures = [checkout.payments.carry_out_and_hang]
    assert not checkout.turn(order)
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID
    assert checkout.payments.captures == [(order.capture_key, ALL)] * 2


@pytest.mark.parametrize("why", ["the key is over", "no keys", "out of a backup"])
def test_else_nothing_is_sent_before_a_look_up_says_what_there_is(
    why: str, checkout: HoldingCheckout
) -> None:
    order = checkout.asked()
    if why == "the key is over":
        checkout.clock.time += DAY
    elif why == "no keys":
        checkout.policy = NO_KEYS
    else:
        checkout.policy = replace(checkout.policy, quarantine_before=checkout.clock.now() + 1)
    checkout.payments.next_look_ups = [NO_WORD]
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN
    assert checkout.payments.captures == []


def test_a_broken_look_up_of_a_hold_that_nobody_asked_for_says_nothing(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.held()
    unclear = replace(order, status=S.UNKNOWN, next_look_up_at=None)
    checkout.orders.by_id[order.order_id] = unclear
    checkout.payments.next_look_ups = [NO_WORD]
    assert not checkout.turn(order)
    assert checkout.now(order).status is S.UNKNOWN


def test_where_nothing_can_be_looked_up_a_capture_is_repeated_while_its_key_is_known() -> None:
    checkout = HoldingCheckout(can_look_up=False)
    order = checkout.asked()
    checkout.payments.next_captures = [LOST]
    assert not checkout.turn(order)
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID


@pytest.mark.parametrize("by_reconciler", [True, False])
def test_afterwards_it_is_an_operators_and_the_hold_is_not_voided(*, by_reconciler: bool) -> None:
    checkout = HoldingCheckout(can_look_up=False)
    order = checkout.asked()
    checkout.payments.next_captures = [LOST]
    checkout.turn(order)
    checkout.clock.time += DAY
    if by_reconciler:
        checkout.run_reconciler()
    else:
        assert checkout.turn(order)
    assert len(checkout.payments.captures) == 1
    stored = checkout.now(order)
    assert (stored.status, stored.review_reason) == (S.NEEDS_REVIEW, "key_retention_over")
    assert checkout.payments.cancels == []


def test_a_hold_is_told_once_and_each_refused_capture_is_an_error(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order = checkout.pass_to_end(checkout.held())
    checkout.run_reconciler()  # which looks the hold up, and finds it as it was
    assert checkout.now(order).status is S.AUTHORIZED
    checkout.capture(order)
    checkout.payments.next_captures = [NotCharged("account_frozen")]
    checkout.turn(order)
    events = ("charge_authorized", "capture_due", "capture_accepted", "capture_refused")
    told = [(each.getMessage(), each.levelname) for each in caplog.records]
    assert [each for each in told if each[0] in events] == [
        ("charge_authorized", "INFO"),
        ("capture_due", "WARNING"),
        ("capture_accepted", "INFO"),
        ("capture_refused", "ERROR"),
    ]
    assert vars(caplog.records[-1])["code"] == "account_frozen"


def test_what_a_capture_answers_is_logged_before_it_is_stored(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    """If storing it fails, the log at least has the proof."""
    caplog.set_level(logging.INFO)
    order = checkout.asked()
    checkout.payments.next_captures = [LOST]
    checkout.turn(order)
    checkout.turn(order)
    answers = [vars(each) for each in caplog.records if each.getMessage() == "capture_answered"]
    found = [(each["answer"], each["charge_id"], each["capture_ms"]) for each in answers]
    assert found == [("Unknown", None, 0), ("Captured", "ch_of_hold_1", 0)]

"""A webhook about a refund is a hint; what the payment service says when it is asked is stored."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.follow_hint import Followed
from checkout_runtime.application.follow_refund_hint import FollowRefundHint
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.hint import RefundHint
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    Refunded,
    RefundLookUp,
    RefundPending,
)
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import HOUR, SECOND
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.ledger_payments import LOST

S = RefundStatus
RETURNED = NotRefunded("returned_by_the_bank")
DOWN = Unknown("timeout", unavailable=True)


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout(orders=InMemoryOrders(announces=True))


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    """An order that is paid."""
    return checkout.paid()


def follow(
    checkout: RefundingCheckout,
    refund: Refund,
    *answers: RefundLookUp,
    in_time: int = HOUR,
) -> Followed:
    """Follow a webhook that names the refund; look-ups are answered as given, then truly."""
    checkout.payments.next_refund_look_ups = list(answers)
    checkout.deliveries += 1
    follow_hint = FollowRefundHint(checkout.refunds, checkout.settle_refund, checkout.clock)
    deadline = checkout.clock.now() + in_time
    return follow_hint(RefundHint(refund.refund_id), f"hook-{checkout.deliveries}", deadline)


def in_state(checkout: RefundingCheckout, order: Order, state: RefundStatus) -> Refund:
    """A refund of 1200 in this state, by what the payment service said."""
    refund = checkout.asked(order, amount=1200)
    if state is S.REFUNDING:
        now = checkout.clock.now()
        lease = now + 40 * SECOND
        checkout.refunds.claim(refund.refund_id, claim_id="c", now=now, lease_expires_at=lease)
        return checkout.stored(refund)
    said: dict[RefundStatus, Any] = {
        S.UNKNOWN: LOST,
        S.PROCESSING: RefundPending("re_1"),
        S.NOT_REFUNDED: NotRefunded("card_closed"),
        S.NEEDS_REVIEW: Refunded("re_1", 7, "EUR"),
    }
    checkout.payments.next_refunds = [said[state]] if state in said else []
    if state is not S.REQUESTED:
        checkout.work_on(refund)
    stored = checkout.stored(refund)
    assert stored.status is state
    return stored


def told(checkout: RefundingCheckout, order: Order) -> list[str]:
    """What was announced of the order, by ordinal."""
    found = map(Announcement.from_member, checkout.now(order).owed)
    return [each.kind for each in sorted(found, key=lambda each: each.ordinal)]


def test_a_refund_that_succeeded_and_fails_later_gives_its_amount_back_once(
    checkout: RefundingCheckout, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    refund = in_state(checkout, order, S.REFUNDED)
    assert checkout.now(order).left_to_refund == 3000
    followed = [follow(checkout, refund, RETURNED) for _ in range(3)]
    assert followed == [Followed.STORED, Followed.NOTHING_NEW, Followed.NOTHING_NEW]
    stored = checkout.stored(refund)
    assert (stored.status, stored.code) == (S.NOT_REFUNDED, "returned_by_the_bank")
    assert checkout.now(order).left_to_refund == 4200
    assert told(checkout, order) == ["OrderPaid", "OrderRefunded", "RefundFailed"]
    events = [getattr(each, "event", None) for each in caplog.records]
    assert events.count("refund_returned") == 1
    again = checkout.asked(order, "r2", amount=4200)
    assert checkout.work_on(again)
    assert checkout.stored(again).status is S.REFUNDED


def test_two_that_learn_of_it_at_once_give_the_amount_back_once(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.REFUNDED)
    for _ in range(2):
        now = checkout.clock.now()
        assert checkout.refund_outcomes.record_returned(refund, RETURNED, now)
    assert checkout.now(order).left_to_refund == 4200


def test_old_news_undo_no_success_that_came_after_them(
    checkout: RefundingCheckout, order: Order
) -> None:
    before = in_state(checkout, order, S.REFUNDED)
    checkout.clock.time += SECOND
    follow(checkout, before, RETURNED)
    checkout.clock.time += SECOND
    assert follow(checkout, before) is Followed.STORED
    assert checkout.stored(before).status is S.REFUNDED
    now = checkout.clock.now()
    assert not checkout.refund_outcomes.record_returned(before, RETURNED, now)
    assert checkout.now(order).left_to_refund == 3000


@pytest.mark.parametrize(
    ("state", "answer", "becomes"),
    [
        (S.PROCESSING, Refunded("re_1", 1200, "EUR"), S.REFUNDED),
        (S.PROCESSING, RETURNED, S.NOT_REFUNDED),
        (S.PROCESSING, Refunded("re_1", 7, "EUR"), S.NEEDS_REVIEW),
        (S.UNKNOWN, Refunded("re_1", 1200, "EUR"), S.REFUNDED),
        (S.REFUNDING, Refunded("re_1", 1200, "EUR"), S.REFUNDED),
        (S.NOT_REFUNDED, Refunded("re_1", 1200, "EUR"), S.REFUNDED),
        (S.NEEDS_REVIEW, Refunded("re_1", 1200, "EUR"), S.REFUNDED),
    ],
)
def test_news_are_stored(
    state: RefundStatus,
    answer: RefundLookUp,
    becomes: RefundStatus,
    checkout: RefundingCheckout,
    order: Order,
) -> None:
    refund = in_state(checkout, order, state)
    assert follow(checkout, refund, answer) is Followed.STORED
    assert checkout.stored(refund).status is becomes


@pytest.mark.parametrize("answer", [RETURNED, RefundPending("re_1")])
def test_what_a_worker_left_is_asked_about_once_more_under_a_claim(
    answer: RefundLookUp, checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.UNKNOWN)
    assert follow(checkout, refund, answer, Refunded("re_1", 1200, "EUR")) is Followed.STORED
    stored = checkout.stored(refund)
    assert (stored.status, stored.claim_epoch) == (S.REFUNDED, refund.claim_epoch + 1)


def test_a_worker_that_is_requesting_it_learns_of_a_no_itself(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.REFUNDING)
    assert follow(checkout, refund, RETURNED) is Followed.NOTHING_NEW
    assert checkout.stored(refund) == refund


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (S.REFUNDED, NotFound()),
        (S.REFUNDED, RefundPending("re_1")),
        (S.PROCESSING, Unknown("http_404", without_word=True)),
        (S.NOT_REFUNDED, RETURNED),
        (S.NEEDS_REVIEW, RETURNED),
        (S.PROCESSING, RefundPending("re_1")),
        (S.PROCESSING, NotFound()),
        (S.UNKNOWN, NotFound()),
        (S.REQUESTED, Refunded("re_1", 1200, "EUR")),
    ],
)
def test_what_is_no_news_changes_nothing(
    state: RefundStatus, answer: RefundLookUp, checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, state)
    requests = list(checkout.payments.refund_requests)
    assert follow(checkout, refund, answer) is Followed.NOTHING_NEW
    assert checkout.stored(refund) == refund
    assert checkout.payments.refund_requests == requests


def test_a_webhook_that_comes_before_its_refund_is_stored_makes_none(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = checkout.asked(order, amount=1200)
    early = replace(refund, refund_id="op_" + "b" * 52)
    assert follow(checkout, early) is Followed.NOT_OURS
    assert checkout.refunds.get(early.refund_id) is None
    assert checkout.payments.refund_requests == []


def test_where_nobody_can_be_asked_the_hint_is_worth_nothing(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.REFUNDED)
    checkout.without_look_up()
    assert follow(checkout, refund, RETURNED) is Followed.NOT_ASKED
    checkout.payments.can_refund = False
    assert follow(checkout, refund, RETURNED) is Followed.NOT_OURS
    assert checkout.stored(refund).status is S.REFUNDED


def test_another_services_refund_is_not_asked_about(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.REFUNDED)
    checkout.payments.name = "another service"
    assert follow(checkout, refund, RETURNED) is Followed.NOT_OURS
    assert checkout.stored(refund).status is S.REFUNDED


def test_without_an_answer_or_without_time_the_webhook_has_to_come_again(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.REFUNDED)
    for unclear in (DOWN, Unknown("http_404", without_word=True)):
        assert follow(checkout, refund, unclear) is Followed.UNANSWERED
    assert follow(checkout, refund, RETURNED, in_time=0) is Followed.UNANSWERED
    assert checkout.stored(refund).status is S.REFUNDED


def test_while_the_service_is_down_nobody_asks_it_and_the_webhook_has_to_come_again(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.UNKNOWN)
    assert follow(checkout, refund, DOWN) is Followed.UNANSWERED
    while not checkout.look_up_breaker.is_open(checkout.clock.now()):
        checkout.look_up_breaker.record(available=False, now=checkout.clock.now())
    assert follow(checkout, refund, Refunded("re_1", 1200, "EUR")) is Followed.UNANSWERED
    assert checkout.stored(refund) == refund


def test_a_refund_that_is_not_found_under_the_claim_is_not_requested(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.UNKNOWN)
    requests = list(checkout.payments.refund_requests)
    follow(checkout, refund, RETURNED, NotFound())
    assert checkout.stored(refund).claim_epoch == refund.claim_epoch + 1
    assert checkout.payments.refund_requests == requests


def test_a_no_of_a_look_up_counts_also_where_one_to_a_request_would_not(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = in_state(checkout, order, S.PROCESSING)
    restored = checkout.clock.now() + 1
    checkout.policy = replace(checkout.policy, key_retention_seconds=0, quarantine_before=restored)
    assert follow(checkout, refund, RETURNED) is Followed.STORED
    assert checkout.stored(refund).status is S.NOT_REFUNDED


def test_after_a_slow_answer_no_claim_is_taken_that_there_is_no_time_for(
    checkout: RefundingCheckout, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = in_state(checkout, order, S.UNKNOWN)

    def slowly(_: object) -> RefundLookUp:
        checkout.clock.time += HOUR
        return RETURNED

    monkeypatch.setattr(checkout.payments, "look_up_refund", slowly)
    assert follow(checkout, refund) is Followed.UNANSWERED
    assert checkout.stored(refund) == refund


def test_a_service_that_has_no_secret_yet_cannot_be_asked(
    checkout: RefundingCheckout, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise LookupError("no secret")

    refund = in_state(checkout, order, S.UNKNOWN)
    monkeypatch.setattr(checkout.payments, "prepare", refuse)
    with pytest.raises(LookupError):
        follow(checkout, refund, RETURNED)
    assert checkout.stored(refund) == refund


@pytest.mark.parametrize("announces", [True, False])
@pytest.mark.parametrize("is_paid", [True, False])
def test_a_stray_charge_whose_refund_is_returned_is_a_stray_one_again(
    *, is_paid: bool, announces: bool
) -> None:
    checkout = RefundingCheckout(orders=InMemoryOrders(announces=announces))
    order = checkout.with_stray(checkout.paid() if is_paid else checkout.place())
    refund = checkout.asked(order, charge_id="ch_stray")
    checkout.work_on(refund)
    before = checkout.now(order)
    assert (before.stray_charges, len(before.refunded_charges)) == (frozenset(), 1)
    assert follow(checkout, refund, RETURNED) is Followed.STORED
    after = checkout.now(order)
    assert after.stray_charges == before.refunded_charges
    assert after.refunded_charges == frozenset()
    assert after.status is (OrderStatus.PAID if is_paid else OrderStatus.NEEDS_REVIEW)
    assert after.review_reason == "stray_charge"
    assert checkout.unsettled.count_in_review(0) == 1
    assert after.refundable == before.refundable
    if announces:
        assert told(checkout, order)[-2:] == ["RefundFailed", "OrderNeedsReview"]
    again = checkout.asked(order, "r2", charge_id="ch_stray")
    assert checkout.work_on(again)
    assert checkout.now(order).stray_charges == frozenset()


def test_a_stray_that_the_order_does_not_know_as_refunded_changes_nothing_else(
    checkout: RefundingCheckout, order: Order
) -> None:
    order = checkout.with_stray(order)
    refund = checkout.asked(order, charge_id="ch_stray")
    checkout.work_on(refund)
    refunded = checkout.stored(refund)
    follow(checkout, refund, RETURNED)
    # Its proof came again meanwhile, and again it is returned; the order has it as a stray already.
    now = checkout.clock.now()
    checkout.refund_outcomes.record_refunded(refunded, Refunded("re_1", 4200, "EUR"), now)
    checkout.with_stray(order)
    assert follow(checkout, refund, RETURNED) is Followed.STORED
    assert checkout.stored(refund).status is S.NOT_REFUNDED

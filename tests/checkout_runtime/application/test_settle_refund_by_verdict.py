"""An operator closes a refund that no machine could decide; the payment service comes first."""

from __future__ import annotations

import pytest

from checkout_runtime.application.settle_refund_by_verdict import (
    RefundVerdict,
    SettledRefund,
    SettleRefundByVerdict,
)
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    Refunded,
    RefundLookUp,
    RefundPending,
)
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.ledger_payments import LOST

PROOF = Refunded("re_1", 1200, "EUR")


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def in_review(checkout: RefundingCheckout) -> Refund:
    """A refund whose key's retention ended before anybody learned what came of it."""
    refund = checkout.asked(checkout.paid(), amount=1200)
    checkout.payments.next_refunds = [LOST]
    checkout.work_on(refund)
    checkout.clock.time += 25 * HOUR
    checkout.work_on(refund)
    assert checkout.stored(refund).status is RefundStatus.NEEDS_REVIEW
    return refund


def settle(
    checkout: RefundingCheckout, refund: Refund, *, refunded: bool, dry_run: bool = False
) -> SettledRefund:
    by_verdict = SettleRefundByVerdict(
        checkout.refunds,
        checkout.refund_outcomes,
        checkout.payments,
        checkout.clock,
        checkout.settle_refund.policy,
    )
    verdict = RefundVerdict(refunded, "ops", "ticket 1")
    return by_verdict(refund.refund_id, verdict, dry_run=dry_run)


def left(checkout: RefundingCheckout, refund: Refund) -> int:
    return checkout.orders.by_id[refund.order_id].left_to_refund


def test_what_did_not_go_back_can_be_refunded_again(
    checkout: RefundingCheckout, in_review: Refund
) -> None:
    assert settle(checkout, in_review, refunded=False, dry_run=True).done == "would settle"
    assert left(checkout, in_review) == 3000
    assert settle(checkout, in_review, refunded=False).done == "settled"
    assert checkout.stored(in_review).status is RefundStatus.NOT_REFUNDED
    assert left(checkout, in_review) == 4200
    assert checkout.unsettled_refunds.count_in_review(0) == 0


def test_what_went_back_stays_taken_off(checkout: RefundingCheckout, in_review: Refund) -> None:
    checkout.payments.next_refund_look_ups = [PROOF]
    assert settle(checkout, in_review, refunded=True).done == "settled"
    assert checkout.stored(in_review).status is RefundStatus.REFUNDED
    assert left(checkout, in_review) == 3000


@pytest.mark.parametrize(
    ("refunded", "found"),
    [
        (False, PROOF),
        (True, NotRefunded("expired_card")),
        (True, NotFound()),
        (True, RefundPending("re_1")),
        (False, RefundPending("re_1")),
        (False, Unknown("timeout")),
    ],
)
def test_a_verdict_that_the_payment_service_contradicts_is_refused(
    refunded: bool, found: RefundLookUp, checkout: RefundingCheckout, in_review: Refund
) -> None:
    checkout.payments.next_refund_look_ups = [found]
    assert settle(checkout, in_review, refunded=refunded).done == "refused"
    assert checkout.stored(in_review).status is RefundStatus.NEEDS_REVIEW


def test_while_a_request_may_be_on_its_way_nothing_is_given_back(
    checkout: RefundingCheckout,
) -> None:
    refund = checkout.asked(checkout.paid(), amount=1200)
    checkout.payments.next_refunds = [Refunded("re_9", 9, "EUR")]
    checkout.work_on(refund)
    assert settle(checkout, refund, refunded=False).done == "refused"
    assert left(checkout, refund) == 3000


def test_only_a_refund_in_review_is_settled(checkout: RefundingCheckout) -> None:
    refund = checkout.asked(checkout.paid())
    assert settle(checkout, refund, refunded=True).done == "refused"

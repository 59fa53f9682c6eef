"""An operator closes a refund that no machine could decide; the payment service comes first."""

from __future__ import annotations

from typing import Any

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
from checkout_runtime.domain.refund_policy import RefundPolicy
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout, RefundingLedger
from tests.checkout_runtime.application.settling_refunds import Stored, claimed, told
from tests.checkout_runtime.factories import HOUR, NOW, POLICY
from tests.checkout_runtime.ledger_payments import LOST
from tests.checkout_runtime.state_events import SetClock

DAY = 24 * HOUR
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


def judged(
    refund: Refund | None,
    service: RefundingLedger | None = None,
    *,
    refunded: bool,
    stored: Stored | None = None,
) -> SettledRefund:
    """What becomes of a verdict about a refund that the table has, or has not."""

    class Table:
        def get(self, _: str) -> Refund | None:
            return refund

    asked = service or RefundingLedger()
    policy = RefundPolicy(POLICY, asked.can_look_up_refunds)
    table: Any = Table()
    settle = SettleRefundByVerdict(table, stored or Stored(), asked, SetClock(), policy)
    return settle("op_a", RefundVerdict(refunded, "ops", "ticket 1"), dry_run=False)


def reviewed(**changes: Any) -> Refund:
    """A refund in review whose requests can do nothing any more."""
    old = {"first_claimed_at": NOW - 25 * HOUR, "lease_expires_at": NOW}
    return claimed(status=RefundStatus.NEEDS_REVIEW, **{**old, **changes})


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


def test_what_is_told_of_a_verdict(caplog: pytest.LogCaptureFixture) -> None:
    service, stored = RefundingLedger(can_look_up_refunds=False), Stored()
    for refunded, detail in ((True, "refunded"), (False, "not refunded")):
        told_of = judged(reviewed(), service, refunded=refunded, stored=stored)
        assert told_of == SettledRefund("op_a", "settled", "NEEDS_REVIEW", detail)
        record = told(caplog)[-1]
        assert (record["event"], record["verdict"]) == ("refund_settled_by_verdict", detail)
        assert record["refund_id"] == "op_a"
    said = {"by": "ops", "why": "ticket 1", "now": NOW}
    assert [named for _, _, named in stored.calls] == [
        {"refunded": True, **said},
        {"refunded": False, **said},
    ]


def test_a_refund_that_is_not_there_is_not_settled() -> None:
    no_such = SettledRefund("op_a", "refused", None, "no such refund")
    assert judged(None, refunded=True) == no_such


def test_a_refund_that_changed_meanwhile_is_looked_at_again() -> None:
    service, stored = RefundingLedger(can_look_up_refunds=False), Stored(succeeds=False)
    settled = judged(reviewed(), service, refunded=True, stored=stored)
    assert (settled.done, settled.status) == ("refused", "NEEDS_REVIEW")
    assert "changed meanwhile" in settled.detail


def test_the_service_is_made_ready_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    service, ready = RefundingLedger(), list[str]()
    monkeypatch.setattr(service, "prepare", lambda: ready.append("prepared"))
    judged(reviewed(), service, refunded=False)
    assert ready == ["prepared"]


@pytest.mark.parametrize("change", [{"can_look_up_refunds": False}, {"name": "another"}])
def test_a_service_that_cannot_know_is_not_asked(change: dict[str, Any]) -> None:
    service = RefundingLedger(**change)
    service.next_refund_look_ups = [NotFound()]
    assert judged(reviewed(lease_expires_at=NOW + 1), service, refunded=True).done == "settled"
    assert service.next_refund_look_ups


def test_a_no_of_the_payment_service_confirms_that_nothing_went_back() -> None:
    service = RefundingLedger(next_refund_look_ups=[NotRefunded("no")])
    assert judged(reviewed(), service, refunded=False).done == "settled"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"lease_expires_at": NOW + 1}, "a worker may still be requesting it"),
        ({"first_claimed_at": NOW}, "a request may still be on its way"),
        ({}, "not refunded"),
        ({"lease_expires_at": None}, "not refunded"),
        ({"first_claimed_at": None}, "not refunded"),
    ],
)
def test_nothing_is_given_back_while_a_request_may_be_under_way(
    changes: dict[str, Any], detail: str
) -> None:
    settled = judged(reviewed(**changes), refunded=False)
    assert settled.detail.partition(";")[0] == detail
    assert settled.done == ("settled" if detail == "not refunded" else "refused")


SILENT = Unknown("timeout", unavailable=True)
PENDING = RefundPending("re_1")
LONG_AGO = {"first_claimed_at": NOW - 60 * DAY}


@pytest.mark.parametrize(
    ("found", "changes", "done"),
    [
        (SILENT, {"first_claimed_at": NOW - 2 * DAY + 1}, "refused"),
        (SILENT, {"first_claimed_at": NOW - 2 * DAY}, "settled"),
        (SILENT, {"first_claimed_at": None, "unsettled_since": NOW - 2 * DAY}, "settled"),
        (SILENT, {**LONG_AGO, "released_at": NOW - DAY + 1}, "refused"),
        (PENDING, {**LONG_AGO, "processing_since": NOW - 21 * DAY + 1}, "refused"),
        (PENDING, {**LONG_AGO, "processing_since": NOW - 21 * DAY}, "settled"),
        (PENDING, {**LONG_AGO, "processing_since": None}, "settled"),
        (PENDING, {"first_claimed_at": NOW - 2 * DAY, "processing_since": None}, "refused"),
        (PENDING, {"first_claimed_at": None, "unsettled_since": NOW - 2 * DAY}, "refused"),
        (PENDING, {"first_claimed_at": None, "unsettled_since": NOW - 21 * DAY}, "settled"),
    ],
)
@pytest.mark.parametrize("refunded", [True, False])
def test_a_service_that_never_says_more_does_not_keep_a_refund_in_review_for_ever(
    refunded: bool, found: RefundLookUp, changes: dict[str, Any], done: str
) -> None:
    """A stray charge whose refund cannot be closed would keep its order in review for ever, too."""
    service = RefundingLedger(next_refund_look_ups=[found])
    settled = judged(reviewed(**changes), service, refunded=refunded)
    assert settled.done == done
    assert ("counts by your word" in settled.detail) == (done == "settled")

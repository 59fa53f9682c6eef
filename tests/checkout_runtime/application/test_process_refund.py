"""A refund's message: worked on, or returned to the queue until it is worth while."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.circuit_breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    Permit,
)
from checkout_runtime.application.process_refund import NotSettledYet, ProcessRefund
from checkout_runtime.application.refund_records import NotClaimed
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.refund import Refund, RefundStatus
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.application.settling_refunds import claimed, told
from tests.checkout_runtime.factories import HOUR, NOW, POLICY, SECOND
from tests.checkout_runtime.ledger_payments import LOST


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


def process(
    checkout: RefundingCheckout,
    refund: Refund,
    settle: SettleRefund | None = None,
    left: int = HOUR,
    claim_id: str = "c1",
    first_received_at: int | None = None,
) -> NotSettledYet | None:
    work = ProcessRefund(checkout.refunds, settle or checkout.settle_refund, checkout.clock)
    return work(
        OperationMessage(refund.order_id, refund.refund_id),
        claim_id=claim_id,
        first_received_at=first_received_at,
        deadline=checkout.clock.now() + left,
    )


def test_a_worker_holds_the_claim_for_its_lease_and_keeps_when_the_queue_had_it_first(
    checkout: RefundingCheckout,
) -> None:
    refund = checkout.asked(checkout.paid())
    checkout.payments.next_refunds = [LOST]
    received = checkout.clock.now() - 7 * SECOND
    again = process(checkout, refund, first_received_at=received)
    assert again == NotSettledYet("refund_unknown")
    assert checkout.stored(refund).first_claimed_at == received


def test_the_lease_is_as_long_as_the_policy_says(
    checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = checkout.asked(checkout.paid())
    asked: list[dict[str, Any]] = []

    def claim(_: str, **named: Any) -> NotClaimed:
        asked.append(named)
        return NotClaimed(None)

    monkeypatch.setattr(checkout.refunds, "claim", claim)
    process(checkout, refund)
    now = checkout.clock.now()
    lease = now + POLICY.lease_seconds * SECOND
    received = {"first_received_at": None}
    assert asked == [{"claim_id": "c1", "now": now, "lease_expires_at": lease, **received}]


def test_a_worker_without_time_for_a_turn_claims_nothing(checkout: RefundingCheckout) -> None:
    refund = checkout.asked(checkout.paid())
    left = POLICY.turn_seconds * SECOND
    assert process(checkout, refund, left=left - 1) == NotSettledYet(
        "no_time_left", after_seconds=None, is_unreadable=False
    )
    assert checkout.stored(refund) == refund
    assert process(checkout, refund, left=left) is None


def test_while_the_payment_service_is_down_nothing_is_claimed(checkout: RefundingCheckout) -> None:
    refund = checkout.asked(checkout.paid())
    settle = checkout.settle_refund
    for _ in range(FAILURES_TO_OPEN):
        settle.breaker.record(available=False, now=checkout.clock.now())
    assert process(checkout, refund, settle) == NotSettledYet("payment_service_down")
    assert checkout.stored(refund) == refund


def test_a_refund_whose_probe_asked_nothing_leaves_the_next_one_to_others(
    checkout: RefundingCheckout,
) -> None:
    refund = checkout.asked(checkout.paid())
    assert process(checkout, refund) is None
    settle = checkout.settle_refund
    for _ in range(FAILURES_TO_OPEN):
        settle.breaker.record(available=False, now=checkout.clock.now())
    checkout.clock.time += FIRST_PAUSE_SECONDS * SECOND
    assert process(checkout, refund, settle) is None, "it is settled already"
    beside_it = settle.breaker.permits(checkout.clock.now(), refund.refund_id)
    assert beside_it == Permit(is_probe=False)


@pytest.mark.parametrize(
    ("stored", "again"),
    [
        (None, NotSettledYet("names no operation", is_unreadable=True)),
        (claimed(lease_expires_at=NOW + 1001), NotSettledYet("claimed_by_another", 2)),
        (claimed(lease_expires_at=NOW + 1000), NotSettledYet("claimed_by_another", 1)),
        (claimed(lease_expires_at=NOW - 5000), NotSettledYet("claimed_by_another", 0)),
        (claimed(lease_expires_at=None), NotSettledYet("claimed_by_another", 0)),
        (claimed(status=RefundStatus.NEWER), NotSettledYet("state_of_a_newer_version")),
        (claimed(status=RefundStatus.REFUNDED), None),
        (claimed(status=RefundStatus.PROCESSING), None),
    ],
)
def test_what_cannot_be_claimed_comes_again_or_is_done_with(
    stored: Refund | None,
    again: NotSettledYet | None,
    checkout: RefundingCheckout,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(checkout.refunds, "claim", lambda *_, **__: NotClaimed(stored))
    assert process(checkout, stored or claimed()) == again
    events = [(each["event"], each["status"], each["refund_id"]) for each in told(caplog)]
    done = [] if stored is None else [("message_duplicate", stored.status, "op_a")]
    assert events == (done if again is None else [])


def test_a_deliverys_own_claim_is_taken_again(checkout: RefundingCheckout) -> None:
    """The answer of the write was lost, and the client repeated it."""
    refund = checkout.asked(checkout.paid())
    now = checkout.clock.now()
    held = checkout.refunds.claim(
        refund.refund_id, claim_id="c1", now=now, lease_expires_at=now + 40 * SECOND
    )
    assert isinstance(held, Refund)
    assert process(checkout, refund) is None
    assert checkout.stored(refund).status is RefundStatus.REFUNDED

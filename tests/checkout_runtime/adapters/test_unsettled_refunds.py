"""The reconciler reads the refunds that are due, and its resend holds for the refund as seen."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def refund(checkout: RefundingCheckout) -> Refund:
    """A refund that was only accepted so far."""
    return checkout.asked(checkout.paid(), amount=1200)


def due(checkout: RefundingCheckout, lane: int, after_ms: int) -> list[Refund]:
    page = checkout.unsettled_refunds.due(
        lane, checkout.clock.now() + after_ms, patience_ms=HOUR, limit=9, after=None
    )
    return list(page.refunds)


def test_an_open_refund_is_due_when_patience_with_it_is_over(
    checkout: RefundingCheckout, refund: Refund
) -> None:
    assert due(checkout, 0, HOUR - 1) == []
    assert due(checkout, 0, HOUR) == [refund]


def test_a_refund_that_is_processing_is_due_at_its_time(
    checkout: RefundingCheckout, refund: Refund
) -> None:
    now = checkout.clock.now()
    held = checkout.refunds.claim(refund.refund_id, claim_id="c", now=now, lease_expires_at=now + 9)
    assert isinstance(held, Refund)
    assert checkout.refund_outcomes.record_processing(held, now + 7, now)
    assert due(checkout, 1, 6) == []
    assert [each.status for each in due(checkout, 1, 7)] == [RefundStatus.PROCESSING]


def test_a_refund_that_was_damaged_by_hand_hides_no_other(
    checkout: RefundingCheckout, refund: Refund, caplog: pytest.LogCaptureFixture
) -> None:
    item = {
        "pk": {"S": "op_" + "a" * 52},
        "unsettled_shard": {"S": "operation#0"},
        "unsettled_since": {"N": "1"},
    }
    checkout.orders._model.call("PutItem", {"TableName": ORDER_TABLE, "Item": item})
    caplog.clear()
    assert due(checkout, 0, HOUR) == [refund]
    assert [vars(record)["event"] for record in caplog.records] == ["refund_unreadable"]


def test_a_resend_whose_answer_was_lost_knows_itself(
    checkout: RefundingCheckout, refund: Refund
) -> None:
    sent = replace(refund, resend=1, resent_at=9)
    for _ in range(2):
        assert checkout.unsettled_refunds.begin_resend(refund, 9) == sent
    assert checkout.unsettled_refunds.begin_resend(refund, 10) is None


@pytest.mark.parametrize(
    "seen",
    [
        {"status": RefundStatus.UNKNOWN},
        {"claim_epoch": 1},
        {"resend": 1},
        {"refund_id": "op_" + "b" * 52},
    ],
)
def test_a_resend_of_a_refund_that_moved_on_changes_nothing(
    seen: dict[str, Any], checkout: RefundingCheckout, refund: Refund
) -> None:
    assert checkout.unsettled_refunds.begin_resend(replace(refund, **seen), 9) is None
    assert checkout.stored(refund) == refund

"""Exactly what each outcome of a second attempt changes in its order's item, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.application.order_records import CaptureRecord, Refusal
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import CHARGE
from tests.checkout_runtime.adapters.written_items import GONE, changes_by
from tests.checkout_runtime.factories import NOW, claimed_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders

LATER = NOW + 5
HELD = claimed_order(
    2,
    attempt=2,
    payment_service="http:pay",
    action_url="https://bank/",
    action_deadline=NOW + 9,
    review_reason="before",
    refused_as="http_404",
    refused_since=NOW,
    earlier_attempts=(EarlierAttempt(1, None, None, None),),
)
REFUSAL_GONE = {"attempt_2_refused_as": GONE, "attempt_2_refused_since": GONE}


def remembered(state: str) -> dict[str, str]:
    return {"status": state, f"first_2_{state}": str(LATER), f"last_2_{state}": str(LATER)}


@pytest.mark.parametrize(
    ("store", "changes"),
    [
        (
            lambda orders, held: orders.record_capture(held, CHARGE, LATER),
            {
                **remembered("PAID"),
                "charge_id": "ch_1",
                "paid_at": str(LATER),
                "claim_id": GONE,
                "lease_expires_at": GONE,
                "action_url": GONE,
                "review_reason": GONE,
                "unsettled_shard": GONE,
                "unsettled_since": GONE,
            },
        ),
        (
            lambda orders, held: orders.record_paid_earlier(held, 1, CHARGE, LATER),
            {
                **remembered("PAID"),
                "charge_id": "ch_1",
                "paid_at": str(LATER),
                "claim_id": GONE,
                "lease_expires_at": GONE,
                "action_url": GONE,
                "review_reason": GONE,
                "unsettled_shard": GONE,
                "unsettled_since": GONE,
            },
        ),
        (
            lambda orders, held: orders.record_decline(held, "no_funds", LATER),
            {
                **remembered("DECLINED"),
                "decline_code": "no_funds",
                "attempt_2_code": "no_funds",
                "lease_expires_at": GONE,
                "action_url": GONE,
                "unsettled_shard": GONE,
                "unsettled_since": GONE,
            },
        ),
        (
            lambda orders, held: orders.record_unknown(held, LATER),
            {**remembered("UNKNOWN"), "lease_expires_at": GONE, **REFUSAL_GONE},
        ),
        (
            lambda orders, held: orders.record_unknown(
                held, LATER, refusal=Refusal("http_400", LATER), uncounted=True
            ),
            {
                **remembered("UNKNOWN"),
                "lease_expires_at": GONE,
                "attempt_claims": "1",
                "attempt_2_refused_as": "http_400",
                "attempt_2_refused_since": str(LATER),
            },
        ),
        (
            lambda orders, held: orders.record_action_required(held, "", LATER, LATER),
            {
                **remembered("ACTION_REQUIRED"),
                "lease_expires_at": GONE,
                "action_url": True,
                **REFUSAL_GONE,
            },
        ),
        (
            lambda orders, held: orders.record_processing(
                held, LATER + 1, LATER, unanswered=Refusal("timeout", LATER)
            ),
            {
                **remembered("PROCESSING"),
                "lease_expires_at": GONE,
                "action_url": GONE,
                "attempt_2_processing_since": str(LATER),
                "unsettled_since": str(LATER + 1),
                "unsettled_shard": "processing#0",
                "attempt_2_refused_as": "timeout",
                "attempt_2_refused_since": str(LATER),
            },
        ),
        (
            lambda orders, held: orders.record_review(held, "by_hand", LATER),
            {
                **remembered("NEEDS_REVIEW"),
                "review_reason": "by_hand",
                "lease_expires_at": GONE,
                "action_url": GONE,
                "unsettled_shard": "review#0",
                "unsettled_since": str(LATER),
            },
        ),
        (
            lambda orders, held: orders.record_review(held, "by_hand", LATER, uncounted=True),
            {
                **remembered("NEEDS_REVIEW"),
                "review_reason": "by_hand",
                "lease_expires_at": GONE,
                "action_url": GONE,
                "unsettled_shard": "review#0",
                "unsettled_since": str(LATER),
                "attempt_claims": "1",
            },
        ),
        (
            lambda orders, held: orders.record_stray(held, 1, CHARGE, "stray_charge", LATER),
            {
                **remembered("NEEDS_REVIEW"),
                "review_reason": "stray_charge",
                "stray_charges": ["1:ch_1:4200:EUR"],
                "unsettled_shard": "review#0",
                "unsettled_since": str(LATER),
                "action_url": GONE,
            },
        ),
        (
            lambda orders, held: orders.record_earlier_ended(held, {1: "not_found"}),
            {"attempt_1_ended_as": "not_found"},
        ),
    ],
)
def test_an_outcome_changes_what_it_is_about(
    store: Callable[[InMemoryOrders, Order], object], changes: dict[str, Any]
) -> None:
    assert changes_by(store, HELD) == changes


def test_a_declined_order_expires_after_the_time_that_is_set() -> None:
    orders = InMemoryOrders()
    orders.by_id[HELD.order_id] = HELD
    outcomes = DynamoDbOutcomes(orders._model, ORDER_TABLE, 1, expires_after_seconds=60)
    assert outcomes.record_decline(HELD, "no_funds", LATER) is OrderStatus.DECLINED
    assert orders.by_id[HELD.order_id].expires_at == LATER + 60_000


@pytest.mark.parametrize(("amount", "told"), [(3000, {"captured_amount": 3000}), (4200, {})])
def test_how_much_of_a_hold_was_captured_is_announced_where_that_is_not_all(
    amount: int, told: dict[str, int]
) -> None:
    orders = InMemoryOrders(announces=True)
    held = replace(HELD, capture_before=NOW + 99)
    orders.by_id[held.order_id] = held
    assert orders.record_capture(held, replace(CHARGE, amount=amount), LATER) is CaptureRecord.PAID
    [owed] = map(Announcement.from_member, orders.by_id[held.order_id].owed)
    assert owed.details == {"charge_id": "ch_1", **told}


def test_a_second_attempt_is_paid_though_the_order_has_a_stray_charge() -> None:
    orders = InMemoryOrders()
    orders.by_id[HELD.order_id] = HELD
    orders.record_stray(HELD, 1, CHARGE, "stray_charge", LATER)
    orders.record_capture(orders.by_id[HELD.order_id], CHARGE, LATER + 1)
    paid = orders.by_id[HELD.order_id]
    assert (paid.status, paid.charge_id) == (OrderStatus.PAID, "ch_1")
    assert paid.stray_charges == {"1:ch_1:4200:EUR"}
    assert (orders.count_in_review(0), paid.review_reason) == (1, "stray_charge")

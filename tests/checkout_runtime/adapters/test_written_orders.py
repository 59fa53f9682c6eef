"""Exactly what a claim, a new attempt, a resume and a release change, and what refuses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.order_item import order_to_item
from checkout_runtime.application.order_records import Changed, NotChanged
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.written_items import GONE, changes_by
from tests.checkout_runtime.factories import BUYER, NOW, claimed_order, new_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

LATER = NOW + 5
LEASE_ENDS = LATER + 40_000
UNKNOWN = claimed_order(
    2,
    attempt=2,
    payment_service="http:pay",
    payment_reference="pi_2",
    action_url="https://bank/",
    action_deadline=NOW + 9,
    resend=3,
    resent_at=NOW,
    refused_as="http_404",
    refused_since=NOW,
    earlier_attempts=(EarlierAttempt(1, None, None, None),),
)
UNKNOWN = replace(UNKNOWN, status=OrderStatus.UNKNOWN)
DECLINED = replace(
    UNKNOWN, status=OrderStatus.DECLINED, decline_code="no_funds", unsettled_since=None
)
MUST_ACT = replace(UNKNOWN, status=OrderStatus.ACTION_REQUIRED)
IN_REVIEW = replace(UNKNOWN, status=OrderStatus.NEEDS_REVIEW, review_reason="by_hand")
PENDING = replace(
    UNKNOWN,
    status=OrderStatus.PENDING,
    attempt_claims=0,
    first_claimed_at=None,
    payment_service=None,
    payment_reference=None,
)
LOOKED_UP = replace(
    UNKNOWN, status=OrderStatus.PROCESSING, claim_id="c9", next_look_up_at=NOW, processing_since=NOW
)
Write = Callable[[InMemoryOrders, Order], Any]


def start(**named: Any) -> Write:
    given = {"replaces": 2, "max_attempts": 3, "payment_method": "pm_9", "now": LATER, **named}
    principal = given.pop("principal", BUYER)
    return lambda orders, order: orders.start_attempt(order.order_id, principal, **given)


def resume(principal: str = BUYER, attempt: int = 2) -> Write:
    return lambda orders, order: orders.resume(order.order_id, principal, attempt, LATER)


def release(cleared_before: int | None = None, **seen: Any) -> Write:
    return lambda orders, order: orders.release(
        replace(order, **seen), LATER, cleared_before=cleared_before
    )


def claim(attempt: int = 2, **named: Any) -> Write:
    given = {"claim_id": "c9", "now": LATER, "lease_expires_at": LEASE_ENDS, "service": "http:b"}
    return lambda orders, order: orders.claim(order.order_id, attempt, **{**given, **named})


def remembered(key: str) -> dict[str, str]:
    return {f"first_{key}": str(LATER), f"last_{key}": str(LATER)}


CLAIMED = {
    "status": "CHARGING",
    "claim_epoch": "3",
    "claim_id": "c9",
    "lease_expires_at": str(LEASE_ENDS),
    **remembered("2_CHARGING"),
}
RELEASED = {
    "status": "UNKNOWN",
    "review_reason": GONE,
    "action_deadline": GONE,
    "attempt_2_refused_as": GONE,
    "attempt_2_refused_since": GONE,
    "resend": "4",
    "resent_at": str(LATER),
    "attempt_2_uncounted_resends": "4",
    "unsettled_shard": "open#0",
    "unsettled_since": str(LATER),
    **remembered("released"),
}


@pytest.mark.parametrize(
    ("order", "write", "changes"),
    [
        (
            DECLINED,
            start(),
            {
                "status": "PENDING",
                "attempt": "3",
                "payment_method": "pm_9",
                "attempt_claims": "0",
                "first_claimed_at": GONE,
                "claim_id": GONE,
                "resend": "0",
                "resent_at": GONE,
                "decline_code": GONE,
                "attempt_2_code": "no_funds",
                "action_url": GONE,
                "action_deadline": GONE,
                "payment_reference": GONE,
                "attempt_2_reference": "pi_2",
                "unsettled_shard": "open#0",
                "unsettled_since": str(LATER),
                **remembered("3_PENDING"),
            },
        ),
        (
            MUST_ACT,
            resume(),
            {
                "status": "UNKNOWN",
                "action_url": GONE,
                "resend": "4",
                "resent_at": str(LATER),
                "attempt_2_uncounted_resends": "1",
                **remembered("2_UNKNOWN"),
            },
        ),
        (IN_REVIEW, release(), RELEASED),
        (
            IN_REVIEW,
            release(cleared_before=7),
            {
                **RELEASED,
                "attempt_claims": "0",
                "first_claimed_at": GONE,
                "attempt_2_cleared_before": "7",
            },
        ),
        (UNKNOWN, claim(), {**CLAIMED, "attempt_claims": "3"}),
        (UNKNOWN, claim(to_look_up=True), CLAIMED),
        (
            UNKNOWN,
            claim(only_opened=True),
            {**CLAIMED, "attempt_claims": "3", "attempt_2_reference": "pi_2"},
        ),
        (
            PENDING,
            claim(opened_as="pi_9", first_received_at=NOW + 2),
            {
                **CLAIMED,
                "attempt_claims": "1",
                "first_claimed_at": str(NOW + 2),
                "attempt_2_service": "http:b",
                "payment_reference": "pi_9",
                "attempt_2_reference": "pi_9",
            },
        ),
        (
            PENDING,
            claim(first_received_at=LATER + 1),
            {
                **CLAIMED,
                "attempt_claims": "1",
                "first_claimed_at": str(LATER),
                "attempt_2_service": "http:b",
            },
        ),
    ],
)
def test_a_write_changes_what_it_is_about(
    order: Order, write: Write, changes: dict[str, Any]
) -> None:
    assert changes_by(write, order) == changes


STRAY = {"stray_charges": frozenset({"1:ch_1:4200:EUR"}), "unsettled_since": NOW}


@pytest.mark.parametrize(
    ("order", "write"),
    [
        (DECLINED, start(principal="another")),
        (DECLINED, start(replaces=1)),
        (DECLINED, start(replaces=3)),
        (DECLINED, start(max_attempts=2)),
        (replace(DECLINED, **STRAY), start()),
        (MUST_ACT, resume(principal="another")),
        (MUST_ACT, resume(attempt=1)),
        (replace(MUST_ACT, **STRAY), resume()),
        (IN_REVIEW, release(attempt=1)),
        (replace(IN_REVIEW, **STRAY), release()),
        (replace(IN_REVIEW, decline_code="no_funds"), release()),
        (IN_REVIEW, release(cleared_before=7, claim_epoch=1)),
        (UNKNOWN, claim(attempt=1)),
        (replace(UNKNOWN, **STRAY), claim()),
        (PENDING, claim(only_opened=True)),
        (replace(MUST_ACT, lease_expires_at=NOW), claim()),
        # The same worker claimed it before, and stored since what came of that.
        (LOOKED_UP, claim()),
    ],
)
def test_a_write_about_another_order_than_is_stored_changes_nothing(
    order: Order, write: Write
) -> None:
    results: list[Any] = []
    assert changes_by(lambda orders, each: results.append(write(orders, each)), order) == {}
    assert isinstance(results[0], NotChanged)


@pytest.mark.parametrize(
    ("retries", "changes", "is_own"),
    [(1, {}, True), (0, {}, False), (1, {"correlation_id": "req_2"}, False)],
)
def test_a_put_that_the_client_repeated_knows_its_own_order(
    retries: int, changes: dict[str, Any], is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, order = InMemoryOrders(), new_order()
    there = replace(order, **changes)

    def refuse(*_: Any) -> Any:
        item = order_to_item(there, 1)
        raise AwsRefusedError("ConditionalCheckFailedException", item=item, retries=retries)

    monkeypatch.setattr(orders._model, "call", refuse)
    assert orders.accept(order) == (None if is_own else there)


def test_a_release_that_clears_no_quarantine_counts_whoever_claimed_meanwhile() -> None:
    orders = InMemoryOrders()
    orders.by_id[IN_REVIEW.order_id] = IN_REVIEW
    assert isinstance(orders.release(replace(IN_REVIEW, claim_epoch=1), LATER), Changed)

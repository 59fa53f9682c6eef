"""Exactly what a verdict and the refund of a stray charge change of a second attempt's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.operator_verdicts import stray_refunded
from checkout_runtime.application.order_records import Changed, NotChanged, Verdict, VerdictKind
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.written_items import GONE, changes_by
from tests.checkout_runtime.factories import NOW, claimed_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

S = OrderStatus
LATER = NOW + 5
FIRST, SECOND, OTHER = "1:ch_9:4200:EUR", "2:ch_9:4200:EUR", "1:ch_8:4200:EUR"
IN_REVIEW = replace(
    claimed_order(
        2,
        attempt=2,
        payment_service="http:pay",
        action_url="https://bank/",
        review_reason="stray_charge",
        earlier_attempts=(EarlierAttempt(1, None, None, None),),
    ),
    status=S.NEEDS_REVIEW,
    stray_charges=frozenset({FIRST}),
)
TWO_STRAYS = replace(IN_REVIEW, stray_charges=frozenset({FIRST, OTHER}))
NO_STRAY = replace(IN_REVIEW, stray_charges=frozenset())
Write = Callable[[InMemoryOrders, Order], Any]


def verdict(kind: VerdictKind, charge_id: str | None = "ch_9", **seen: Any) -> Write:
    given = Verdict("ops", "ticket", kind, charge_id)
    return lambda orders, order: orders.settle_by_verdict(replace(order, **seen), given, LATER)


def refund(proof: str = FIRST, **seen: Any) -> Write:
    def write(orders: InMemoryOrders, order: Order) -> Changed | NotChanged:
        update = stray_refunded(replace(order, **seen), proof, LATER, shards=1, announcement=None)
        return orders._updates.update(order.order_id, update)

    return write


def remembered(state: str) -> dict[str, str]:
    return {"status": state, f"first_2_{state}": str(LATER), f"last_2_{state}": str(LATER)}


GIVEN = {"verdict_by": "ops", "verdict_why": "ticket", "verdict_at": str(LATER)}
OVER = {"lease_expires_at": GONE, "action_url": GONE}
REVIEWED = {"review_reason": GONE, "unsettled_shard": GONE, "unsettled_since": GONE}
PAID = {**GIVEN, **OVER, **remembered("PAID"), "charge_id": "ch_9", "paid_at": str(LATER)}


@pytest.mark.parametrize(
    ("order", "write", "changes"),
    [
        (IN_REVIEW, verdict(VerdictKind.PAID), {**PAID, **REVIEWED, "stray_charges": GONE}),
        (
            TWO_STRAYS,
            verdict(VerdictKind.PAID),
            {**PAID, "stray_charges": [OTHER], "claim_id": GONE},
        ),
        (
            NO_STRAY,
            verdict(VerdictKind.DECLINED, None),
            {
                **GIVEN,
                **OVER,
                **REVIEWED,
                **remembered("DECLINED"),
                "decline_code": "declined_by_operator",
                "attempt_2_code": "declined_by_operator",
            },
        ),
        (
            replace(NO_STRAY, cancel_asked_at=NOW, cancel_reason="expired"),
            verdict(VerdictKind.DECLINED, None),
            {
                **GIVEN,
                **OVER,
                **REVIEWED,
                **remembered("CANCELLED"),
                "decline_code": "declined_by_operator",
                "attempt_2_code": "declined_by_operator",
            },
        ),
        (
            IN_REVIEW,
            verdict(VerdictKind.REFUNDED_ELSEWHERE),
            {
                **GIVEN,
                "stray_charges": GONE,
                "refunded_charges": [FIRST],
                "review_reason": "stray_refunded",
            },
        ),
        (
            # Nothing more may come of the attempt that was captured by this charge.
            replace(IN_REVIEW, stray_charges=frozenset({SECOND})),
            refund(SECOND),
            {
                **OVER,
                **REVIEWED,
                **remembered("DECLINED"),
                "decline_code": "stray_refunded",
                "attempt_2_code": "stray_refunded",
                "stray_charges": GONE,
                "refunded_charges": [SECOND],
            },
        ),
        (
            IN_REVIEW,
            refund(),
            {
                "stray_charges": GONE,
                "refunded_charges": [FIRST],
                "review_reason": "stray_refunded",
            },
        ),
        (
            # It was declined before its stray charge was found.
            replace(IN_REVIEW, decline_code="no_funds"),
            refund(),
            {
                **OVER,
                **REVIEWED,
                **remembered("DECLINED"),
                "attempt_2_code": "no_funds",
                "stray_charges": GONE,
                "refunded_charges": [FIRST],
            },
        ),
        (
            replace(IN_REVIEW, stray_charges=frozenset({SECOND, OTHER})),
            refund(SECOND),
            {"stray_charges": [OTHER], "refunded_charges": [SECOND]},
        ),
        (TWO_STRAYS, refund(), {"stray_charges": [OTHER], "refunded_charges": [FIRST]}),
        # An operator said that it was refunded elsewhere.
        (
            replace(NO_STRAY, refunding_strays=frozenset({FIRST})),
            refund(),
            {
                "refunding_strays": GONE,
            },
        ),
    ],
)
def test_a_verdict_changes_what_it_is_about(
    order: Order, write: Write, changes: dict[str, Any]
) -> None:
    assert changes_by(write, order) == changes


@pytest.mark.parametrize(
    ("order", "write"),
    [
        (IN_REVIEW, verdict(VerdictKind.PAID, attempt=1)),
        (IN_REVIEW, verdict(VerdictKind.PAID, claim_epoch=1)),
        (IN_REVIEW, verdict(VerdictKind.PAID, stray_charges=frozenset({FIRST, OTHER}))),
        (IN_REVIEW, verdict(VerdictKind.PAID, refunded_charges=frozenset({OTHER}))),
        (IN_REVIEW, verdict(VerdictKind.PAID, refunding_strays=frozenset({OTHER}))),
        (IN_REVIEW, verdict(VerdictKind.REFUNDED_ELSEWHERE, status=S.PAID)),
        (IN_REVIEW, refund(status=S.PAID)),
        (IN_REVIEW, refund(attempt=1)),
        (IN_REVIEW, refund(stray_charges=frozenset({FIRST, OTHER}))),
    ],
)
def test_an_order_that_is_not_as_it_was_seen_is_left(order: Order, write: Write) -> None:
    assert changes_by(write, order) == {}


@pytest.mark.parametrize(("stored", "told"), [(None, "asked"), ("expired", "expired")])
def test_an_order_that_is_cancelled_by_a_verdict_is_announced_with_its_reason(
    stored: str | None, told: str
) -> None:
    orders = InMemoryOrders(announces=True)
    order = replace(NO_STRAY, cancel_asked_at=NOW, cancel_reason=stored)
    orders.by_id[order.order_id] = order
    verdict(VerdictKind.DECLINED, None)(orders, order)
    [owed] = map(Announcement.from_member, orders.by_id[order.order_id].owed)
    assert (owed.kind, owed.details) == ("OrderCancelled", {"reason": told})


@pytest.mark.parametrize(
    ("strays", "attempt"), [(frozenset({FIRST}), 1), ({FIRST, SECOND}, 2), (frozenset(), 2)]
)
def test_the_attempt_that_is_announced_as_paying_is_the_charges(
    strays: frozenset[str], attempt: int
) -> None:
    orders = InMemoryOrders(announces=True)
    order = replace(IN_REVIEW, stray_charges=frozenset(strays))
    orders.by_id[order.order_id] = order
    verdict(VerdictKind.PAID)(orders, order)
    [owed] = map(Announcement.from_member, orders.by_id[order.order_id].owed)
    assert (owed.kind, owed.attempt) == ("OrderPaid", attempt)

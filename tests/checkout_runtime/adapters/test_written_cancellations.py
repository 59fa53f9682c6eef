"""Exactly what giving up a second attempt's order changes of it, and what refuses that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import NOTHING_CAPTURED
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.written_items import GONE, changes_by
from tests.checkout_runtime.factories import NOW, claimed_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

S = OrderStatus
LATER = NOW + 5
UNKNOWN = replace(
    claimed_order(
        2,
        attempt=2,
        payment_service="http:pay",
        payment_reference="pi_2",
        action_url="https://bank/",
        resend=3,
        earlier_attempts=(EarlierAttempt(1, None, None, None),),
    ),
    status=S.UNKNOWN,
)
MUST_ACT = replace(UNKNOWN, status=S.ACTION_REQUIRED)
AUTHORIZED = replace(UNKNOWN, status=S.AUTHORIZED)
DECLINED = replace(
    UNKNOWN, status=S.DECLINED, decline_code="no_funds", unsettled_since=None, action_url=None
)
STRAY = frozenset({"1:ch_1:4200:EUR"})
ASKED = {"cancel_asked_at": str(LATER), "cancel_asked_by": "shop"}
Write = Callable[[InMemoryOrders, Order], Any]


def ask_as_seen(**seen: Any) -> Write:
    return lambda orders, order: orders.ask_to_cancel(replace(order, **seen), by="shop", now=LATER)


def cancel_as_seen(**seen: Any) -> Write:
    return lambda orders, order: orders.cancel_at_once(
        replace(order, **seen), by="shop", reason="asked", now=LATER
    )


def remembered(state: str, attempt: int = 2) -> dict[str, str]:
    times = {f"{which}_{attempt}_{state}": str(LATER) for which in ("first", "last")}
    return {"status": state, **times}


TAKEN_UP = {
    **ASKED,
    **remembered("UNKNOWN"),
    "resend": "4",
    "resent_at": str(LATER),
    "attempt_2_uncounted_resends": "1",
    "action_url": GONE,
}


@pytest.mark.parametrize(
    ("order", "write", "changes"),
    [
        (
            DECLINED,
            cancel_as_seen(),
            {
                **ASKED,
                **remembered("CANCELLED"),
                "cancel_reason": "asked",
                "attempt_2_code": NOTHING_CAPTURED,
            },
        ),
        (
            replace(DECLINED, cancel_asked_at=NOW, cancel_asked_by="bob"),
            cancel_as_seen(),
            {
                **remembered("CANCELLED"),
                "cancel_reason": "asked",
                "attempt_2_code": NOTHING_CAPTURED,
            },
        ),
        (UNKNOWN, ask_as_seen(), ASKED),
        (MUST_ACT, ask_as_seen(), TAKEN_UP),
        (
            AUTHORIZED,
            ask_as_seen(),
            {**TAKEN_UP, "unsettled_shard": "open#0", "unsettled_since": str(LATER)},
        ),
        (
            DECLINED,
            ask_as_seen(),
            {
                **ASKED,
                **remembered("PENDING", 3),
                "attempt": "3",
                "attempt_claims": "0",
                "resend": "0",
                "unsettled_since": str(LATER),
                "unsettled_shard": "open#0",
                "attempt_2_reference": "pi_2",
                "attempt_2_code": "no_funds",
                "decline_code": GONE,
                "first_claimed_at": GONE,
                "claim_id": GONE,
                "payment_reference": GONE,
            },
        ),
    ],
)
def test_giving_an_order_up_changes_what_it_is_about(
    order: Order, write: Write, changes: dict[str, Any]
) -> None:
    assert changes_by(write, order) == changes


@pytest.mark.parametrize(
    ("order", "write"),
    [
        (DECLINED, cancel_as_seen(attempt=1)),
        (replace(DECLINED, stray_charges=STRAY), cancel_as_seen()),
        (UNKNOWN, ask_as_seen(attempt=1)),
        (UNKNOWN, ask_as_seen(status=S.CHARGING)),
        (replace(UNKNOWN, capture_asked_at=NOW), ask_as_seen()),
        (replace(UNKNOWN, cancel_asked_at=NOW), ask_as_seen()),
        (replace(UNKNOWN, stray_charges=STRAY), ask_as_seen()),
        (DECLINED, ask_as_seen(attempt=1)),
        (replace(DECLINED, stray_charges=STRAY), ask_as_seen()),
    ],
)
def test_an_order_that_is_not_as_it_was_seen_is_left(order: Order, write: Write) -> None:
    assert changes_by(write, order) == {}


def test_a_cancelled_attempt_keeps_why_it_was_declined() -> None:
    declining = replace(UNKNOWN, status=S.CHARGING, lease_expires_at=NOW)

    def decline_and_cancel(orders: InMemoryOrders, order: Order) -> None:
        orders.record_decline(order, "no_funds", NOW)
        cancel_as_seen()(orders, orders.by_id[order.order_id])

    changes = changes_by(decline_and_cancel, declining)
    assert (changes["status"], changes["attempt_2_code"]) == ("CANCELLED", "no_funds")

"""Exactly what a hold of a second attempt changes in its item, and where it went instead."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.order_records import HoldRecord
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import HOLD
from tests.checkout_runtime.adapters.written_items import GONE, changes_by
from tests.checkout_runtime.factories import NOW, claimed_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

S = OrderStatus
LATER = NOW + 5
LOOK_AT = NOW + 99
CHARGING = claimed_order(
    2,
    attempt=2,
    payment_service="http:pay",
    action_url="https://bank/",
    refused_as="http_404",
    refused_since=NOW,
    earlier_attempts=(EarlierAttempt(1, None, None, None),),
)
ASKED_FOR = replace(
    CHARGING,
    charge_id=HOLD.charge_id,
    capture_before=HOLD.capture_before,
    capture_asked_at=NOW,
    capture_asked_by="ops",
    capture_amount=4200,
    capture_refusals=1,
)
AUTHORIZED = replace(CHARGING, status=S.AUTHORIZED)
HELD = {
    "status": "AUTHORIZED",
    "first_2_AUTHORIZED": str(LATER),
    "last_2_AUTHORIZED": str(LATER),
    "attempt_2_look_at": str(LOOK_AT),
    "attempt_2_look_in": "held#0",
    "unsettled_shard": "held#0",
    "unsettled_since": str(LOOK_AT),
    "lease_expires_at": GONE,
    "action_url": GONE,
    "attempt_2_refused_as": GONE,
    "attempt_2_refused_since": GONE,
}


def record(orders: InMemoryOrders, order: Order, **named: Any) -> HoldRecord:
    return orders.holds.record_authorized(order, HOLD, LOOK_AT, LATER, **named)


def test_a_hold_is_stored_with_when_it_is_looked_after() -> None:
    assert changes_by(record, CHARGING) == {
        **HELD,
        "attempt_2_hold_id": "hold_1",
        "attempt_2_capture_before": str(HOLD.capture_before),
    }


def test_a_capture_that_was_refused_may_be_asked_for_again() -> None:
    changes = changes_by(
        lambda orders, order: record(orders, order, refused_as="too_late"), ASKED_FOR
    )
    assert changes == {
        **HELD,
        "attempt_2_hold_id": "hold_1",
        "attempt_2_capture_refusals": "2",
        "attempt_2_capture_refused_as": "too_late",
        "attempt_2_capture_asked_at": GONE,
        "attempt_2_capture_asked_by": GONE,
        "attempt_2_capture_amount": GONE,
    }


def test_a_hold_is_asked_for_once_and_of_no_order_with_a_stray_charge() -> None:
    def ask(orders: InMemoryOrders, order: Order) -> object:
        return orders.holds.ask_to_capture(order, 4200, "ops", LATER)

    stray = replace(AUTHORIZED, stray_charges=frozenset({"1:ch_1:4200:EUR"}))
    assert changes_by(ask, stray) == {}
    assert changes_by(ask, AUTHORIZED)["attempt_2_capture_asked_by"] == "ops"


def test_a_hold_is_announced_once_however_often_it_is_stored() -> None:
    orders = InMemoryOrders(announces=True)
    orders.by_id[CHARGING.order_id] = CHARGING
    assert [record(orders, CHARGING) for _ in range(2)] == [HoldRecord.STORED] * 2
    stored = orders.by_id[CHARGING.order_id]
    assert (stored.event_ordinal, len(stored.owed)) == (1, 1)
    assert orders.oldest_announcement(0) == LATER
    orders.confirm(stored, stored.owed)
    looked_after = orders.by_id[CHARGING.order_id]
    assert (looked_after.unsettled_since, looked_after.owed) == (LOOK_AT, frozenset())


THIRD: dict[str, Any] = {
    "attempt": 3,
    "earlier_attempts": tuple(EarlierAttempt(each, None, None, None) for each in (1, 2)),
}


@pytest.mark.parametrize(
    ("since", "owed_since"), [(NOW - 7, NOW - 7), (LATER + 50, LATER), (None, LATER)]
)
def test_a_hold_that_owes_something_already_is_found_by_that(
    since: int | None, owed_since: int
) -> None:
    owing = {"owed": frozenset({"1:OrderAuthorized:2:1:{}"}), "event_ordinal": 1}
    order = replace(ASKED_FOR, unsettled_since=since, **owing)
    orders = InMemoryOrders()
    orders.by_id[order.order_id] = order
    assert record(orders, order) is HoldRecord.STORED
    assert orders.oldest_announcement(0) == owed_since


@pytest.mark.parametrize(
    ("stored", "went"),
    [
        (replace(AUTHORIZED, claim_epoch=3), HoldRecord.LEFT),
        (replace(CHARGING, claim_epoch=3), HoldRecord.LEFT),
        (replace(CHARGING, **THIRD), HoldRecord.OVER),
        (replace(AUTHORIZED, status=S.DECLINED, decline_code="no"), HoldRecord.OVER),
        (replace(AUTHORIZED, status=S.PAID, charge_id="ch_1"), HoldRecord.PAID),
        (replace(AUTHORIZED, status=S.PAID, charge_id="ch_1", **THIRD), HoldRecord.OVER),
        (replace(AUTHORIZED, status=S.PAID, charge_id="hold_1", **THIRD), HoldRecord.PAID),
        (None, HoldRecord.OVER),
    ],
)
def test_a_hold_that_was_not_stored_now_is_where_the_order_says(
    stored: Order | None, went: HoldRecord
) -> None:
    orders = InMemoryOrders()
    if stored is not None:
        orders.by_id[stored.order_id] = stored
    assert record(orders, CHARGING) is went

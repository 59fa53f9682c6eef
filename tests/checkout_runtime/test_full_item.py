"""A test may put any order into the table: it is read back, and is where the index has it."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import IN_STATE, claim
from tests.checkout_runtime.factories import NOW, new_order
from tests.checkout_runtime.full_item import item_of
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders, empty_dynamodb

LATER: dict[str, Any] = {
    "claim_id": "batch/message",
    "lease_expires_at": NOW + 1,
    "first_claimed_at": NOW + 2,
    "resent_at": NOW + 3,
    "payment_reference": "pi_1",
    "charge_id": "ch_1",
    "decline_code": "no_funds",
    "action_url": "https://bank.example.com",
    "action_deadline": NOW + 4,
    "review_reason": "keys_not_honoured",
    "stray_charges": frozenset({"1:a:1:EUR", "2:b:1:EUR"}),
}


def index_of(orders: InMemoryOrders) -> tuple[int, int]:
    return orders.count_open(0), orders.count_in_review(0)


@pytest.mark.parametrize(
    "changes", [*({name: LATER[name]} for name in LATER), LATER], ids=", ".join
)
def test_whatever_an_order_has_is_put_and_read_back(changes: dict[str, Any]) -> None:
    orders, order = InMemoryOrders(), new_order(**changes)
    orders.by_id[order.order_id] = order
    assert orders.get(order.order_id) == order
    assert dict(orders.by_id) == {order.order_id: order}


@pytest.mark.parametrize("status", IN_STATE)
def test_an_order_that_is_put_stands_in_the_index_as_one_that_came_there(
    status: OrderStatus,
) -> None:
    came, put = InMemoryOrders(), InMemoryOrders()
    order = IN_STATE[status](came, "k")
    put.by_id[order.order_id] = order
    assert index_of(put) == index_of(came)
    assert put.oldest_open(0) == came.oldest_open(0)


def test_a_paid_order_with_a_stray_charge_is_put_in_review() -> None:
    came, put = InMemoryOrders(), InMemoryOrders()
    order = IN_STATE[OrderStatus.PAID](came, "k")
    came.record_stray(order, 1, Captured("ch_2", 1, "EUR"), "capture_mismatch", NOW)
    put.by_id[order.order_id] = came.by_id[order.order_id]
    assert index_of(put) == index_of(came) == (0, 1)


def test_an_order_that_would_not_be_read_back_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(item: Any) -> Order:
        return new_order()

    monkeypatch.setattr("tests.checkout_runtime.full_item.order_from_item", forgetful)
    with pytest.raises(ValueError, match="charge_id"):
        item_of(new_order(charge_id="ch_1"))


def test_what_is_no_order_is_not_among_the_orders() -> None:
    orders = InMemoryOrders()
    orders.accept(new_order("a"), "cart_a")
    orders.leave_bookmark({0: None})
    assert list(orders.by_id) == [new_order("a").order_id]
    orders.by_id.clear()
    assert orders.by_id == {}
    assert orders.bookmark() == {0: None}


def test_writes_name_the_state_after_each_write() -> None:
    orders = InMemoryOrders()
    order = new_order()
    assert orders.writes == []
    orders.accept(order)
    orders.accept(replace(order, amount=1))
    claimed = claim(orders, order)
    assert orders.writes == ["PENDING", "CHARGING"]
    orders.record_unknown(claimed, NOW)
    assert orders.writes == ["PENDING", "CHARGING", "UNKNOWN"]


def test_each_test_has_a_table_of_its_own() -> None:
    first, second = empty_dynamodb(), empty_dynamodb()
    first.call("PutItem", {"TableName": ORDER_TABLE, "Item": item_of(new_order())})
    assert second.call("Scan", {"TableName": ORDER_TABLE})["Items"] == []

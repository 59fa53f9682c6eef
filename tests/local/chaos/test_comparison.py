"""Whatever breaks the promise is found by comparing table, ledger and what buyers were told."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.local.chaos.comparison import Purchase, unshipped, violations
from checkout_stack.local.checkout_inspector import Shipment, StoredOrder


def order(order_id: str = "ord_1", status: str = "PAID", **changes: Any) -> StoredOrder:
    fields: dict[str, Any] = {
        "order_id": order_id,
        "status": status,
        "attempt": 1,
        "amount": 4200,
        "customer": "cus_1",
        "charge_id": "ch_1" if status == "PAID" else None,
        "stray_charges": frozenset(),
    }
    return StoredOrder(**{**fields, **changes})


def charge(order_id: str = "ord_1", **changes: Any) -> dict[str, Any]:
    return {"order_id": order_id, "charge_id": "ch_1", "amount": 4200, **changes}


def purchase(*order_ids: str, customer: str = "cus_1") -> Purchase:
    return Purchase(customer, 4200, set(order_ids))


def shipment(order_id: str = "ord_1", parcels: int = 1) -> Shipment:
    return Shipment(order_id, f"{order_id}#1", parcels)


def shipped(*shipments: Shipment) -> dict[str, Shipment]:
    return {each.order_id: each for each in shipments}


def broken(
    purchases: list[Purchase], orders: list[StoredOrder], charges: list[dict[str, Any]]
) -> list[str]:
    """What breaks the promise where the warehouse ships what is paid."""
    paid = [shipment(each.order_id) for each in orders if each.status == "PAID"]
    return violations(purchases, orders, charges, shipped(*paid))


def test_one_purchase_one_order_one_charge_is_as_promised() -> None:
    assert broken([purchase("ord_1")], [order()], [charge()]) == []


def test_a_purchase_that_never_reached_the_shop_breaks_nothing() -> None:
    assert broken([purchase()], [], []) == []


def test_an_order_in_review_is_allowed_with_its_charge_and_without() -> None:
    waiting = order(status="NEEDS_REVIEW")
    assert broken([purchase("ord_1")], [waiting], []) == []
    assert broken([purchase("ord_1")], [waiting], [charge()]) == []


def test_a_purchase_that_ends_declined_without_a_charge_breaks_nothing() -> None:
    assert broken([purchase("ord_1")], [order(status="DECLINED")], []) == []


def test_a_part_of_a_hold_is_all_that_is_charged() -> None:
    part = order(captured_amount=3000)
    assert broken([purchase("ord_1")], [part], [charge(amount=3000)]) == []
    [violation] = broken([purchase("ord_1")], [part], [charge()])
    assert "is over 3000, charged 4200" in violation


def test_a_declined_order_that_another_card_paid_breaks_nothing() -> None:
    assert broken([purchase("ord_1")], [order(attempt=2)], [charge()]) == []


@pytest.mark.parametrize(
    ("purchases", "orders", "charges", "found"),
    [
        ([purchase("ord_1")], [order()], [charge(), charge()], "was charged 2 times"),
        ([purchase("ord_1")], [order()], [], "PAID by a charge that the ledger does not have"),
        ([purchase("ord_1")], [order()], [charge(charge_id="ch_2")], "does not have"),
        ([purchase("ord_1")], [order(status="DECLINED")], [charge()], "DECLINED, and was charged"),
        ([purchase("ord_1")], [order(status="UNKNOWN")], [], "stays UNKNOWN"),
        ([purchase("ord_1")], [order(status="PROCESSING")], [charge()], "stays PROCESSING"),
        ([purchase("ord_1")], [order(), order("ord_2", "DECLINED")], [charge()], "2 orders"),
        ([purchase("ord_1", "ord_2")], [order()], [charge()], "told of 2 orders"),
        ([purchase("ord_1")], [], [], "not in the table"),
        ([purchase("ord_1")], [order()], [charge(amount=1)], "charged 1"),
        ([purchase("ord_1")], [order(amount=1)], [charge(amount=1)], "the purchase over 4200"),
        ([], [order()], [charge()], "never bought"),
        ([], [], [charge()], "charged and is not in the table"),
        (
            [purchase("ord_1")],
            [order(stray_charges=frozenset({"1:ch_9:1:EUR"}))],
            [charge()],
            "stray",
        ),
    ],
)
def test_each_way_to_break_the_promise_is_found(
    purchases: list[Purchase],
    orders: list[StoredOrder],
    charges: list[dict[str, Any]],
    found: str,
) -> None:
    assert any(found in violation for violation in broken(purchases, orders, charges))


@pytest.mark.parametrize(
    ("orders", "shipments", "found"),
    [
        ([order()], [], "ord_1 is PAID and was not shipped"),
        ([order()], [shipment(parcels=2)], "ord_1 was shipped 2 times"),
        ([order(status="NEEDS_REVIEW")], [shipment()], "ord_1 was shipped, and is not PAID"),
        ([order()], [shipment(), shipment("ord_2")], "ord_2 was shipped, and is not PAID"),
        ([order(owed=frozenset({"1:OrderPaid"}))], [shipment()], "ord_1 owes"),
    ],
)
def test_what_the_warehouse_does_has_to_be_what_was_paid(
    orders: list[StoredOrder], shipments: list[Shipment], found: str
) -> None:
    charges = [charge()]
    [violation] = violations([purchase("ord_1")], orders, charges, shipped(*shipments))
    assert found in violation


def test_paid_orders_are_waited_for_until_they_are_shipped() -> None:
    orders = [order("ord_1"), order("ord_2"), order("ord_3", "DECLINED")]
    assert unshipped(orders, {}) == 2
    assert unshipped(orders, shipped(shipment("ord_2"))) == 1

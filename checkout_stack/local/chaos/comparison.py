"""Ledger, table and what buyers were told, held against each other one to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checkout_stack.local.checkout_inspector import SETTLED, Shipment, StoredOrder


@dataclass
class Purchase:
    """One purchase intent, however often it was sent."""

    customer: str
    """Its own, so that orders and charges can be counted by it."""

    amount: int
    order_ids: set[str] = field(default_factory=set)
    """Every order that an answer named."""


def violations(
    purchases: Iterable[Purchase],
    orders: Iterable[StoredOrder],
    charges: Iterable[Mapping[str, Any]],
    shipments: Mapping[str, Shipment],
) -> list[str]:
    """Return what breaks the promise; empty where it was kept."""
    purchases, orders, charges = list(purchases), list(orders), list(charges)
    by_id = {order.order_id: order for order in orders}
    return [
        *_about_purchases(purchases, orders),
        *_about_charges(charges, by_id),
        *_about_orders(orders, charges),
        *_about_shipments(orders, shipments),
    ]


def _about_purchases(purchases: list[Purchase], orders: list[StoredOrder]) -> list[str]:
    stored: dict[str, list[StoredOrder]] = {}
    for order in orders:
        stored.setdefault(order.customer, []).append(order)
    found = []
    for purchase in purchases:
        mine = stored.pop(purchase.customer, [])
        if len(mine) > 1:
            found.append(f"{purchase.customer} has {len(mine)} orders for one purchase")
        if len(purchase.order_ids) > 1:
            found.append(f"{purchase.customer} was told of {len(purchase.order_ids)} orders")
        if purchase.order_ids - {order.order_id for order in mine}:
            found.append(f"{purchase.customer} was told of an order that is not in the table")
        found += [
            f"{order.order_id} is over {order.amount}, the purchase over {purchase.amount}"
            for order in mine
            if order.amount != purchase.amount
        ]
    found += [f"{customer} has an order and never bought" for customer in stored]
    return found


def _about_charges(
    charges: list[Mapping[str, Any]], orders: Mapping[str, StoredOrder]
) -> list[str]:
    found = [
        f"{order_id} was charged {times} times"
        for order_id, times in Counter(charge["order_id"] for charge in charges).items()
        if times > 1
    ]
    for charge in charges:
        order = orders.get(charge["order_id"])
        if order is None:
            found.append(f"{charge['order_id']} was charged and is not in the table")
        elif charge["amount"] != order.to_be_charged:
            due = order.to_be_charged
            found.append(f"{order.order_id} is over {due}, charged {charge['amount']}")
    return found


def _about_orders(orders: list[StoredOrder], charges: list[Mapping[str, Any]]) -> list[str]:
    charged = {charge["order_id"]: charge["charge_id"] for charge in charges}
    found = []
    for order in orders:
        charge_id = charged.get(order.order_id)
        if order.status not in SETTLED:
            found.append(f"{order.order_id} stays {order.status}")
        if order.status == "PAID" and (charge_id is None or charge_id != order.charge_id):
            found.append(f"{order.order_id} is PAID by a charge that the ledger does not have")
        if order.status in ("DECLINED", "CANCELLED") and charge_id is not None:
            found.append(f"{order.order_id} is {order.status}, and was charged")
        if order.stray_charges:
            found.append(f"{order.order_id} has stray charges {sorted(order.stray_charges)}")
    return found


def unshipped(orders: Iterable[StoredOrder], shipments: Mapping[str, Shipment]) -> int:
    """Return how many paid orders the warehouse was not told of."""
    return sum(each.status == "PAID" and each.order_id not in shipments for each in orders)


def _about_shipments(orders: list[StoredOrder], shipments: Mapping[str, Shipment]) -> list[str]:
    paid = {order.order_id for order in orders if order.status == "PAID"}
    found = [f"{each} is PAID and was not shipped" for each in sorted(paid - shipments.keys())]
    for each in shipments.values():
        if each.order_id not in paid:
            found.append(f"{each.order_id} was shipped, and is not PAID")
        if each.parcels != 1:
            found.append(f"{each.order_id} was shipped {each.parcels} times")
    return found + [f"{each.order_id} owes {sorted(each.owed)}" for each in orders if each.owed]

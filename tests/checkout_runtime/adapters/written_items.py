"""What a write changes in an order's item, attribute by attribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checkout_runtime.domain.order import Order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders

__all__ = ["GONE", "changes_by"]

GONE = None
"""Of an attribute that the item has no more."""


def changes_by(write: Callable[[InMemoryOrders, Order], object], order: Order) -> dict[str, Any]:
    """Return the attributes that a write to a stored order changes, with their new contents."""
    orders = InMemoryOrders()
    orders.by_id[order.order_id] = order
    before = _item_of(orders, order)
    write(orders, order)
    after = _item_of(orders, order)
    names = before.keys() | after.keys()
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def _item_of(orders: InMemoryOrders, order: Order) -> dict[str, Any]:
    read = {"TableName": ORDER_TABLE, "Key": {"pk": {"S": order.order_id}}}
    item: dict[str, dict[str, Any]] = orders._model.call("GetItem", read)["Item"]
    return {name: next(iter(value.values())) for name, value in item.items()}

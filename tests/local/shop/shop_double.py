"""A shop that notes how it was asked, for tests of what is in front of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.shop.cart import Faults

CART = "0b8c3c1e-5d9a-4f57-9d5e-2a4a1c7f0e11"


@dataclass
class NotedShop:
    """Answers everything, and does nothing."""

    naive: list[tuple[str, Faults]] = field(default_factory=list)
    ours: list[tuple[str, str, str]] = field(default_factory=list)
    read: list[tuple[str, str | None]] = field(default_factory=list)
    refunded: list[str] = field(default_factory=list)
    closed: bool = False

    def pay_naively(self, cart: str, faults: Faults) -> dict[str, Any]:
        """Note it."""
        self.naive.append((cart, faults))
        return {"order": "1", "state": "PAID"}

    def place_order(self, cart: str, key: str, payment_method: str) -> Answer:
        """Note it."""
        self.ours.append((cart, key, payment_method))
        headers = {"retry-after": "1", "idempotent-replayed": "true", "server": "gateway"}
        return Answer(202, headers, {"order_id": "ord_1", "status": "PENDING"}, 0.0)

    def read_order(self, cart: str, order_id: str | None) -> Answer:
        """Note it."""
        self.read.append((cart, order_id))
        return Answer(200, {}, {"order_id": "ord_1", "status": "PAID"}, 0.0)

    def refund(self, cart: str) -> Answer:
        """Note it."""
        self.refunded.append(cart)
        return Answer(202, {}, {"refund_id": "op_1", "status": "REQUESTED"}, 0.0)

    def view(self, cart: str) -> dict[str, Any]:
        """Show the cart's id."""
        return {"cart": cart}

    def close(self) -> None:
        """Note it."""
        self.closed = True

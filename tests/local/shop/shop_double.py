"""A shop that notes how it was asked, for tests of what is in front of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checkout_stack.local.shop.cart import Faults

CART = "0b8c3c1e-5d9a-4f57-9d5e-2a4a1c7f0e11"


@dataclass
class NotedShop:
    """Answers everything, and does nothing."""

    naive: list[tuple[str, Faults]] = field(default_factory=list)
    ours: list[tuple[str, str, Faults]] = field(default_factory=list)
    closed: bool = False

    def pay_naively(self, cart: str, faults: Faults) -> dict[str, Any]:
        """Note it."""
        self.naive.append((cart, faults))
        return {"order": "1", "state": "PAID"}

    def pay_through_the_checkout(self, cart: str, key: str, faults: Faults) -> dict[str, Any]:
        """Note it."""
        self.ours.append((cart, key, faults))
        return {"order": "ord_1", "state": "PENDING", "replayed": False}

    def view(self, cart: str) -> dict[str, Any]:
        """Show the cart's id."""
        return {"cart": cart}

    def close(self) -> None:
        """Note it."""
        self.closed = True

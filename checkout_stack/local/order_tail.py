"""Follow the orders of checkouts: a line for each that is new, or whose state changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.local_checkout import LocalCheckout


class OrderTail:
    """What is known of the orders so far."""

    def __init__(self, checkouts: Mapping[str, LocalCheckout], say: Callable[[str], None]) -> None:
        """Follow checkouts, by what they are called. ``say`` gets a line for each change."""
        self._checkouts = checkouts
        self._say = say
        self._seen: dict[str, tuple[str, int]] = {}

    def look(self) -> None:
        """Read every order, and tell what changed since the last look."""
        for name, checkout in self._checkouts.items():
            mark = f"{name}: " if len(self._checkouts) > 1 else ""
            for order in checkout.inspector.every_order():
                before, now = self._seen.get(order.order_id), (order.status, order.attempt)
                if before != now:
                    self._seen[order.order_id] = now
                    self._say(f"{mark}{_line(order, before)}")


def _line(order: StoredOrder, before: tuple[str, int] | None) -> str:
    came_from = f"{before[0]} -> " if before else ""
    charge = f", charge {order.charge_id}" if order.charge_id else ""
    return (
        f"{time.strftime('%H:%M:%S')} {order.order_id} {came_from}{order.status} "
        f"(attempt {order.attempt}, amount {order.amount}{charge})"
    )

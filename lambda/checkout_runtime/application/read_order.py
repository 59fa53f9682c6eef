"""Show an order to the principal who placed it, and to nobody else."""

from dataclasses import dataclass

from checkout_runtime.application.ports import Orders
from checkout_runtime.domain.order import Order

__all__ = ["ReadOrder"]


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """Reads single orders."""

    orders: Orders

    def __call__(self, principal: str, order_id: str) -> Order | None:
        """Return the order, or None: an unknown order and another principal's look alike."""
        order = self.orders.get(order_id)
        return order if order is not None and order.principal == principal else None

"""Show an order to the principal who placed it, and to nobody else."""

from __future__ import annotations

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record

__all__ = ["ReadOrder", "shown_status"]


class ReadOrder(Record):
    """Reads single orders."""

    orders: Orders

    def __call__(self, principal: str, order_id: str) -> Order | None:
        """Return the order, or None: an unknown order and another principal's look alike."""
        order = self.orders.get(order_id)
        return order if order is not None and order.principal == principal else None


def shown_status(order: Order) -> OrderStatus:
    """Return the state that a buyer is told.

    A state of a later version has no name here. Whatever it is, this version cannot tell what came
    of the payment. While a hold is being captured the buyer's part is over, as before.
    """
    if order.status is OrderStatus.NEWER:
        return OrderStatus.UNKNOWN
    at_work = order.status in (OrderStatus.CHARGING, OrderStatus.UNKNOWN)
    is_captured = order.has_hold and at_work and not order.is_to_be_cancelled
    return OrderStatus.AUTHORIZED if is_captured else order.status

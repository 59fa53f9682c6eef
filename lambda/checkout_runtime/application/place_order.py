"""Accept an order: one conditional write, whose answer says everything."""

from __future__ import annotations

import logging

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import CartTaken, OrderLimit, OrdersLimited
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.identity import cart_name, order_id_for
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.submission import OrderSubmission, UnpricedSubmission

__all__ = ["Created", "Mismatch", "PlaceOrder", "Placement", "Replayed", "TooManyOrders"]

_log = logging.getLogger(__name__)


class Created(Record):
    """The order is stored and on its way."""

    order: Order


class Replayed(Record):
    """This intent was stored before; here is the stored order."""

    order: Order


class Mismatch(Record):
    """The idempotency key names another purchase; nothing was stored."""

    order_id: str


class TooManyOrders(Record):
    """The buyer has placed as many orders as they may for now; nothing was stored."""

    retry_after_seconds: int
    """From 1: when the same request is taken."""


Placement = Created | Replayed | Mismatch | CartTaken | TooManyOrders


class PlaceOrder(Record):
    """Places orders of one deployed checkout."""

    orders: Orders
    clock: Clock
    namespace: str
    limit: OrderLimit | None = None
    """How many orders a buyer may place within a time. Default: any number."""

    def __call__(
        self,
        principal: str,
        idempotency_key: str,
        submission: OrderSubmission,
        *,
        cart_id: str | None = None,
        request_id: str | None = None,
    ) -> Placement:
        """Store the intent as an order, or find the order that it already is.

        A ``cart_id``, which the shop vouches for, becomes one order at most, also under another
        idempotency key and for another principal. ``request_id`` names this request in the log,
        and becomes the order's correlation id if this request makes the order.
        """
        now = self.clock.now()
        order = Order(
            order_id=order_id_for(self.namespace, principal, idempotency_key),
            principal=principal,
            fingerprint=submission.fingerprint,
            status=OrderStatus.PENDING,
            amount=submission.amount,
            currency=submission.currency,
            customer=submission.customer,
            lines=submission.lines,
            payment_method=submission.payment_method,
            accepted_at=now,
            unsettled_since=now,
            correlation_id=request_id,
        )
        existing = self.orders.accept(order, self._cart(cart_id), limit=self.limit)
        if isinstance(existing, OrdersLimited):
            extra = {"event": "orders_limited", "request_id": request_id}
            _log.warning("orders_limited", extra=extra)
            return TooManyOrders(max(1, -(-(existing.until - now) // 1000)))
        if existing is None:
            _log_placement("order_accepted", order, request_id)
            return Created(order)
        return _resubmission(existing, submission, request_id)

    def replay(
        self,
        principal: str,
        idempotency_key: str,
        submission: OrderSubmission | UnpricedSubmission,
        *,
        cart_id: str | None = None,
        request_id: str | None = None,
    ) -> Replayed | Mismatch | CartTaken | None:
        """Find the order that a purchase already is, where it cannot become one any more.

        Its price has run out or cannot be had, and nothing is stored. The buyer may be asking
        again after the answer was lost, and is not to be sent away to buy a second time.
        The arguments are those of a call. None if there is no order, and its cart is free.
        """
        order_id = order_id_for(self.namespace, principal, idempotency_key)
        existing = self.orders.find(order_id, self._cart(cart_id))
        return None if existing is None else _resubmission(existing, submission, request_id)

    def _cart(self, cart_id: str | None) -> str | None:
        return None if cart_id is None else cart_name(self.namespace, cart_id)


def _resubmission(
    existing: Order | CartTaken,
    submission: OrderSubmission | UnpricedSubmission,
    request_id: str | None,
) -> Replayed | Mismatch | CartTaken:
    if isinstance(existing, CartTaken):
        extra = {"event": "cart_taken", "order_id": existing.order_id, "request_id": request_id}
        _log.info("cart_taken", extra=extra)
        return existing
    if not submission.matches(existing):
        _log_placement("order_mismatched", existing, request_id)
        return Mismatch(existing.order_id)
    _log_placement("order_replayed", existing, request_id)
    return Replayed(existing)


def _log_placement(event: str, order: Order, request_id: str | None) -> None:
    # The request that placed an order mostly gave it its correlation id, and is named once.
    named = None if request_id == order.correlation_id else request_id
    _log.info(event, extra={"event": event, "request_id": named, **order.log_fields})

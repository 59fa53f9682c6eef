"""Cancel an order that is not paid: exactly one of the cancellation and the charge wins.

An attempt that nobody has claimed, or that was declined, is abandoned by one conditional update.
Where a worker may be requesting it, the order is only marked. Whoever claims it next asks the
payment service what became of the attempt, tells it to cancel where it can be told, and requests
nothing new.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed, NoSuchOrder
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.transitions import CancelReason

__all__ = [
    "BY_BUYER",
    "CancelAsked",
    "CancelOrder",
    "CancelRefused",
    "CancelReplayed",
    "Cancellation",
    "NoSuchOrder",
    "OrderCancelled",
    "WhyNotCancelled",
]

_log = logging.getLogger(__name__)
_TRIES = 5
"""Each next one means that the order changed in the milliseconds since it was read."""
BY_BUYER = "buyer"
"""Who asked, where the buyer did; the order has their principal."""


class WhyNotCancelled(StrEnum):
    """Why an order cannot be cancelled."""

    PAID = "paid"
    """It is paid. Give the money back by a refund."""
    BEING_CAPTURED = "being_captured"
    """Somebody asked for its held money first. Give that back by a refund once it is paid."""
    IN_REVIEW = "in_review"
    """An operator has to settle it first."""
    NEWER = "newer"
    """A later version of this code put it into a state that this one does not know."""
    BUSY = "busy"
    """It changed too often meanwhile. Ask again."""


class OrderCancelled(Record):
    """It is cancelled now."""

    order: Order


class CancelAsked(Record):
    """It is marked. It becomes ``CANCELLED``, or ``PAID`` if the charge wins."""

    order: Order


class CancelReplayed(Record):
    """Somebody asked before; here is the stored order, cancelled or about to be settled."""

    order: Order


class CancelRefused(Record):
    """Nothing was stored."""

    order: Order
    why: WhyNotCancelled


Cancellation = OrderCancelled | CancelAsked | CancelReplayed | CancelRefused | NoSuchOrder


class CancelOrder(Record):
    """Cancels orders of one deployed checkout."""

    orders: Orders
    clock: Clock
    quarantine_before: int = 0
    """As ``ChargePolicy`` has it: what a restored table calls untried may have been charged, and
    who was declined in it may have paid by another attempt since."""

    def __call__(self, order_id: str, *, by: str, principal: str | None = None) -> Cancellation:
        """Cancel the order, or ask for that; asking again changes nothing.

        ``by`` is stored as it is. With a ``principal`` only an order of theirs is cancelled.
        Default: anybody's.
        """
        order: Order | None = None
        for _ in range(_TRIES):
            order = self.orders.get(order_id)
            told = self._without_write(order, principal)
            if told is not None:
                return told
            assert order is not None
            now, reason = self.clock.now(), CancelReason.ASKED
            if self.is_at_once(order):
                result = self.orders.cancel_at_once(order, by=by, reason=reason, now=now)
                if isinstance(result, Changed):
                    return OrderCancelled(_recorded("order_cancelled", result.order))
            else:
                result = self.orders.ask_to_cancel(order, by=by, now=now)
                if isinstance(result, Changed):
                    return CancelAsked(_recorded("order_cancel_asked", result.order))
        assert order is not None
        return CancelRefused(order, WhyNotCancelled.BUSY)

    def preview(self, order_id: str) -> Cancellation:
        """Return what a call would return now, and store nothing."""
        order = self.orders.get(order_id)
        told = self._without_write(order, None)
        if told is not None:
            return told
        assert order is not None
        return OrderCancelled(order) if self.is_at_once(order) else CancelAsked(order)

    def is_at_once(self, order: Order) -> bool:
        """Whether no attempt of the order can capture anything, as far as is stored.

        Of an order from before a restore the payment service is asked first.
        """
        is_restored = order.accepted_at < self.quarantine_before
        is_untried = order.status is OrderStatus.PENDING and not order.attempt_claims
        return not is_restored and (is_untried or order.status is OrderStatus.DECLINED)

    @staticmethod
    def _without_write(
        order: Order | None, principal: str | None
    ) -> CancelReplayed | CancelRefused | NoSuchOrder | None:
        if order is None or principal not in (None, order.principal):
            return NoSuchOrder()
        match order.status:
            case OrderStatus.CANCELLED:
                return CancelReplayed(order)
            case OrderStatus.PAID:
                return CancelRefused(order, WhyNotCancelled.PAID)
            case OrderStatus.NEEDS_REVIEW:
                return CancelRefused(order, WhyNotCancelled.IN_REVIEW)
            case OrderStatus.NEWER:
                return CancelRefused(order, WhyNotCancelled.NEWER)
            case OrderStatus.DECLINED:
                # Whatever was asked for before: an operator said that nothing was captured, or an
                # older version declined what it was asked to cancel.
                return None
        if order.capture_asked_at is not None:
            return CancelRefused(order, WhyNotCancelled.BEING_CAPTURED)
        return CancelReplayed(order) if order.is_to_be_cancelled else None


def _recorded(event: str, order: Order) -> Order:
    _log.info(event, extra={"event": event, **order.log_fields})
    return order

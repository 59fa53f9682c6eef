"""The events of a checkout, one class a kind: its name is the event's ``detail-type``.

A version only ever adds fields. A change that a reader of the version before would misunderstand
is an event of another kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from checkout_runtime.domain.record import Record

__all__ = [
    "KINDS",
    "SOURCE",
    "VERSION",
    "Event",
    "OrderActionRequired",
    "OrderAuthorized",
    "OrderCancelled",
    "OrderCaptureDue",
    "OrderDeclined",
    "OrderDisputed",
    "OrderEvent",
    "OrderNeedsReview",
    "OrderPaid",
    "OrderRefunded",
    "RefundFailed",
    "UnknownEvent",
]

SOURCE = "idempotent-checkout"
"""The ``source`` of each event on the bus."""
VERSION = 1
"""The newest version that is known here, of every kind."""


class OrderEvent(Record):
    """What each event says, whatever its kind."""

    id: str
    """Of the event: the same on every delivery, retry and replay, and no other event's."""
    version: int
    """Of the event's fields; a later one has more of them."""
    ordinal: int
    """Counts the events of one order, from 1. The one with the higher ordinal happened later."""
    order_id: str
    """The order's id."""
    attempt: int
    """The payment attempt of the order that this is about, from 1."""
    amount: int
    """What the order is over, in minor units of the currency."""
    currency: str
    """ISO 4217 code of the order's currency, in capitals."""
    occurred_at: datetime
    """When the outcome was stored, UTC; not when it was announced."""
    correlation_id: str | None
    """The id that the application placed the order under, for its logs; none if it gave none."""

    @property
    def kind(self) -> str:
        """The event's ``detail-type``."""
        return type(self).__name__


class OrderPaid(OrderEvent):
    """The order was paid: ship it. Comes once an order; nothing overwrites it."""

    charge_id: str
    """The payment service's id of the charge."""
    captured_amount: int | None
    """What was captured of a hold, in minor units, where that is less than ``amount``."""


class OrderAuthorized(OrderEvent):
    """The payment service holds the money. Capture it when you ship."""

    charge_id: str
    """The payment service's id of the hold."""
    capture_before: datetime
    """Until when it can be captured, UTC."""


class OrderCaptureDue(OrderEvent):
    """The hold ends within a day, and nobody has asked for the money: capture it, or cancel."""

    charge_id: str
    """The payment service's id of the hold."""
    capture_before: datetime
    """Until when it can be captured, UTC."""


class OrderDeclined(OrderEvent):
    """A payment attempt was declined. The buyer may pay by another one, so it ends no order."""

    code: str
    """Why, in the payment service's words."""


class OrderCancelled(OrderEvent):
    """The order was given up before anything was captured. It ends the order."""

    reason: str
    """``asked``: somebody asked for it. ``expired``: nobody paid in time. ``lapsed`` or ``voided``:
    money that was held is free again."""


class OrderActionRequired(OrderEvent):
    """The buyer has to act, for example confirm by 3-D Secure. The page is not on the bus."""

    act_by: datetime
    """Until when, UTC; the attempt is cancelled afterwards."""


class OrderNeedsReview(OrderEvent):
    """An operator has to decide about the order. No money moves until then."""

    reason: str
    """Why, as ``checkout orders show`` explains it."""
    charge_id: str | None
    """The charge that does not fit the order; none where there is no such charge."""


class OrderDisputed(OrderEvent):
    """The buyer's bank disputes a charge. The order stays as it is."""

    charge_id: str
    """The payment service's id of the charge."""
    reason: str
    """Why, in the payment service's words."""


class OrderRefunded(OrderEvent):
    """Money went back to the buyer: all of a charge, or a part of it. Comes once a refund."""

    refund_id: str
    """The refund's id."""
    charge_id: str
    """The payment service's id of the charge; a stray charge's where that was refunded."""
    refunded_amount: int
    """What went back by this refund, in minor units of the currency."""


class RefundFailed(OrderEvent):
    """A refund came to nothing. Its amount can be refunded again, by a refund with a new key."""

    refund_id: str
    """The refund's id."""
    reason: str
    """Why, in the payment service's words; ``not_refunded_by_operator`` where it had none."""


class UnknownEvent(Record):
    """An event of a checkout that is newer than this package: a kind or a form not known here."""

    kind: str
    """The event's ``detail-type``."""
    id: str
    """As of :class:`OrderEvent`."""
    version: int
    """As of :class:`OrderEvent`."""
    detail: Mapping[str, Any]
    """Everything that it says."""


Event: TypeAlias = OrderEvent | UnknownEvent
"""What :func:`~checkout_runtime.events.read_event` returns."""

KINDS: Mapping[str, type[OrderEvent]] = {
    each.__name__: each
    for each in (
        *(OrderPaid, OrderDeclined, OrderActionRequired, OrderNeedsReview, OrderDisputed),
        *(OrderCancelled, OrderRefunded, RefundFailed, OrderAuthorized, OrderCaptureDue),
    )
}
"""Every kind that is known here, by its ``detail-type``."""

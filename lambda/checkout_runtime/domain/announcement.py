"""What is announced of an order once an outcome is stored, and the event that the bus gets.

An announcement is stored by the update that stores the outcome, as a text in the order's set
``owed``. It leaves the set when the bus has taken its event. So an event says what was true when
its outcome was stored, whatever became of the order since then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from checkout_runtime.domain.record import Record

if TYPE_CHECKING:
    from checkout_runtime.domain.order import Order

__all__ = [
    "ORDER_ACTION_REQUIRED",
    "ORDER_AUTHORIZED",
    "ORDER_CANCELLED",
    "ORDER_CAPTURE_DUE",
    "ORDER_DECLINED",
    "ORDER_DISPUTED",
    "ORDER_NEEDS_REVIEW",
    "ORDER_PAID",
    "ORDER_REFUNDED",
    "REFUND_FAILED",
    "Announcement",
    "Event",
]

ORDER_PAID = "OrderPaid"
"""With ``charge_id``, and with ``captured_amount`` where a part of a hold was captured."""
ORDER_DECLINED = "OrderDeclined"
"""With ``code``."""
ORDER_ACTION_REQUIRED = "OrderActionRequired"
"""With ``act_by``."""
ORDER_AUTHORIZED = "OrderAuthorized"
"""With ``charge_id``, of the hold, and ``capture_before``."""
ORDER_CAPTURE_DUE = "OrderCaptureDue"
"""With ``charge_id``, of the hold, and ``capture_before``, which is near. The order stays as it is.
"""
ORDER_CANCELLED = "OrderCancelled"
"""With ``reason``, as ``Order.cancel_reason``."""
ORDER_DISPUTED = "OrderDisputed"
"""With ``charge_id`` and ``reason``. The order stays as it is."""
ORDER_NEEDS_REVIEW = "OrderNeedsReview"
"""With ``reason``, and with ``charge_id`` where a charge is the reason."""
ORDER_REFUNDED = "OrderRefunded"
"""With ``refund_id``, ``charge_id`` and ``refunded_amount``."""
REFUND_FAILED = "RefundFailed"
"""With ``refund_id`` and ``reason``."""


class Announcement(Record):
    """One outcome that is to be announced."""

    ordinal: int
    """Of this order's announcements, from 1. No two of an order have the same."""
    kind: str
    """Such as ``OrderPaid``. A later version may have stored one that this version does not know:
    it is announced all the same."""
    attempt: int
    """The payment attempt that the outcome is of."""
    at: int
    """When the outcome was stored, in milliseconds UTC."""
    details: Mapping[str, object]
    """The fields that only events of this kind have."""

    @classmethod
    def after(
        cls, order: Order, kind: str, at: int, *, attempt: int | None = None, **details: object
    ) -> Announcement:
        """Return the announcement that follows the last one of ``order``.

        ``attempt``: default: the order's current one. Details that are None are left out.
        """
        given = {name: value for name, value in details.items() if value is not None}
        return cls(order.event_ordinal + 1, kind, attempt or order.attempt, at, given)

    def to_member(self) -> str:
        """Return it as a member of ``Order.owed``.

        >>> Announcement(1, ORDER_DECLINED, 2, 1_750_000_000_000, {"code": "no_funds"}).to_member()
        '1:OrderDeclined:2:1750000000000:{"code":"no_funds"}'
        """
        details = json.dumps(self.details, sort_keys=True, separators=(",", ":"))
        return f"{self.ordinal}:{self.kind}:{self.attempt}:{self.at}:{details}"

    @classmethod
    def from_member(cls, member: str) -> Announcement:
        """Read a member of ``Order.owed``.

        Raises:
            ValueError: It is no announcement.
        """
        ordinal, kind, attempt, at, details = member.split(":", 4)
        fields = json.loads(details)
        if not isinstance(fields, dict):
            raise ValueError("the details are no JSON object")
        return cls(int(ordinal), kind, int(attempt), int(at), fields)


class Event(Record):
    """An announcement on its way to the bus."""

    order: Order
    """The order that owes it. Of it an event has what never changes."""
    announcement: Announcement

    @property
    def event_id(self) -> str:
        """``<order id>#<ordinal>``: the same however often it is put on the bus."""
        return f"{self.order.order_id}#{self.announcement.ordinal}"

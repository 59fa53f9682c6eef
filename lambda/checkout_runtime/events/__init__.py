"""Read the events of a checkout, and act on each of them once.

A checkout with ``order_events`` puts what becomes of each order on an EventBridge bus. Every event
comes at least once, in any order, and again when an archive is replayed.

>>> paid = read_event({
...     "source": "idempotent-checkout",
...     "detail-type": "OrderPaid",
...     "detail": {
...         "id": "ord_a#2", "version": 1, "ordinal": 2, "order_id": "ord_a", "attempt": 1,
...         "amount": 4999, "currency": "EUR", "occurred_at": "2026-11-27T20:00:00.000Z",
...         "charge_id": "ch_1",
...     },
... })
>>> isinstance(paid, OrderPaid), paid.charge_id, paid.amount
(True, 'ch_1', 4999)

Reading needs Python's library alone. :class:`Inbox` makes a consumer's own work happen once for
each event, and needs boto3. ``docs/guide/events.md`` says what each event means.
"""

from checkout_runtime.adapters.aws import AwsError
from checkout_runtime.events.inbox import AlreadyHandled, Handled, Inbox, WriteRefused
from checkout_runtime.events.order_events import (
    Event,
    OrderActionRequired,
    OrderAuthorized,
    OrderCancelled,
    OrderCaptureDue,
    OrderDeclined,
    OrderDisputed,
    OrderEvent,
    OrderNeedsReview,
    OrderPaid,
    OrderRefunded,
    RefundFailed,
    UnknownEvent,
)
from checkout_runtime.events.reading import NotAnOrderEventError, read_event
from checkout_runtime.events.schemas import event_schema

__all__ = [
    "AlreadyHandled",
    "AwsError",
    "Event",
    "Handled",
    "Inbox",
    "NotAnOrderEventError",
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
    "WriteRefused",
    "event_schema",
    "read_event",
]

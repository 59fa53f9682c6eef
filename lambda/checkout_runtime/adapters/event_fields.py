"""The fields of an event, as its consumers read them."""

import json
import time

from checkout_runtime.domain.announcement import Event

__all__ = ["detail_of", "event_time"]

DETAIL_VERSION = 1
"""Of the fields. A later version may add some, and changes none."""


def detail_of(event: Event) -> str:
    """Return an event's fields as JSON. Nothing in them is about the buyer."""
    order, announcement = event.order, event.announcement
    fields: dict[str, object] = {
        "id": event.event_id,
        "version": DETAIL_VERSION,
        "ordinal": announcement.ordinal,
        "order_id": order.order_id,
        "attempt": announcement.attempt,
        "amount": order.amount,
        "currency": order.currency,
        "occurred_at": event_time(announcement.at),
    }
    if order.correlation_id is not None:
        fields["correlation_id"] = order.correlation_id
    return json.dumps({**fields, **announcement.details})


def event_time(milliseconds: int) -> str:
    """Return a time as events have it: RFC 3339 in UTC.

    >>> event_time(1_750_000_000_007)
    '2025-06-15T15:06:40.007Z'
    """
    seconds, rest = divmod(milliseconds, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:03}Z"

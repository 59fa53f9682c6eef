"""Start a payment attempt and count it, in one transaction: both are stored, or neither.

A transaction returns no item, and the function that starts attempts may not read one. So an attempt
that was started is looked at by asking for it again: an order leaves its attempt once, so that
condition cannot hold a second time, and DynamoDB tells what is stored.
"""

from __future__ import annotations

from checkout_runtime.adapters.attempt_counters import Counter, Full, write_counted
from checkout_runtime.adapters.item_update import Update
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.application.limit_attempts import WHOLE_CHECKOUT
from checkout_runtime.application.order_records import AttemptsLimited, Changed, NotChanged

__all__ = ["start_counted"]


def start_counted(
    writes: ItemWrites,
    order_id: str,
    started: Update,
    limits: dict[str, int],
    *,
    window_ms: int,
    now: int,
) -> Changed | NotChanged | AttemptsLimited:
    """Start an attempt and count it.

    Args:
        writes: To the order table.
        order_id: The order.
        started: What starts the attempt. Its own result must not let it be made again.
        limits: By the names of what is counted; at least one.
        window_ms: How long a window of the limits is.
        now: The time (ms UTC).
    """
    counters = [Counter(name, limit) for name, limit in limits.items()]
    action = writes.changed(order_id, started)
    refused = write_counted(writes, [action], counters, window_ms=window_ms, now=now)
    if isinstance(refused, Full):
        return AttemptsLimited(refused.until, refused.counter.name == WHOLE_CHECKOUT)
    if refused is not None:
        return NotChanged(order_from_item(refused.item) if refused.item else None)
    stored = writes.update(order_id, started)
    assert isinstance(stored, NotWritten), f"{order_id} was started twice"
    assert stored.item, f"{order_id} was started and is not there"
    return Changed(order_from_item(stored.item))

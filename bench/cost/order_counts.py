"""What an order takes of a checkout: counted from the real handlers, not assumed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bench.cost.metered_checkout import MeteredCheckout

#: Enough that a batch of ten is full and ids have their usual length.
ORDERS = 100


@dataclass(frozen=True, kw_only=True)
class OrderCount:
    """One order that settles at its first try, passed in batches of some size."""

    batch: int
    write_units: float
    index_write_units: float
    read_units: float
    item_bytes: int
    log_bytes: float
    """Of application records; Lambda's own records come on top."""
    intake_invocations: float
    relay_invocations: float
    consumer_invocations: float
    intake_calls: float
    relay_calls: float
    consumer_calls: float
    """Calls to AWS of one order, not of a batch; an order's calls follow one another."""
    payments: float
    fifo_calls: float
    """Sends, receives and deletes."""
    events: float
    """Put on the event bus."""

    @property
    def invocations(self) -> float:
        """Of all functions."""
        return self.intake_invocations + self.relay_invocations + self.consumer_invocations


@dataclass(frozen=True, kw_only=True)
class IdleCount:
    """One run of the reconciler that finds nothing."""

    calls: int
    read_units: float
    log_bytes: float


@cache
def count_order(batch: int, *, announces: bool = False) -> OrderCount:
    """Pass orders through the handlers in batches, and return what one of them took.

    :param announces: Whether outcomes are announced.
    """
    checkout = MeteredCheckout(announces=announces)
    with checkout.running():
        checkout.pass_orders(ORDERS, batch=batch)
    meter = checkout.meter

    def calls(function: str, *operations: str) -> float:
        return sum(meter.calls[function, operation] for operation in operations) / ORDERS

    return OrderCount(
        batch=batch,
        write_units=sum(meter.write_units.values()) / ORDERS,
        index_write_units=sum(meter.index_write_units.values()) / ORDERS,
        read_units=sum(map(meter.reads, tuple(meter.read_units))) / ORDERS,
        item_bytes=meter.largest_item_bytes,
        log_bytes=sum(meter.log_bytes.values()) / ORDERS,
        intake_invocations=meter.invocations["place_order"] / ORDERS,
        relay_invocations=meter.invocations["relay_orders"] / ORDERS,
        consumer_invocations=meter.invocations["process_payments"] / ORDERS,
        intake_calls=calls("place_order", "PutItem", "TransactWriteItems"),
        relay_calls=calls("relay_orders", "SendMessageBatch", "PutEvents", "UpdateItem"),
        consumer_calls=calls("process_payments", "UpdateItem", "GetItem"),
        payments=calls("process_payments", "payment"),
        fifo_calls=calls("relay_orders", "SendMessageBatch")
        + calls("queue mapping", "ReceiveMessage", "DeleteMessageBatch"),
        events=len(checkout.event_bus.events) / ORDERS,
    )


@cache
def count_idle_run() -> IdleCount:
    """Run the reconciler over settled orders, and return what the run took."""
    checkout = MeteredCheckout()
    with checkout.running():
        checkout.pass_orders(ORDERS, batch=10)
        before = sum(checkout.meter.log_bytes.values())
        checkout.invoke("reconcile_orders", {})
    meter = checkout.meter
    return IdleCount(
        calls=sum(
            count for (function, _), count in meter.calls.items() if function == "reconcile_orders"
        ),
        read_units=meter.reads("reconcile_orders"),
        log_bytes=sum(meter.log_bytes.values()) - before,
    )

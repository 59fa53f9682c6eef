"""The bill of a checkout as the construct deploys it, from counted work."""

from __future__ import annotations

from bench.cost import prices
from bench.cost.assumptions import (
    DEFAULT,
    IDLE_POLLS_A_MONTH,
    MONTH_SECONDS,
    SECRET_READS_A_MONTH,
    Assumptions,
    Traffic,
)
from bench.cost.bill import Bill, Line, api, function, kept_orders, logs, secret
from bench.cost.capacity import STORAGE_OVERHEAD_BYTES
from bench.cost.order_counts import count_idle_run, count_order

#: Resources of IdempotentCheckout and CheckoutApi as they are by default; a test holds them to it.
ALARMS = 25
METRICS = 18
DASHBOARDS = 1
KEYS = 1
#: The reconciler's interval by default.
RECONCILE_SECONDS = 300
NAME = "ours"
UNTRACED = "ours, untraced"


def bill(traffic: Traffic, assumed: Assumptions = DEFAULT, *, traced: bool = True) -> Bill:
    """Return the bill of a month; ``traced`` as the construct is, with X-Ray on every function."""
    orders = traffic.orders
    count = count_order(traffic.batch)
    relays = orders * count.relay_invocations
    consumers = orders * count.consumer_invocations
    processor = assumed.processor
    lines = [
        *api(orders),
        *function(
            "intake",
            assumed,
            invocations=orders * count.intake_invocations,
            seconds=assumed.seconds(calls=count.intake_calls, processor_ms=processor.intake),
            traced=traced,
        ),
        *function(
            "relay",
            assumed,
            invocations=relays,
            # Sends of ten messages each, one after another.
            seconds=assumed.seconds(
                calls=count.relay_calls / count.relay_invocations, processor_ms=processor.relay
            ),
            traced=traced,
        ),
        *function(
            "consumer",
            assumed,
            invocations=consumers,
            # Orders of a batch wait side by side, and share the processor.
            seconds=assumed.seconds(
                calls=count.consumer_calls,
                payments=count.payments,
                processor_ms=processor.consumer * traffic.batch,
            ),
            traced=traced,
        ),
        Line(what="writes", price=prices.WRITE_UNIT, amount=orders * count.write_units),
        Line(what="reads", price=prices.READ_UNIT, amount=orders * count.read_units),
        Line(what="queue", price=prices.FIFO_CALL, amount=orders * count.fifo_calls),
        *logs("application records", orders * count.log_bytes),
        *kept_orders(orders, count.item_bytes + STORAGE_OVERHEAD_BYTES, assumed),
        *_standing(traffic, assumed),
    ]
    if traced:
        invocations = (orders * count.intake_invocations, relays, consumers)
        traces = sum(map(traffic.traces, invocations))
        lines.append(Line(what="traces", price=prices.TRACE, amount=traces))
    return Bill(name=NAME if traced else UNTRACED, orders=orders, lines=lines)


def _standing(traffic: Traffic, assumed: Assumptions) -> list[Line]:
    """What a checkout costs without an order."""
    runs = MONTH_SECONDS / RECONCILE_SECONDS
    idle = count_idle_run()
    return [
        Line(what="alarms", price=prices.ALARM, amount=ALARMS),
        Line(what="metrics", price=prices.METRIC, amount=METRICS),
        Line(what="dashboard", price=prices.DASHBOARD, amount=DASHBOARDS),
        Line(what="key of the alarm topic", price=prices.KEY, amount=KEYS),
        Line(what="idle polls", price=prices.FIFO_CALL, amount=idle_polls(traffic)),
        *secret(2, SECRET_READS_A_MONTH),
        *function(
            "reconciler",
            assumed,
            invocations=runs,
            seconds=assumed.seconds(
                calls=idle.calls, processor_ms=idle.calls * assumed.processor.relay
            ),
        ),
        Line(what="reconciler: reads", price=prices.READ_UNIT, amount=runs * idle.read_units),
        *logs("reconciler: records", runs * idle.log_bytes),
    ]


def idle_polls(traffic: Traffic) -> float:
    """Return the empty receives of a month.

    A poll that finds messages is counted with them. Pollers that never rest poll no idle queue.
    """
    return max(0.0, IDLE_POLLS_A_MONTH - traffic.orders / traffic.batch)

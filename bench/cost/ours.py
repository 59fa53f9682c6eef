"""The bill of a checkout as the construct deploys it, from counted work."""

from __future__ import annotations

from dataclasses import dataclass

from bench.cost import prices
from bench.cost.assumptions import (
    DEFAULT,
    IDLE_POLLS_A_MONTH,
    MONTH_SECONDS,
    SECRET_READS_A_MONTH,
    Assumptions,
    Traffic,
)
from bench.cost.bill import (
    Bill,
    Line,
    api,
    function,
    kept_orders,
    logs,
    secret,
    table_units,
)
from bench.cost.capacity import STORAGE_OVERHEAD_BYTES
from bench.cost.order_counts import count_idle_run, count_order

#: The reconciler's interval by default.
RECONCILE_SECONDS = 300
NAME = "ours"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What one choice of ``Observability`` makes with an API; a test holds it to the templates."""

    name: str
    alarms: int
    metrics: int
    dashboards: int
    #: Of the alarm topic.
    keys: int

    @property
    def lines(self) -> list[Line]:
        """What it costs a month."""
        return [
            Line(what="alarms", price=prices.ALARM, amount=self.alarms),
            Line(what="metrics", price=prices.METRIC, amount=self.metrics),
            Line(what="dashboard", price=prices.DASHBOARD, amount=self.dashboards),
            Line(what="key of the alarm topic", price=prices.KEY, amount=self.keys),
        ]

    @property
    def dollars(self) -> float:
        """The same in one sum."""
        return sum(line.dollars for line in self.lines)


MINIMAL = Watched(name="minimal", alarms=8, metrics=2, dashboards=0, keys=0)
STANDARD = Watched(name="standard", alarms=17, metrics=5, dashboards=0, keys=1)
FULL = Watched(name="full", alarms=27, metrics=18, dashboards=1, keys=1)
#: Added to each where charges are audited: two alarms, and their metrics.
AUDIT = Watched(name="audit", alarms=2, metrics=2, dashboards=0, keys=0)
#: Added where outcomes are announced: the alarm on what waits too long, from standard on the one
#: on a bus that refuses, too. The dashboard draws both.
EVENTS_MINIMAL = Watched(name="events, minimal", alarms=1, metrics=1, dashboards=0, keys=0)
EVENTS = Watched(name="events", alarms=2, metrics=2, dashboards=0, keys=0)
CHOICES = (MINIMAL, STANDARD, FULL)


def bill(
    traffic: Traffic,
    assumed: Assumptions = DEFAULT,
    *,
    watched: Watched = STANDARD,
    traced: bool = False,
    announces: bool = False,
) -> Bill:
    """Return the bill of a month, as the construct is by default.

    :param traced: Whether X-Ray traces every function.
    :param announces: Whether outcomes are announced, as ``order_events`` asks for. An archive, and
        whatever consumes the events, are not counted.
    """
    orders = traffic.orders
    count = count_order(traffic.batch, announces=announces)
    relays = orders * count.relay_invocations
    consumers = orders * count.consumer_invocations
    processor = assumed.processor
    buyer_facing, worker = assumed.buyer_facing_gigabytes, assumed.worker_gigabytes
    lines = [
        *api(orders),
        *function(
            "intake",
            invocations=orders * count.intake_invocations,
            seconds=assumed.seconds(
                buyer_facing, calls=count.intake_calls, processor_ms=processor.intake
            ),
            gigabytes=buyer_facing,
        ),
        *function(
            "relay",
            invocations=relays,
            # Sends of ten messages each, then puts of ten events, and a write for each order.
            seconds=assumed.seconds(
                worker,
                calls=count.relay_calls / count.relay_invocations,
                processor_ms=processor.relay,
            ),
            gigabytes=worker,
        ),
        *function(
            "consumer",
            invocations=consumers,
            # Orders of a batch wait side by side, and share the processor.
            seconds=assumed.seconds(
                worker,
                calls=count.consumer_calls,
                payments=count.payments,
                processor_ms=processor.consumer * traffic.batch,
            ),
            gigabytes=worker,
        ),
        table_units("writes", assumed, writes=orders * count.write_units),
        table_units("reads", assumed, reads=orders * count.read_units),
        Line(what="queue", price=prices.FIFO_CALL, amount=orders * count.fifo_calls),
        *logs("application records", orders * count.log_bytes),
        *kept_orders(orders, count.item_bytes + STORAGE_OVERHEAD_BYTES, assumed),
        *watched.lines,
        *(_announcing(watched, orders * count.events) if announces else ()),
        *_standing(traffic, assumed),
    ]
    if traced:
        invocations = (orders * count.intake_invocations, relays, consumers)
        traces = sum(map(traffic.traces, invocations))
        lines.append(Line(what="traces", price=prices.TRACE, amount=traces))
    name = _name(watched, traced=traced, announces=announces)
    return Bill(name=name, orders=orders, lines=lines)


def _name(watched: Watched, *, traced: bool, announces: bool) -> str:
    """Return what the construct is called with what it has besides its defaults."""
    besides = [
        *([] if watched is STANDARD else [watched.name]),
        *(["traced"] if traced else []),
        *(["announced"] if announces else []),
    ]
    return ", ".join([NAME, *besides])


def _announcing(watched: Watched, events: float) -> list[Line]:
    """What the events of a month and their alarms cost, beside the writes that they take."""
    alarms = EVENTS_MINIMAL if watched is MINIMAL else EVENTS
    return [Line(what="events", price=prices.EVENT, amount=events), *alarms.lines]


def _standing(traffic: Traffic, assumed: Assumptions) -> list[Line]:
    """What a checkout costs without an order and without being watched."""
    runs = MONTH_SECONDS / RECONCILE_SECONDS
    idle = count_idle_run()
    worker = assumed.worker_gigabytes
    return [
        Line(what="idle polls", price=prices.FIFO_CALL, amount=idle_polls(traffic)),
        *secret(2, SECRET_READS_A_MONTH),
        *function(
            "reconciler",
            invocations=runs,
            seconds=assumed.seconds(
                worker, calls=idle.calls, processor_ms=idle.calls * assumed.processor.relay
            ),
            gigabytes=worker,
        ),
        table_units("reconciler: reads", assumed, reads=runs * idle.read_units),
        *logs("reconciler: records", runs * idle.log_bytes),
    ]


def idle_polls(traffic: Traffic) -> float:
    """Return the empty receives of a month.

    A poll that finds messages is counted with them. Pollers that never rest poll no idle queue.
    """
    return max(0.0, IDLE_POLLS_A_MONTH - traffic.orders / traffic.batch)

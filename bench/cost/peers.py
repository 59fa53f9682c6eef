"""The bills of what users would pick instead: each at its cheapest that still charges once.

No peer is given alarms, metrics, a dashboard, traces or application records, which ours
has. Each keeps the same order item, and each has the same HTTP API and the same secret.
"""

from __future__ import annotations

from bench.cost import prices
from bench.cost.assumptions import DEFAULT, SECRET_READS_A_MONTH, Assumptions, Traffic
from bench.cost.bill import Bill, Line, api, function, kept_orders, secret, table_units
from bench.cost.capacity import STORAGE_OVERHEAD_BYTES
from bench.cost.order_counts import count_order
from bench.cost.ours import idle_polls
from bench.cost.prices import Price

#: Powertools' idempotency, as documented: a record put in progress, updated when completed, around
#: the order's own put and the send.
#: https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
POWERTOOLS_INTAKE_CALLS = 4
POWERTOOLS_INTAKE_WRITES = 3
#: The same around the charge, and the outcome stored in the order; tuned, so that the message
#: carries what else would be read.
POWERTOOLS_CONSUMER_CALLS = 3
POWERTOOLS_CONSUMER_WRITES = 3
#: Send, receive, delete; intake sends one by one, being asked one by one.
POWERTOOLS_SENDS = 1
#: A workflow or a durable function stores the order and its outcome.
WORKFLOW_WRITES = 2
#: Store, charge, settle.
WORKFLOW_STEPS = 3
#: A definition and its data of some kilobytes: the smallest chunk that is billed.
EXPRESS_GIGABYTES = 64 / 1024
EXPRESS_ROUNDED_TO_SECONDS = 0.1


def powertools(
    traffic: Traffic, assumed: Assumptions = DEFAULT, *, side_by_side: bool = False
) -> Bill:
    """Powertools around put and send, and around each charge of ``SqsFifoPartialProcessor``.

    That processor takes messages one after another; ``side_by_side`` is the same threaded by hand.
    """
    orders, batches = traffic.orders, traffic.orders / traffic.batch
    processor = assumed.processor
    if side_by_side:
        waiting, computing = 1, processor.powertools_threads
    else:
        waiting, computing = traffic.batch, processor.powertools_consumer
    buyer_facing, worker = assumed.buyer_facing_gigabytes, assumed.worker_gigabytes
    intake = assumed.seconds(
        buyer_facing, calls=POWERTOOLS_INTAKE_CALLS, processor_ms=processor.powertools_intake
    )
    consumer = assumed.seconds(
        worker,
        calls=waiting * POWERTOOLS_CONSUMER_CALLS,
        payments=waiting,
        processor_ms=computing * traffic.batch,
    )
    calls = orders * POWERTOOLS_SENDS + 2 * batches
    return Bill(
        name="Powertools, threaded" if side_by_side else "Powertools",
        orders=orders,
        lines=[
            *function("intake", invocations=orders, seconds=intake, gigabytes=buyer_facing),
            *function("consumer", invocations=batches, seconds=consumer, gigabytes=worker),
            Line(what="queue", price=prices.FIFO_CALL, amount=calls),
            Line(what="idle polls", price=prices.FIFO_CALL, amount=idle_polls(traffic)),
            *_shared(traffic, assumed, POWERTOOLS_INTAKE_WRITES + POWERTOOLS_CONSUMER_WRITES),
        ],
    )


def step_functions_standard(traffic: Traffic, assumed: Assumptions = DEFAULT) -> Bill:
    """A Standard workflow: started by the API under the order's name, one function that charges."""
    orders = traffic.orders
    return _workflow(
        "Step Functions Standard",
        traffic,
        assumed,
        Line(what="transitions", price=prices.TRANSITION, amount=orders * WORKFLOW_STEPS),
    )


def step_functions_express(traffic: Traffic, assumed: Assumptions = DEFAULT) -> Bill:
    """An Express workflow of the same steps; it ends after five minutes and may run twice."""
    orders = traffic.orders
    seconds = WORKFLOW_WRITES * assumed.aws_wait_seconds + _charge_seconds(assumed)
    billed = -(-seconds // EXPRESS_ROUNDED_TO_SECONDS) * EXPRESS_ROUNDED_TO_SECONDS
    return _workflow(
        "Step Functions Express",
        traffic,
        assumed,
        Line(what="workflows", price=prices.EXPRESS_REQUEST, amount=orders),
        Line(
            what="workflow time",
            price=prices.EXPRESS_TIME,
            amount=orders * billed * EXPRESS_GIGABYTES,
        ),
    )


def durable_functions(traffic: Traffic, assumed: Assumptions = DEFAULT) -> Bill:
    """A Lambda durable function: a start and a step each to store, charge and settle."""
    orders = traffic.orders
    operations = orders * (1 + WORKFLOW_STEPS)
    return Bill(
        name="Lambda durable functions",
        orders=orders,
        lines=[
            *_intake(orders, assumed),
            *function(
                "durable function",
                invocations=orders,
                seconds=WORKFLOW_WRITES * assumed.aws_wait_seconds + _charge_seconds(assumed),
                gigabytes=assumed.worker_gigabytes,
            ),
            Line(what="operations", price=prices.DURABLE_OPERATION, amount=operations),
            *_shared(traffic, assumed, WORKFLOW_WRITES),
        ],
        missing="data written and data retained: no price was found that could be confirmed",
    )


def temporal_cloud(traffic: Traffic, assumed: Assumptions = DEFAULT) -> Bill:
    """Temporal Cloud: a workflow started and three activities, on the cheaper of two plans."""
    orders = traffic.orders
    actions = orders * (1 + WORKFLOW_STEPS)
    plans: list[tuple[Price, float]] = [
        (prices.TEMPORAL_DEVELOPER, 0.0),
        (prices.TEMPORAL_BUSINESS, prices.TEMPORAL_BUSINESS_BASE),
    ]

    def surcharge(plan: tuple[Price, float]) -> float:
        price, base = plan
        return max(base, price.of(actions) * prices.TEMPORAL_PLAN_SHARE)

    cheaper = min(plans, key=lambda plan: plan[0].of(actions) + surcharge(plan))
    return Bill(
        name="Temporal Cloud",
        orders=orders,
        lines=[
            *_intake(orders, assumed),
            Line(what="actions", price=cheaper[0], amount=actions),
            *_shared(traffic, assumed, WORKFLOW_WRITES),
        ],
        surcharge=surcharge(cheaper),
        missing="the workers, which are one's own to run, and storage of histories",
        unpublished=actions > prices.TEMPORAL_BUSINESS.published_up_to,
    )


def _workflow(name: str, traffic: Traffic, assumed: Assumptions, *own: Line) -> Bill:
    orders = traffic.orders
    return Bill(
        name=name,
        orders=orders,
        lines=[
            *own,
            *function(
                "charge",
                invocations=orders,
                seconds=_charge_seconds(assumed),
                gigabytes=assumed.worker_gigabytes,
            ),
            *_shared(traffic, assumed, WORKFLOW_WRITES),
        ],
    )


def _intake(orders: float, assumed: Assumptions) -> list[Line]:
    """A function that makes one call to begin the order's work."""
    gigabytes = assumed.buyer_facing_gigabytes
    seconds = assumed.seconds(gigabytes, calls=1, processor_ms=assumed.processor.intake)
    return function("intake", invocations=orders, seconds=seconds, gigabytes=gigabytes)


def _charge_seconds(assumed: Assumptions) -> float:
    return assumed.seconds(
        assumed.worker_gigabytes, calls=0, payments=1, processor_ms=assumed.processor.charge
    )


def _shared(traffic: Traffic, assumed: Assumptions, writes: int) -> list[Line]:
    """What every peer has: the API, so many writes an order, the orders kept, the secret."""
    orders = traffic.orders
    size = count_order(traffic.batch).item_bytes + STORAGE_OVERHEAD_BYTES
    return [
        *api(orders),
        table_units("writes", assumed, writes=orders * writes),
        *kept_orders(orders, size, assumed),
        *secret(1, SECRET_READS_A_MONTH),
    ]

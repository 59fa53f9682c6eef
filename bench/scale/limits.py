"""Up to how many orders a second each limit holds, which breaks first, and what moves it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from bench.scale import quotas
from bench.scale.checkout import Checkout

MEBIBYTE = 1024 * 1024

AS_DEPLOYED = Checkout()
#: Every property of the construct at its top.
AT_THE_TOP = replace(AS_DEPLOYED, concurrent_charges=10_000, unsettled_index_shards=1_000)


#: And a payment service that takes whatever comes.
PAYMENTS_TAKEN = replace(AT_THE_TOP, payment_service_orders=math.inf)


class Scope(Enum):
    """What has a limit to itself, and so what more of would help."""

    CHECKOUT = "each checkout"
    ACCOUNT = "account and Region"
    OUTSIDE = "payment service"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One thing that a checkout can run out of."""

    name: str
    scope: Scope
    #: Orders a second up to which it holds; infinite if it grows with the orders.
    holds_to: Callable[[Checkout], float]
    #: What an operator does about it.
    moved_by: str
    #: How the figure comes about.
    because: str


def _stream(checkout: Checkout) -> float:
    """A shard comes with a partition: infinite if the relay keeps up with a partition's writes."""
    written = quotas.PARTITION_WRITES.value / checkout.table_writes
    read = quotas.STREAM_READS.value * min(
        quotas.STREAM_RECORDS_A_READ.value, MEBIBYTE / checkout.stream_record_bytes
    )
    relayed = checkout.relay_parallelization * checkout.relay_batch / checkout.relay_seconds
    keeps_up = min(read / checkout.table_writes, relayed) >= written
    return math.inf if keeps_up else min(read / checkout.table_writes, relayed)


LIMITS = (
    Limit(
        name="payment service",
        scope=Scope.OUTSIDE,
        holds_to=lambda checkout: checkout.payment_service_orders,
        moved_by="ask the payment service; lower `concurrent_charges` to what it takes",
        because="Stripe's default for one endpoint, as an example",
    ),
    Limit(
        name="charges at a time",
        scope=Scope.CHECKOUT,
        holds_to=lambda checkout: checkout.concurrent_charges / checkout.charge_seconds,
        moved_by="`concurrent_charges`, to 10,000; beyond that several checkouts",
        because="concurrent charges / seconds of one charge",
    ),
    Limit(
        name="writes of a new table",
        scope=Scope.CHECKOUT,
        holds_to=lambda checkout: quotas.NEW_TABLE_WRITES.value / checkout.table_writes,
        moved_by="grow over half an hour, or `order_table` with warm throughput",
        because="write units of a new table / writes an order",
    ),
    Limit(
        name="API requests",
        scope=Scope.ACCOUNT,
        holds_to=lambda checkout: quotas.API_REQUESTS.value / checkout.api_requests,
        moved_by="quota increase, or place orders in process (`grant_place_orders`)",
        because="requests / requests an order",
    ),
    Limit(
        name="writes of the table",
        scope=Scope.CHECKOUT,
        holds_to=lambda checkout: quotas.TABLE_WRITES.value / checkout.table_writes,
        moved_by="quota increase, or several checkouts",
        because="write units of a table / writes an order; an index has a quota of its own",
    ),
    Limit(
        name="shards of the unsettled index",
        scope=Scope.CHECKOUT,
        holds_to=lambda checkout: (
            checkout.unsettled_index_shards * quotas.PARTITION_WRITES.value / checkout.index_writes
        ),
        moved_by="`unsettled_index_shards`, to 1,000; never lower it",
        because="shards x write units of a partition / index writes an order",
    ),
    Limit(
        name="Lambda concurrency",
        scope=Scope.ACCOUNT,
        holds_to=lambda checkout: quotas.LAMBDA_CONCURRENCY.value / checkout.invocation_seconds,
        moved_by="quota increase",
        because="concurrency / seconds of Lambda an order takes, in full batches",
    ),
    Limit(
        name="FIFO calls",
        scope=Scope.ACCOUNT,
        holds_to=lambda _: quotas.FIFO_CALLS.value,
        moved_by="quota increase; full batches alone make it ten times as much",
        because="calls of one action, one message each; the construct sets high throughput",
    ),
    Limit(
        name="messages in flight",
        scope=Scope.CHECKOUT,
        holds_to=lambda checkout: quotas.FIFO_IN_FLIGHT.value / checkout.charge_seconds,
        moved_by="quota increase; in an outage it fills up, see below",
        because="messages in flight / seconds of one charge, while the payment service answers",
    ),
    Limit(
        name="stream and relay",
        scope=Scope.CHECKOUT,
        holds_to=_stream,
        moved_by="nothing to move: a shard comes with each partition of the table",
        because="a shard is read and relayed faster than its partition can be written",
    ),
)


def breaking(checkout: Checkout, *, orders_per_second: float) -> list[Limit]:
    """Return the limits that do not hold at this rate, the first to break first."""
    broken = [each for each in LIMITS if each.holds_to(checkout) < orders_per_second]
    return sorted(broken, key=lambda limit: limit.holds_to(checkout))


def checkouts_needed(checkout: Checkout, *, orders_per_second: float) -> int:
    """Return over how many checkouts to spread, so that each one's own limits hold.

    Without quota increases. A new table's writes do not count: a table grows.
    """
    own = [
        limit.holds_to(checkout)
        for limit in LIMITS
        if limit.scope is Scope.CHECKOUT and limit.name != "writes of a new table"
    ]
    return max(1, math.ceil(orders_per_second / min(own)))


def seconds_to_scale_up(checkout: Checkout, *, orders_per_second: float) -> float:
    """Return how long the queue mapping takes from idle to as many invocations as are needed.

    Infinite if it never gets there.
    """
    needed = orders_per_second * checkout.charge_seconds / checkout.consumer_batch
    if needed > checkout.concurrent_charges / checkout.consumer_batch:
        return math.inf
    more = max(0.0, needed - quotas.MAPPING_START.value)
    return 60 * more / quotas.MAPPING_SCALE_UP.value


def outage_that_fills_the_queue(*, orders_per_second: float) -> float:
    """Return after how many seconds of a payment outage every message in flight is taken.

    A message that is returned to the queue with a delay stays in flight until it is visible again.
    Beyond the limit the mapping receives nothing until one is: no order is lost, but new ones wait
    behind old ones.
    """
    return quotas.FIFO_IN_FLIGHT.value / orders_per_second

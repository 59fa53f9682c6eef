"""The page of scale, as a function of what a million orders cost at each rate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.scale.checkout import Checkout
from bench.scale.limits import (
    AS_DEPLOYED,
    AT_THE_TOP,
    LIMITS,
    PAYMENTS_TAKEN,
    breaking,
    checkouts_needed,
    outage_that_fills_the_queue,
    seconds_to_scale_up,
)
from bench.scale.prose import AFTER, BEFORE, LEFT_TO_YOU, REFUSED, REGIONS
from bench.scale.quotas import QUOTAS

#: Orders a second that the page looks at.
RATES = (10, 1_000, 50_000)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Dollars for a million orders at one rate, by the cost model."""

    #: Where each order is handed over alone.
    alone: float
    #: Where batches of ten are full.
    batched: float


def page(costs: Mapping[int, Cost]) -> str:
    """Return ``docs/scale.md``; ``costs`` are those of :data:`RATES`."""
    return "\n".join(
        [
            BEFORE,
            _first(),
            _figures(costs),
            _all_limits(),
            _assumed(AS_DEPLOYED),
            AFTER,
            REGIONS,
            _table(["what", "who refuses it", "when"], REFUSED),
            LEFT_TO_YOU,
            _quotas(),
        ]
    )


def _first() -> str:
    rows = [
        [
            f"{rate:,}",
            _named(AS_DEPLOYED, rate),
            _named(AT_THE_TOP, rate),
            _named(PAYMENTS_TAKEN, rate),
        ]
        for rate in RATES
    ]
    columns = [
        "orders/s",
        "as deployed",
        "every property at its top",
        "and a payment service that takes it",
    ]
    return "## What breaks first\n\n" + _table(columns, rows)


def _named(checkout: Checkout, rate: int) -> str:
    broken = breaking(checkout, orders_per_second=rate)
    named = [f"{limit.name} ({_rate(limit.holds_to(checkout))})" for limit in broken]
    return ", then ".join([f"**{named[0]}**", *named[1:]]) if named else "nothing"


def _figures(costs: Mapping[int, Cost]) -> str:
    rows = [
        [
            f"{rate:,}",
            str(checkouts_needed(PAYMENTS_TAKEN, orders_per_second=rate)),
            _seconds(seconds_to_scale_up(PAYMENTS_TAKEN, orders_per_second=rate)),
            _seconds(outage_that_fills_the_queue(orders_per_second=rate)),
            f"{costs[rate].alone:.2f}",
            f"{costs[rate].batched:.2f}",
        ]
        for rate in RATES
    ]
    columns = [
        "orders/s",
        "checkouts needed at default quotas",
        "queue mapping, from idle to enough",
        "payment outage that fills the queue",
        "dollars a million, one at a time",
        "dollars a million, full batches",
    ]
    return (
        "With every property at its top, and a payment service that takes it. Dollars are those of "
        "[cost.md](cost.md).\n\n" + _table(columns, rows)
    )


def _all_limits() -> str:
    ordered = sorted(LIMITS, key=lambda limit: limit.holds_to(AS_DEPLOYED))
    rows = [
        [
            limit.name,
            _rate(limit.holds_to(AS_DEPLOYED)),
            _rate(limit.holds_to(AT_THE_TOP)),
            *("holds" if limit.holds_to(AS_DEPLOYED) >= rate else "breaks" for rate in RATES),
            limit.scope.value,
            limit.moved_by,
            limit.because,
        ]
        for limit in ordered
    ]
    columns = [
        "limit",
        "holds to, orders/s",
        "properties at their top",
        *(f"{rate:,}" for rate in RATES),
        "of",
        "what moves it",
        "how the figure comes about",
    ]
    return "## Every limit\n\nAs deployed by default, the first to break first.\n\n" + _table(
        columns, rows
    )


def _assumed(checkout: Checkout) -> str:
    return (
        "Assumed: one call to AWS takes "
        f"{1000 * checkout.aws_call_seconds:.0f} ms of a function, one charge "
        f"{1000 * checkout.payment_seconds:.0f} ms, a buyer looks once at the order. Counted from "
        f"the handlers: {checkout.table_writes} write units on the table and "
        f"{checkout.index_writes} on its index. A slower payment service moves *charges at a time* "
        "and *messages in flight* in proportion.\n"
    )


def _quotas() -> str:
    rows = [
        [
            quota.name,
            f"{quota.value:,.0f}",
            quota.unit,
            "yes" if quota.adjustable else "no",
            f"[page]({quota.source}), {quota.read}"
            + (f"; figure seen in {quota.seen}" if quota.seen else ""),
        ]
        for quota in QUOTAS
    ]
    columns = ["quota", "default", "of", "can be raised", "source, read"]
    return (
        "## Quotas\n\nDefaults in US East (N. Virginia), read in stored copies of the pages: look "
        "before you rely on one.\n\n" + _table(columns, rows)
    )


def _rate(orders_per_second: float) -> str:
    return "any" if math.isinf(orders_per_second) else f"{orders_per_second:,.0f}"


def _seconds(seconds: float) -> str:
    if math.isinf(seconds):
        return "never alone"
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

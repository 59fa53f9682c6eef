"""The tables of docs/operate/scale.md: ``python -m bench.scale.page`` writes them into the page."""

from __future__ import annotations

import math

from bench.cost import ours
from bench.cost.assumptions import MONTH_SECONDS, Traffic
from bench.markdown import table, with_blocks
from bench.paths import ROOT
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
from bench.scale.quotas import QUOTAS

PAGE = ROOT / "docs" / "operate" / "scale.md"
#: Orders a second that the page looks at.
RATES = (10, 1_000, 50_000)


def page() -> str:
    """Return ``docs/operate/scale.md`` with its tables as the models have them."""
    return with_blocks(PAGE.read_text(), [_first(), _figures(), _all_limits(), _quotas()])


def _first() -> str:
    columns = {
        "as deployed": AS_DEPLOYED,
        "every property at its top": AT_THE_TOP,
        "and a payment service that takes it": PAYMENTS_TAKEN,
    }
    rows = [
        [f"{rate:,}", *(_named(checkout, rate) for checkout in columns.values())] for rate in RATES
    ]
    return table(["orders/s", *columns], rows)


def _named(checkout: Checkout, rate: int) -> str:
    broken = breaking(checkout, orders_per_second=rate)
    named = [f"{limit.name} ({_rate(limit.holds_to(checkout))})" for limit in broken]
    return ", then ".join([f"**{named[0]}**", *named[1:]]) if named else "nothing"


def _figures() -> str:
    columns = [
        "orders/s",
        "checkouts needed at default quotas",
        "queue mapping, from idle to enough",
        "payment outage that fills the queue",
        "dollars a million, one at a time",
        "dollars a million, full batches",
    ]
    rows = [
        [
            f"{rate:,}",
            str(checkouts_needed(PAYMENTS_TAKEN, orders_per_second=rate)),
            _seconds(seconds_to_scale_up(PAYMENTS_TAKEN, orders_per_second=rate)),
            _seconds(outage_that_fills_the_queue(orders_per_second=rate)),
            *(f"{_dollars(rate, batch):.2f}" for batch in (1, 10)),
        ]
        for rate in RATES
    ]
    return table(columns, rows)


def _dollars(orders_per_second: int, batch: int) -> float:
    """What a million orders cost at a rate that holds for a month."""
    orders = float(orders_per_second * MONTH_SECONDS)
    return ours.bill(Traffic(orders=orders, batch=batch)).a_million


def _all_limits() -> str:
    columns = [
        "limit",
        "holds to, orders/s",
        "properties at their top",
        *(f"{rate:,}" for rate in RATES),
        "of",
        "what moves it",
        "how the figure comes about",
    ]
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
        for limit in sorted(LIMITS, key=lambda limit: limit.holds_to(AS_DEPLOYED))
    ]
    return table(columns, rows)


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
    return table(["quota", "default", "of", "can be raised", "source, read"], rows)


def _rate(orders_per_second: float) -> str:
    return "any" if math.isinf(orders_per_second) else f"{orders_per_second:,.0f}"


def _seconds(seconds: float) -> str:
    if math.isinf(seconds):
        return "never alone"
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


if __name__ == "__main__":
    PAGE.write_text(page())

"""The page of scale: ``python -m bench.cost.scale_page > docs/scale.md``."""

from __future__ import annotations

import sys

from bench.cost import ours
from bench.cost.assumptions import MONTH_SECONDS, Traffic
from bench.scale.page import RATES, Cost, page


def cost_at(orders_per_second: int) -> Cost:
    """Return what a million orders cost at a rate that holds for a month."""
    orders = float(orders_per_second * MONTH_SECONDS)
    alone, batched = (ours.bill(Traffic(orders=orders, batch=batch)) for batch in (1, 10))
    return Cost(alone=alone.a_million, batched=batched.a_million)


def scale_page() -> str:
    """Return the page."""
    return page({rate: cost_at(rate) for rate in RATES})


if __name__ == "__main__":
    sys.stdout.write(scale_page())

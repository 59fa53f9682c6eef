"""The purchases that every workflow is asked to make."""

from __future__ import annotations

import random

from bench.compare.fault_plan import Intensity
from simulator.buyers import Buyer
from simulator.cases import MINUTE, SERVICES, Case, Outage, Purchase

HOUR_OF_SALE_MS = 60 * MINUTE
"""Purchases begin somewhere in this time."""
OUTAGE_FROM_MS = 15 * MINUTE
"""When an outage begins: before it, during it and after it something is bought."""
DEAREST = 50_000


class LeavingBuyer(Buyer):
    """A buyer who sends a request once, and looks at nothing but an answer that comes in time."""

    most_tries = 1


def case_of(seed: int, number: int, intensity: Intensity) -> Case:
    """One purchase: one buyer, one cart, one card that is good for it.

    The payment service honours keys for a day, unless it forgets them, and can be asked by key.
    Each purchase has a world of its own, so a fault harms no neighbour: no workflow is charged with
    the batch that it shares.
    """
    draw = random.Random(f"{seed}/{number}")  # noqa: S311 - nothing secret
    purchase = Purchase(
        buyer=f"buyer {number}",
        key=f"key-{seed}-{number:05}",
        amount=draw.randint(1, DEAREST),
        submitted_at_ms=(draw.randrange(HOUR_OF_SALE_MS),),
    )
    ends = OUTAGE_FROM_MS + intensity.outage_ms
    return Case(
        purchases=(purchase,),
        service=SERVICES["look-up only" if intensity.forgets_keys else "keys and look-up"],
        outage=Outage(from_ms=OUTAGE_FROM_MS, until_ms=ends) if intensity.outage_ms else None,
    )

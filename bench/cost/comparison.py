"""Everybody's bill at every volume, at low and at high traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench.cost import ours, peers
from bench.cost.assumptions import DEFAULT, Assumptions, Traffic
from bench.cost.bill import Bill

VOLUMES = (1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
#: Below them capacity that is reserved lies idle most of the time.
PROVISIONED_VOLUMES = tuple(orders for orders in VOLUMES if orders >= 1e7)
BATCHES = {"low": 1, "high": 10}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The bills of one month at one volume."""

    orders: float
    traffic: str
    provisioned: bool
    ours: Bill
    #: Ours with the fewest alarms, and with everything and traces.
    others_of_ours: tuple[Bill, Bill]
    peers: Mapping[str, Bill]

    @property
    def cheapest_peer(self) -> Bill:
        """The cheapest of those whose prices are published for this volume."""
        priced = [bill for bill in self.peers.values() if not bill.unpublished]
        return min(priced, key=lambda bill: bill.dollars)


def compare(orders: float, traffic: str, assumed: Assumptions = DEFAULT) -> Comparison:
    """Return everybody's bill for so many orders a month."""
    given = Traffic(orders=orders, batch=BATCHES[traffic])
    bills = [
        peers.powertools(given, assumed),
        peers.powertools(given, assumed, side_by_side=True),
        peers.step_functions_standard(given, assumed),
        peers.step_functions_express(given, assumed),
        peers.durable_functions(given, assumed),
        peers.temporal_cloud(given, assumed),
    ]
    return Comparison(
        orders=orders,
        traffic=traffic,
        provisioned=assumed.provisioned,
        ours=ours.bill(given, assumed),
        others_of_ours=(
            ours.bill(given, assumed, watched=ours.MINIMAL),
            ours.bill(given, assumed, watched=ours.FULL, traced=True),
        ),
        peers={bill.name: bill for bill in bills},
    )


def all_comparisons(assumed: Assumptions = DEFAULT) -> list[Comparison]:
    """Return the bills at every volume on demand, low traffic first, and then provisioned."""
    reserved = replace(assumed, provisioned=True)
    return [
        *(compare(orders, traffic, assumed) for traffic in BATCHES for orders in VOLUMES),
        *(compare(orders, "high", reserved) for orders in PROVISIONED_VOLUMES),
    ]

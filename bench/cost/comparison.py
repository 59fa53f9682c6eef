"""Everybody's bill at every volume, at low and at high traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.cost import ours, peers
from bench.cost.assumptions import DEFAULT, Assumptions, Traffic
from bench.cost.bill import Bill

VOLUMES = (1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
BATCHES = {"low": 1, "high": 10}
#: From here up ours is to be the cheapest.
GOAL_FROM = 1e6


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The bills of one month at one volume."""

    orders: float
    traffic: str
    ours: Bill
    untraced: Bill
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
        ours=ours.bill(given, assumed),
        untraced=ours.bill(given, assumed, traced=False),
        peers={bill.name: bill for bill in bills},
    )


def all_comparisons(assumed: Assumptions = DEFAULT) -> list[Comparison]:
    """Return the bills at every volume, low traffic first."""
    return [compare(orders, traffic, assumed) for traffic in BATCHES for orders in VOLUMES]

"""The row of the benchmark about cost: goals, and the table of a million orders."""

from __future__ import annotations

from collections.abc import Sequence

from bench.cost import measured
from bench.cost.comparison import GOAL_FROM, Comparison, all_comparisons
from bench.figures import Figure, Goal, Spread
from bench.row import Effort, RowResult, Say

#: Cents by which two bills of a million orders may differ and still be the same.
SAME_DOLLARS = 0.005
#: How many of the largest differences a reason names.
REASONS = 3


class Cost:
    """The row of the benchmark; nothing is measured here, so effort does not matter."""

    name = "cost"
    title = "Cost of a million orders, dollars at list prices"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Price what was counted, with the processor times that were measured last."""
        del effort, say
        comparisons = all_comparisons(measured.assumptions())
        return RowResult(
            name=self.name,
            title=self.title,
            figures=[figure for each in comparisons for figure in _figures(each)],
            goals=goals(comparisons),
            notes=[
                "A model in code: counted calls and write units, list prices with source and date, "
                "assumptions and what no bill shows in [cost.md](../docs/cost.md).",
                "No peer is given alarms, metrics, a dashboard, traces or application records.",
            ],
        )


def goals(comparisons: Sequence[Comparison]) -> list[Goal]:
    """Return one goal for each volume from a million orders a month up, and each traffic.

    ``why`` says what ours pays more for than the cheapest peer, in dollars a million orders.
    """
    return [_goal(each) for each in comparisons if each.orders >= GOAL_FROM]


def is_cheapest(each: Comparison) -> bool:
    """Return whether ours is the cheapest, or costs the same as the cheapest peer."""
    return each.ours.a_million <= each.cheapest_peer.a_million + SAME_DOLLARS


def power(orders: float) -> str:
    """Write a power of ten as one.

    >>> power(1e6)
    '10⁶'
    """
    return "10" + str(len(f"{orders:.0f}") - 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _goal(each: Comparison) -> Goal:
    peer = each.cheapest_peer
    return Goal(
        f"cost.{each.traffic}_{each.orders:.0f}",
        f"dollars a million orders, {power(each.orders)} a month, {each.traffic} traffic",
        round(each.ours.a_million, 2),
        "at most",
        round(peer.a_million, 2),
        peer=f"{peer.name}: {peer.a_million:.2f}",
        why="" if is_cheapest(each) else _why(each),
    )


def _figures(each: Comparison) -> list[Figure]:
    bills = [each.ours, each.untraced, *each.peers.values()]
    return [
        Figure(
            program=bill.name,
            quantity=f"{power(each.orders)} a month, {each.traffic} traffic",
            unit="dollars",
            spread=Spread.of([bill.a_million]),
        )
        for bill in bills
        if not bill.unpublished
    ]


def _why(each: Comparison) -> str:
    theirs = each.cheapest_peer.by_price()
    more = {name: dollars - theirs.get(name, 0.0) for name, dollars in each.ours.by_price().items()}
    largest = sorted(more, key=lambda name: -more[name])[:REASONS]
    return "ours pays more for: " + ", ".join(f"{name} {more[name]:+.2f}" for name in largest)

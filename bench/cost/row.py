"""The row of the benchmark about cost: goals, and the table of a million orders."""

from __future__ import annotations

from collections.abc import Sequence

from bench.cost import measured
from bench.cost.comparison import Comparison, all_comparisons
from bench.figures import Figure, Goal, Spread
from bench.row import Effort, RowResult, Say

#: Cents by which two bills of a million orders may differ and still be the same.
SAME_DOLLARS = 0.005
#: From here up ours is to be the cheapest at high traffic, on demand and provisioned.
ON_DEMAND_FROM, PROVISIONED_FROM = 1e8, 1e7
#: Orders of a small shop, and what a month of them may cost with the fewest alarms, dollars.
SMALL_SHOP_ORDERS, SMALL_SHOP_DOLLARS = 1e4, 3.0
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
                "assumptions and what no bill shows in [cost.md](../docs/operate/cost.md).",
                "No peer is given alarms, metrics, a dashboard, traces or application records.",
            ],
        )


def goals(comparisons: Sequence[Comparison]) -> list[Goal]:
    """Return the goals: level with the cheapest peer at many orders, cheap for a small shop.

    ``why`` says what ours pays more for than the cheapest peer, in dollars a million orders.
    """
    many = [
        each
        for each in comparisons
        if each.traffic == "high"
        and each.orders >= (PROVISIONED_FROM if each.provisioned else ON_DEMAND_FROM)
    ]
    [small] = (
        each for each in comparisons if (each.orders, each.traffic) == (SMALL_SHOP_ORDERS, "low")
    )
    return [_small_shop(small), *map(_goal, many)]


def _small_shop(each: Comparison) -> Goal:
    minimal, _ = each.others_of_ours
    return Goal(
        "cost.small_shop",
        f"dollars a month, {SMALL_SHOP_ORDERS:,.0f} orders, the fewest alarms",
        round(minimal.dollars, 2),
        "at most",
        SMALL_SHOP_DOLLARS,
        peer=f"{each.cheapest_peer.name}: {each.cheapest_peer.dollars:.2f}",
    )


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
        f"cost.{'provisioned' if each.provisioned else each.traffic}_{each.orders:.0f}",
        f"dollars a million orders, {_asked(each)}",
        round(each.ours.a_million, 2),
        "at most",
        round(peer.a_million, 2),
        peer=f"{peer.name}: {peer.a_million:.2f}",
        why="" if is_cheapest(each) else _why(each),
    )


def _figures(each: Comparison) -> list[Figure]:
    bills = [each.ours, *each.others_of_ours, *each.peers.values()]
    return [
        Figure(
            program=bill.name,
            quantity=_asked(each),
            unit="dollars",
            spread=Spread.of([bill.a_million]),
        )
        for bill in bills
        if not bill.unpublished
    ]


def _asked(each: Comparison) -> str:
    billing = ", provisioned writes" if each.provisioned else ""
    return f"{power(each.orders)} a month, {each.traffic} traffic{billing}"


def _why(each: Comparison) -> str:
    theirs = each.cheapest_peer.by_price()
    more = {name: dollars - theirs.get(name, 0.0) for name, dollars in each.ours.by_price().items()}
    largest = sorted(more, key=lambda name: -more[name])[:REASONS]
    return "ours pays more for: " + ", ".join(f"{name} {more[name]:+.2f}" for name in largest)

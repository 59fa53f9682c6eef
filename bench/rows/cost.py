"""The bill of a million orders, from the model of ``bench.cost``; nothing is timed."""

from __future__ import annotations

from bench.cost.comparison import GOAL_FROM, Comparison, all_comparisons
from bench.cost.row import goals, power
from bench.goal import Goal
from bench.row import Effort, Figure, RowResult, Say
from bench.spread import Spread

__all__ = ["Cost"]


class Cost:
    """Ours against the cheapest peer, at each volume and traffic."""

    name = "cost"
    title = "Cost: a million orders at list prices (docs/cost.md)"

    def measure(self, effort: Effort, say: Say) -> RowResult:  # noqa: ARG002
        """Compute the bills; the calls that they price are counted from the real handlers."""
        say("cost: counting calls, adding up bills")
        found = [each for each in all_comparisons() if each.orders >= GOAL_FROM]
        return RowResult(
            self.name,
            self.title,
            figures=[figure for each in found for figure in _figures(each)],
            goals=[_goal(each, reason["why"]) for each, reason in zip(found, goals(), strict=True)],
            notes=[
                "Ours pays for its alarms, dashboard, metrics, traces and key; no peer has any of them."
                " Lambda durable functions and Temporal Cloud are lower bounds.",
            ],
        )


def _figures(each: Comparison) -> list[Figure]:
    bills = {"ours": each.ours, "ours, untraced": each.untraced, **each.peers}
    quantity = f"a million orders, {_volume(each)}"
    return [
        Figure(name, quantity, "dollars", Spread.of([bill.a_million]))
        for name, bill in bills.items()
        if not bill.unpublished
    ]


def _goal(each: Comparison, why: str) -> Goal:
    peer = each.cheapest_peer
    ratio = each.ours.a_million / peer.a_million
    return Goal(
        name=f"cost.{each.orders:.0e}.{each.traffic}".replace("+0", ""),
        what=f"dollars a million orders against the cheapest peer, {_volume(each)}",
        value=ratio,
        peer=f"{peer.name}: {peer.a_million:.2f} dollars; ours {each.ours.a_million:.2f}",
        comparison="at most",
        limit=1.0,
        why=why,
    )


def _volume(each: Comparison) -> str:
    return f"{power(each.orders)} a month, {each.traffic} traffic"

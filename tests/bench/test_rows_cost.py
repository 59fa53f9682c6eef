"""The row of cost: the model's bills as ratios, each miss with its reason."""

from __future__ import annotations

from bench.cost.comparison import GOAL_FROM, all_comparisons
from bench.row import Effort
from bench.rows.cost import Cost


def test_each_volume_from_a_million_up_is_a_ratio_to_the_cheapest_peer() -> None:
    found = Cost().measure(Effort(runs=1), lambda line: None)
    wanted = [each for each in all_comparisons() if each.orders >= GOAL_FROM]
    assert [goal.name for goal in found.goals] == [
        f"cost.1e{len(str(int(each.orders))) - 1}.{each.traffic}" for each in wanted
    ]
    for goal, each in zip(found.goals, wanted, strict=True):
        assert goal.value == each.ours.a_million / each.cheapest_peer.a_million
        assert bool(goal.why) is not goal.met

"""Goals say what is seen, and the page is what the model says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.cost import row
from bench.cost.assumptions import DEFAULT
from bench.cost.comparison import VOLUMES, compare
from bench.cost.page import page
from bench.cost.row import Cost
from bench.row import Effort

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_up_to_date() -> None:
    written = (DOCS / "cost.md").read_text()
    assert written == page(), "run: python -m bench.cost.page > docs/cost.md"


def test_there_is_a_goal_for_each_volume_from_a_million_up_and_each_traffic() -> None:
    assert len(row.goals()) == 2 * len([orders for orders in VOLUMES if orders >= 1e6])


def test_a_goal_is_met_exactly_where_no_peer_is_cheaper() -> None:
    for goal in row.goals():
        cheapest = float(goal["peer"].rpartition(": ")[2])
        assert goal["met"] == (goal["value"] <= cheapest + 0.01), goal


def test_the_row_gives_the_benchmark_its_goals_and_a_figure_for_each_published_price() -> None:
    result = Cost().measure(Effort(runs=1), lambda _line: None)
    assert [goal.name for goal in result.goals] == [goal["name"] for goal in row.goals()]
    assert all(goal.name.startswith("cost.") for goal in result.goals)
    temporal = [each for each in result.figures if each.program == "Temporal Cloud"]
    assert len(temporal) == 2 * len([orders for orders in VOLUMES if orders <= 1e7])


def test_a_goal_that_is_missed_says_what_for() -> None:
    for goal in row.goals():
        assert goal["met"] or "ours pays more for: " in goal["why"]


def test_a_faster_payment_service_changes_what_everybody_pays_for_time() -> None:
    fast = replace(DEFAULT, payment_seconds=0.03)
    usual, quick = compare(1e8, "low"), compare(1e8, "low", fast)
    assert quick.ours.dollars < usual.ours.dollars
    assert all(
        quick.peers[name].dollars < usual.peers[name].dollars
        for name in usual.peers
        if name != "Temporal Cloud"
    )


def test_a_peer_without_a_published_price_is_not_the_cheapest_however_low_its_bill() -> None:
    usual = compare(1e8, "low")
    unknown = replace(usual.peers["Temporal Cloud"], lines=(), surcharge=0.0)
    assert unknown.unpublished
    compared = replace(usual, peers={**usual.peers, unknown.name: unknown})
    assert compared.cheapest_peer.name == usual.cheapest_peer.name


@pytest.mark.parametrize("traffic", ["low", "high"])
def test_a_table_has_every_volume_and_every_peer(traffic: str) -> None:
    table = row.table(traffic)
    assert [line.split(" |")[0] for line in table.splitlines()[2:]] == [
        f"| {row.power(orders)}" for orders in VOLUMES
    ]
    assert all(name in table for name in compare(1e6, traffic).peers)

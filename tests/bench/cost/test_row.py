"""Goals say what is seen, and the page is what the model says."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache

import pytest

from bench.cost import prices, row
from bench.cost.assumptions import DEFAULT
from bench.cost.comparison import VOLUMES, all_comparisons, compare
from bench.cost.page import PAGE, README, page, readme, volumes
from bench.cost.row import Cost
from bench.figures import Goal
from bench.row import Effort


@cache
def goals() -> list[Goal]:
    """What is asked of the model, and what came of it."""
    return row.goals(all_comparisons())


def test_the_page_is_up_to_date() -> None:
    assert page() == PAGE.read_text(), "run: python -m bench.cost.page"
    assert readme() == README.read_text(), "run: python -m bench.cost.page"


def test_the_page_says_what_is_assumed() -> None:
    written = " ".join(PAGE.read_text().split())
    assert f"waits {1000 * DEFAULT.aws_wait_seconds:.0f} ms for one call to AWS" in written
    assert f"{1000 * DEFAULT.payment_seconds:.0f} ms for one charge" in written
    assert (
        f"functions have {1024 * DEFAULT.buyer_facing_gigabytes:.0f} MB where a buyer waits for "
        f"them and {1024 * DEFAULT.worker_gigabytes:.0f} MB elsewhere" in written
    )
    assert f"is stored {DEFAULT.months_kept:.0f} month" in written
    for name, value in asdict(DEFAULT.processor).items():
        assert f"{name.replace('_', ' ')} {value:g}" in written, name


def test_there_is_a_goal_for_many_orders_on_demand_and_provisioned_and_for_a_small_shop() -> None:
    assert [goal.name for goal in goals()] == [
        "cost.small_shop",
        *("cost.high_100000000", "cost.high_1000000000"),
        *(f"cost.provisioned_{10**power}" for power in (7, 8, 9)),
    ]


def test_a_small_shop_pays_less_than_three_dollars_with_the_fewest_alarms() -> None:
    small = goals()[0]
    assert small.met
    assert small.limit == 3


def test_a_goal_is_met_exactly_where_no_peer_is_cheaper() -> None:
    for goal in goals()[1:]:
        cheapest = float(goal.peer.rpartition(": ")[2])
        assert goal.met == (goal.value <= cheapest + 0.01), goal


def test_the_row_gives_the_benchmark_its_goals_and_a_figure_for_each_published_price() -> None:
    result = Cost().measure(Effort(runs=1), lambda _line: None)
    assert [goal.name for goal in result.goals] == [goal.name for goal in goals()]
    assert all(goal.name.startswith("cost.") for goal in result.goals)
    temporal = [each for each in result.figures if each.program == "Temporal Cloud"]
    published = [orders for orders in VOLUMES if orders <= 1e7]
    assert len(temporal) == 2 * len(published) + 1, "once provisioned"


def test_the_page_has_no_peer_of_another_billing_beside_a_provisioned_bill() -> None:
    for each in all_comparisons():
        paid = {name for bill in (each.ours, *each.peers.values()) for name in bill.by_price()}
        assert (prices.WRITE_UNIT.name in paid) != each.provisioned
        assert (prices.PROVISIONED_WRITE.name in paid) == each.provisioned


def test_a_goal_that_is_missed_says_what_for() -> None:
    assert all(goal.met or "ours pays more for: " in goal.why for goal in goals())


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
    table = volumes([compare(orders, traffic) for orders in VOLUMES])
    assert [line.split(" |")[0] for line in table.splitlines()[2:]] == [
        f"| {row.power(orders)}" for orders in VOLUMES
    ]
    assert all(name in table for name in compare(1e6, traffic).peers)

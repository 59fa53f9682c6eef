"""Listing what is open, and putting it on its way again."""

from __future__ import annotations

import json
from typing import Any

from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment

SHARDS = {"Reconciler": {"UNSETTLED_SHARDS": "1"}}


def in_partition(name: str) -> dict[str, Any]:
    return {"S": f"{name}#0"}


def test_processing_orders_are_listed_with_both_times(deployment: Deployment, run_on: Run) -> None:
    deployment.functions = SHARDS
    order_id = deployment.store(
        status={"S": "PROCESSING"},
        unsettled_shard=in_partition("processing"),
        attempt_1_processing_since={"N": "1000"},
        unsettled_since={"N": "9000"},
    )
    result = run_on("orders", "unsettled", "--json")

    assert result.exit_code == 0, result.output
    [order] = json.loads(result.stdout)
    assert order["order_id"] == order_id
    assert order["unsettled_since"].endswith("00:00:01.000+00:00")
    assert order["next_look_up_at"].endswith("00:00:09.000+00:00")


def test_a_paid_order_with_a_stray_charge_is_listed_while_the_alarm_rings(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.functions = SHARDS
    deployment.store(
        status={"S": "PAID"},
        unsettled_shard=in_partition("review"),
        stray_charges={"SS": ["1:ch_2:4200:EUR"]},
    )
    result = run_on("orders", "unsettled", "--json")

    assert result.exit_code == 1
    [order] = json.loads(result.stdout)
    assert order["stray_charges"] == ["1:ch_2:4200:EUR"]


def test_an_order_that_settled_meanwhile_is_not_listed(deployment: Deployment, run_on: Run) -> None:
    deployment.functions = SHARDS
    deployment.store(status={"S": "PAID"}, unsettled_shard=in_partition("open"))

    result = run_on("orders", "unsettled", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_held_money_that_is_to_be_announced_is_listed(deployment: Deployment, run_on: Run) -> None:
    deployment.functions = SHARDS
    order_id = deployment.store(
        status={"S": "AUTHORIZED"},
        unsettled_shard=in_partition("announce"),
        unsettled_since={"N": "9000"},
    )
    [order] = json.loads(run_on("orders", "unsettled", "--json").stdout)
    assert order["order_id"] == order_id


def test_a_settled_order_that_is_to_be_announced_is_not_unsettled(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.functions = SHARDS
    deployment.store(
        status={"S": "PAID"},
        unsettled_shard=in_partition("announce"),
        unsettled_since={"N": "1000"},
        owed={"SS": ["1:OrderPaid:1:1000:{}"]},
    )
    result = run_on("orders", "unsettled", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_releasing_says_which_orders_there_are_not(deployment: Deployment, run_on: Run) -> None:
    order_id, nobodys = deployment.store(), f"ord_{'a' * 52}"
    done = {order_id: "released", nobodys: "no such order"}
    deployment.reconciler = lambda event: {
        "orders": [{"order_id": each, "done": done[each]} for each in event["redrive"]]
    }
    result = run_on("orders", "release", order_id, nobodys, "ord_typo", "--json")

    assert result.exit_code == 1
    told = {each["order_id"]: each["done"] for each in json.loads(result.stdout)}
    assert told == {**done, "ord_typo": "no such order"}
    assert [event["redrive"] for event in deployment.events] == [[order_id, nobodys]]


def test_releasing_only_what_is_no_order_asks_nothing(deployment: Deployment, run_on: Run) -> None:
    result = run_on("orders", "release", "ord_typo")

    assert (result.exit_code, deployment.events) == (1, [])
    assert "no such order" in result.output
    assert "see the id and --stack" in result.output


def test_releasing_what_has_stray_charges_says_what_to_do(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(status={"S": "NEEDS_REVIEW"})
    row = {"order_id": order_id, "done": "needs a person"}
    deployment.reconciler = lambda _: {"orders": [row]}
    result = run_on("orders", "release", order_id)

    assert result.exit_code == 1
    assert "stray charges" in result.output

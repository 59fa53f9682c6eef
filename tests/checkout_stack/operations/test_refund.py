"""``checkout orders refund``: a dry run that prints the real one, key and all."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, Event

ORDER = "ord_" + "a" * 52
REFUND = "op_" + "b" * 52
MADE = {
    "refund_id": REFUND,
    "status": "REQUESTED",
    "amount": 500,
    "currency": "EUR",
    "charge_id": "ch_1",
}


def reconciler(event: Event) -> dict[str, Any]:
    if "settle_refund" in event:
        done = "would settle" if event["settle_refund"]["dry_run"] else "settled"
        return {"done": done, "detail": "not refunded", "refund_id": REFUND}
    done = "would refund" if event["refund"]["dry_run"] else "accepted"
    return {"done": done, "detail": "", "refund": MADE}


@pytest.fixture(autouse=True)
def deployed(deployment: Deployment) -> Deployment:
    deployment.reconciler = reconciler
    return deployment


def test_the_command_that_the_dry_run_prints_is_the_same_refund_whenever_it_is_run(
    deployment: Deployment, run_on: Run
) -> None:
    dry = run_on(
        "orders", "refund", ORDER, "--amount", "500", "--reason", "sent back", "--by", "Ada"
    )
    assert dry.exit_code == 0, dry.output
    assert "would refund" in dry.output
    assert "500 EUR" in dry.output
    words = shlex.split(dry.output.strip().splitlines()[-1])
    assert words[:3] == ["checkout", "orders", "refund"]
    assert words[-5:] == ["--by", "Ada", "--stack", "Shop", "--yes"]
    for _ in range(2):
        real = run_on(*words[1:])
        assert real.exit_code == 0, real.output
        assert "accepted" in real.output
    asked = [event["refund"] for event in deployment.events]
    assert [each["dry_run"] for each in asked] == [True, False, False]
    assert len({each["key"] for each in asked}) == 1
    assert asked[1] == {
        "order_id": ORDER,
        "key": asked[0]["key"],
        "by": "Ada",
        "dry_run": False,
        "amount": 500,
        "reason": "sent back",
    }


@pytest.mark.parametrize("key", [(), ("--key", "")])
def test_without_a_key_nothing_is_refunded(
    key: tuple[str, ...], deployment: Deployment, run_on: Run
) -> None:
    """Also not under an empty one: each run would make a key of its own, and be another refund."""
    result = run_on("orders", "refund", ORDER, "--yes", *key)
    assert result.exit_code == 2
    assert "--key" in result.output
    assert deployment.events == []


def test_a_stray_is_named_by_its_charge(deployment: Deployment, run_on: Run) -> None:
    run_on("orders", "refund", ORDER, "--charge", "ch_stray", "--key", "k", "--yes")
    assert deployment.events[-1]["refund"]["charge_id"] == "ch_stray"


def test_a_refusal_is_told_and_is_an_exit_code(deployment: Deployment, run_on: Run) -> None:
    detail = "more_than_left: the order is PAID, 0 is left to refund"
    deployment.reconciler = lambda _: {"done": "refused", "detail": detail, "refund": None}
    result = run_on("orders", "refund", ORDER)
    assert result.exit_code == 1
    assert "more_than_left" in result.output


def test_an_older_deployment_is_told_from_one_that_refunds(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.reconciler = lambda _: {"orders_seen": 0}
    result = run_on("orders", "refund", ORDER)
    assert result.exit_code == 2
    assert "deploy this version first" in result.output


def test_an_unclear_refund_is_closed_by_one_verdict(deployment: Deployment, run_on: Run) -> None:
    assert run_on("orders", "settle-refund", REFUND, "--why", "seen").exit_code == 2
    result = run_on("orders", "settle-refund", REFUND, "--not-refunded", "--why", "seen", "--yes")
    assert result.exit_code == 0, result.output
    asked = deployment.events[-1]["settle_refund"]
    assert (asked["refunded"], asked["dry_run"]) == (False, False)


def test_the_story_of_an_order_says_what_is_left_to_refund(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(
        status={"S": "PAID"},
        charge_id={"S": "ch_1"},
        refundable={"N": "3700"},
        refunds={"SS": [REFUND]},
    )
    known = {"payment_service": "captured", "contradiction": None, "what_to_do": None}
    deployment.reconciler = lambda _: {"orders": [{**known, "attempts": []}]}
    result = run_on("orders", "show", order_id)
    assert "refunds asked for: 1, 3700 left to refund" in result.output, result.output

"""``checkout orders cancel``: a dry run that prints the real one."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, Event

ORDER = "ord_" + "a" * 52
STACK = ["--stack", "Shop"]


def reconciler(event: Event) -> dict[str, Any]:
    done = "would ask" if event["cancel"]["dry_run"] else "asked"
    return {"done": done, "detail": "unless the charge wins", "status": "UNKNOWN"}


@pytest.fixture(autouse=True)
def deployed(deployment: Deployment) -> Deployment:
    deployment.reconciler = reconciler
    return deployment


def test_the_command_that_the_dry_run_prints_does_it(deployment: Deployment, run_on: Run) -> None:
    where = ["--profile", "shop", "--region", "eu-west-1"]
    dry = run_on("orders", "cancel", ORDER, "--by", "Ada L", *where)
    assert dry.exit_code == 0, dry.output
    assert "would ask: unless the charge wins (the order is UNKNOWN)" in dry.output
    words = shlex.split(dry.output.strip().splitlines()[-1])
    assert words == [
        "checkout",
        "orders",
        "cancel",
        ORDER,
        "--by",
        "Ada L",
        *STACK,
        *where,
        "--yes",
    ]
    real = run_on(*words[1:])
    assert (real.exit_code, real.output.split(":")[0]) == (0, "asked")
    assert [event["cancel"] for event in deployment.events] == [
        {"order_id": ORDER, "by": "Ada L", "dry_run": True},
        {"order_id": ORDER, "by": "Ada L", "dry_run": False},
    ]


def test_a_refusal_ends_with_1_and_says_why(deployment: Deployment, run_on: Run) -> None:
    deployment.reconciler = lambda _: {"done": "refused", "detail": "it is paid", "status": "PAID"}
    refused = run_on("orders", "cancel", ORDER, "--yes", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.output)["detail"] == "it is paid"


def test_functions_that_know_no_cancellations_are_told_of(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.reconciler = lambda _: {"orders_seen": 0}
    result = run_on("orders", "cancel", ORDER, "--by", "ada")
    assert result.exit_code == 2
    assert "deploy this version first" in result.output

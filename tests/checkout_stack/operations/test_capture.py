"""``checkout orders capture``: a dry run that prints the real one."""

from __future__ import annotations

import shlex
from typing import Any

from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, Event

ORDER = "ord_" + "a" * 52


def reconciler(event: Event) -> dict[str, Any]:
    done = "would capture" if event["capture"]["dry_run"] else "accepted"
    return {"done": done, "detail": "3000 of 4200 EUR (minor units)", "status": "AUTHORIZED"}


def test_the_command_that_the_dry_run_prints_does_it(deployment: Deployment, run_on: Run) -> None:
    deployment.reconciler = reconciler
    dry = run_on("orders", "capture", ORDER, "--amount", "3000")
    assert dry.exit_code == 0, dry.output
    assert "would capture: 3000 of 4200 EUR" in dry.output
    words = shlex.split(dry.output.strip().splitlines()[-1])
    stack = ["--stack", "Shop"]
    assert words == ["checkout", "orders", "capture", ORDER, "--amount", "3000", *stack, "--yes"]
    real = run_on(*words[1:])
    assert (real.exit_code, real.output.split(":")[0]) == (0, "accepted")
    wish = {"order_id": ORDER, "by": "arn:aws:iam::1:user/ada", "amount": 3000}
    assert [event["capture"] for event in deployment.events] == [
        {**wish, "dry_run": True},
        {**wish, "dry_run": False},
    ]


def test_functions_that_know_no_captures_are_told_of(deployment: Deployment, run_on: Run) -> None:
    deployment.reconciler = lambda _: {"orders_seen": 0}
    result = run_on("orders", "capture", ORDER, "--by", "ada")
    assert result.exit_code == 2
    assert "cannot capture: deploy this version first" in result.output

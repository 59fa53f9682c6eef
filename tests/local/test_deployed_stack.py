"""The production constructs, deployed by the real CDK CLI to a local AWS, keep the promise."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from checkout_stack.local.aws import REGION, ROOT_KEY
from checkout_stack.local.local_checkout import Deployment, LocalCheckout
from checkout_stack.local.local_run import Paths
from checkout_stack.local.messages import Progress
from checkout_stack.local.ministack import NAME as MINISTACK
from checkout_stack.local.ports import LOOPBACK
from checkout_stack.local.processes import running_processes
from checkout_stack.local.scenarios.catalogue import HELD, QUICK
from checkout_stack.local.scenarios.scenario import Scenario
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.scenarios.verdict import Row, Verdict

pytestmark = pytest.mark.local

SECONDS_TO_STOP = 30.0
NAMED = (
    "double click",
    "other amount",
    "guest reloads",
    "another card",
    "captures, then hangs",
    "acts, closes the tab",
    "void against charge",
    "shipped once",
    "refund by HTTP",
)
NEAREST = tuple(scenario for scenario in QUICK if scenario.name in NAMED)
"""To the promise: one order and one charge, whoever sends, loses or cancels something."""
OTHERS = tuple(scenario for scenario in QUICK + HELD if scenario not in NEAREST)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(NEAREST, id="nearest"),
        pytest.param(OTHERS, id="others", marks=pytest.mark.thorough),
    ],
)
def verdict(
    request: pytest.FixtureRequest,
    checkout: LocalCheckout,
    checkouts: Mapping[Deployment, LocalCheckout],
) -> Verdict:
    """What buyers do, and held money, tried once.

    What breaks is tried by ``make run``, which takes minutes.
    """
    tried: Sequence[Scenario] = request.param
    return try_all(tried, {each.on: checkouts[each.on] for each in tried}, Progress())


def test_the_rows_that_are_named_are_there() -> None:
    assert {scenario.name for scenario in NEAREST} == set(NAMED)


def test_each_scenario_ends_as_promised(verdict: Verdict) -> None:
    assert verdict.rows
    told = [_told(row) for row in verdict.rows if row.deviations]
    assert told == [], "\n".join(told)


def test_no_message_is_left_in_any_queue(verdict: Verdict) -> None:
    assert not any(verdict.left_in_queues.values()), verdict.left_in_queues


def test_a_call_without_tls_is_refused_as_the_queue_policy_says(checkout: LocalCheckout) -> None:
    without_tls = boto3.client(
        "sqs",
        endpoint_url=f"http://{LOOPBACK}:{checkout.run.ports.api}",
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        without_tls.send_message(
            QueueUrl=checkout.outputs["PaymentQueueUrl"],
            MessageBody="{}",
            MessageGroupId="ord_1",
        )


def test_no_function_was_denied_a_call(checkout: LocalCheckout, verdict: Verdict) -> None:
    assert verdict.rows
    log = (checkout.run.logs / f"{MINISTACK.lower()}.log").read_text()

    assert "is not authorized to perform" not in log


def test_the_functions_used_their_own_client_of_aws_and_understood_everything(
    checkout: LocalCheckout, verdict: Verdict
) -> None:
    assert verdict.rows
    logs = checkout.aws.logs()
    groups = [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]]
    records = "".join(
        event["message"]
        for group in groups
        for event in logs.filter_log_events(logGroupName=group)["events"]
    )

    assert "START RequestId" in records
    assert "aws_client_fell_back" not in records


@pytest.mark.thorough
def test_serve_takes_everything_down_on_a_signal() -> None:
    runs = Paths.of_this_clone().runs
    serving = subprocess.Popen(
        [sys.executable, "-c", "from checkout_stack.cli import main; main()", "local", "serve"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        started = _wait_for_processes(runs, serving.pid)
        serving.terminate()
        assert serving.wait(timeout=SECONDS_TO_STOP) == 130
    finally:
        serving.kill()
    assert _processes_of(started) == []


def _wait_for_processes(runs: Path, pid: int) -> Path:
    """The directory of a process's run, which is named after it, once MiniStack runs."""
    deadline = time.monotonic() + SECONDS_TO_STOP
    while time.monotonic() < deadline:
        for directory in runs.glob(f"*-{pid}"):
            if any("ministack.app" in command for command in _processes_of(directory)):
                return directory
        time.sleep(0.05)
    raise AssertionError("MiniStack was not started")


def _processes_of(directory: Path) -> list[str]:
    commands = [process.command for process in running_processes()]
    return [command for command in commands if str(directory) in command]


def _told(row: Row) -> str:
    return f"{row.scenario.promise}\n" + "\n".join(row.deviations)

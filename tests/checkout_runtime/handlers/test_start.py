"""What a function does while Lambda starts it, before the first event."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.peers.start import FACTORIES
from simulator.deployment import settings_for
from simulator.traits import Traits

ASSET = Path(__file__).parents[3] / "lambda"
PROGRAM = """
import importlib, json, sys
connected = []
sys.addaudithook(lambda event, args: event == "socket.connect" and connected.append(str(args)))
made = [
    name
    for name, maker in json.loads(sys.argv[1]).items()
    if getattr(importlib.import_module(f"checkout_runtime.handlers.{name}"), maker)
    .cache_info()
    .currsize
]
from checkout_runtime.handlers import dependencies
has_tls = (
    dependencies._lean_aws.cache_info().currsize == 1
    and dependencies._lean_aws()._context is not None
)
print(json.dumps([made, has_tls, connected, "botocore" in sys.modules]))
"""
SETTINGS = settings_for(
    Traits(honours_keys_for_ms=1000, can_look_up=True, can_cancel=True), quarantine_before=0
) | {
    "PAYMENT_SERVICE_LIST_URL": "https://payments.example/charges",
    "AUDIT_PATIENCE_SECONDS": "60",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}


def started(environment: dict[str, str]) -> tuple[list[str], bool, list[str], bool]:
    """What is made once all handlers are imported; whether TLS is ready, what was connected to,
    and whether botocore was imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(FACTORIES)],
        env={"PYTHONPATH": str(ASSET), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    made, has_tls, connected, has_botocore = json.loads(done.stdout)
    return made, has_tls, connected, has_botocore


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency"])
def test_everything_but_a_connection_is_made_before_the_first_event(kind: str) -> None:
    made, has_tls, connected, has_botocore = started(
        {**SETTINGS, "AWS_LAMBDA_INITIALIZATION_TYPE": kind}
    )
    assert made == list(FACTORIES)
    assert has_tls
    assert connected == []
    assert not has_botocore


def test_nothing_of_an_environment_is_made_for_a_snapshot_but_the_tls_context() -> None:
    snapshot = {**SETTINGS, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    assert started(snapshot) == ([], True, [], False)


def test_outside_of_lambda_nothing_is_made_before_it_is_used() -> None:
    assert started(SETTINGS) == ([], False, [], False)


def test_what_cannot_be_made_is_told_by_the_first_event_and_does_not_end_the_start() -> None:
    made, *_ = started({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"})
    assert made == []


def test_with_botocore_its_clients_are_made_and_no_other() -> None:
    chosen = {**SETTINGS, "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}
    chosen |= {"CHECKOUT_AWS_CLIENT": "botocore", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert started(chosen) == (list(FACTORIES), False, [], True)

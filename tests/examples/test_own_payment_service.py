"""The example with a payment module of one's own: its stack, and its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkout_stack.foundation.runtime_function import asset_directory
from examples.own_payment_service.app import AcmeShop
from tests.checkout_stack.synthesized import Synthesized, synthesize, unchecked_app

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_payment_service"
CALLERS = ("CheckoutConsumer", "CheckoutReconciler")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """The example, as its app makes it."""
    app = unchecked_app(tmp_path_factory.mktemp("cdk.out"))
    return synthesize(AcmeShop(app, "AcmeShop"))


@pytest.mark.parametrize("caller", CALLERS)
def test_the_stack_deploys_the_module_to_those_who_charge(
    caller: str, template: Synthesized
) -> None:
    told = template.environment(caller)
    assert told["PAYMENT_SERVICE_FACTORY"] == "acme_payments:make_payment_service"
    assert told["ACME_URL"] == "https://api.acme.example/v1"
    secret = template.logical_id("AWS::SecretsManager::Secret", "AcmeKey")
    assert told["PAYMENT_SERVICE_SECRET_ARN_BY_NAME"] == {
        "Fn::Join": ["", ['{"acme":"', {"Ref": secret}, '"}']]
    }


def test_the_adapter_keeps_its_promises() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE)],
        cwd=EXAMPLE.parents[1],
        env={**os.environ, "PYTHONPATH": str(asset_directory())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout

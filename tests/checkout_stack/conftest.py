"""One synthesized example for all tests, and a fresh stack for each that builds its own."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutStack
from tests.checkout_stack.synthesized import Synthesized, synthesize, unchecked_app

CDK_JSON = Path(__file__).parents[2] / "cdk.json"


@pytest.fixture(scope="session")
def example_context() -> dict[str, Any]:
    """The context with which the CDK CLI runs the app."""
    context: dict[str, Any] = json.loads(CDK_JSON.read_text())["context"]
    return context


@pytest.fixture(scope="session")
def example_stack(
    tmp_path_factory: pytest.TempPathFactory, example_context: dict[str, Any]
) -> CheckoutStack:
    """The example stack as the CLI would build it, without rule packs and CDK's own check.

    ``test_app.py`` lets all of them judge it.
    """
    app = unchecked_app(tmp_path_factory.mktemp("cdk.out"), context=example_context)
    return CheckoutStack(
        app,
        "CheckoutStack",
        payment_service_url=example_context["paymentServiceUrl"],
        key_retention=cdk.Duration.hours(example_context["paymentServiceKeyRetentionHours"]),
        look_up_url=example_context["paymentServiceLookUpUrl"],
    )


@pytest.fixture(scope="session")
def example(example_stack: CheckoutStack) -> Synthesized:
    """The template of the example stack."""
    return synthesize(example_stack)


@pytest.fixture
def stack(tmp_path: Path) -> cdk.Stack:
    """An empty stack in an app of its own, without any feature flag, as an old app has it."""
    app = unchecked_app(tmp_path / "cdk.out")
    return cdk.Stack(app, "Shop")

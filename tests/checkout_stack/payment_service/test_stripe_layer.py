"""The SDK comes by pip at synth, exactly as pinned, to the functions that call Stripe alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import PaymentService
from checkout_stack.foundation.runtime_function import asset_directory
from checkout_stack.payment_service import pip_bundling, stripe_layer
from checkout_stack.payment_service.stripe_layer import StripeSdkNotBundledError, install_sdk
from tests.checkout_stack.synthesized import (
    FUNCTION,
    Synthesized,
    checkout,
    synthesize,
    unchecked_app,
)

ROOT = Path(__file__).parents[3]
LAYER = "AWS::Lambda::LayerVersion"
CALLERS = ("Consumer", "Reconciler")


@pytest.fixture(scope="module")
def bundled_into(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the assets of a synthesis are whose layer was installed for real."""
    return tmp_path_factory.mktemp("bundled")


@pytest.fixture(scope="module")
def bundled(bundled_into: Path) -> Synthesized:
    """The template of that synthesis."""
    return charging_at_stripe(bundling(bundled_into, really=True))


@pytest.fixture(scope="module")
def layer_asset(bundled: Synthesized, bundled_into: Path) -> Path:
    """What the layer consists of."""
    ((_, layer),) = bundled.of_type(LAYER).items()
    return bundled_into / f"asset.{layer['Content']['S3Key'].removesuffix('.zip')}"


@pytest.fixture(scope="module")
def sdk(layer_asset: Path) -> Path:
    """The directory that the layer's functions have on their path."""
    return layer_asset / "python"


def bundling(outdir: Path, *, really: bool) -> cdk.Stack:
    """A stack whose assets are bundled, or only named."""
    context: dict[str, Any] = {} if really else {"aws:cdk:bundling-stacks": []}
    app = unchecked_app(outdir, context=context)
    return cdk.Stack(app, "Shop")


def charging_at_stripe(stack: cdk.Stack, *names: str) -> Synthesized:
    for name in names or ("Checkout",):
        secret = secretsmanager.Secret(stack, f"{name}Secret")
        checkout(stack, name, payment_service=PaymentService.stripe(secret=secret))
    return synthesize(stack)


def layers_of(template: Synthesized) -> dict[str, object]:
    return {
        re.sub(r"(Relay|Consumer|Reconciler|ChargeAudit).*", r"\1", name): function.get("Layers")
        for name, function in template.of_type(FUNCTION).items()
    }


def test_only_the_functions_that_call_stripe_have_the_sdk(tmp_path: Path) -> None:
    template = charging_at_stripe(bundling(tmp_path, really=False))
    (layer,) = template.of_type(LAYER)
    assert layers_of(template) == {
        "CheckoutChargeAudit": [{"Ref": layer}],
        "CheckoutConsumer": [{"Ref": layer}],
        "CheckoutReconciler": [{"Ref": layer}],
        "CheckoutRelay": None,
    }


def test_two_checkouts_of_one_stack_share_the_layer(tmp_path: Path) -> None:
    template = charging_at_stripe(bundling(tmp_path, really=False), "One", "Other")
    assert len(template.of_type(LAYER)) == 1
    assert sum(layers is not None for layers in layers_of(template).values()) == 6


def test_a_checkout_that_charges_elsewhere_has_no_layer_and_the_same_asset(
    tmp_path: Path, stack: cdk.Stack
) -> None:
    checkout(stack)
    elsewhere = synthesize(stack)
    at_stripe = charging_at_stripe(bundling(tmp_path / "stripe", really=False))
    assert elsewhere.of_type(LAYER) == {}
    assert _code(elsewhere) == _code(at_stripe)


def _code(template: Synthesized) -> set[str]:
    return {str(function["Code"]) for function in template.of_type(FUNCTION).values()}


@pytest.mark.thorough
def test_the_layer_is_the_same_wherever_and_whenever_it_is_bundled(
    bundled: Synthesized, layer_asset: Path, tmp_path: Path
) -> None:
    named = charging_at_stripe(bundling(tmp_path, really=False))
    assert named.template == bundled.template
    assert (layer_asset / "python" / "stripe" / "__init__.py").is_file()
    assert {each.name for each in layer_asset.iterdir()} == {"python"}


def test_the_layer_runs_where_the_functions_run(tmp_path: Path) -> None:
    template = charging_at_stripe(bundling(tmp_path, really=False))
    consumer = template.one(FUNCTION, "CheckoutConsumer")
    (layer,) = template.of_type(LAYER).values()
    assert layer["CompatibleRuntimes"] == [consumer["Runtime"]]
    assert layer["CompatibleArchitectures"] == consumer["Architectures"]


@pytest.mark.thorough
def test_the_adapter_works_with_what_is_in_the_layer_and_nothing_else(sdk: Path) -> None:
    """No site packages: neither ``requests`` nor anything else of this environment."""
    program = """
from checkout_runtime.adapters.stripe_client import stripe_client
from checkout_runtime.adapters.http_exchange import HttpAnswer
send = lambda *request: HttpAnswer(200, b'{"object": "payment_intent", "id": "pi_1"}')
client = stripe_client("sk_test_1", api_url="https://stripe", timeout_seconds=5, send=send)
print(client.v1.payment_intents.retrieve("pi_1").id)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", program],
        env={"PYTHONPATH": f"{sdk}:{asset_directory()}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("pi_1", "")


@pytest.mark.thorough
def test_nothing_in_the_layer_depends_on_the_machine_that_made_it(sdk: Path) -> None:
    left = [path for path in sdk.rglob("*") if path.suffix in (".pyc", ".so", ".pyd")]
    assert left == []
    assert not (sdk / "bin").exists()


@pytest.mark.thorough
def test_the_layer_has_the_version_that_the_adapter_is_tested_with(sdk: Path) -> None:
    project = tomllib.loads((ROOT / "lambda" / "pyproject.toml").read_text())["project"]
    (pinned,) = project["optional-dependencies"]["stripe"]
    # The tests' environment has that extra.
    assert f"{pinned} " in (ROOT / "requirements.txt").read_text()
    assert (sdk / f"{pinned.replace('==', '-')}.dist-info").is_dir()


@pytest.mark.thorough
def test_other_wheels_than_those_pinned_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "requirements.txt"
    changed.write_text(re.sub(r"sha256:\w", "sha256:0", stripe_layer.REQUIREMENTS.read_text()))
    monkeypatch.setattr(stripe_layer, "REQUIREMENTS", changed)
    with pytest.raises(StripeSdkNotBundledError, match=r"(?s)sdk_layer=") as problem:
        install_sdk(tmp_path / "python")
    assert "HASH" in str(problem.value).upper()


def test_a_layer_that_cannot_be_bundled_fails_the_synth_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pip_bundling, "PIP", (sys.executable, "-c", "raise SystemExit('no index')"))
    with pytest.raises(RuntimeError, match=r"(?s)no index.*package index reachable.*sdk_layer="):
        charging_at_stripe(bundling(tmp_path, really=True))


def test_without_pip_the_synth_is_refused_unless_a_layer_is_given(
    stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkout_stack.payment_service.pip_bundling.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"payment_service\.sdk_layer is None.*ensurepip"):
        charging_at_stripe(stack)
    arn = "arn:aws:lambda:us-east-1:111122223333:layer:stripe:1"
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Layer", arn)
    secret = secretsmanager.Secret(stack, "Secret")
    service = PaymentService.stripe(secret=secret, sdk_layer=layer)
    checkout(stack, "Offline", payment_service=service)
    template = synthesize(stack)
    assert template.of_type(LAYER) == {}
    assert template.one(FUNCTION, "OfflineConsumer")["Layers"] == [arn]


def test_what_pip_says_is_told_without_the_secrets_of_the_package_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "raise SystemExit('no index at https://hunter2@packages.example/simple')"
    monkeypatch.setattr(pip_bundling, "PIP", (sys.executable, "-c", said))
    with pytest.raises(pip_bundling.NotInstalledError) as failed:
        pip_bundling.pip_install(tmp_path, tmp_path / "requirements.txt")
    assert str(failed.value).endswith("no index at https://***@packages.example/simple")

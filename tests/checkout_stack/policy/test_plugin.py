"""The rules at synth, in one report with cdk-nag's packs."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

from checkout_stack.policy import CheckoutPolicy
from checkout_stack.policy.rules import ALL_RULES
from tests.checkout_stack.synthesized import unchecked_app


@pytest.fixture
def shop(tmp_path: Path) -> cdk.Stack:
    app = unchecked_app(tmp_path)
    cdk.Validations.of(app).add_plugins(
        CheckoutPolicy(queues=["jobs"]), AwsSolutionsChecks(app), PCIDSS321Checks(app)
    )
    return cdk.Stack(app, "Shop")


def report(shop: cdk.Stack) -> dict[str, dict[str, Any]]:
    """The reports of a synth that fails or not, by plugin."""
    app = shop.node.root
    assert isinstance(app, cdk.App)
    with suppress(RuntimeError):
        app.synth()
    written = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    return {each["pluginName"]: each for each in written["pluginReports"]}


def found(plugin: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Rule, severity and construct of each violation."""
    return {
        (violation["ruleName"], violation["severity"], construct["constructPath"])
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def test_findings_stand_on_the_construct_beside_those_of_other_packs(shop: cdk.Stack) -> None:
    sqs.Queue(shop, "Payments")
    lambda_.Function(
        shop,
        "Charge",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="charge.handler",
        code=lambda_.Code.from_inline("x = 1"),
    )
    reports = report(shop)
    assert reports["CheckoutPolicy"]["conclusion"] == "failure"
    assert ("fifo-queue", "error", "Shop/Payments/Resource") in found(reports["CheckoutPolicy"])
    assert {"CheckoutPolicy", "AwsSolutions", "PCI.DSS.321"} <= set(reports)


def test_a_finding_that_is_acknowledged_with_a_reason_is_not_reported(shop: cdk.Stack) -> None:
    payments = sqs.Queue(shop, "Payments")
    sqs.Queue(shop, "Charges")
    cdk.Validations.of(payments).acknowledge(
        cdk.Acknowledgment(id="CheckoutPolicy::fifo-queue", reason="an example")
    )
    rules = {(rule, path) for rule, _, path in found(report(shop)["CheckoutPolicy"])}
    assert ("fifo-queue", "Shop/Charges/Resource") in rules
    assert ("fifo-queue", "Shop/Payments/Resource") not in rules
    assert ("dead-letter-queue", "Shop/Payments/Resource") in rules


def test_every_finding_about_a_tree_can_be_acknowledged_above_it(shop: cdk.Stack) -> None:
    sqs.Queue(shop, "Payments")
    cdk.Validations.of(shop).acknowledge(
        *(
            cdk.Acknowledgment(id=f"CheckoutPolicy::{rule.id}", reason="an example")
            for rule in ALL_RULES
        )
    )
    plugin = report(shop).get("CheckoutPolicy", {"violations": [], "conclusion": "success"})
    assert found(plugin) == set()
    assert plugin["conclusion"] == "success"


def test_an_unrelated_queue_is_left_alone_unless_it_is_named(shop: cdk.Stack) -> None:
    sqs.Queue(shop, "Mails")
    sqs.Queue(shop, "Work", queue_name="jobs")
    assert {path for _, _, path in found(report(shop)["CheckoutPolicy"])} == {"Shop/Work/Resource"}


def test_warnings_alone_do_not_fail_a_synth(tmp_path: Path) -> None:
    app = unchecked_app(tmp_path)
    cdk.Validations.of(app).add_plugins(CheckoutPolicy())
    shop = cdk.Stack(app, "Shop")
    sqs.Queue(shop, "Payments")
    errors = [rule.id for rule in ALL_RULES if rule.severity.value == "error"]
    cdk.Validations.of(shop).acknowledge(
        *(cdk.Acknowledgment(id=f"CheckoutPolicy::{each}", reason="known") for each in errors)
    )
    app.synth()
    written = json.loads((tmp_path / "validation-report.json").read_text())
    severities = {severity for _, severity, _ in found(written["pluginReports"][0])}
    assert "warning" in severities
    assert "error" not in severities


def test_stacks_of_an_app_and_nested_ones_are_one_workload(shop: cdk.Stack) -> None:
    payments = sqs.Queue(shop, "Payments", fifo=True)
    inner = cdk.NestedStack(shop, "Inner")
    sqs.Queue(inner, "Refunds")
    function = lambda_.Function(
        inner,
        "Charge",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="charge.handler",
        code=lambda_.Code.from_inline("x = 1"),
        timeout=cdk.Duration.seconds(30),
    )
    function.add_event_source(SqsEventSource(payments))
    rules = found(report(shop)["CheckoutPolicy"])
    assert ("visibility-timeout", "error", "Shop/Payments/Resource") in rules
    assert ("fifo-queue", "error", "Shop/Inner/Refunds/Resource") in rules
    assert "unread-resources" not in {rule for rule, _, _ in rules}

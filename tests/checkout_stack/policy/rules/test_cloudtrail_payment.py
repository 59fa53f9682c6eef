"""CloudTrail is a record for auditors, not a trigger of payments."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.cloudtrail_payment import RULE
from checkout_stack.policy.rules.rule import Outcome, Severity
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    violation,
)


def rule_into(target: str, kind: str, detail_type: object) -> Resources:
    """An EventBridge rule that starts something."""
    properties = {
        "EventPattern": {"source": ["aws.dynamodb"], "detail-type": [detail_type]},
        "Targets": [{"Id": "target", "Arn": {"Fn::GetAtt": [target, "Arn"]}}],
    }
    rule = {"Type": "AWS::Events::Rule", "Properties": properties}
    return {"Written": rule, target: {"Type": kind, "Properties": {}}}


TRAIL = "AWS API Call via CloudTrail"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("ProcessPayment", "AWS::Lambda::Function"),
        ("PaymentQueue", "AWS::SQS::Queue"),
        ("CheckoutFlow", "AWS::StepFunctions::StateMachine"),
    ],
)
def test_a_payment_started_from_the_trail_is_advised_against(target: str, kind: str) -> None:
    found = violation(RULE, rule_into(target, kind, TRAIL))
    assert (found.logical_id, found.rule.severity) == ("Written", Severity.ADVICE)
    assert says(found, f"starts {target}", "the order table's stream", "FIFO queue")


@pytest.mark.parametrize(
    "resources",
    [
        rule_into("ProcessPayment", "AWS::Lambda::Function", "Order Placed"),
        rule_into("TellSecurity", "AWS::Lambda::Function", TRAIL),
        rule_into("PaymentAudit", "AWS::Lambda::Function", TRAIL),
        rule_into("ProcessPayment", "AWS::Lambda::Function", UNKNOWN),
        NO_CHECKOUT,
    ],
)
def test_other_rules_are_not_judged(resources: Resources) -> None:
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_an_event_of_a_sam_function_is_a_rule_too() -> None:
    event = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"detail-type": [TRAIL]}}}
    properties = {"CodeUri": "src/", "Events": {"Written": event}}
    function = {"Type": "AWS::Serverless::Function", "Properties": properties}
    assert violation(RULE, {"ChargeOrder": function}).logical_id == "ChargeOrder"

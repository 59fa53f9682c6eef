"""What is abandoned can be delivered."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.failure_destination_standard import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

PATH = ("DestinationConfig", "OnFailure", "Destination")


def test_a_standard_queue_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"RelayMapping": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("kind", "name"), [("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")]
)
def test_a_fifo_destination_is_violated(kind: str, name: str) -> None:
    resources = with_property("RelayFailures", name, value=True)
    resources["RelayFailures"]["Type"] = kind
    found = violation(RULE, resources)
    assert found.logical_id == "RelayMapping"
    assert says(found, f"{name} is true on RelayFailures", "standard", "make a standard queue")


DEAD = {"Fn::GetAtt": ["PaymentDeadLetters", "Arn"]}
CHARGE = {"Fn::GetAtt": ["ChargeFunction", "Arn"]}
ON_FAILURE = {"OnFailure": {"Destination": DEAD}}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (
            "AWS::Lambda::EventInvokeConfig",
            {"FunctionName": {"Ref": "ChargeFunction"}, "DestinationConfig": ON_FAILURE},
        ),
        ("AWS::Events::Rule", {"Targets": [{"Arn": CHARGE, "DeadLetterConfig": {"Arn": DEAD}}]}),
        (
            "AWS::Serverless::Function",
            {"Handler": "charge.handler", "EventInvokeConfig": {"DestinationConfig": ON_FAILURE}},
        ),
        (
            "AWS::Lambda::Function",
            {"Handler": "charge.handler", "DeadLetterConfig": {"TargetArn": DEAD}},
        ),
    ],
)
def test_failures_of_calls_do_not_go_to_a_fifo_queue(
    kind: str, properties: dict[str, object]
) -> None:
    found = violation(RULE, {**shop(), "Caller": {"Type": kind, "Properties": properties}})
    assert found.logical_id == "Caller"
    assert "FifoQueue is true on PaymentDeadLetters" in found.message


def test_the_url_of_a_queue_is_no_destination() -> None:
    destination = ("DestinationConfig", "OnFailure", "Destination")
    resources = with_property("RelayMapping", *destination, value={"Ref": "RelayFailures"})
    assert says(violation(RULE, resources), "the URL of RelayFailures", "the ARN", "!GetAtt")


def test_a_kind_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("RelayFailures", "FifoQueue", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"RelayMapping": Outcome.CANNOT_TELL}


def test_a_destination_of_another_stack_is_not_judged() -> None:
    resources = with_property("RelayMapping", *PATH, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

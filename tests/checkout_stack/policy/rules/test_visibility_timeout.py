"""A second worker does not receive an order while the first works on it."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.visibility_timeout import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
    without,
    without_property,
)

WINDOW = "MaximumBatchingWindowInSeconds"


def test_six_function_timeouts_are_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentQueue": Outcome.COMPLIANT}


@pytest.mark.parametrize("seconds", [30, 179, "179"])
def test_less_is_violated(seconds: int | str) -> None:
    found = violation(RULE, with_property("PaymentQueue", "VisibilityTimeout", value=seconds))
    assert says(found, f"is {seconds}", "at least 6 x 30, for the Timeout of Charge", "raise")


def test_defaults_count_as_what_aws_takes() -> None:
    resources = without_property("PaymentQueue", "VisibilityTimeout")
    assert "VisibilityTimeout is 30" in violation(RULE, resources).message
    del resources["ChargeFunction"]["Properties"]["Timeout"]
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_batching_window_counts_on_a_standard_queue_only() -> None:
    resources = with_property("ChargeMapping", WINDOW, value=20)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}
    del resources["PaymentQueue"]["Properties"]["FifoQueue"]
    assert "6 x 30 + 20 of batching window" in violation(RULE, resources).message


@pytest.mark.parametrize(
    ("logical_id", "name"), [("PaymentQueue", "VisibilityTimeout"), ("ChargeFunction", "Timeout")]
)
def test_a_number_from_elsewhere_cannot_be_told(logical_id: str, name: str) -> None:
    resources = with_property(logical_id, name, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_condition_that_decides_between_enough_and_too_little_cannot_be_told() -> None:
    either = {"Fn::If": ["Live", 180, 30]}
    resources = with_property("PaymentQueue", "VisibilityTimeout", value=either)
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = outcomes(RULE, resources, Conditions=conditions)
    assert found == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_mapping_of_a_queue_of_another_stack_cannot_be_told() -> None:
    resources = with_property("ChargeMapping", "EventSourceArn", value=UNKNOWN)
    assert outcomes(RULE, resources)["ChargeMapping"] is Outcome.CANNOT_TELL


@pytest.mark.parametrize(
    "kind",
    [
        "Custom::CrossRegionExportReader",
        "AWS::CloudFormation::CustomResource",
        "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
    ],
)
def test_a_mapping_of_a_queue_that_a_custom_resource_names_cannot_be_told(kind: str) -> None:
    arn = {"Fn::GetAtt": ["Lookup", "QueueArn"]}
    resources = with_property("ChargeMapping", "EventSourceArn", value=arn)
    resources["Lookup"] = {"Type": kind, "Properties": {}}
    assert outcomes(RULE, resources)["ChargeMapping"] is Outcome.CANNOT_TELL


def test_a_queue_that_nothing_here_reads_cannot_be_told() -> None:
    assert outcomes(RULE, without("ChargeMapping")) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_pipe_of_a_queue_of_another_stack_cannot_be_told() -> None:
    source = {"Fn::ImportValue": "PaymentQueueArn"}
    pipe = {"Type": "AWS::Pipes::Pipe", "Properties": {"Source": source, "Target": UNKNOWN}}
    assert outcomes(RULE, {"Pipe": pipe}) == {"Pipe": Outcome.CANNOT_TELL}


def test_a_worker_that_polls_a_queue_of_another_stack_cannot_be_told() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": UNKNOWN}
    policy = {"PolicyName": "work", "PolicyDocument": {"Statement": [statement]}}
    task = {"TaskRoleArn": {"Ref": "Role"}, "Family": "payment-worker"}
    resources = {
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
    }
    assert outcomes(RULE, resources) == {"Task": Outcome.CANNOT_TELL}
    task["Family"] = "image-worker"
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


WORK = {"Fn::GetAtt": ["Work", "Arn"]}


def worker(allowed: dict[str, object], name: str = "payment-worker") -> dict[str, Any]:
    return {
        "Work": {"Type": "AWS::SQS::Queue"},
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": name, "Role": {"Fn::GetAtt": ["Role", "Arn"]}},
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": allowed},
    }


def statement(action: str, resource: object) -> dict[str, object]:
    body = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [body]}}]}


def managed(name: str) -> dict[str, object]:
    return {"ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{name}"]}


@pytest.mark.parametrize(
    "allowed",
    [
        statement("sqs:*", WORK),
        statement("*", WORK),
        statement("sqs:ReceiveMessage", "*"),
        managed("AmazonSQSFullAccess"),
        managed("service-role/AWSLambdaSQSQueueExecutionRole"),
    ],
)
def test_a_worker_that_may_poll_more_than_it_says_cannot_be_told(
    allowed: dict[str, object],
) -> None:
    assert outcomes(RULE, worker(allowed)) == {"Worker": Outcome.CANNOT_TELL}
    assert outcomes(RULE, worker(allowed, "image-worker")) == {"": Outcome.NOT_APPLICABLE}


def test_what_may_do_everything_on_a_queue_that_is_judged_anyway_is_not_named() -> None:
    resources = worker(statement("sqs:*", WORK))
    resources["Work"]["Properties"] = {"QueueName": "payments"}
    assert outcomes(RULE, resources) == {"Work": Outcome.CANNOT_TELL}


def test_a_worker_that_may_only_send_or_is_denied_polls_nothing() -> None:
    assert outcomes(RULE, worker(statement("sqs:Send*", "*"))) == {"": Outcome.NOT_APPLICABLE}
    resources = worker(statement("sqs:*", "*"))
    denied = resources["Role"]["Properties"]
    denied["Policies"][0]["PolicyDocument"]["Statement"][0]["Effect"] = "Deny"
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_pipe_that_calls_the_function_counts_like_a_mapping() -> None:
    resources = with_property("PaymentQueue", "VisibilityTimeout", value=30)
    source = resources["ChargeMapping"]["Properties"]["EventSourceArn"]
    properties = {"Source": source, "Target": {"Ref": "ChargeFunction"}}
    resources["ChargeMapping"] = {"Type": "AWS::Pipes::Pipe", "Properties": properties}
    assert "at least 6 x 30" in violation(RULE, resources).message


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

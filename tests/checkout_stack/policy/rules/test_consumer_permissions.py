"""The function that charges may do what it does, and no more."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.consumer_permissions import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    outcomes,
    says,
    shop,
    violation,
    with_property,
    without_property,
)

QUEUES = ("Policies", 0, "PolicyDocument", "Statement", 0)


def test_named_actions_on_named_resources_are_compliant() -> None:
    assert outcomes(RULE, shop()) == {"ChargeFunction": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("Action", "sqs:*", "the statement allows sqs:*"),
        ("Action", ["sqs:ReceiveMessage", "SQS:Delete*"], "the statement allows sqs:delete*"),
        ("Action", "*", "the statement allows every action"),
        ("Action", "sqs:PurgeQueue", "which a consumer never calls"),
        ("Resource", "*", "the statement allows sqs:receivemessage on *"),
        ("Resource", "arn:aws:sqs:eu-west-1:111122223333:*", "sqs:receivemessage on arn:aws"),
    ],
)
def test_a_wide_statement_is_violated(name: str, value: object, given: str) -> None:
    found = violation(RULE, with_property("ChargeRole", *QUEUES, name, value=value))
    assert found.logical_id == "ChargeRole"
    assert says(found, given, "named SQS and DynamoDB actions", "name the actions")


def test_all_actions_but_some_are_violated() -> None:
    resources = without_property("ChargeRole", *QUEUES, "Action")
    resources = changed(resources, "ChargeRole", *QUEUES, "NotAction", value="iam:*")
    assert "by NotAction" in violation(RULE, resources).message


def test_a_managed_policy_that_sam_takes_by_its_name_is_compliant() -> None:
    resources = without_property("ChargeFunction", "Role")
    names = ["AWSLambdaBasicExecutionRole"]
    changed(resources, "ChargeFunction", "Policies", value=names)
    resources["ChargeFunction"]["Type"] = "AWS::Serverless::Function"
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.COMPLIANT}


def test_a_broad_managed_policy_is_violated() -> None:
    arn = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
    resources = with_property("ChargeRole", "ManagedPolicyArns", value=[arn])
    assert "AmazonDynamoDBFullAccess" in violation(RULE, resources).message


def test_a_policy_attached_from_outside_the_role_counts() -> None:
    resources = shop()
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    properties = {
        "PolicyName": "wide",
        "Roles": [{"Ref": "ChargeRole"}],
        "PolicyDocument": {"Statement": [statement]},
    }
    resources["Wide"] = {"Type": "AWS::IAM::Policy", "Properties": properties}
    assert violation(RULE, resources).logical_id == "Wide"


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "xray:PutTraceSegments", "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "sqs:ChangeMessageVisibility*",
            "Resource": "arn:aws:sqs:::q",
        },
        {"Effect": "Allow", "Action": "dynamodb:Get*", "Resource": "arn:aws:dynamodb:::table/o"},
        {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:::table/o/*"},
    ],
)
def test_other_statements_are_left_alone(statement: object) -> None:
    resources = shop()
    resources["ChargeRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
        statement
    )
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.COMPLIANT}


def test_the_role_of_another_function_is_not_judged() -> None:
    path = ("Policies", 0, "PolicyDocument", "Statement", 0, "Action")
    resources = with_property("RelayRole", *path, value="sqs:*")
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.COMPLIANT}


def test_the_consumer_of_a_queue_of_another_stack_is_judged_too() -> None:
    resources = with_property("ChargeRole", *QUEUES, "Action", value="sqs:*")
    changed(resources, "ChargeMapping", "EventSourceArn", value=UNKNOWN)
    assert violation(RULE, resources).logical_id == "ChargeRole"


def test_a_role_of_another_stack_cannot_be_told() -> None:
    resources = with_property("ChargeFunction", "Role", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.CANNOT_TELL}


def test_resources_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("ChargeRole", *QUEUES, "Resource", value=UNKNOWN)
    assert Outcome.CANNOT_TELL in outcomes(RULE, resources).values()


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

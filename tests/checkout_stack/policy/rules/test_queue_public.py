"""A queue is open to named accounts and services only."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.rules.queue_public import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
)

ALLOWED: dict[str, Any] = {"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": "*"}
BOTH = {"PaymentQueue": Outcome.COMPLIANT, "PaymentDeadLetters": Outcome.COMPLIANT}


def opened(**statement: Any) -> Resources:
    """The shop with a policy of the payment queue that allows something."""
    merged = {**ALLOWED, "Resource": {"Fn::GetAtt": ["PaymentQueue", "Arn"]}, **statement}
    properties = {"Queues": [{"Ref": "PaymentQueue"}], "PolicyDocument": {"Statement": [merged]}}
    return {**shop(), "Open": {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}}


def test_a_queue_without_such_a_policy_is_compliant() -> None:
    assert outcomes(RULE, shop()) == BOTH


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["111122223333", "*"]}},
        {"Resource": "*"},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}},
        {"Principal": {"Service": "*"}},
        {"Condition": {"StringLike": {"aws:SourceArn": "*"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}},
        {"Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}},
        {"Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abc"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Condition": {"StringEquals": []}},
        {"Principal": None, "NotPrincipal": {"AWS": "111122223333"}},
    ],
)
def test_a_queue_for_everybody_is_violated(statement: dict[str, Any]) -> None:
    found = violation(RULE, opened(**statement))
    assert found.logical_id == "Open"
    assert says(found, "everybody may use PaymentQueue", "by name", "aws:SourceAccount")


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "events.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::shop-orders"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "OnCall"}}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}},
        {"Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc/*"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": UNKNOWN},
        {"Resource": {"Fn::GetAtt": ["PaymentDeadLetters", "Arn"]}},
    ],
)
def test_somebody_by_name_or_by_condition_is_compliant(statement: dict[str, Any]) -> None:
    found = outcomes(RULE, opened(**statement))
    assert found["PaymentDeadLetters"] is Outcome.COMPLIANT
    assert Outcome.VIOLATED not in found.values()


def test_a_statement_from_elsewhere_cannot_be_told() -> None:
    resources = opened()
    resources["Open"]["Properties"]["PolicyDocument"] = UNKNOWN
    assert outcomes(RULE, resources) == {**BOTH, "PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

"""A topic is no queue: payments are not fed from SNS."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.rule import Outcome, Severity
from checkout_stack.policy.rules.sns_payment import RULE
from tests.checkout_stack.policy.rules.shop import (
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)


def subscribed(protocol: str, endpoint: object) -> Resources:
    """The shop with a topic that feeds an endpoint."""
    properties = {"TopicArn": {"Ref": "OnCall"}, "Protocol": protocol, "Endpoint": endpoint}
    subscription = {"Type": "AWS::SNS::Subscription", "Properties": properties}
    return {**shop(), "Subscription": subscription}


def arn(logical_id: str) -> dict[str, list[str]]:
    """The ARN of a resource."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


@pytest.mark.parametrize(
    ("protocol", "endpoint", "fed"),
    [
        ("lambda", arn("ChargeFunction"), "ChargeFunction directly"),
        ("https", "https://pay.example.com/charge", "the payment service at https://pay"),
    ],
)
def test_a_payment_fed_directly_is_advised_against(
    protocol: str, endpoint: object, fed: str
) -> None:
    found = violation(RULE, subscribed(protocol, endpoint))
    assert (found.logical_id, found.rule.severity) == ("Subscription", Severity.ADVICE)
    assert says(found, f"the topic feeds {fed}", "a FIFO topic into a FIFO queue", "FIFO queue")


def test_a_standard_queue_in_between_is_advised_against() -> None:
    resources = subscribed("sqs", arn("PaymentQueue"))
    del resources["PaymentQueue"]["Properties"]["FifoQueue"]
    assert "the standard queue PaymentQueue" in violation(RULE, resources).message


def test_a_subscription_within_the_topic_counts() -> None:
    inside = [{"Protocol": "lambda", "Endpoint": arn("ChargeFunction")}]
    found = violation(RULE, with_property("OnCall", "Subscription", value=inside))
    assert found.logical_id == "OnCall"


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("sqs", arn("RelayFailures")),
        ("lambda", arn("RelayFunction")),
        ("lambda", UNKNOWN),
        ("email", "payments@example.com"),
        ("https", "https://hooks.example.com/chat"),
    ],
)
def test_other_subscriptions_are_not_judged(protocol: str, endpoint: object) -> None:
    assert outcomes(RULE, subscribed(protocol, endpoint)) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(("is_fifo", "outcome"), [(False, Outcome.VIOLATED), (True, None)])
def test_a_standard_topic_cannot_feed_a_fifo_queue(is_fifo: bool, outcome: Outcome | None) -> None:
    endpoint = {"Fn::GetAtt": ["PaymentQueue", "Arn"]}
    properties = {"FifoTopic": is_fifo, "Subscription": [{"Protocol": "sqs", "Endpoint": endpoint}]}
    topic = {"Type": "AWS::SNS::Topic", "Properties": properties}
    assert outcomes(RULE, {**shop(), "Placed": topic}).get("Placed") is outcome

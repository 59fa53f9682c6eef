"""A service that sends to an encrypted queue may use its key."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.rules.queue_key import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

ARN = {"Fn::GetAtt": ["PaymentQueue", "Arn"]}
NEEDED = ["kms:GenerateDataKey*", "kms:Decrypt"]
SENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "events": ("AWS::Events::Rule", {"Targets": [{"Id": "a", "Arn": ARN}]}),
    "sns": ("AWS::SNS::Subscription", {"Protocol": "sqs", "Endpoint": ARN}),
    "sns-inline": ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "sqs", "Endpoint": ARN}]}),
    "s3": (
        "AWS::S3::Bucket",
        {"NotificationConfiguration": {"QueueConfigurations": [{"Queue": ARN}]}},
    ),
}


def sent_by(service: str, key: object) -> Resources:
    """The shop whose payment queue is under a key, and something that sends to it."""
    resources = shop()
    resources["PaymentQueue"]["Properties"]["KmsMasterKeyId"] = key
    kind, properties = SENDERS[service]
    return {**resources, "Sender": {"Type": kind, "Properties": properties}}


def with_key(service: str, principal: object, actions: object, effect: str = "Allow") -> Resources:
    """The same under a key of the template that lets a principal do something."""
    statement = {"Effect": effect, "Principal": principal, "Action": actions, "Resource": "*"}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [statement]}}}
    return {**sent_by(service, {"Ref": "Key"}), "Key": key}


@pytest.mark.parametrize("service", SENDERS)
@pytest.mark.parametrize("actions", [NEEDED, "kms:*", ["kms:Generate*", "kms:Decrypt"]])
def test_a_key_that_lets_the_service_in_is_compliant(service: str, actions: object) -> None:
    resources = with_key(
        service, {"Service": [f"{service.removesuffix('-inline')}.amazonaws.com"]}, actions
    )
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


@pytest.mark.parametrize("service", SENDERS)
@pytest.mark.parametrize("key", ["alias/aws/sqs", "arn:aws:kms:eu-west-1:1:alias/aws/sqs"])
def test_the_managed_key_is_violated(service: str, key: str) -> None:
    found = violation(RULE, sent_by(service, key))
    assert found.path == ("KmsMasterKeyId",)
    assert says(
        found,
        f"{service.removesuffix('-inline')}.amazonaws.com may not use",
        "key of your own",
        "AWS::KMS::Key",
    )


@pytest.mark.parametrize(
    ("principal", "actions", "effect"),
    [
        ({"AWS": "arn:aws:iam::111122223333:root"}, "kms:*", "Allow"),
        ({"Service": "events.amazonaws.com"}, ["kms:Decrypt"], "Allow"),
        ({"Service": "sns.amazonaws.com"}, NEEDED, "Allow"),
        ({"Service": "events.amazonaws.com"}, NEEDED, "Deny"),
    ],
)
def test_a_key_that_does_not_is_violated(principal: object, actions: object, effect: str) -> None:
    assert violation(RULE, with_key("events", principal, actions, effect))


def test_a_refusal_outweighs_what_is_allowed() -> None:
    resources = with_key("events", {"Service": "events.amazonaws.com"}, "kms:*")
    refused: dict[str, object] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    resources["Key"]["Properties"]["KeyPolicy"]["Statement"].append(refused)
    assert violation(RULE, resources)
    refused["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_an_alias_leads_to_its_key() -> None:
    resources = with_key("events", {"Service": "events.amazonaws.com"}, NEEDED)
    properties = {"AliasName": "alias/shop", "TargetKeyId": {"Ref": "Key"}}
    resources["Alias"] = {"Type": "AWS::KMS::Alias", "Properties": properties}
    for written in ({"Ref": "Alias"}, "alias/shop"):
        resources["PaymentQueue"]["Properties"]["KmsMasterKeyId"] = written
        assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_key_or_a_policy_from_elsewhere_cannot_be_told() -> None:
    assert outcomes(RULE, sent_by("events", UNKNOWN)) == {"PaymentQueue": Outcome.CANNOT_TELL}
    resources = with_key("events", "*", NEEDED)
    resources["Key"]["Properties"]["KeyPolicy"] = {"Statement": [UNKNOWN]}
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_queue_without_a_key_or_without_senders_is_not_judged() -> None:
    assert outcomes(RULE, sent_by("events", None)) == {"": Outcome.NOT_APPLICABLE}
    resources = sent_by("events", "alias/aws/sqs")
    del resources["Sender"]
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("alias/aws/sns", Outcome.VIOLATED),
        ({"Ref": "Key"}, Outcome.VIOLATED),
        ({"Ref": "Open"}, Outcome.COMPLIANT),
        (UNKNOWN, Outcome.CANNOT_TELL),
    ],
)
def test_the_topic_of_an_alarm_is_judged(key: object, outcome: Outcome) -> None:
    def made(service: str) -> dict[str, object]:
        actions = ["kms:GenerateDataKey*", "kms:Decrypt"]
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
        return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [statement]}}}

    resources = with_property("OnCall", "KmsMasterKeyId", value=key)
    resources |= {"Key": made("sns.amazonaws.com"), "Open": made("cloudwatch.amazonaws.com")}
    assert outcomes(RULE, resources)["OnCall"] == outcome

"""Nothing reaches a queue without TLS."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.queue_tls_only import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    judged,
    outcomes,
    says,
    shop,
    with_property,
    without,
)

STATEMENT = ("PolicyDocument", "Statement", 0)
BOTH = ("PaymentQueue", "PaymentDeadLetters")


def test_a_policy_over_both_queues_is_compliant() -> None:
    assert outcomes(RULE, shop()) == dict.fromkeys(BOTH, Outcome.COMPLIANT)


def test_no_policy_is_violated_on_both() -> None:
    found = judged(RULE, without("TlsOnly"))
    assert [each.logical_id for each in found] == list(BOTH)
    assert says(found[0], "no queue policy denies", "a policy that denies", "Effect: Deny")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Effect", "Allow"),
        ("Action", "sqs:SendMessage"),
        ("Principal", {"AWS": "111122223333"}),
        ("Resource", {"Fn::GetAtt": ["RelayFailures", "Arn"]}),
        ("Condition", {"Bool": {"aws:SecureTransport": "true"}}),
        ("Condition", {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}),
        ("Condition", {}),
    ],
)
def test_a_statement_that_denies_less_is_violated(name: str, value: object) -> None:
    resources = with_property("TlsOnly", *STATEMENT, name, value=value)
    assert outcomes(RULE, resources) == dict.fromkeys(BOTH, Outcome.VIOLATED)


def test_a_statement_that_denies_all_actions_on_messages_is_compliant() -> None:
    actions = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = with_property("TlsOnly", *STATEMENT, "Action", value=actions)
    assert outcomes(RULE, resources) == dict.fromkeys(BOTH, Outcome.COMPLIANT)


@pytest.mark.parametrize("value", [False, "False", ["false"]])
def test_false_may_be_written_in_several_ways(value: object) -> None:
    condition = {"Bool": {"AWS:SecureTransport": value}}
    resources = with_property("TlsOnly", *STATEMENT, "Condition", value=condition)
    assert outcomes(RULE, resources) == dict.fromkeys(BOTH, Outcome.COMPLIANT)


def test_a_policy_for_an_unknown_queue_cannot_be_told() -> None:
    resources = with_property("TlsOnly", "Queues", value=[UNKNOWN])
    assert outcomes(RULE, resources) == dict.fromkeys(BOTH, Outcome.CANNOT_TELL)


def test_a_policy_under_a_condition_cannot_be_told() -> None:
    resources = shop()
    resources["TlsOnly"]["Condition"] = "Live"
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = outcomes(RULE, resources, Conditions=conditions)
    assert found == dict.fromkeys(BOTH, Outcome.CANNOT_TELL)


def test_a_policy_on_another_queue_says_nothing() -> None:
    resources = with_property("TlsOnly", "Queues", value=[{"Ref": "RelayFailures"}])
    resources = changed(resources, "TlsOnly", "PolicyDocument", "Statement", value=UNKNOWN)
    assert outcomes(RULE, resources) == dict.fromkeys(BOTH, Outcome.VIOLATED)


def test_statements_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("TlsOnly", "PolicyDocument", "Statement", value=UNKNOWN)
    assert outcomes(RULE, resources) == dict.fromkeys(BOTH, Outcome.CANNOT_TELL)


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

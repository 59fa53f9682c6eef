"""The topic of an alarm has a subscription."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.alarm_subscription import RULE
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

TOPIC = {"Ref": "OnCall"}
SUBSCRIBERS = {
    "subscription": ("AWS::SNS::Subscription", {"TopicArn": TOPIC, "Protocol": "https"}),
    "chat": ("AWS::Chatbot::SlackChannelConfiguration", {"SnsTopicArns": [TOPIC]}),
}


def unheard(**properties: object) -> Resources:
    """The shop whose topic has only the properties given."""
    return {**shop(), "OnCall": {"Type": "AWS::SNS::Topic", "Properties": properties}}


def test_a_topic_with_a_subscription_of_its_own_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"OnCall": Outcome.COMPLIANT}


@pytest.mark.parametrize("kind", SUBSCRIBERS)
def test_a_topic_that_something_subscribes_to_is_compliant(kind: str) -> None:
    type_, properties = SUBSCRIBERS[kind]
    resources = {**unheard(), "Mail": {"Type": type_, "Properties": properties}}
    assert outcomes(RULE, resources) == {"OnCall": Outcome.COMPLIANT}


def test_a_sam_function_that_the_topic_calls_is_a_subscription() -> None:
    event = {"Type": "SNS", "Properties": {"Topic": TOPIC}}
    pager = {"InlineCode": "x", "Events": {"Alarm": event}}
    resources = {**unheard(), "Pager": {"Type": "AWS::Serverless::Function", "Properties": pager}}
    assert outcomes(RULE, resources) == {"OnCall": Outcome.COMPLIANT}


def test_a_topic_without_any_is_violated_once() -> None:
    found = violation(RULE, unheard())
    assert says(found, "nothing in the templates subscribes", "one subscription", "AWS::SNS::Subs")


def test_a_topic_of_a_composite_alarm_is_judged() -> None:
    resources = unheard()
    for alarm in ("DeadLettersNotEmpty", "PaymentsTooOld"):
        del resources[alarm]["Properties"]["AlarmActions"]
    rule = {"Fn::Sub": 'ALARM("${DeadLettersNotEmpty}")'}
    composite = {"AlarmRule": rule, "AlarmActions": [TOPIC]}
    resources["Any"] = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": composite}
    assert outcomes(RULE, resources) == {"OnCall": Outcome.VIOLATED}


def test_subscriptions_from_elsewhere_and_under_a_condition_cannot_be_told() -> None:
    assert outcomes(RULE, unheard(Subscription=UNKNOWN)) == {"OnCall": Outcome.CANNOT_TELL}
    type_, properties = SUBSCRIBERS["subscription"]
    mail = {"Type": type_, "Properties": properties, "Condition": "Live"}
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = outcomes(RULE, {**unheard(), "Mail": mail}, Conditions=conditions)
    assert found == {"OnCall": Outcome.CANNOT_TELL}


def test_a_topic_of_another_stack_and_a_template_without_such_work_are_not_judged() -> None:
    resources = shop()
    for alarm in ("DeadLettersNotEmpty", "PaymentsTooOld"):
        resources[alarm]["Properties"]["AlarmActions"] = [UNKNOWN]
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

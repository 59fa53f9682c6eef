"""An alarm tells somebody."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.rules.alarm_action import RULE
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
from tests.checkout_stack.policy.small_rules import template

ALARM = "PaymentsTooOld"


def test_alarms_with_an_action_are_compliant() -> None:
    both = {ALARM: Outcome.COMPLIANT, "DeadLettersNotEmpty": Outcome.COMPLIANT}
    assert outcomes(RULE, shop()) == both


def test_an_action_of_another_stack_is_one_too() -> None:
    resources = with_property(ALARM, "AlarmActions", value=[UNKNOWN])
    assert outcomes(RULE, resources)[ALARM] is Outcome.COMPLIANT


def test_an_alarm_without_action_is_violated() -> None:
    found = violation(RULE, without_property(ALARM, "AlarmActions"))
    assert found.logical_id == ALARM
    assert says(found, "AlarmActions is absent", "at least one action", "name a topic")


def test_actions_that_are_off_are_violated() -> None:
    found = violation(RULE, with_property(ALARM, "ActionsEnabled", value="false"))
    assert says(found, "ActionsEnabled is false", "true or absent", "name a topic")


def test_a_composite_alarm_may_tell_for_its_children() -> None:
    resources = without_property(ALARM, "AlarmActions")
    rule = {"Fn::Sub": f'ALARM("${{{ALARM}}}")'}
    composite = {"AlarmRule": rule, "AlarmActions": [UNKNOWN]}
    resources["Any"] = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": composite}
    assert outcomes(RULE, resources)[ALARM] is Outcome.COMPLIANT


@pytest.mark.parametrize(
    ("rule", "rings"),
    [
        ("ALARM({0}) OR ALARM(Other)", True),
        ("ALARM({0}) AND NOT ALARM(Maintenance)", True),
        ("NOT OK({0})", True),
        ("NOT ALARM({0})", False),
        ("OK({0})", False),
        ("ALARM({0}) AND ALARM(Other)", False),
        ("ALARM({0}) AND (FALSE OR (ALARM(Other)))", False),
        ("ALARM({0}-of-another-shop)", False),
        ("TRUE OR ALARM({0})", False),
    ],
)
def test_a_composite_alarm_tells_only_if_it_rings_for_the_child(rule: str, rings: bool) -> None:
    resources = changed(without_property(ALARM, "AlarmActions"), ALARM, "AlarmName", value="late")
    composite = {"AlarmRule": rule.format("late"), "AlarmActions": [UNKNOWN]}
    resources["Any"] = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": composite}
    expected = Outcome.COMPLIANT if rings else Outcome.VIOLATED
    assert outcomes(RULE, resources)[ALARM] is expected


@pytest.mark.parametrize(
    ("detail", "tells"),
    [
        ({}, True),
        ({"detail-type": ["CloudWatch Alarm State Change"]}, True),
        ({"detail-type": ["CloudWatch Alarm Configuration Change"]}, False),
        ({"resources": [{"Fn::GetAtt": [ALARM, "Arn"]}]}, True),
        ({"resources": [{"Fn::GetAtt": ["DeadLettersNotEmpty", "Arn"]}]}, False),
        ({"detail": {"state": {"value": ["ALARM"]}, "alarmName": ["late"]}}, True),
        ({"detail": {"state": {"value": ["ALARM"]}, "alarmName": [{"prefix": "la"}]}}, True),
        ({"detail": {"alarmName": [{"Ref": ALARM}]}}, True),
        ({"detail": {"alarmName": ["early"]}}, False),
        ({"detail": {"state": {"value": ["OK"]}}}, False),
        ({"source": ["aws.sqs"]}, False),
    ],
)
def test_a_rule_on_its_changes_may_tell_for_an_alarm(detail: dict[str, Any], tells: bool) -> None:
    resources = changed(without_property(ALARM, "AlarmActions"), ALARM, "AlarmName", value="late")
    pattern = {"source": ["aws.cloudwatch"], **detail}
    targets = [{"Id": "pager", "Arn": {"Ref": "OnCall"}}]
    properties = {"EventPattern": pattern, "Targets": targets}
    resources["Told"] = {"Type": "AWS::Events::Rule", "Properties": properties}
    expected = Outcome.COMPLIANT if tells else Outcome.VIOLATED
    assert outcomes(RULE, resources)[ALARM] is expected
    resources["Told"]["Properties"]["State"] = "DISABLED"
    assert outcomes(RULE, resources)[ALARM] is Outcome.VIOLATED


def test_a_list_of_actions_from_elsewhere_cannot_be_told() -> None:
    resources = with_property(ALARM, "AlarmActions", value=UNKNOWN)
    assert outcomes(RULE, resources)[ALARM] is Outcome.CANNOT_TELL


def test_an_alarm_on_something_else_is_not_judged() -> None:
    resources = with_property(ALARM, "Dimensions", 0, "Value", value="thumbnails")
    resources = changed(resources, ALARM, "AlarmActions", value=[])
    assert ALARM not in outcomes(RULE, resources)


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("names", "outcome"),
    [
        ("!ImportValue late", Outcome.COMPLIANT),
        ("!ImportValue late-arn", Outcome.COMPLIANT),
        ("!Ref Late", Outcome.VIOLATED),
    ],
)
def test_a_composite_alarm_of_another_stack_tells_for_the_alarm_that_it_names(
    names: str, outcome: Outcome
) -> None:
    shop_text = """
Resources:
  Payments: {Type: AWS::SQS::Queue, Properties: {QueueName: payments.fifo}}
  Late:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateAgeOfOldestMessage
      Dimensions: [{Name: QueueName, Value: payments.fifo}]
Outputs:
  Late: {Value: !Ref Late, Export: {Name: late}}
  Arn: {Value: !GetAtt Late.Arn, Export: {Name: late-arn}}
"""
    alarms_text = f"""
Resources:
  Late: {{Type: AWS::CloudWatch::Alarm, Properties: {{MetricName: Other, Namespace: Other}}}}
  Any:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmRule: !Join ["", ['ALARM("', {names}, '")']]
      AlarmActions: ["arn:aws:sns:eu-west-1:111122223333:on-call"]
"""
    both = [template(shop_text, "shop.yaml"), template(alarms_text, "alarms.yaml")]
    found, _ = check(both, [RULE])
    assert [each.outcome for each in found.findings if each.rule is RULE] == [outcome]

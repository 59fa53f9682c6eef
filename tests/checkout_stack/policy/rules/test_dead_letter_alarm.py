"""Somebody is told of dead letters."""

from __future__ import annotations

from checkout_stack.policy.rules.dead_letter_alarm import RULE
from checkout_stack.policy.rules.rule import Outcome
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

METRIC = "ApproximateNumberOfMessagesVisible"


def test_an_alarm_on_the_metric_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_no_alarm_is_violated() -> None:
    found = violation(RULE, without("DeadLettersNotEmpty"))
    assert found.logical_id == "PaymentDeadLetters"
    assert says(found, f"no alarm watches {METRIC}", "at least one alarm", "QueueName")


def test_an_alarm_on_another_metric_does_not_count() -> None:
    resources = with_property("DeadLettersNotEmpty", "MetricName", value="NumberOfMessagesSent")
    assert violation(RULE, resources).logical_id == "PaymentDeadLetters"


def test_an_alarm_on_a_metric_expression_counts() -> None:
    resources = shop()
    alarm = resources["DeadLettersNotEmpty"]["Properties"]
    metric = {name: alarm.pop(name) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = {"Metric": metric, "Period": 60, "Stat": "Maximum"}
    alarm["Metrics"] = [{"Id": "m", "MetricStat": stat}]
    assert outcomes(RULE, resources) == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_an_alarm_on_an_unknown_queue_cannot_be_told() -> None:
    resources = with_property("DeadLettersNotEmpty", "Dimensions", 0, "Value", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentDeadLetters": Outcome.CANNOT_TELL}


def test_an_alarm_under_a_condition_cannot_be_told() -> None:
    resources = shop()
    resources["DeadLettersNotEmpty"]["Condition"] = "Live"
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = outcomes(RULE, resources, Conditions=conditions)
    assert found == {"PaymentDeadLetters": Outcome.CANNOT_TELL}


def test_dead_letters_of_another_stack_cannot_be_told() -> None:
    path = ("RedrivePolicy", "deadLetterTargetArn")
    resources = with_property("PaymentQueue", *path, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_queue_without_dead_letters_is_left_to_another_rule() -> None:
    resources = without_property("PaymentQueue", "RedrivePolicy")
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

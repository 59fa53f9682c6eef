"""Somebody is told when payments wait."""

from __future__ import annotations

from checkout_stack.policy.rules.message_age_alarm import RULE
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
)

METRIC = "ApproximateAgeOfOldestMessage"


def test_an_alarm_on_the_metric_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentQueue": Outcome.COMPLIANT}


def test_no_alarm_is_violated() -> None:
    found = violation(RULE, without("PaymentsTooOld"))
    assert found.logical_id == "PaymentQueue"
    assert says(found, f"no alarm watches {METRIC}", "at least one alarm", "QueueName")


def test_an_alarm_on_another_metric_does_not_count() -> None:
    resources = with_property("PaymentsTooOld", "MetricName", value="NumberOfMessagesSent")
    assert violation(RULE, resources).logical_id == "PaymentQueue"


def test_an_alarm_on_a_metric_expression_counts() -> None:
    resources = shop()
    alarm = resources["PaymentsTooOld"]["Properties"]
    metric = {name: alarm.pop(name) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = {"Metric": metric, "Period": 60, "Stat": "Maximum"}
    alarm["Metrics"] = [{"Id": "m", "MetricStat": stat}]
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_an_alarm_on_an_unknown_queue_cannot_be_told() -> None:
    resources = with_property("PaymentsTooOld", "Dimensions", 0, "Value", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_an_alarm_under_a_condition_cannot_be_told() -> None:
    resources = shop()
    resources["PaymentsTooOld"]["Condition"] = "Live"
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = outcomes(RULE, resources, Conditions=conditions)
    assert found == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}

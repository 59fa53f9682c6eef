"""An alarm that exists counts only if it rings in time, and is silent while all is well."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.rules import dead_letter_alarm, message_age_alarm
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    UNKNOWN,
    Resources,
    outcomes,
    shop,
    violation,
)

DEAD, AGE = "DeadLettersNotEmpty", "PaymentsTooOld"
AT_LEAST, ABOVE = "GreaterThanOrEqualToThreshold", "GreaterThanThreshold"
TWO_DIMENSIONS = [
    {"Name": "QueueName", "Value": {"Fn::GetAtt": ["PaymentDeadLetters", "QueueName"]}},
    {"Name": "Region", "Value": "eu-west-1"},
]
SILENT, ALWAYS, LATE = "it is silent", "while all is well", "at the earliest"


def with_alarm(name: str, **properties: Any) -> Resources:
    """The shop with other properties of an alarm; ``None`` removes one."""
    resources = shop()
    merged = {**resources[name]["Properties"], **properties}
    kept = {key: value for key, value in merged.items() if value is not None}
    resources[name]["Properties"] = kept
    return resources


def with_maths(
    name: str, *expressions: str, stat: str = "Maximum", period: int = 60, **properties: Any
) -> Resources:
    """The shop whose alarm compares the last of these expressions of its metric ``m``."""
    alarm = shop()[name]["Properties"]
    metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
    other = {**metric, "MetricName": "ApproximateNumberOfMessagesNotVisible"}
    queries: list[dict[str, Any]] = [
        {
            "Id": id_,
            "ReturnData": False,
            "MetricStat": {"Metric": of, "Period": period, "Stat": stat},
        }
        for id_, of in (("m", metric), ("n", other))
    ]
    for number, expression in enumerate(expressions):
        last = number == len(expressions) - 1
        queries.append({"Id": f"e{number}", "Expression": expression, "ReturnData": last})
    gone = dict.fromkeys((*metric, "Statistic", "Period"))
    return with_alarm(name, Metrics=queries, **gone, **properties)


@pytest.mark.parametrize(
    "properties",
    [
        {"ComparisonOperator": AT_LEAST, "Threshold": 1},
        {"ComparisonOperator": AT_LEAST, "Threshold": "1.0"},
        {"ComparisonOperator": ABOVE, "Threshold": 0.5, "Statistic": "Average"},
        {"Statistic": "Sum", "Period": 300, "ComparisonOperator": AT_LEAST, "Threshold": 5},
        {"Statistic": None, "ExtendedStatistic": "p99.9"},
        {"EvaluationPeriods": 5, "DatapointsToAlarm": 1, "TreatMissingData": "notBreaching"},
        {"MetricName": "ApproximateAgeOfOldestMessage", "Threshold": 300},
        {"Unit": "Count"},
    ],
)
def test_an_alarm_that_rings_at_one_dead_letter_is_compliant(properties: dict[str, Any]) -> None:
    found = outcomes(dead_letter_alarm.RULE, with_alarm(DEAD, **properties))
    assert found == {"PaymentDeadLetters": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("properties", "name", "why"),
    [
        ({"Threshold": 1}, "Threshold", SILENT),
        ({"Threshold": 1000, "ComparisonOperator": AT_LEAST}, "Threshold", SILENT),
        ({"ComparisonOperator": "LessThanThreshold", "Threshold": 1}, "ComparisonOperator", ALWAYS),
        ({"ComparisonOperator": "LessThanThreshold"}, "ComparisonOperator", SILENT),
        ({"ComparisonOperator": AT_LEAST}, "Threshold", ALWAYS),
        ({"Threshold": -1}, "Threshold", ALWAYS),
        ({"Statistic": "SampleCount"}, "Threshold", ALWAYS),
        ({"Statistic": "Average", "Period": 86400}, "Period", LATE),
        ({"Period": 3600, "EvaluationPeriods": 24}, "Period", LATE),
        ({"Period": 3600, "EvaluationPeriods": 24, "DatapointsToAlarm": 12}, "Period", LATE),
        ({"TreatMissingData": "breaching"}, "TreatMissingData", "SQS sends no data"),
        ({"Period": 10, "EvaluationPeriods": 3}, "Period", "once a minute"),
        ({"Unit": "Seconds"}, "Unit", "SQS publishes Count"),
        ({"Dimensions": TWO_DIMENSIONS}, "Dimensions", "beside QueueName"),
    ],
)
def test_an_alarm_that_does_not_ring_in_time_is_violated(
    properties: dict[str, Any], name: str, why: str
) -> None:
    found = violation(dead_letter_alarm.RULE, with_alarm(DEAD, **properties))
    assert (found.logical_id, found.path) == (DEAD, (name,))
    assert why in found.message


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"Threshold": 999_999}, SILENT),
        ({"Threshold": 21_600}, SILENT),
        ({"ComparisonOperator": "LessThanThreshold"}, ALWAYS),
        ({"Period": 3600, "EvaluationPeriods": 24}, LATE),
    ],
)
def test_an_alarm_on_age_that_comes_too_late_is_violated(
    properties: dict[str, Any], why: str
) -> None:
    found = violation(message_age_alarm.RULE, with_alarm(AGE, **properties))
    assert found.logical_id == AGE
    assert why in found.message


def test_an_age_that_no_message_reaches_is_never_in_time() -> None:
    resources = with_alarm(AGE, Threshold=7200)
    assert outcomes(message_age_alarm.RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}
    resources["PaymentQueue"]["Properties"]["MessageRetentionPeriod"] = 3600
    assert "3600 seconds old" in violation(message_age_alarm.RULE, resources).message


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ("m", Outcome.COMPLIANT),
        ("FILL(m, 0) + n", Outcome.COMPLIANT),
        ("SUM(METRICS())", Outcome.COMPLIANT),
        ('SUM(METRICS("m"))', Outcome.COMPLIANT),
        ('SUM(METRICS("n"))', Outcome.VIOLATED),
        ("SUM(METRICS(m))", Outcome.CANNOT_TELL),
        ("MAX([m, n])", Outcome.COMPLIANT),
        ("CEIL(ABS(m) / 10)", Outcome.COMPLIANT),
        ("FLOOR(m / 10)", Outcome.VIOLATED),
        ("ABS(m, n)", Outcome.CANNOT_TELL),
        ("IF(m > 0 && n < 1, 1, 0)", Outcome.COMPLIANT),
        ("m / 10 - 1", Outcome.VIOLATED),
        ("n", Outcome.VIOLATED),
        ("-m", Outcome.VIOLATED),
        ("RATE(m)", Outcome.CANNOT_TELL),
        ("m / n", Outcome.CANNOT_TELL),
        ("m +", Outcome.CANNOT_TELL),
        ("(" * 800, Outcome.CANNOT_TELL),
        ("m+" * 600 + "m", Outcome.CANNOT_TELL),
        ("9^9", Outcome.CANNOT_TELL),
        ("METRICS()", Outcome.CANNOT_TELL),
    ],
)
def test_a_metric_expression_is_followed(expression: str, outcome: Outcome) -> None:
    found = outcomes(dead_letter_alarm.RULE, with_maths(DEAD, expression))
    assert set(found.values()) == {outcome}


def test_an_expression_may_be_made_of_another() -> None:
    resources = with_maths(DEAD, "m + n", "IF(e0 >= 1, 1)")
    assert outcomes(dead_letter_alarm.RULE, resources) == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_another_alarm_that_rings_excuses_one_that_is_for_many() -> None:
    resources = with_alarm(DEAD, Threshold=1000)
    resources["AnyDeadLetter"] = shop()[DEAD]
    assert outcomes(dead_letter_alarm.RULE, resources) == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_a_queue_and_an_alarm_that_one_parameter_names_belong_together() -> None:
    resources = with_alarm(DEAD, Dimensions=[{"Name": "QueueName", "Value": {"Ref": "Name"}}])
    resources["PaymentDeadLetters"]["Properties"]["QueueName"] = {"Ref": "Name"}
    parameters = {"Name": {"Type": "String"}, "Stage": {"Type": "String", "Default": "live"}}
    found = outcomes(dead_letter_alarm.RULE, resources, Parameters=parameters)
    assert found == {"PaymentDeadLetters": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    "properties",
    [
        {"Threshold": None, "ThresholdMetricId": "band"},
        {"Threshold": UNKNOWN},
        {"Statistic": None, "ExtendedStatistic": "PR(1:2)"},
        {"Period": UNKNOWN},
        {"Threshold": {"Fn::If": ["Live", 0, 1000]}},
    ],
)
def test_what_a_deployment_decides_cannot_be_told(properties: dict[str, Any]) -> None:
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = outcomes(dead_letter_alarm.RULE, with_alarm(DEAD, **properties), Conditions=conditions)
    assert found == {DEAD: Outcome.CANNOT_TELL}


def test_a_condition_between_two_good_periods_and_statistics_is_compliant() -> None:
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    either = {
        "Period": {"Fn::If": ["Live", 60, 300]},
        "Statistic": {"Fn::If": ["Live", "Maximum", "Sum"]},
    }
    found = outcomes(dead_letter_alarm.RULE, with_alarm(DEAD, **either), Conditions=conditions)
    assert found == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_a_condition_between_two_bad_thresholds_is_violated() -> None:
    conditions = {"Live": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    resources = with_alarm(DEAD, Threshold={"Fn::If": ["Live", 10, 1000]})
    found = outcomes(dead_letter_alarm.RULE, resources, Conditions=conditions)
    assert found == {DEAD: Outcome.VIOLATED}


def test_a_search_for_metrics_cannot_be_told() -> None:
    resources = shop()
    search = 'SELECT MAX(ApproximateNumberOfMessagesVisible) FROM SCHEMA("AWS/SQS", QueueName)'
    resources[DEAD]["Properties"] = {"Metrics": [{"Id": "q", "Expression": search}]}
    found = outcomes(dead_letter_alarm.RULE, resources)
    assert found == {"PaymentDeadLetters": Outcome.CANNOT_TELL}


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::GetAtt": ["PaymentDeadLetters", "QueueName"]},
        {"Fn::Sub": "${PaymentDeadLetters.QueueName}"},
        {"Fn::Sub": "payments-dead-${Stage}.fifo"},
        "payments-dead-live.fifo",
        {"Fn::Select": [5, {"Fn::Split": [":", {"Fn::GetAtt": ["PaymentDeadLetters", "Arn"]}]}]},
        {"Fn::Select": [4, {"Fn::Split": ["/", {"Ref": "PaymentDeadLetters"}]}]},
    ],
)
def test_a_queue_is_known_by_every_spelling_of_its_name(value: object) -> None:
    resources = with_alarm(DEAD, Dimensions=[{"Name": "QueueName", "Value": value}])
    assert outcomes(dead_letter_alarm.RULE, resources) == {"PaymentDeadLetters": Outcome.COMPLIANT}

"""Each way in which an order can go wrong has an alarm that says what it means."""

import re
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

from checkout_stack import CheckoutStack, CheckoutTiming
from tests.checkout_stack.synthesized import (
    ALARM,
    FUNCTION,
    METRIC_FILTER,
    QUEUE,
    Properties,
    Synthesized,
    checkout,
    synthesize,
)

RUNBOOK_OF_ALARM = {
    "CheckoutAlarmsDeadLettersNotEmpty": "dead-letters-not-empty",
    "CheckoutAlarmsRelayFailuresNotEmpty": "relay-failures-not-empty",
    "CheckoutAlarmsOldestPaymentTooOld": "oldest-payment-too-old",
    "CheckoutAlarmsStreamLag": "stream-lag",
    "CheckoutAlarmsRelayErrors": "relay-errors",
    "CheckoutAlarmsConsumerErrors": "consumer-errors",
    "CheckoutAlarmsRelayThrottled": "function-throttled",
    "CheckoutAlarmsConsumerThrottled": "function-throttled",
    "CheckoutAlarmsReconcilerThrottled": "function-throttled",
    "CheckoutAlarmsOrdersNeedReview": "orders-need-review",
    "CheckoutAlarmsOrdersUnsettledTooLong": "orders-unsettled-too-long",
    "CheckoutAlarmsReconcilerSilent": "reconciler-silent",
    "CheckoutAlarmsReconcilerErrors": "reconciler-errors",
    "CheckoutAlarmsAnswerWithoutWord": "answer-without-word",
    "CheckoutAlarmsPaymentAccountRefused": "payment-account-refused",
    "CheckoutAlarmsAwsClientFellBack": "aws-client-fell-back",
    "ApiServerErrors": "intake-errors",
    "ApiPlaceOrderErrors": "intake-errors",
    "ApiGetOrderErrors": "intake-errors",
    "ApiStartPaymentAttemptErrors": "intake-errors",
    "ApiResumePaymentErrors": "intake-errors",
    "ApiFindOrderErrors": "intake-errors",
    "ApiPlaceOrderThrottled": "function-throttled",
    "ApiGetOrderThrottled": "function-throttled",
    "ApiStartPaymentAttemptThrottled": "function-throttled",
    "ApiResumePaymentThrottled": "function-throttled",
    "ApiFindOrderThrottled": "function-throttled",
}
RUNBOOKS = Path(__file__).parents[3] / "docs" / "operate" / "runbooks"
SQS_METRICS = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}
LAMBDA_METRICS = {"Errors", "Throttles", "IteratorAge"}


def test_the_alarms_are_these_and_no_others(
    example: Synthesized, example_stack: CheckoutStack
) -> None:
    found = {each[:-8] for each in example.of_type(ALARM)}
    assert found == set(RUNBOOK_OF_ALARM)
    assert len(example_stack.checkout.alarms) + len(example_stack.api.alarms) == len(found)
    assert not example.of_type("AWS::CloudWatch::CompositeAlarm")


@pytest.mark.parametrize(("alarm", "runbook"), RUNBOOK_OF_ALARM.items())
def test_each_alarm_says_what_it_means_and_where_its_runbook_is(
    alarm: str, runbook: str, example: Synthesized
) -> None:
    description = example.one(ALARM, alarm)["AlarmDescription"]
    assert re.fullmatch(rf".{{30,}}\. Runbook: docs/operate/runbooks/{runbook}\.md", description)
    assert (RUNBOOKS / f"{runbook}.md").is_file()


@pytest.mark.parametrize("alarm", RUNBOOK_OF_ALARM)
def test_each_alarm_notifies_the_topic(alarm: str, example: Synthesized) -> None:
    properties = example.one(ALARM, alarm)
    topic = example.logical_id("AWS::SNS::Topic", "CheckoutAlarm")
    assert properties["AlarmActions"] == [{"Ref": topic}]
    assert properties.get("ActionsEnabled", True) is True


@pytest.mark.parametrize("alarm", RUNBOOK_OF_ALARM)
def test_each_alarm_leaves_its_name_to_cloudformation_and_decides_on_missing_data(
    alarm: str, example: Synthesized
) -> None:
    properties = example.one(ALARM, alarm)
    assert "AlarmName" not in properties
    assert properties["TreatMissingData"] in {"breaching", "notBreaching", "ignore"}


@pytest.mark.parametrize("alarm", RUNBOOK_OF_ALARM)
def test_each_alarm_watches_a_metric_that_something_in_the_stack_reports(
    alarm: str, example: Synthesized
) -> None:
    properties = example.one(ALARM, alarm)
    assert "Metrics" not in properties, "metric math"
    metric = (properties["Namespace"], properties["MetricName"])
    assert metric in set(_reported(example))
    for dimension in properties.get("Dimensions", []):
        assert _exists(dimension["Value"], example)


def test_an_empty_namespace_of_dimensions_belongs_to_metric_filters_only(
    example: Synthesized,
) -> None:
    for alarm in example.of_type(ALARM).values():
        own = alarm["Namespace"].startswith("IdempotentCheckout/")
        assert own == ("Dimensions" not in alarm)


def test_one_dead_letter_is_one_too_many_and_silence_changes_nothing(example: Synthesized) -> None:
    for alarm, queue in (
        ("DeadLettersNotEmpty", "PaymentsDeadLetters"),
        ("RelayFailuresNotEmpty", "RelayFailures"),
    ):
        properties = example.one(ALARM, f"CheckoutAlarms{alarm}")
        assert properties["MetricName"] == "ApproximateNumberOfMessagesVisible"
        assert _dimension(properties) == example_queue_name(example, queue)
        assert _goes_off_at(properties, 1)
        assert not _goes_off_at(properties, 0)
        assert properties["TreatMissingData"] == "ignore"


def test_the_oldest_payment_is_too_old_when_a_crashed_worker_does_not_explain_it(
    example: Synthesized,
) -> None:
    properties = example.one(ALARM, "CheckoutAlarmsOldestPaymentTooOld")
    visibility = example.one(QUEUE, "CheckoutPaymentsQueue")["VisibilityTimeout"]
    assert _dimension(properties) == example_queue_name(example, "PaymentsQueue")
    assert not _goes_off_at(properties, visibility)
    assert _goes_off_at(properties, 2 * visibility + 1)
    assert properties["Statistic"] == "Maximum"


def test_a_service_that_is_busy_or_down_is_announced_within_a_quarter_of_an_hour(
    example: Synthesized,
) -> None:
    """The breaker rings nothing: the messages that it holds back grow old."""
    properties = example.one(ALARM, "CheckoutAlarmsOldestPaymentTooOld")
    window = properties["Period"] * properties["EvaluationPeriods"]
    assert properties["Threshold"] + window <= 15 * 60


@pytest.mark.parametrize("name", ["Relay", "Consumer", "Reconciler"])
def test_workers_that_lambda_retries_alarm_when_an_error_comes_back(
    name: str, example: Synthesized
) -> None:
    properties = example.one(ALARM, f"CheckoutAlarms{name}Errors")
    function = example.logical_id(FUNCTION, f"Checkout{name}")
    assert properties["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert _goes_off_at(properties, 1)
    assert properties["DatapointsToAlarm"] == 2
    assert properties["EvaluationPeriods"] == 3


@pytest.mark.parametrize("name", ["PlaceOrder", "GetOrder", "StartPaymentAttempt"])
@pytest.mark.parametrize(("alarm", "metric"), [("Errors", "Errors"), ("Throttled", "Throttles")])
def test_intake_alarms_at_once_because_a_buyer_saw_it(
    name: str, alarm: str, metric: str, example: Synthesized
) -> None:
    properties = example.one(ALARM, f"Api{name}{alarm}")
    function = example.logical_id(FUNCTION, f"Api{name}")
    assert properties["MetricName"] == metric
    assert properties["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert _goes_off_at(properties, 1)
    assert properties["EvaluationPeriods"] == properties["DatapointsToAlarm"] == 1


def test_a_stream_that_lags_is_seen_by_the_age_of_its_records(example: Synthesized) -> None:
    properties = example.one(ALARM, "CheckoutAlarmsStreamLag")
    assert properties["MetricName"] == "IteratorAge"
    assert properties["Statistic"] == "Maximum"
    one_hour_in_milliseconds = 3600 * 1000
    assert _goes_off_at(properties, one_hour_in_milliseconds)
    assert not _goes_off_at(properties, 1000)


def test_one_order_that_needs_review_is_one_too_many(example: Synthesized) -> None:
    properties = example.one(ALARM, "CheckoutAlarmsOrdersNeedReview")
    assert properties["MetricName"] == "OrdersNeedingReview"
    assert _goes_off_at(properties, 1)
    assert not _goes_off_at(properties, 0)
    assert properties["TreatMissingData"] == "ignore"


def test_an_order_is_unsettled_too_long_only_after_the_outage_that_is_ridden_out(
    stack: cdk.Stack,
) -> None:
    timing = CheckoutTiming(tolerated_outage=cdk.Duration.hours(3))
    checkout(stack, timing=timing)
    properties = synthesize(stack).one(ALARM, "CheckoutAlarmsOrdersUnsettledTooLong")
    explained = timing.tolerated_outage.to_seconds() + timing.reconcile_after.to_seconds()
    assert not _goes_off_at(properties, explained)
    assert _goes_off_at(properties, explained + timing.reconcile_every.to_seconds() + 1)


def test_a_gauge_is_read_once_a_run(example: Synthesized) -> None:
    every = CheckoutTiming().reconcile_every.to_seconds()
    for alarm in ("OrdersNeedReview", "OrdersUnsettledTooLong"):
        properties = example.one(ALARM, f"CheckoutAlarms{alarm}")
        assert properties["Period"] == every
        assert properties["Statistic"] == "Maximum"


def test_a_silent_reconciler_is_seen_by_a_metric_that_has_an_alarm_anyway(
    example: Synthesized,
) -> None:
    silent = example.one(ALARM, "CheckoutAlarmsReconcilerSilent")
    too_long = example.one(ALARM, "CheckoutAlarmsOrdersUnsettledTooLong")
    assert silent["MetricName"] == too_long["MetricName"]


def test_a_reconciler_that_says_nothing_for_three_runs_is_an_alarm(example: Synthesized) -> None:
    properties = example.one(ALARM, "CheckoutAlarmsReconcilerSilent")
    assert properties["TreatMissingData"] == "breaching"
    assert properties["Statistic"] == "SampleCount"
    assert properties["Period"] == 3 * CheckoutTiming().reconcile_every.to_seconds()
    assert properties["ComparisonOperator"] == "LessThanThreshold"
    assert properties["Threshold"] == 1


@pytest.mark.parametrize(("every", "period"), [(1, 300), (5, 300), (60, 3600)])
def test_runs_that_fail_are_seen_however_seldom_the_reconciler_runs(
    every: int, period: int, stack: cdk.Stack
) -> None:
    checkout(stack, timing=CheckoutTiming(reconcile_every=cdk.Duration.minutes(every)))
    properties = synthesize(stack).one(ALARM, "CheckoutAlarmsReconcilerErrors")
    assert properties["Period"] == period
    assert properties["DatapointsToAlarm"] == 2


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [
        ("AnswerWithoutWord", "AnswersWithoutWord"),
        ("PaymentAccountRefused", "PaymentAccountRefused"),
        ("AwsClientFellBack", "AwsClientFellBack"),
    ],
)
def test_one_record_of_what_would_meet_every_buyer_rings_at_once(
    alarm: str, metric: str, example: Synthesized
) -> None:
    properties = example.one(ALARM, f"CheckoutAlarms{alarm}")
    assert properties["MetricName"] == metric
    assert _goes_off_at(properties, 1)
    assert not _goes_off_at(properties, 0)
    assert properties["EvaluationPeriods"] == properties["DatapointsToAlarm"] == 1
    assert properties["Statistic"] == "Sum"
    assert properties["TreatMissingData"] == "notBreaching"


def test_a_topic_that_is_given_is_notified_and_none_is_made(stack: cdk.Stack) -> None:
    topic = sns.Topic.from_topic_arn(stack, "Pager", "arn:aws:sns:us-east-1:111122223333:pager")
    assert checkout(stack, alarm_topic=topic).alarm_topic is topic
    template = synthesize(stack)
    assert not template.of_type("AWS::SNS::Topic")
    assert not template.of_type("AWS::KMS::Key")
    for alarm in template.of_type(ALARM).values():
        assert alarm["AlarmActions"] == ["arn:aws:sns:us-east-1:111122223333:pager"]


def example_queue_name(example: Synthesized, queue: str) -> Properties:
    return {"Fn::GetAtt": [example.logical_id(QUEUE, f"Checkout{queue}"), "QueueName"]}


def _dimension(alarm: Properties) -> Properties:
    (dimension,) = alarm["Dimensions"]
    value: Properties = dimension["Value"]
    return value


def _goes_off_at(alarm: Properties, value: float) -> bool:
    threshold: float = alarm["Threshold"]
    return {
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
    }[alarm["ComparisonOperator"]]


def _reported(example: Synthesized) -> Iterator[tuple[str, str]]:
    yield from (("AWS/SQS", metric) for metric in SQS_METRICS)
    yield from (("AWS/Lambda", metric) for metric in LAMBDA_METRICS)
    yield ("AWS/ApiGateway", "5xx")
    for metric_filter in example.of_type(METRIC_FILTER).values():
        for each in metric_filter["MetricTransformations"]:
            yield each["MetricNamespace"], each["MetricName"]


def _exists(reference: Properties, example: Synthesized) -> bool:
    target = reference.get("Ref") or reference["Fn::GetAtt"][0]
    return target in example.resources

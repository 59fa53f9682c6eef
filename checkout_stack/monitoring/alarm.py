"""One alarm of a checkout: what it watches, what it means for buyers, what silence means."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.monitoring.log_metrics import LogMetric, LogMetrics
from checkout_stack.monitoring.runbooks import runbook_address

#: Period of the counts of errors and throttles: one page for a burst, not one a minute.
COUNT_PERIOD = cdk.Duration.minutes(5)


@dataclass(frozen=True, kw_only=True)
class EvaluationWindow:
    """How many of the latest periods have to breach before an alarm goes off."""

    breaching: int
    of: int


#: A buyer saw the failure: there is nothing to wait for.
AT_ONCE = EvaluationWindow(breaching=1, of=1)
#: Retried by design: a failure counts when it comes back within a quarter of an hour.
WHEN_IT_COMES_BACK = EvaluationWindow(breaching=2, of=3)


def make_alarm(
    scope: Construct,
    construct_id: str,
    *,
    metric: cloudwatch.IMetric,
    threshold: float,
    meaning: str,
    runbook: str,
    missing: cloudwatch.TreatMissingData,
    topic: sns.ITopic,
    comparison: cloudwatch.ComparisonOperator = (
        cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    ),
    window: EvaluationWindow = AT_ONCE,
) -> cloudwatch.Alarm:
    """Create an alarm that notifies ``topic``.

    Its name is left to CloudFormation, which makes it from the stack's name and the construct's
    path: readable on a pager, unique, and free when the alarm has to be replaced. A fixed name
    would clash with itself at that moment.

    :param meaning: What it means for buyers and orders, in plain sentences.
    :param runbook: Name of the page in ``docs/operate/runbooks`` that says what to do.
    :param missing: What a period without data means. Always explicit.
    """
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        threshold=threshold,
        comparison_operator=comparison,
        evaluation_periods=window.of,
        datapoints_to_alarm=window.breaching,
        treat_missing_data=missing,
        alarm_description=f"{meaning} Runbook: {runbook_address(scope, runbook)}",
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm


def record_alarm(
    scope: Construct,
    construct_id: str,
    *,
    log_metrics: LogMetrics,
    record: LogMetric,
    meaning: str,
    runbook: str,
    topic: sns.ITopic,
    window: EvaluationWindow = AT_ONCE,
) -> cloudwatch.Alarm:
    """Alarm on the first record in a log of what should not be.

    :param record: Which record; it is counted wherever ``log_metrics`` finds it.
    """
    metric = log_metrics.metric(record, period=COUNT_PERIOD)
    return _first_one_alarm(scope, construct_id, metric, meaning, runbook, topic, window)


def errors_alarm(
    scope: Construct,
    construct_id: str,
    *,
    function: lambda_.IFunction,
    meaning: str,
    runbook: str,
    topic: sns.ITopic,
    window: EvaluationWindow,
    period: cdk.Duration = COUNT_PERIOD,
) -> cloudwatch.Alarm:
    """Alarm on the first error: the code answers what it expects, so an error is a defect.

    :param period: No shorter than the interval of a function that runs on a schedule.
    """
    metric = function.metric_errors(period=period, statistic=cloudwatch.Stats.SUM)
    return _first_one_alarm(scope, construct_id, metric, meaning, runbook, topic, window)


def throttles_alarm(
    scope: Construct,
    construct_id: str,
    *,
    function: lambda_.IFunction,
    meaning: str,
    topic: sns.ITopic,
    window: EvaluationWindow,
) -> cloudwatch.Alarm:
    """Alarm on the first throttle: the account is out of Lambda concurrency."""
    metric = function.metric_throttles(period=COUNT_PERIOD, statistic=cloudwatch.Stats.SUM)
    runbook = "function-throttled"
    return _first_one_alarm(scope, construct_id, metric, meaning, runbook, topic, window)


def _first_one_alarm(
    scope: Construct,
    construct_id: str,
    metric: cloudwatch.IMetric,
    meaning: str,
    runbook: str,
    topic: sns.ITopic,
    window: EvaluationWindow,
) -> cloudwatch.Alarm:
    """Alarm on the first of what is counted only when it happens."""
    return make_alarm(
        scope,
        construct_id,
        metric=metric,
        threshold=1,
        meaning=meaning,
        runbook=runbook,
        # Nothing is logged or reported while all is as it should be, or nothing is invoked.
        missing=cloudwatch.TreatMissingData.NOT_BREACHING,
        topic=topic,
        window=window,
    )

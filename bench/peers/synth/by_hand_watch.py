"""Metric filters, alarms and dashboard, written out with L2s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

NAMESPACE = "IdempotentCheckout/CheckoutStack"
MINUTE = cdk.Duration.minutes(1)
AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
Questions = Mapping[str, Mapping[str, Sequence[cloudwatch.IMetric]]]


def count_records(
    scope: Construct, log_group: logs.LogGroup, name: str, event: str, value: str = "1"
) -> None:
    """A metric of log records."""
    logs.MetricFilter(
        scope,
        f"{log_group.node.id}{name}",
        log_group=log_group,
        filter_pattern=logs.FilterPattern.string_value("$.event", "=", event),
        metric_namespace=NAMESPACE,
        metric_name=name,
        metric_value=value,
    )


def metric(
    name: str,
    *,
    statistic: str = cloudwatch.Stats.SUM,
    period: cdk.Duration = MINUTE,
    label: str | None = None,
) -> cloudwatch.Metric:
    """A metric of log records, to alarm on or to draw."""
    return cloudwatch.Metric(
        namespace=NAMESPACE, metric_name=name, statistic=statistic, period=period, label=label
    )


def alarm(
    scope: Construct,
    name: str,
    watched: cloudwatch.IMetric,
    topic: sns.ITopic,
    *,
    threshold: float = 1,
    comparison: cloudwatch.ComparisonOperator = AT_LEAST,
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    breaching: int = 1,
    of: int = 1,
) -> cloudwatch.Alarm:
    """An alarm that notifies the topic."""
    made = cloudwatch.Alarm(
        scope,
        name,
        metric=watched,
        threshold=threshold,
        comparison_operator=comparison,
        evaluation_periods=of,
        datapoints_to_alarm=breaching,
        treat_missing_data=missing,
        alarm_description=f"{name} of the checkout. Runbook: docs/operate/runbooks/{name}.md",
    )
    made.add_alarm_action(actions.SnsAction(topic))
    return made


def dashboard(
    scope: Construct, alarms: Mapping[str, Sequence[cloudwatch.Alarm]], questions: Questions
) -> None:
    """Alarms on top, then a heading and a row of graphs for each question."""
    board = cloudwatch.Dashboard(scope, "Dashboard")
    states: list[cloudwatch.IWidget] = [
        cloudwatch.AlarmStatusWidget(title=title, alarms=list(some), width=12, height=3)
        for title, some in alarms.items()
    ]
    board.add_widgets(*states)
    for question, graphs in questions.items():
        board.add_widgets(cloudwatch.TextWidget(markdown=f"## {question}", width=24, height=1))
        drawn: list[cloudwatch.IWidget] = [
            cloudwatch.GraphWidget(title=title, left=list(metrics), width=8, height=6)
            for title, metrics in graphs.items()
        ]
        board.add_widgets(*drawn)

"""The alarms of a checkout's HTTP API: what a buyer sees at once."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.monitoring.alarm import (
    AT_ONCE,
    COUNT_PERIOD,
    errors_alarm,
    make_alarm,
    throttles_alarm,
)
from checkout_stack.monitoring.log_metrics import DECLINED, PAID, LogMetrics

#: Of the share of declines: long enough for a few payments of a small shop.
DECLINE_PERIOD = cdk.Duration.minutes(15)


def api_alarms(
    scope: Construct,
    *,
    http_api: apigwv2.HttpApi,
    topic: sns.ITopic,
    wishes: Mapping[str, tuple[lambda_.IFunction, str]],
) -> tuple[cloudwatch.Alarm, ...]:
    """Create an alarm on the API's server errors, and on errors and throttles of each function.

    :param wishes: By name: a function, and what a buyer who calls it wants to do. Empty where the
        functions have no alarms of their own.
    """
    server_errors = make_alarm(
        scope,
        "ServerErrors",
        metric=http_api.metric_server_error(period=COUNT_PERIOD, statistic=cloudwatch.Stats.SUM),
        threshold=1,
        meaning=(
            "Buyers saw a server error or were asked to come back, because the order store did "
            "not answer. The same request under the same key is safe to repeat."
        ),
        runbook="intake-errors",
        # The gateway reports nothing while there are no requests.
        missing=cloudwatch.TreatMissingData.NOT_BREACHING,
        topic=topic,
    )
    alarms = [server_errors]
    for name, (function, wish) in wishes.items():
        alarms += [
            errors_alarm(
                scope,
                f"{name}Errors",
                function=function,
                meaning=f"Buyers who wanted to {wish} saw a server error.",
                runbook="intake-errors",
                topic=topic,
                window=AT_ONCE,
            ),
            throttles_alarm(
                scope,
                f"{name}Throttled",
                function=function,
                meaning=(
                    f"Buyers who wanted to {wish} were turned away: the account is out of "
                    "Lambda concurrency."
                ),
                topic=topic,
                window=AT_ONCE,
            ),
        ]
    return tuple(alarms)


def decline_rate_alarm(
    scope: Construct,
    *,
    log_metrics: LogMetrics,
    rate: float,
    fewest_payments: int,
    topic: sns.ITopic,
) -> cloudwatch.Alarm:
    """Create the alarm on the share of payments that are declined.

    :param rate: From which share on, 0 to 1.
    :param fewest_payments: Payments in a period below which the share says nothing.
    """
    decided = "(FILL(paid, 0) + FILL(declined, 0))"
    return make_alarm(
        scope,
        "DeclineRate",
        metric=cloudwatch.MathExpression(
            expression=(f"IF({decided} >= {fewest_payments}, FILL(declined, 0) / {decided}, 0)"),
            using_metrics={
                "paid": log_metrics.metric(PAID, period=DECLINE_PERIOD),
                "declined": log_metrics.metric(DECLINED, period=DECLINE_PERIOD),
            },
            period=DECLINE_PERIOD,
            label="share of payments declined",
        ),
        threshold=rate,
        meaning=(
            "Most payments are declined. Somebody may be trying out stolen cards, or the payment "
            "service declines what it should not."
        ),
        runbook="decline-rate",
        # Nothing is counted while nobody pays.
        missing=cloudwatch.TreatMissingData.NOT_BREACHING,
        topic=topic,
    )

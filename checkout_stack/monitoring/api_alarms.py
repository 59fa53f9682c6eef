"""The alarms of a checkout's HTTP API: what a buyer sees at once."""

from __future__ import annotations

from collections.abc import Mapping

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

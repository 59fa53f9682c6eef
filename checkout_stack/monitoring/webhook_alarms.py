"""The alarms on webhooks: disputes, requests that nobody signed, hints that are not followed."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.monitoring.alarm import (
    WHEN_IT_COMES_BACK,
    errors_alarm,
    record_alarm,
    throttles_alarm,
)
from checkout_stack.monitoring.log_metrics import DISPUTES, WEBHOOKS_REFUSED, LogMetrics


def webhook_alarms(
    scope: Construct,
    *,
    function: lambda_.IFunction,
    log_metrics: LogMetrics,
    topic: sns.ITopic,
    with_causes: bool,
) -> tuple[cloudwatch.Alarm, ...]:
    """Create the alarm on disputes, and those on webhooks that are not followed.

    :param with_causes: Whether the latter are wanted: orders settle without webhooks, only later.
    """
    disputed = record_alarm(
        scope,
        "PaymentDisputed",
        log_metrics=log_metrics,
        record=DISPUTES,
        meaning=(
            "A buyer's bank disputes a charge, and takes the money back unless the shop objects in "
            "time. The order stays paid."
        ),
        runbook="payment-disputed",
        topic=topic,
    )
    if not with_causes:
        return (disputed,)
    return (
        disputed,
        record_alarm(
            scope,
            "WebhooksRefused",
            log_metrics=log_metrics,
            record=WEBHOOKS_REFUSED,
            meaning=(
                "Webhooks come whose signature is wrong or too old. If they are the payment "
                "service's, orders settle minutes later than they could."
            ),
            runbook="webhooks-refused",
            topic=topic,
            window=WHEN_IT_COMES_BACK,
        ),
        errors_alarm(
            scope,
            "WebhookErrors",
            function=function,
            meaning=(
                "Webhooks of the payment service could not be followed. They come again; until "
                "then orders settle when the reconciler finds them due."
            ),
            runbook="webhooks-refused",
            topic=topic,
            window=WHEN_IT_COMES_BACK,
        ),
        throttles_alarm(
            scope,
            "WebhookThrottled",
            function=function,
            meaning=(
                "Webhooks come faster than the function may look orders up. They come again; "
                "orders settle later meanwhile."
            ),
            topic=topic,
            window=WHEN_IT_COMES_BACK,
        ),
    )

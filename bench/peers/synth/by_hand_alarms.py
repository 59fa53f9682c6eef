"""Which alarms, and what the dashboard shows, written out with L2s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bench.peers.synth.by_hand_watch import MINUTE, alarm, dashboard, metric

FIVE_MINUTES = cdk.Duration.minutes(5)
MAXIMUM, P99 = cloudwatch.Stats.MAXIMUM, "p99"
MORE_THAN = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
LESS_THAN = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
IGNORE, BREACHING = cloudwatch.TreatMissingData.IGNORE, cloudwatch.TreatMissingData.BREACHING


@dataclass(frozen=True, slots=True)
class Watched:
    """The parts that something is known about."""

    payments: sqs.Queue
    dead_letters: sqs.Queue
    failures: sqs.Queue
    relay: lambda_.Function
    consumer: lambda_.Function
    reconciler: lambda_.Function
    api: apigwv2.HttpApi
    intake: Mapping[str, lambda_.Function]
    topic: sns.Topic


def watch(scope: Construct, parts: Watched) -> None:
    """Make the alarms and the dashboard."""
    visible = {
        name: queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic=MAXIMUM)
        for name, queue in (("DeadLetters", parts.dead_letters), ("RelayFailures", parts.failures))
    }
    oldest = parts.payments.metric_approximate_age_of_oldest_message(
        period=MINUTE, statistic=MAXIMUM
    )
    lag = parts.relay.metric("IteratorAge", period=MINUTE, statistic=MAXIMUM)
    review = metric("OrdersNeedingReview", statistic=MAXIMUM, period=FIVE_MINUTES)
    age = metric("OldestUnsettledSeconds", statistic=MAXIMUM, period=FIVE_MINUTES)
    runs = metric("OrdersUnsettled", statistic="SampleCount", period=cdk.Duration.minutes(15))
    alarms = [
        *(
            alarm(scope, f"{name}NotEmpty", each, parts.topic, missing=IGNORE)
            for name, each in visible.items()
        ),
        alarm(
            scope, "OldestPaymentTooOld", oldest, parts.topic, threshold=360, comparison=MORE_THAN
        ),
        alarm(
            scope,
            "StreamLag",
            lag,
            parts.topic,
            threshold=60_000,
            comparison=MORE_THAN,
            breaching=5,
            of=5,
        ),
        alarm(scope, "OrdersNeedReview", review, parts.topic, missing=IGNORE),
        alarm(
            scope,
            "OrdersUnsettledTooLong",
            age,
            parts.topic,
            threshold=4260,
            comparison=MORE_THAN,
            missing=IGNORE,
        ),
        alarm(
            scope, "ReconcilerSilent", runs, parts.topic, comparison=LESS_THAN, missing=BREACHING
        ),
    ]
    for name, counted in (
        ("AnswerWithoutWord", "AnswersWithoutWord"),
        ("PaymentAccountRefused", "PaymentAccountRefused"),
    ):
        said = metric(counted, period=FIVE_MINUTES)
        alarms.append(alarm(scope, name, said, parts.topic))
    for name, each in (
        ("Relay", parts.relay),
        ("Consumer", parts.consumer),
        ("Reconciler", parts.reconciler),
    ):
        errors = each.metric_errors(period=FIVE_MINUTES, statistic="Sum")
        alarms.append(alarm(scope, f"{name}Errors", errors, parts.topic, breaching=2, of=3))
    for name, each in (
        ("Relay", parts.relay),
        ("Consumer", parts.consumer),
        ("Reconciler", parts.reconciler),
    ):
        throttles = each.metric_throttles(period=FIVE_MINUTES, statistic="Sum")
        alarms.append(alarm(scope, f"{name}Throttled", throttles, parts.topic, breaching=2, of=3))
    failed = parts.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
    api_alarms = [alarm(scope, "ServerErrors", failed, parts.topic)]
    for name, each in parts.intake.items():
        errors = each.metric_errors(period=FIVE_MINUTES, statistic="Sum")
        throttles = each.metric_throttles(period=FIVE_MINUTES, statistic="Sum")
        api_alarms.append(alarm(scope, f"{name}Errors", errors, parts.topic))
        api_alarms.append(alarm(scope, f"{name}Throttled", throttles, parts.topic))
    dashboard(
        scope,
        {"Alarms of the checkout": alarms, "Alarms of the API": api_alarms},
        {
            "Are buyers served?": {
                "How long payments wait, seconds": [oldest],
                "Orders, and answers that were errors": [
                    metric("OrdersPlaced", label="placed"),
                    parts.api.metric_client_error(period=MINUTE, label="4xx"),
                    parts.api.metric_server_error(period=MINUTE, label="5xx"),
                ],
            },
            "Is money moving?": {
                "Orders": [metric("OrdersPaid", label="paid"), metric("OrdersDeclined")],
                "Unclear charges": [
                    metric("ChargesUnknown"),
                    metric("AnswersWithoutWord"),
                    metric("PaymentAccountRefused"),
                ],
                "Charges that no order asked for": [metric("StrayCharges")],
            },
            "What is stuck?": {
                "Unsettled orders": [metric("OrdersUnsettled", statistic=MAXIMUM)],
                "Age of the oldest, seconds": [age],
                "Need a person": [review, visible["DeadLetters"]],
            },
            "What was prevented?": {
                "Repeated work": [metric("DuplicateMessages"), metric("OrdersResent")],
                "Second orders": [
                    metric("OrdersReplayed"),
                    metric("KeysReused"),
                    metric("CartsTaken"),
                ],
            },
            "Where is time spent?": {
                "Payment service": [metric("ChargeMilliseconds", statistic=P99)],
                "Functions": [
                    each.metric_duration(period=MINUTE, statistic=P99)
                    for each in (parts.relay, parts.consumer, parts.reconciler)
                ],
                "API": [parts.api.metric_latency(period=MINUTE, statistic=P99)],
            },
        },
    )

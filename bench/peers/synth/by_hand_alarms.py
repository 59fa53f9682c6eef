"""Which alarms, and what the dashboard shows, written out with L2s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bench.peers.synth.by_hand_watch import MINUTE, Questions, alarm, dashboard, metric

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
    workers: Mapping[str, lambda_.Function]
    """Relay, consumer and reconciler."""
    api: apigwv2.HttpApi
    intake: Mapping[str, lambda_.Function]
    topic: sns.Topic


def watch(scope: Construct, parts: Watched) -> None:
    """Make the alarms and the dashboard."""
    alarms = {
        "Alarms of the checkout": [*_order_alarms(scope, parts), *_worker_alarms(scope, parts)],
        "Alarms of the API": _api_alarms(scope, parts),
    }
    dashboard(scope, alarms, _questions(parts))


def _visible(queue: sqs.Queue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic=MAXIMUM)


def _oldest(payments: sqs.Queue) -> cloudwatch.Metric:
    return payments.metric_approximate_age_of_oldest_message(period=MINUTE, statistic=MAXIMUM)


def _gauge(name: str) -> cloudwatch.Metric:
    return metric(name, statistic=MAXIMUM, period=FIVE_MINUTES)


def _order_alarms(scope: Construct, parts: Watched) -> list[cloudwatch.Alarm]:
    lag = parts.workers["Relay"].metric("IteratorAge", period=MINUTE, statistic=MAXIMUM)
    runs = metric(
        "OldestUnsettledSeconds", statistic="SampleCount", period=cdk.Duration.minutes(15)
    )
    more: dict[str, Any] = {"comparison": MORE_THAN}
    alarms: dict[str, tuple[cloudwatch.Metric, dict[str, Any]]] = {
        "DeadLettersNotEmpty": (_visible(parts.dead_letters), {"missing": IGNORE}),
        "RelayFailuresNotEmpty": (_visible(parts.failures), {"missing": IGNORE}),
        "OldestPaymentTooOld": (_oldest(parts.payments), {"threshold": 360, **more}),
        "StreamLag": (lag, {"threshold": 60_000, "breaching": 5, "of": 5, **more}),
        "OrdersNeedReview": (_gauge("OrdersNeedingReview"), {"missing": IGNORE}),
        "OrdersUnsettledTooLong": (
            _gauge("OldestUnsettledSeconds"),
            {"threshold": 4260, "missing": IGNORE, **more},
        ),
        "ReconcilerSilent": (runs, {"comparison": LESS_THAN, "missing": BREACHING}),
        "AnswerWithoutWord": (metric("AnswersWithoutWord", period=FIVE_MINUTES), {}),
        "AwsClientFellBack": (metric("AwsClientFellBack", period=FIVE_MINUTES), {}),
        "PaymentAccountRefused": (metric("PaymentAccountRefused", period=FIVE_MINUTES), {}),
    }
    return [
        alarm(scope, name, each, parts.topic, **options) for name, (each, options) in alarms.items()
    ]


def _worker_alarms(scope: Construct, parts: Watched) -> list[cloudwatch.Alarm]:
    return [
        alarm(scope, f"{name}{what}", each, parts.topic, breaching=2, of=3)
        for name, worker in parts.workers.items()
        for what, each in _failures(worker).items()
    ]


def _api_alarms(scope: Construct, parts: Watched) -> list[cloudwatch.Alarm]:
    failed = parts.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
    return [
        alarm(scope, "ServerErrors", failed, parts.topic),
        *(
            alarm(scope, f"{name}{what}", each, parts.topic)
            for name, function in parts.intake.items()
            for what, each in _failures(function).items()
        ),
    ]


def _failures(function: lambda_.Function) -> dict[str, cloudwatch.Metric]:
    return {
        "Errors": function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        "Throttled": function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
    }


def _questions(parts: Watched) -> Questions:
    """What the dashboard draws, by the question that it answers."""
    api = parts.api
    return {
        "Are buyers served?": {
            "How long payments wait, seconds": [_oldest(parts.payments)],
            "Orders, and answers that were errors": [
                metric("OrdersPlaced", label="placed"),
                api.metric_client_error(period=MINUTE, label="4xx"),
                api.metric_server_error(period=MINUTE, label="5xx"),
            ],
        },
        "Is money moving?": {
            "Orders": [metric("OrdersPaid", label="paid"), metric("OrdersDeclined")],
            "Unclear charges": _metrics(
                "ChargesUnknown", "AnswersWithoutWord", "PaymentAccountRefused"
            ),
            "Charges that no order asked for": _metrics("StrayCharges"),
        },
        "What is stuck?": {
            "Unsettled orders": [metric("OrdersUnsettled", statistic=MAXIMUM)],
            "Age of the oldest, seconds": [_gauge("OldestUnsettledSeconds")],
            "Need a person": [_gauge("OrdersNeedingReview"), _visible(parts.dead_letters)],
        },
        "What was prevented?": {
            "Repeated work": _metrics("DuplicateMessages", "OrdersResent"),
            "Second orders": _metrics("OrdersReplayed", "KeysReused", "CartsTaken"),
        },
        "Where is time spent?": {
            "Payment service": [metric("ChargeMilliseconds", statistic=P99)],
            "Functions": [
                worker.metric_duration(period=MINUTE, statistic=P99)
                for worker in parts.workers.values()
            ],
            "API": [api.metric_latency(period=MINUTE, statistic=P99)],
        },
    }


def _metrics(*names: str) -> list[cloudwatch.Metric]:
    return [metric(name) for name in names]

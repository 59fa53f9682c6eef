"""The metrics of a checkout: counted from what its functions log, and AWS's own about its parts.

A metric filter counts log records, so the functions make no call to publish a metric, and an order
takes no longer for being counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

#: Of a count: one point a minute is what an operator looks at.
PERIOD = cdk.Duration.minutes(1)


@dataclass(frozen=True, kw_only=True)
class LogMetric:
    """A metric that is made of log records."""

    #: Name in CloudWatch.
    name: str
    #: The field ``event`` of the records.
    event: str
    #: The field whose value is the metric's; ``None`` counts the records.
    field: str | None = None

    @property
    def pattern(self) -> logs.IFilterPattern:
        """What the records look like."""
        return logs.FilterPattern.string_value("$.event", "=", self.event)


PLACED = LogMetric(name="OrdersPlaced", event="order_accepted")
REPLAYED = LogMetric(name="OrdersReplayed", event="order_replayed")
KEYS_REUSED = LogMetric(name="KeysReused", event="order_mismatched")
CARTS_TAKEN = LogMetric(name="CartsTaken", event="cart_taken")
PAID = LogMetric(name="OrdersPaid", event="charge_captured")
DECLINED = LogMetric(name="OrdersDeclined", event="charge_declined")
UNKNOWN = LogMetric(name="ChargesUnknown", event="charge_unknown")
STRAY = LogMetric(name="StrayCharges", event="charge_stray")
#: Named for the worse of two: less is counted, too.
CAPTURED_ANOTHER_AMOUNT = LogMetric(name="CapturedMoreThanAsked", event="captured_another_amount")
NOT_VOIDED = LogMetric(name="HoldsNotVoided", event="hold_not_voided")
REVIEWED = LogMetric(name="OrdersSentToReview", event="order_needs_review")
WORDLESS = LogMetric(name="AnswersWithoutWord", event="answer_without_word")
ACCOUNT_REFUSED = LogMetric(name="PaymentAccountRefused", event="payment_account_refused")
DUPLICATE_MESSAGES = LogMetric(name="DuplicateMessages", event="message_duplicate")
CHARGE_LATENCY = LogMetric(name="ChargeMilliseconds", event="charge_answered", field="charge_ms")
RESENT = LogMetric(name="OrdersResent", event="order_resent")
CHARGE_MISMATCHES = LogMetric(name="ChargeMismatches", event="charge_mismatch")
WEBHOOKS_FOLLOWED = LogMetric(name="WebhooksFollowed", event="webhook_followed")
WEBHOOKS_REFUSED = LogMetric(name="WebhooksRefused", event="webhook_refused")
DISPUTES = LogMetric(name="PaymentsDisputed", event="payment_disputed")
FELL_BACK = LogMetric(name="AwsClientFellBack", event="aws_client_fell_back")
ANNOUNCEMENTS_FAILED = LogMetric(name="AnnouncementsFailed", event="announcement_failed")

#: What became of orders: the consumer stores it, or the reconciler, and it is logged by the one.
OUTCOMES = (
    *(PAID, DECLINED, UNKNOWN, STRAY, CAPTURED_ANOTHER_AMOUNT, NOT_VOIDED),
    *(REVIEWED, WORDLESS, ACCOUNT_REFUSED),
)
OF_THE_CONSUMER = (*OUTCOMES, DUPLICATE_MESSAGES, CHARGE_LATENCY)
OF_THE_INTAKE = (PLACED, REPLAYED, KEYS_REUSED, CARTS_TAKEN)
OF_THE_RECONCILER = (RESENT, *OUTCOMES)
OF_THE_WEBHOOK = (WEBHOOKS_FOLLOWED, WEBHOOKS_REFUSED, DISPUTES, *OUTCOMES)
OF_THE_CHARGE_AUDIT = (CHARGE_MISMATCHES,)
#: The relay announces an outcome, and the reconciler what is overdue.
OF_WHO_ANNOUNCES = (ANNOUNCEMENTS_FAILED,)
OF_EVERY_FUNCTION = (FELL_BACK,)


def count(
    scope: Construct, metric: LogMetric, *, log_group: logs.ILogGroup, namespace: str
) -> logs.MetricFilter:
    """Make a metric of a function's log records."""
    return logs.MetricFilter(
        scope,
        metric.name,
        log_group=log_group,
        filter_pattern=metric.pattern,
        metric_namespace=namespace,
        metric_name=metric.name,
        metric_value="1" if metric.field is None else f"$.{metric.field}",
    )


def metric_of(
    metric: LogMetric,
    namespace: str,
    *,
    period: cdk.Duration = PERIOD,
    label: str | None = None,
) -> cloudwatch.Metric:
    """Return a metric to alarm on, or to draw: the sum of counts, the 99th percentile of durations.

    :param period: Default one minute.
    :param label: Default: CloudWatch's.
    """
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=metric.name,
        statistic=(
            cloudwatch.Stats.SUM if metric.field is None else cloudwatch.Stats.percentile(99)
        ),
        period=period,
        label=label,
    )


class LogMetrics:
    """The metrics of one checkout that are made of log records, each made when it is asked for.

    CloudWatch is paid by the metric and month. One that no alarm, no dashboard and no code of the
    shop's own asks for is not made.
    """

    def __init__(self, namespace: str) -> None:
        """Begin without any; ``namespace`` is CloudWatch's."""
        self._namespace = namespace
        self._asked_for: set[LogMetric] = set()
        self._sources: dict[LogMetric, list[tuple[Construct, logs.ILogGroup]]] = defaultdict(list)

    def add_source(
        self, scope: Construct, metrics: Iterable[LogMetric], log_group: logs.ILogGroup
    ) -> None:
        """Count ``metrics`` in a log group too; their filters are made below ``scope``."""
        for metric in metrics:
            self._sources[metric].append((scope, log_group))
            if metric in self._asked_for:
                count(scope, metric, log_group=log_group, namespace=self._namespace)

    def metric(
        self, metric: LogMetric, *, period: cdk.Duration = PERIOD, label: str | None = None
    ) -> cloudwatch.Metric:
        """Return a metric as :func:`metric_of` does, and make its filters the first time."""
        if metric not in self._asked_for:
            self._asked_for.add(metric)
            for scope, log_group in self._sources[metric]:
                count(scope, metric, log_group=log_group, namespace=self._namespace)
        return metric_of(metric, self._namespace, period=period, label=label)

"""The metrics of a checkout as methods, for alarms and dashboards of your own."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.monitoring import log_metrics
from checkout_stack.monitoring.charge_audit import ChargeAudit
from checkout_stack.monitoring.log_metrics import PERIOD, LogMetric, LogMetrics
from checkout_stack.pipeline.order_relay import OrderRelay
from checkout_stack.pipeline.payment_consumer import PaymentConsumer
from checkout_stack.pipeline.reconciler import Reconciler


class CheckoutMetrics(Construct):
    """What is counted about a checkout.

    Counts are sums over a minute, levels and ages maxima over the reconciler's interval, durations
    99th percentiles. ``with_(...)`` of a metric changes any of it. A metric of log records is made
    when its method is called for the first time, and counts from that deployment on.
    """

    #: CloudWatch namespace of the checkout's own metrics.
    metric_namespace: str
    #: Those that are made of log records.
    log_metrics: LogMetrics
    #: Payments that could not be made.
    dead_letter_queue: sqs.Queue
    _levels: Reconciler
    _level_period: cdk.Duration

    def _count_records_of(
        self,
        relay: OrderRelay,
        consumer: PaymentConsumer,
        reconciler: Reconciler,
        audit: ChargeAudit | None,
        *,
        every: cdk.Duration,
    ) -> None:
        """Say which records of the functions can be counted.

        An outcome is counted in one metric, no matter which function stored it. The log group
        of the record says which.

        :param every: Interval of the reconciler, which is the period of the levels.
        """
        self._levels, self._level_period = reconciler, every
        self.log_metrics = LogMetrics(self.metric_namespace)
        scope = Construct(self, "Metrics")
        everywhere = log_metrics.OF_EVERY_FUNCTION
        for below, metrics, log_group in (
            (scope, (*log_metrics.OF_THE_CONSUMER, *everywhere), consumer.log_group),
            (scope, (log_metrics.RESENT,), reconciler.log_group),
            (
                Construct(scope, "OfReconciler"),
                (*log_metrics.OUTCOMES, *log_metrics.OF_WHO_ANNOUNCES, *everywhere),
                reconciler.log_group,
            ),
            (
                Construct(scope, "OfRelay"),
                (*log_metrics.OF_WHO_ANNOUNCES, *everywhere),
                relay.log_group,
            ),
        ):
            self.log_metrics.add_source(below, metrics, log_group)
        if audit is not None:
            self.log_metrics.add_source(audit, everywhere, audit.log_group)

    def metric_orders_paid(self) -> cloudwatch.Metric:
        """Orders that were paid, a minute, whether the consumer or the reconciler found out."""
        return self._count(log_metrics.PAID, "paid")

    def metric_orders_declined(self) -> cloudwatch.Metric:
        """Payment attempts that the payment service declined, a minute."""
        return self._count(log_metrics.DECLINED, "declined")

    def metric_unclear_charges(self) -> cloudwatch.Metric:
        """Requests to the payment service whose outcome is unknown, a minute."""
        return self._count(log_metrics.UNKNOWN, "unclear")

    def metric_stray_charges(self) -> cloudwatch.Metric:
        """Captures that no order asked for, a minute."""
        return self._count(log_metrics.STRAY, "stray charges")

    def metric_orders_sent_to_review(self) -> cloudwatch.Metric:
        """Orders that went to ``NEEDS_REVIEW``, a minute; :meth:`metric_orders_in_review` is the
        level."""
        return self._count(log_metrics.REVIEWED, "sent to review")

    def metric_answers_without_word(self) -> cloudwatch.Metric:
        """Answers of the payment service, or of something before it, whose status says nothing
        about money, a minute."""
        return self._count(log_metrics.WORDLESS, "without a word")

    def metric_payment_account_refused(self) -> cloudwatch.Metric:
        """Requests that Stripe refused because of the key, the account or its set-up, a minute; 0
        with any other payment service."""
        return self._count(log_metrics.ACCOUNT_REFUSED, "account refused")

    def metric_duplicate_messages(self) -> cloudwatch.Metric:
        """Deliveries of messages that were done already, a minute: charges that were prevented."""
        return self._count(log_metrics.DUPLICATE_MESSAGES, "duplicate messages")

    def metric_orders_resent(self) -> cloudwatch.Metric:
        """Orders that the reconciler or an operator sent again, a minute."""
        return self._count(log_metrics.RESENT, "sent again")

    def metric_charge_latency(self) -> cloudwatch.Metric:
        """How long the payment service takes for a charge, in milliseconds."""
        return self._count(log_metrics.CHARGE_LATENCY, "charge, p99")

    def metric_orders_unsettled(self) -> cloudwatch.Metric:
        """Orders without a final answer."""
        return self._level(self._levels.orders_unsettled.metric(), "unsettled")

    def metric_oldest_unsettled_age(self) -> cloudwatch.Metric:
        """Age in seconds of the oldest order without a final answer."""
        return self._level(self._levels.oldest_unsettled_seconds.metric(), "oldest, seconds")

    def metric_orders_in_review(self) -> cloudwatch.Metric:
        """Orders that need an operator."""
        return self._level(self._levels.orders_needing_review.metric(), "need a person")

    def metric_announcements_failed(self) -> cloudwatch.Metric:
        """Times that the bus did not take events, a minute; all are tried again. Not reported
        without ``order_events``, as the next two."""
        return self._count(log_metrics.ANNOUNCEMENTS_FAILED, "not taken by the bus")

    def metric_announcements_overdue(self) -> cloudwatch.Metric:
        """Orders with an outcome that was not announced in time."""
        return self._level(self._levels.announcements_overdue.metric(), "overdue")

    def metric_oldest_announcement_age(self) -> cloudwatch.Metric:
        """Age in seconds of the oldest outcome that was not announced in time."""
        return self._level(self._levels.oldest_announcement_seconds.metric(), "oldest, seconds")

    def metric_charge_mismatches(self) -> cloudwatch.Metric:
        """Charges and orders that do not fit, found by the daily audit; nothing is reported where
        the payment service cannot list."""
        return log_metrics.metric_of(
            log_metrics.CHARGE_MISMATCHES, self.metric_namespace, label="mismatches"
        )

    def metric_aws_client_fell_back(self) -> cloudwatch.Metric:
        """Execution environments that gave up the lean AWS client for botocore, a minute."""
        return self._count(log_metrics.FELL_BACK, "fell back to botocore")

    def metric_dead_letters(self) -> cloudwatch.Metric:
        """Messages in the dead-letter queue."""
        return self.dead_letter_queue.metric_approximate_number_of_messages_visible(
            period=PERIOD, statistic=cloudwatch.Stats.MAXIMUM, label="dead letters"
        )

    def _count(self, metric: LogMetric, label: str) -> cloudwatch.Metric:
        return self.log_metrics.metric(metric, label=label)

    def _level(self, metric: cloudwatch.Metric, label: str) -> cloudwatch.Metric:
        return metric.with_(
            period=self._level_period, statistic=cloudwatch.Stats.MAXIMUM, label=label
        )

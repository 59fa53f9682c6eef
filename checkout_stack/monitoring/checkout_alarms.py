"""The alarms of a checkout without its API: what keeps an order from being settled."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm import (
    WHEN_IT_COMES_BACK,
    EvaluationWindow,
    errors_alarm,
    make_alarm,
    record_alarm,
    throttles_alarm,
)
from checkout_stack.monitoring.announcement_alarms import announcement_alarms
from checkout_stack.monitoring.hold_alarms import hold_alarms
from checkout_stack.monitoring.log_metrics import (
    ACCOUNT_REFUSED,
    FELL_BACK,
    WORDLESS,
    LogMetric,
    LogMetrics,
)
from checkout_stack.monitoring.order_alarms import order_alarms, reconciler_errors_alarm
from checkout_stack.monitoring.refund_alarms import refund_alarms
from checkout_stack.pipeline.order_relay import OrderRelay
from checkout_stack.pipeline.payment_consumer import PaymentConsumer
from checkout_stack.pipeline.payment_queue import PaymentQueue
from checkout_stack.pipeline.reconciler import Reconciler

#: SQS and Lambda report once a minute.
SHORT_PERIOD = cdk.Duration.minutes(1)
#: A record is relayed within a second or two. A minute is a relay that is stuck or retrying; five
#: such minutes in a row are longer than a retried blip.
LONGEST_STREAM_LAG = cdk.Duration.minutes(1)
LAG_WINDOW = EvaluationWindow(breaching=5, of=5)

_MORE_THAN = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD


class CheckoutAlarms(Construct):
    """Every way in which an accepted order can fail to be settled, and what causes it."""

    #: All of them.
    alarms: tuple[cloudwatch.Alarm, ...]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        payments: PaymentQueue,
        relay: OrderRelay,
        consumer: PaymentConsumer,
        reconciler: Reconciler,
        timing: CheckoutTiming,
        log_metrics: LogMetrics,
        topic: sns.ITopic,
        with_causes: bool,
        with_events: bool,
        refunds: bool = False,
        holds: bool = False,
    ) -> None:
        """Create the alarms.

        :param payments: The queue and its dead-letter queue.
        :param relay: The relay and its on-failure queue.
        :param consumer: The payment consumer.
        :param reconciler: The reconciler and its gauge.
        :param timing: Gives the ages at which a message or an order is too old.
        :param log_metrics: The checkout's own metrics.
        :param topic: What each alarm notifies.
        :param with_causes: Whether causes have alarms too, or only money and stuck orders.
        :param with_events: Whether outcomes are announced.
        :param refunds: Whether refunds can be asked for. Default: no.
        :param holds: Whether money is held before it is captured. Default: no.
        """
        super().__init__(scope, construct_id)
        self._topic = topic
        self._timing = timing
        self._log_metrics = log_metrics
        self.alarms = (
            *self._queue_alarms(payments, relay),
            errors_alarm(
                self,
                "RelayErrors",
                function=relay.function,
                meaning="The relay keeps failing. Accepted orders may not reach the payment queue.",
                runbook="relay-errors",
                topic=topic,
                window=WHEN_IT_COMES_BACK,
            ),
            *order_alarms(self, reconciler=reconciler, timing=timing, topic=topic),
        )
        if refunds:
            self.alarms += refund_alarms(self, reconciler=reconciler, timing=timing, topic=topic)
        if holds:
            self.alarms += hold_alarms(
                self, reconciler=reconciler, timing=timing, log_metrics=log_metrics, topic=topic
            )
        if with_causes:
            self.alarms += (
                *self._function_alarms(relay, consumer, reconciler),
                *self._record_alarms(),
            )
        if with_events:
            self.alarms += announcement_alarms(
                self,
                reconciler=reconciler,
                timing=timing,
                log_metrics=log_metrics,
                topic=topic,
                with_causes=with_causes,
            )

    def _queue_alarms(
        self, payments: PaymentQueue, relay: OrderRelay
    ) -> tuple[cloudwatch.Alarm, ...]:
        return (
            self._not_empty(
                "DeadLettersNotEmpty",
                payments.dead_letter_queue,
                meaning=(
                    "Payments were tried as often as allowed and are not settled. Their buyers "
                    "have neither a confirmation nor a refusal, and nothing retries the messages."
                ),
                runbook="dead-letters-not-empty",
            ),
            self._not_empty(
                "RelayFailuresNotEmpty",
                relay.failure_queue,
                meaning=(
                    "Accepted orders could not be passed to the payment queue. Their buyers wait "
                    "until the reconciler finds the orders."
                ),
                runbook="relay-failures-not-empty",
            ),
            make_alarm(
                self,
                "OldestPaymentTooOld",
                metric=payments.queue.metric_approximate_age_of_oldest_message(
                    period=SHORT_PERIOD, statistic=cloudwatch.Stats.MAXIMUM
                ),
                # One worker that died and the redelivery after it explain less than this.
                threshold=self._timing.reconcile_after.to_seconds(),
                comparison=_MORE_THAN,
                meaning=(
                    "The oldest payment waits longer than a crashed worker explains. The payment "
                    "service may be down or too slow; buyers wait for their confirmation."
                ),
                runbook="oldest-payment-too-old",
                # No data is an inactive queue, and an inactive queue holds no message.
                missing=cloudwatch.TreatMissingData.NOT_BREACHING,
                topic=self._topic,
            ),
        )

    def _not_empty(
        self,
        construct_id: str,
        queue: sqs.IQueue,
        *,
        meaning: str,
        runbook: str,
    ) -> cloudwatch.Alarm:
        return make_alarm(
            self,
            construct_id,
            metric=queue.metric_approximate_number_of_messages_visible(
                period=SHORT_PERIOD, statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=1,
            meaning=meaning,
            runbook=runbook,
            # SQS stops reporting on a queue that was idle for hours. A message that was in
            # it is still in it, so the alarm stays as it was.
            missing=cloudwatch.TreatMissingData.IGNORE,
            topic=self._topic,
        )

    def _function_alarms(
        self, relay: OrderRelay, consumer: PaymentConsumer, reconciler: Reconciler
    ) -> tuple[cloudwatch.Alarm, ...]:
        lag = relay.function.metric(
            "IteratorAge", period=SHORT_PERIOD, statistic=cloudwatch.Stats.MAXIMUM
        )
        throttled = (
            ("RelayThrottled", relay.function, "Accepted orders reach the payment queue late."),
            ("ConsumerThrottled", consumer.function, "Payments are charged late."),
            ("ReconcilerThrottled", reconciler.function, "Stuck orders are found late."),
        )
        return (
            make_alarm(
                self,
                "StreamLag",
                metric=lag,
                threshold=LONGEST_STREAM_LAG.to_milliseconds(),
                comparison=_MORE_THAN,
                meaning="Accepted orders reach the payment queue late; their buyers wait.",
                runbook="stream-lag",
                # Lambda reports nothing while no order is relayed.
                missing=cloudwatch.TreatMissingData.NOT_BREACHING,
                topic=self._topic,
                window=LAG_WINDOW,
            ),
            reconciler_errors_alarm(
                self, reconciler=reconciler, timing=self._timing, topic=self._topic
            ),
            errors_alarm(
                self,
                "ConsumerErrors",
                function=consumer.function,
                meaning="The payment consumer keeps failing. Orders may not be charged.",
                runbook="consumer-errors",
                topic=self._topic,
                window=WHEN_IT_COMES_BACK,
            ),
            *(
                throttles_alarm(
                    self,
                    name,
                    function=function,
                    meaning=f"{meaning} The account is out of Lambda concurrency.",
                    topic=self._topic,
                    window=WHEN_IT_COMES_BACK,
                )
                for name, function, meaning in throttled
            ),
        )

    def _record_alarms(self) -> tuple[cloudwatch.Alarm, ...]:
        return (
            self._first_record(
                "AnswerWithoutWord",
                WORDLESS,
                meaning=(
                    "The payment service, or something before it, answers with a status and says "
                    "nothing about the money. A broken route or a service that was not written "
                    "for this checkout: every buyer may be waiting for it."
                ),
                runbook="answer-without-word",
            ),
            self._first_record(
                "PaymentAccountRefused",
                ACCOUNT_REFUSED,
                meaning=(
                    "Stripe refuses the API key, the account or how it is set up. No buyer can "
                    "pay until an operator mends it; their orders wait."
                ),
                runbook="payment-account-refused",
            ),
            self._first_record(
                "AwsClientFellBack",
                FELL_BACK,
                meaning=(
                    "A function met something of AWS that its own client does not understand, and "
                    "calls AWS by botocore. Orders are placed and paid; starts and calls take "
                    "longer."
                ),
                runbook="aws-client-fell-back",
            ),
        )

    def _first_record(
        self, construct_id: str, record: LogMetric, *, meaning: str, runbook: str
    ) -> cloudwatch.Alarm:
        return record_alarm(
            self,
            construct_id,
            log_metrics=self._log_metrics,
            record=record,
            meaning=meaning,
            runbook=runbook,
            topic=self._topic,
        )

"""The charge audit: compares, every day, what the payment service captured with the orders."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.property_types import TEXT, TOPIC, own, type_requirements
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring import log_metrics
from checkout_stack.monitoring.alarm import EvaluationWindow, make_alarm
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.order_table import OrderTable

TYPES = {
    "orders": own(OrderTable),
    "payment_service": own(PaymentService),
    "timing": own(CheckoutTiming),
    "metric_namespace": TEXT,
    "topic": TOPIC,
    "settings": own(FunctionSettings),
}
#: Lambda's longest, https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
TIMEOUT = cdk.Duration.minutes(15)
#: It reads a whole day's orders and charges, and has to be done in time: more of a core than the
#: functions that wait for the network.
MEBIBYTES = 512
#: When it starts, UTC: where most shops are quiet.
HOUR_OF_DAY = 3
#: What an order needs to be settled besides the tolerated outage: a buyer who acts late, a
#: reconciler that looks it up, an operator.
TIME_TO_SETTLE = cdk.Duration.days(1)
#: CloudWatch looks back over a week at most where a period is an hour or longer
#: (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
PERIOD = cdk.Duration.hours(1)
#: One mismatch in the hours since the last run but one is enough.
IN_A_DAY = EvaluationWindow(breaching=1, of=24)
#: A day from run to run, and six hours in which Lambda's own repetitions have long ended.
HOURS_UNTIL_SILENT = 30

_FINISHED = "ChargeAuditsFinished"
_LESS_THAN = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class ChargeAudit(Construct):
    """Lists the charges of one day, every day, and compares them with the orders, both ways.

    It reads the order table and the payment service's list, and may write no order. At Stripe it
    also cancels the intents of that day that no order was ever charged by.
    """

    #: The auditing function.
    function: lambda_.Function
    #: Where it logs.
    log_group: logs.ILogGroup
    #: Mismatches found, and an audit that did not finish.
    alarms: tuple[cloudwatch.Alarm, ...]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        orders: OrderTable,
        payment_service: PaymentService,
        timing: CheckoutTiming,
        metric_namespace: str,
        topic: sns.ITopic,
        settings: FunctionSettings,
    ) -> None:
        """Create the audit, its schedule and its alarms.

        :param orders: The orders that it reads.
        :param payment_service: The service whose list it reads; it has to be able to list.
        :param timing: Gives the age at which every order should be settled.
        :param metric_namespace: CloudWatch namespace of its metrics.
        :param topic: What its alarms notify.
        :param settings: Size, network and logs of the function.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        audit = RuntimeFunction(
            self,
            "ChargeAudit",
            handler="audit_charges",
            description="Compares the payment service's list of charges with the orders.",
            environment={
                "ORDER_TABLE_NAME": orders.table.table_name,
                "AUDIT_PATIENCE_SECONDS": str(_seconds_to_settle(timing, payment_service)),
            },
            timeout=TIMEOUT,
            settings=settings,
            usual_memory_mebibytes=MEBIBYTES,
        )
        self.function = audit.function
        self.log_group = audit.log_group
        # Lambda asks twice more for a list that it did not get: the next run has another day to
        # look at.
        self.function.configure_async_invoke(retry_attempts=2)
        orders.grant(self.function, "dynamodb:BatchGetItem", "dynamodb:Scan")
        payment_service.bind_listing(audit)
        events.Rule(
            self,
            "Schedule",
            description="Starts the audit of a checkout's charges.",
            schedule=events.Schedule.cron(minute="0", hour=str(HOUR_OF_DAY)),
            targets=[targets.LambdaFunction(self.function)],
        )
        for metric in log_metrics.OF_THE_CHARGE_AUDIT:
            log_metrics.count(self, metric, log_group=self.log_group, namespace=metric_namespace)
        finished = self._runs_that_finished(metric_namespace)
        self.alarms = (
            self._mismatch_alarm(metric_namespace, topic),
            self._silence_alarm(finished, topic),
        )

    def _runs_that_finished(self, metric_namespace: str) -> cloudwatch.Metric:
        return logs.MetricFilter(
            self,
            _FINISHED,
            log_group=self.log_group,
            filter_pattern=logs.FilterPattern.all(
                logs.FilterPattern.string_value("$.event", "=", "charges_audited"),
                logs.FilterPattern.boolean_value("$.finished", True),
            ),
            metric_namespace=metric_namespace,
            metric_name=_FINISHED,
            metric_value="1",
        ).metric(period=PERIOD, statistic=cloudwatch.Stats.SUM)

    def _mismatch_alarm(self, metric_namespace: str, topic: sns.ITopic) -> cloudwatch.Alarm:
        return make_alarm(
            self,
            "ChargesDoNotMatch",
            metric=log_metrics.metric_of(
                log_metrics.CHARGE_MISMATCHES, metric_namespace, period=PERIOD
            ),
            threshold=1,
            meaning=(
                "Charges and orders of a day do not fit: a buyer was charged for nothing, "
                "or goods go out that nobody paid for."
            ),
            runbook="charges-do-not-match",
            # Nothing is reported while nothing is wrong. Silence has an alarm of its own.
            missing=cloudwatch.TreatMissingData.NOT_BREACHING,
            topic=topic,
            window=IN_A_DAY,
        )

    def _silence_alarm(self, finished: cloudwatch.Metric, topic: sns.ITopic) -> cloudwatch.Alarm:
        return make_alarm(
            self,
            "ChargeAuditSilent",
            metric=finished,
            threshold=1,
            comparison=_LESS_THAN,
            meaning=(
                "Nobody has compared charges and orders for more than a day. Expected until "
                "the first run at 03:00 UTC after the first deployment."
            ),
            runbook="charge-audit-silent",
            # Silence is what this alarm is about.
            missing=cloudwatch.TreatMissingData.BREACHING,
            topic=topic,
            window=EvaluationWindow(breaching=HOURS_UNTIL_SILENT, of=HOURS_UNTIL_SILENT),
        )


def _seconds_to_settle(timing: CheckoutTiming, payment_service: PaymentService) -> int:
    """Return how old an order or a charge is when its counterpart has to be there."""
    return int(
        timing.tolerated_outage.to_seconds()
        + payment_service.captured_after_listed.to_seconds()
        + TIME_TO_SETTLE.to_seconds()
    )

"""Safety net: finds unsettled orders on a schedule, settles or resends them, and counts them."""

from __future__ import annotations

from functools import cached_property

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.property_types import EVENT_BUS, TEXT, own, type_requirements
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.announcing import allow_announcing, announcing_environment
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_queue import PaymentQueue

TYPES = {
    "orders": own(OrderTable),
    "payments": own(PaymentQueue),
    "payment_service": own(PaymentService),
    "timing": own(CheckoutTiming),
    "unsettled_index_shards": TEXT,
    "quarantine_before": TEXT,
    "metric_namespace": TEXT,
    "settings": own(FunctionSettings),
    "event_bus": EVENT_BUS.or_none(),
}
#: Long enough for a few dozen look-ups after an outage; the rest waits for the next run. A run may
#: overlap the next one: each step is a conditional update, so two runs do no more than one.
TIMEOUT = cdk.Duration.minutes(5)

_GAUGE = "checkout_gauge"
_REFUND_GAUGE = "refund_gauge"


class Reconciler(Construct):
    """Looks up, settles, resends, or asks an operator, for each order unsettled for too long.

    At the end of each run it logs a gauge of what it saw. Levels of alarms come from that gauge and
    not from counting transitions, because a count that misses one transition stays wrong.
    """

    #: The reconciling function.
    function: lambda_.Function
    #: Where it logs.
    log_group: logs.ILogGroup

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        orders: OrderTable,
        payments: PaymentQueue,
        payment_service: PaymentService,
        timing: CheckoutTiming,
        unsettled_index_shards: str,
        quarantine_before: str,
        metric_namespace: str,
        settings: FunctionSettings,
        event_bus: events.IEventBus | None = None,
    ) -> None:
        """Create the reconciler, its schedule and its metrics.

        :param orders: The orders that it watches.
        :param payments: Where it sends messages again.
        :param payment_service: The service that it asks.
        :param timing: Gives the interval, the lease and the age at which an order is stuck.
        :param unsettled_index_shards: Shards of the index of unsettled orders.
        :param quarantine_before: Orders accepted before this time (ms UTC) came from a backup.
        :param metric_namespace: CloudWatch namespace of the gauge's metrics.
        :param settings: Size, network and logs of the function.
        :param event_bus: Where it announces what the relay did not. Default: outcomes are not
            announced.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        reconciler = RuntimeFunction(
            self,
            "Reconciler",
            handler="reconcile_orders",
            description="Settles, resends or hands to a person the orders unsettled for too long.",
            environment={
                "ORDER_TABLE_NAME": orders.table.table_name,
                "UNSETTLED_SHARDS": unsettled_index_shards,
                "PAYMENT_QUEUE_URL": payments.queue.queue_url,
                "QUARANTINE_BEFORE_MS": quarantine_before,
                "RECONCILE_AFTER_SECONDS": str(int(timing.reconcile_after.to_seconds())),
                **timing.environment(),
                **announcing_environment(event_bus),
            },
            timeout=TIMEOUT,
            settings=settings,
        )
        self.function = reconciler.function
        self.log_group = reconciler.log_group
        # The next run comes by itself, so Lambda does not repeat one that failed.
        self.function.configure_async_invoke(retry_attempts=0)
        orders.grant_query_unsettled(self.function)
        orders.grant(
            self.function, "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"
        )
        if payment_service.refunds:
            # Operators ask for refunds by it, and each is a new item.
            orders.grant(self.function, "dynamodb:PutItem")
        payments.grant_send(self.function)
        payment_service.bind(reconciler)
        allow_announcing(self.function, event_bus)
        events.Rule(
            self,
            "Schedule",
            description="Starts the reconciler of a checkout.",
            schedule=events.Schedule.rate(timing.reconcile_every),
            targets=[targets.LambdaFunction(self.function)],
        )
        self._metric_namespace = metric_namespace

    @cached_property
    def orders_unsettled(self) -> logs.MetricFilter:
        """Orders not settled; made when it is first read, as the others are."""
        return self._gauge("orders_unsettled")

    @cached_property
    def oldest_unsettled_seconds(self) -> logs.MetricFilter:
        """Age in seconds of the oldest order not settled. Its samples are the reconciler's runs."""
        return self._gauge("oldest_unsettled_seconds")

    @cached_property
    def orders_needing_review(self) -> logs.MetricFilter:
        """Orders in ``NEEDS_REVIEW``."""
        return self._gauge("orders_needing_review")

    @cached_property
    def holds_lapsing(self) -> logs.MetricFilter:
        """Orders whose hold ends within ``timing.capture_reminder``, and was not asked for."""
        return self._gauge("holds_lapsing")

    @cached_property
    def announcements_overdue(self) -> logs.MetricFilter:
        """Settled orders whose outcome should have been announced by now."""
        return self._gauge("announcements_overdue")

    @cached_property
    def oldest_announcement_seconds(self) -> logs.MetricFilter:
        """Age in seconds of the oldest outcome of a settled order that is not announced."""
        return self._gauge("oldest_announcement_seconds")

    @cached_property
    def refunds_needing_review(self) -> logs.MetricFilter:
        """Refunds in ``NEEDS_REVIEW``; reported only where refunds can be asked for."""
        return self._gauge("refunds_needing_review", event=_REFUND_GAUGE)

    @cached_property
    def oldest_refund_seconds(self) -> logs.MetricFilter:
        """Age in seconds of the oldest refund that is on its way."""
        return self._gauge("oldest_refund_seconds", event=_REFUND_GAUGE)

    def _gauge(self, field: str, *, event: str = _GAUGE) -> logs.MetricFilter:
        # No default value: records other than the gauge must count as nothing, not as zero, or a
        # reconciler that logs but never gets to its gauge would look alive.
        name = "".join(word.capitalize() for word in field.split("_"))
        return logs.MetricFilter(
            self,
            name,
            log_group=self.log_group,
            filter_pattern=logs.FilterPattern.string_value("$.event", "=", event),
            metric_namespace=self._metric_namespace,
            metric_name=name,
            metric_value=f"$.{field}",
        )

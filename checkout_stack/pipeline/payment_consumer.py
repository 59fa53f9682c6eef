"""From the payment queue to the payment service: claims, charges, settles."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from constructs import Construct

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.property_types import (
    EVENT_BUS,
    NUMBER,
    TEXT,
    own,
    type_requirements,
)
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.announcing import announcing_environment
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_queue import PaymentQueue

TYPES = {
    "orders": own(OrderTable),
    "payments": own(PaymentQueue),
    "payment_service": own(PaymentService),
    "timing": own(CheckoutTiming),
    "concurrent_charges": NUMBER,
    "unsettled_index_shards": TEXT,
    "quarantine_before": TEXT,
    "settings": own(FunctionSettings),
    "event_bus": EVENT_BUS.or_none(),
}
#: Messages an invocation, charged in parallel. 10 is the most that a FIFO mapping allows
#: (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
BATCH_SIZE = 10
#: A mapping's MaximumConcurrency is from 2 to 1000 (same page), times ten charges each.
FEWEST_CONCURRENT_CHARGES = 2 * BATCH_SIZE
MOST_CONCURRENT_CHARGES = 1000 * BATCH_SIZE


class PaymentConsumer(Construct):
    """Charges the orders whose messages it receives.

    A message is deleted only when the function does not report it as failed
    (``ReportBatchItemFailures``), and the function does so unless the outcome is stored. There is
    no batching window: FIFO mappings know none, and a buyer waits.
    """

    #: The charging function.
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
        concurrent_charges: int,
        unsettled_index_shards: str,
        quarantine_before: str,
        settings: FunctionSettings,
        event_bus: events.IEventBus | None = None,
    ) -> None:
        """Create the consumer.

        :param orders: The orders that it claims and settles.
        :param payments: The queue that it consumes.
        :param payment_service: The service that it calls.
        :param timing: Gives the function timeout, the lease and the waits between tries.
        :param concurrent_charges: Most charges at a time; a multiple of 10 from 20 to 10,000.
        :param unsettled_index_shards: Shards of the index of unsettled orders.
        :param quarantine_before: Orders accepted before this time (ms UTC) came from a backup.
        :param settings: Size, network and logs of the function.
        :param event_bus: Where the outcomes that it stores are announced, by others. Default: they
            are not announced.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        consumer = RuntimeFunction(
            self,
            "Consumer",
            handler="process_payments",
            description="Claims orders, charges them, and stores the outcome.",
            environment={
                "ORDER_TABLE_NAME": orders.table.table_name,
                "UNSETTLED_SHARDS": unsettled_index_shards,
                "PAYMENT_QUEUE_URL": payments.queue.queue_url,
                "QUARANTINE_BEFORE_MS": quarantine_before,
                **timing.environment(),
                **announcing_environment(event_bus),
            },
            timeout=timing.consumer_timeout,
            settings=settings,
        )
        self.function = consumer.function
        self.log_group = consumer.log_group
        self.function.add_event_source(
            event_sources.SqsEventSource(
                payments.queue,
                batch_size=BATCH_SIZE,
                report_batch_item_failures=True,
                max_concurrency=concurrent_charges // BATCH_SIZE,
            )
        )
        # A refund's stray charge leaves the order as the table has it at that moment.
        read_too = ("dynamodb:GetItem",) if payment_service.refunds else ()
        orders.grant(self.function, *read_too, "dynamodb:UpdateItem")
        payment_service.bind(consumer)

"""From the table's stream to the payment queue: the outbox of a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.property_types import EVENT_BUS, FLAG, own, type_requirements
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.pipeline.announcing import allow_announcing, announcing_environment
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_queue import PaymentQueue

TYPES = {
    "orders": own(OrderTable),
    "payments": own(PaymentQueue),
    "settings": own(FunctionSettings),
    "event_bus": EVENT_BUS.or_none(),
    "operations": FLAG,
    "holds": FLAG,
}
#: A full batch is ten calls of SendMessageBatch, a second or two of work.
TIMEOUT = cdk.Duration.seconds(30)
#: Records an invocation; ten batches of SQS's ten messages.
BATCH_SIZE = 100
#: Batches of one shard in work at a time, in order for each order id. 10 is Lambda's most, and a
#: batch that is being retried then holds up a tenth of its shard.
PARALLELIZATION_FACTOR = 10
#: A record older than this goes to the on-failure queue. The stream forgets after 24 h
#: (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html), so 6 h leaves a
#: working day to look at it while the stream still has it.
LONGEST_RECORD_AGE = cdk.Duration.hours(6)
STREAM_RETENTION = cdk.Duration.hours(24)
#: Tries of a failing batch after the first. Lambda backs off between them, so ten outlive a blip of
#: SQS. More would hold up the other orders behind a poison record for longer, and gain nothing:
#: an order whose record was abandoned is still PENDING in the table, and the reconciler sends it.
RETRY_ATTEMPTS = 10
#: Of one event source mapping
#: (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html). An increase can be
#: asked for, and a checkout must not need one.
MOST_FILTERS = 5
#: SQS's longest. The queue holds where the record was in the stream, not the record.
FAILURE_RETENTION = cdk.Duration.days(14)


class OrderRelay(Construct):
    """Sends a payment message for each order that became ``PENDING`` or was taken up again.

    The stream is the outbox: an order that is in the table is on its way to the queue, without a
    second write that could be lost. Only records of new orders, of orders that became ``PENDING``
    again, and of orders that a buyer resumed or an operator released invoke the function. Where
    outcomes are announced, so do records of orders that owe an announcement.
    """

    #: The relaying function.
    function: lambda_.Function
    #: Where it logs.
    log_group: logs.ILogGroup
    #: Where Lambda reports records that it abandoned. A standard queue; mappings need one.
    failure_queue: sqs.Queue

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        orders: OrderTable,
        payments: PaymentQueue,
        settings: FunctionSettings,
        event_bus: events.IEventBus | None = None,
        operations: bool = False,
        holds: bool = False,
    ) -> None:
        """Create the relay.

        :param orders: Whose stream is read.
        :param payments: Where messages are sent.
        :param settings: Size, network and logs of the function.
        :param event_bus: Where outcomes are announced, after payments are sent. Default: outcomes
            are not announced.
        :param operations: Whether refunds can be asked for: they are items of the table, too.
            Default: no.
        :param holds: Whether money is held before it is captured: who asks for it, or lets it go,
            takes an order up again, too. Default: no.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        self.failure_queue = sqs.Queue(
            self,
            "Failures",
            retention_period=FAILURE_RETENTION,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        relay = RuntimeFunction(
            self,
            "Relay",
            handler="relay_orders",
            description="Sends a payment message for each order that became PENDING.",
            environment={
                "PAYMENT_QUEUE_URL": payments.queue.queue_url,
                **_announcing(orders, event_bus),
            },
            timeout=TIMEOUT,
            settings=settings,
        )
        self.function, self.log_group = relay.function, relay.log_group
        self.function.add_event_source(
            event_sources.DynamoEventSource(
                orders.table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=BATCH_SIZE,
                parallelization_factor=PARALLELIZATION_FACTOR,
                filters=_filters(event_bus, operations=operations, holds=holds),
                report_batch_item_failures=True,
                bisect_batch_on_error=True,
                max_record_age=LONGEST_RECORD_AGE,
                retry_attempts=RETRY_ATTEMPTS,
                on_failure=_SendOnly(self.failure_queue),
            )
        )
        orders.grant_read_key(self.function)
        if event_bus is not None:
            # What the bus has taken is taken off the order.
            orders.grant(self.function, "dynamodb:UpdateItem")
        allow_announcing(self.function, event_bus)
        payments.grant_send(self.function)
        self.failure_queue.grant(self.function, "sqs:SendMessage")
        acknowledge(
            self.failure_queue,
            {
                "AwsSolutions::AwsSolutions-SQS3": (
                    "The queue is itself where failures end. Nothing consumes it; an alarm tells "
                    "a person that it is not empty."
                )
            },
        )


def _announcing(orders: OrderTable, event_bus: events.IEventBus | None) -> dict[str, str]:
    if event_bus is None:
        return {}
    return {"ORDER_TABLE_NAME": orders.table.table_name, **announcing_environment(event_bus)}


def _filters(
    event_bus: events.IEventBus | None, *, operations: bool, holds: bool
) -> list[Mapping[str, Any]]:
    """Return which records invoke the relay: what is to be paid or carried out, and who owes."""
    filters = _wants_a_message(operations=operations, holds=holds)
    if event_bus is not None:
        # The members of a set are values at one path, of which one is enough.
        owes = {"owed": {"SS": lambda_.FilterRule.exists()}}
        filters.append(
            lambda_.FilterCriteria.filter(
                {
                    "eventName": lambda_.FilterRule.is_equal("MODIFY"),
                    "dynamodb": {"NewImage": owes},
                }
            )
        )
    assert len(filters) <= MOST_FILTERS, "Lambda refuses a mapping with more filters"
    return filters


def _wants_a_message(*, operations: bool, holds: bool) -> list[Mapping[str, Any]]:
    pending = lambda_.FilterRule.is_equal("PENDING")
    not_pending = lambda_.FilterRule.not_equals("PENDING")
    # A buyer resumed it after acting, or an operator released it from review, or somebody asked
    # for its held money, or to let it go.
    waiting = ["ACTION_REQUIRED", "NEEDS_REVIEW", *["AUTHORIZED"] * holds]
    taken_up_from = lambda_.FilterRule.or_(*waiting)
    # An operation has a first state of its own: where none can be asked for, the filter is as ever.
    requested = lambda_.FilterRule.is_equal("REQUESTED")
    return [
        *(_inserted_as(status) for status in (pending, *[requested] * operations)),
        lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("MODIFY"),
                "dynamodb": {
                    "NewImage": {"status": {"S": pending}},
                    "OldImage": {"status": {"S": not_pending}},
                },
            }
        ),
        lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("MODIFY"),
                "dynamodb": {
                    "NewImage": {"status": {"S": lambda_.FilterRule.is_equal("UNKNOWN")}},
                    "OldImage": {"status": {"S": taken_up_from}},
                },
            }
        ),
    ]


def _inserted_as(status: list[str]) -> Mapping[str, Any]:
    return lambda_.FilterCriteria.filter(
        {
            "eventName": lambda_.FilterRule.is_equal("INSERT"),
            "dynamodb": {"NewImage": {"status": {"S": status}}},
        }
    )


@jsii.implements(lambda_.IEventSourceDlq)
class _SendOnly:
    """An on-failure destination without the further permissions that CDK's SqsDlq grants."""

    def __init__(self, queue: sqs.IQueue) -> None:
        self._queue = queue

    def bind(
        self,
        target: lambda_.IEventSourceMapping,  # noqa: ARG002 - the interface is CDK's
        target_handler: lambda_.IFunction,  # noqa: ARG002
    ) -> lambda_.DlqDestinationConfig:
        return lambda_.DlqDestinationConfig(destination=self._queue.queue_arn)

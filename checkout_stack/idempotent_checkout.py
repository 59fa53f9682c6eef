"""The whole checkout behind its API, put together in the order in which an order passes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.events.event_rules import OrderEventRules
from checkout_stack.events.order_events import OrderEvents
from checkout_stack.foundation.deployed_path import metric_namespace
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.observability import Observability
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm_topic import AlarmTopic
from checkout_stack.monitoring.charge_audit import ChargeAudit
from checkout_stack.monitoring.checkout_alarms import CheckoutAlarms
from checkout_stack.monitoring.checkout_metrics import CheckoutMetrics
from checkout_stack.monitoring.dashboard import CheckoutDashboard
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.app_checkouts import remember
from checkout_stack.pipeline.checkout_access import CheckoutAccess
from checkout_stack.pipeline.checkout_requirements import enforce_requirements
from checkout_stack.pipeline.order_relay import OrderRelay
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_consumer import PaymentConsumer
from checkout_stack.pipeline.payment_queue import PaymentQueue
from checkout_stack.pipeline.reconciler import Reconciler
from checkout_stack.pipeline.stream_readers import StreamReaders


class IdempotentCheckout(CheckoutAccess, OrderEventRules, CheckoutMetrics):
    """One order and one charge for one purchase intent, whatever is resubmitted or crashes.

    An order is written to a table under an id made from its idempotency key; the table's stream
    carries its number to a FIFO queue; a consumer charges it and deletes the message once the
    outcome is stored; a reconciler settles what was left unsettled.

    Orders are placed by :class:`~checkout_stack.CheckoutApi`, or by an application of your own
    that runs ``checkout_runtime`` and has :meth:`grant_place_orders`.
    """

    #: Payments to make.
    payment_queue: sqs.Queue
    #: Payments that could not be made.
    dead_letter_queue: sqs.Queue
    #: Stream records that could not be relayed.
    relay_failure_queue: sqs.Queue
    #: Sends a message for each order that became ``PENDING``.
    relay: lambda_.Function
    #: Charges.
    payment_consumer: lambda_.Function
    #: Finds unsettled orders.
    reconciler: lambda_.Function
    #: Compares the charges with the orders; ``None`` where the payment service cannot list.
    charge_audit: ChargeAudit | None
    #: What the alarms notify: the topic given, or one made here.
    alarm_topic: sns.ITopic
    #: Which alarms there are, and whether there is a dashboard.
    observability: Observability
    #: The dashboard; ``None`` if none was wanted.
    dashboard: CheckoutDashboard | None
    #: All alarms on the way from the table to the outcome.
    alarms: tuple[cloudwatch.Alarm, ...]
    #: Settings of the functions, for other functions of the same checkout.
    functions: FunctionSettings

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        payment_service: PaymentService,
        namespace: str | None = None,
        timing: CheckoutTiming | None = None,
        concurrent_charges: int = 100,
        max_payment_attempts: int = 5,
        unsettled_index_shards: int = 16,
        quarantine_before: datetime | None = None,
        expires_after: cdk.Duration | None = None,
        order_table: dynamodb.ITable | None = None,
        billing: dynamodb.Billing | None = None,
        encryption_key: kms.IKey | None = None,
        order_events: OrderEvents | None = None,
        alarm_topic: sns.ITopic | None = None,
        functions: FunctionSettings | None = None,
        payment_consumer_settings: FunctionSettings | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        observability: Observability | None = None,
        with_dashboard: bool | None = None,
        for_development: bool = False,
    ) -> None:
        """Create the checkout.

        :param payment_service: Who takes the money: :meth:`PaymentService.http`,
            :meth:`PaymentService.stripe` or :meth:`PaymentService.custom`.
        :param namespace: Part of every order's id, and so of every payment key. Unique for each
            deployed checkout that shares a payment account. Printable ASCII, with single spaces
            inside only. Changing it makes a resubmission of an
            old key a new order. Default: account, Region, stack name and construct path; pin it
            before you rename a stack or move the construct.
        :param timing: How long each step may take. Default: :class:`CheckoutTiming` as it is.
        :param concurrent_charges: Most calls to the payment service at a time: what it can take. A
            multiple of 10 (charges an invocation) from 20 to 10,000, the range of a mapping's
            ``MaximumConcurrency`` (2 to 1000) times ten. Default 100.
        :param max_payment_attempts: Payment methods that a buyer may try for one order, the first
            included, 1 to 20: each is asked about before the next is charged. Default 5; each one
            is a chance to test a stolen card.
        :param unsettled_index_shards: Partitions of the index of unsettled orders, 1 to 1000. Each
            takes 1000 writes a second
            (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
            May be raised, never lowered: orders in the shards left out would not be found. Default
            16.
        :param quarantine_before: Set it after a point-in-time restore, to a time after which no
            buyer resubmits a purchase from before it, for example a day later: the payment service
            may know more of these orders than the table does, also of those that the backup lost
            and a buyer submits again. No order accepted before this time is charged without a
            look-up; without ``look_up_url`` it goes to ``NEEDS_REVIEW``. At Stripe, which cannot be
            asked about an order, and with ``key_retention=None``, each waits for an operator's
            release: give the time of the restore itself there, if new orders must not wait. With a
            time zone. Keep it for good, or raise it: once it is left out, the orders from before it
            are charged, cancelled and expire on the table's word, also those that wait to be asked
            about. Default: none.
        :param expires_after: How long an order that nobody pays is kept before it is ``CANCELLED``.
            It counts from when its payment attempt was declined, or from when it was started, if
            the payment service was never asked. In whole seconds, from ``timing.tolerated_outage``
            and twice its ``reconcile_after`` to a year. An order that may have been charged, or
            that waits for its buyer or a bank, never expires, nor does one that an operator
            declined. Default: none does.
        :param order_table: A table of your own; :class:`OrderTable` says what it needs. Default: a
            table made here.
        :param billing: How the table made here is paid. ``aws_dynamodb.Billing.provisioned(...)``
            costs less at many orders (``docs/operate/cost.md``), and what exceeds it is throttled,
            which buyers see. Default: on demand.
        :param encryption_key: Encrypts the table and the payment queues; give it to an alarm topic
            and to ``functions`` for the logs yourself, as its policy must let CloudWatch use it.
            The stack then needs an explicit ``env``. Default: keys of the services.
        :param order_events: Where what becomes of orders is announced, for a warehouse, mails or
            books: :meth:`OrderEvents.to_event_bus`. Default: nowhere.
        :param alarm_topic: What the alarms notify. Default: a topic made here.
        :param functions: Size, network and logs of all functions. Default:
            :class:`FunctionSettings` as it is.
        :param payment_consumer_settings: Of the payment consumer alone. Default: ``functions``.
        :param permissions_boundary: Of every role made here. Default: none.
        :param observability: Alarms, metrics and dashboard in one word:
            :meth:`Observability.minimal`, :meth:`Observability.standard` or
            :meth:`Observability.full`. Default: standard.
        :param with_dashboard: Whether to make a dashboard: three dollars a month, and 0.30 for each
            metric that only it draws. Default: as ``observability`` says.
        :param for_development: Everything is deleted with its stack, orders and logs too, and
            every synth says so. Default: orders and logs are kept, and the table is protected.
        :raises CheckoutMisconfiguredError: with everything that is wrong, all at once.
        """
        super().__init__(scope, construct_id)
        has = enforce_requirements(self, locals())
        functions = functions or FunctionSettings()
        self.functions = _deleted_with_the_stack(self, functions) if for_development else functions
        self.metric_namespace = metric_namespace(self)
        self.namespace = has.namespace
        self.unsettled_index_shards = cdk.Tokenization.stringify_number(unsettled_index_shards)
        self.max_payment_attempts = cdk.Tokenization.stringify_number(max_payment_attempts)
        self._payment_service = payment_service
        self._timing = timing or CheckoutTiming()
        self._quarantine_before = _milliseconds(quarantine_before)
        self._expires_after = expires_after

        self._orders = orders = OrderTable(
            self,
            "Orders",
            existing=order_table,
            billing=billing,
            encryption_key=encryption_key,
            for_development=for_development,
        )
        self.order_table = orders.table
        remember(self, has, orders.table)
        StreamReaders(self, "StreamReaders", table=orders.table)
        self.event_bus = None if order_events is None else order_events.bind(self)
        self._payments = payments = PaymentQueue(
            self, "Payments", timing=self._timing, encryption_key=encryption_key
        )
        self.payment_queue = payments.queue
        self.dead_letter_queue = payments.dead_letter_queue
        relay = self._relay_orders()
        self.relay, self.relay_failure_queue = relay.function, relay.failure_queue
        consumer = self._charge_orders(concurrent_charges, payment_consumer_settings)
        self.payment_consumer = consumer.function
        reconciler = self._reconcile_orders()
        self.reconciler = reconciler.function
        for function in (self.payment_consumer, self.reconciler):
            self._let_expire(function)
        self.observability = watched = (observability or Observability.standard()).but_with(
            dashboard=with_dashboard
        )
        self.alarm_topic = (
            alarm_topic or AlarmTopic(self, "Alarm", with_key=watched.topic_key).topic
        )
        self.charge_audit = audit = self._audit_charges()
        self._count_records_of(
            relay, consumer, reconciler, audit, every=self._timing.reconcile_every
        )
        self.alarms = self._raise_alarms(relay, consumer, reconciler)
        self.dashboard = self._show_dashboard() if watched.dashboard else None
        if permissions_boundary is not None:
            iam.PermissionsBoundary.of(self).apply(permissions_boundary)

    def _relay_orders(self) -> OrderRelay:
        return OrderRelay(
            self,
            "Relay",
            orders=self._orders,
            payments=self._payments,
            settings=self.functions,
            event_bus=self.event_bus,
            operations=self.refunds,
            holds=self.payment_service.has_holds,
        )

    def _charge_orders(
        self, concurrent_charges: int, settings: FunctionSettings | None
    ) -> PaymentConsumer:
        return PaymentConsumer(
            self,
            "Consumer",
            orders=self._orders,
            payments=self._payments,
            payment_service=self._payment_service,
            timing=self._timing,
            concurrent_charges=concurrent_charges,
            unsettled_index_shards=self.unsettled_index_shards,
            quarantine_before=self._quarantine_before,
            settings=settings or self.functions,
            event_bus=self.event_bus,
        )

    def _reconcile_orders(self) -> Reconciler:
        return Reconciler(
            self,
            "Reconciler",
            orders=self._orders,
            payments=self._payments,
            payment_service=self._payment_service,
            timing=self._timing,
            unsettled_index_shards=self.unsettled_index_shards,
            quarantine_before=self._quarantine_before,
            metric_namespace=self.metric_namespace,
            settings=self.functions,
            event_bus=self.event_bus,
        )

    def _audit_charges(self) -> ChargeAudit | None:
        if self._payment_service.charge_list is None:
            return None
        return ChargeAudit(
            self,
            "ChargeAudit",
            orders=self._orders,
            payment_service=self._payment_service,
            timing=self._timing,
            metric_namespace=self.metric_namespace,
            topic=self.alarm_topic,
            settings=self.functions,
        )

    def _raise_alarms(
        self, relay: OrderRelay, consumer: PaymentConsumer, reconciler: Reconciler
    ) -> tuple[cloudwatch.Alarm, ...]:
        made = CheckoutAlarms(
            self,
            "Alarms",
            payments=self._payments,
            relay=relay,
            consumer=consumer,
            reconciler=reconciler,
            timing=self._timing,
            log_metrics=self.log_metrics,
            topic=self.alarm_topic,
            with_causes=self.observability.causes,
            with_events=self.event_bus is not None,
            refunds=self.refunds,
            holds=self.payment_service.has_holds,
        )
        return (*made.alarms, *(self.charge_audit.alarms if self.charge_audit else ()))

    def _show_dashboard(self) -> CheckoutDashboard:
        return CheckoutDashboard(
            self,
            "Dashboard",
            checkout=self,
            payment_queue=self.payment_queue,
            functions={
                "relay": self.relay,
                "payment consumer": self.payment_consumer,
                "reconciler": self.reconciler,
            },
            alarms=self.alarms,
            with_events=self.event_bus is not None,
        )


def _deleted_with_the_stack(checkout: Construct, functions: FunctionSettings) -> FunctionSettings:
    cdk.Annotations.of(checkout).add_warning_v2(
        "idempotent-checkout:for-development",
        "for_development=True: orders, and with them the knowledge of what was charged, are "
        "deleted with this stack. Never in production.",
    )
    return replace(functions, log_removal_policy=cdk.RemovalPolicy.DESTROY)


def _milliseconds(time: datetime | None) -> str:
    return "0" if time is None else str(int(time.timestamp() * 1000))

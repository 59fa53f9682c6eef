"""The example's checkout written by hand with L2s: the same resources, without our constructs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from bench.peers.synth import by_hand_storage as storage
from bench.peers.synth.by_hand_alarms import Watched, watch
from bench.peers.synth.by_hand_api import ROUTES, http_api, intake_environment, outputs
from bench.peers.synth.by_hand_function import allow, function
from bench.peers.synth.by_hand_watch import count_records

INTAKE_EVENTS = {
    "OrdersPlaced": "order_accepted",
    "OrdersReplayed": "order_replayed",
    "KeysReused": "order_mismatched",
    "CartsTaken": "cart_taken",
}
OUTCOME_EVENTS = {
    "OrdersPaid": "charge_captured",
    "OrdersDeclined": "charge_declined",
    "ChargesUnknown": "charge_unknown",
    "StrayCharges": "charge_stray",
    "OrdersSentToReview": "order_needs_review",
    "AnswersWithoutWord": "answer_without_word",
    "PaymentAccountRefused": "payment_account_refused",
}
EVERYWHERE = {"AwsClientFellBack": "aws_client_fell_back"}
CONSUMER_EVENTS = {**OUTCOME_EVENTS, **EVERYWHERE, "DuplicateMessages": "message_duplicate"}
RECONCILER_EVENTS = {**OUTCOME_EVENTS, **EVERYWHERE, "OrdersResent": "order_resent"}
GAUGES = {
    "OrdersUnsettled": "$.orders_unsettled",
    "OldestUnsettledSeconds": "$.oldest_unsettled_seconds",
    "OrdersNeedingReview": "$.orders_needing_review",
}
FILTERS = [
    {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}},
    {
        "eventName": ["MODIFY"],
        "dynamodb": {
            "NewImage": {"status": {"S": ["PENDING"]}},
            "OldImage": {"status": {"S": [{"anything-but": ["PENDING"]}]}},
        },
    },
    {
        "eventName": ["MODIFY"],
        "dynamodb": {
            "NewImage": {"status": {"S": ["UNKNOWN"]}},
            "OldImage": {"status": {"S": ["ACTION_REQUIRED", "NEEDS_REVIEW"]}},
        },
    },
]


def payment_environment(
    table_name: str, queue_url: str, secret_arn: str, url: str
) -> dict[str, str]:
    """Environment of what charges."""
    return {
        "ORDER_TABLE_NAME": table_name,
        "UNSETTLED_SHARDS": "16",
        "PAYMENT_QUEUE_URL": queue_url,
        "QUARANTINE_BEFORE_MS": "0",
        "LEASE_SECONDS": "40",
        "FIRST_RETRY_SECONDS": "5",
        "LONGEST_RETRY_SECONDS": "120",
        "ACTION_SECONDS": "3600",
        "PROCESSING_PATIENCE_SECONDS": "1814400",
        "PAYMENT_SERVICE_KIND": "http",
        "PAYMENT_SERVICE_URL": url,
        "PAYMENT_SERVICE_LOOK_UP_URL": f"{url}/look-up",
        "PAYMENT_SERVICE_SECRET_ARN": secret_arn,
        "PAYMENT_SERVICE_TIMEOUT_SECONDS": "10",
        "PAYMENT_KEY_RETENTION_SECONDS": "86400",
    }


class HandWrittenStack(cdk.Stack):
    """One checkout, part by part."""

    def __init__(
        self, scope: cdk.App, construct_id: str, *, payment_service_url: str, **properties: Any
    ) -> None:
        """Create the stack."""
        super().__init__(scope, construct_id, **properties)
        self._secret = storage.payment_secret(self)
        pool, client = storage.buyers(self)
        self._table = storage.order_table(self)
        self._payments, dead_letters, failures = storage.payment_queues(self)
        topic = storage.alarm_topic(self)
        environment = payment_environment(
            self._table.table_name,
            self._payments.queue_url,
            self._secret.secret_arn,
            payment_service_url,
        )
        relay = self._relay(failures)
        consumer = self._consumer(environment)
        reconciler = self._reconciler(environment)
        intake = self._intake()
        api = http_api(self, intake, pool, client)
        watch(
            self,
            Watched(
                self._payments,
                dead_letters,
                failures,
                {"Relay": relay, "Consumer": consumer, "Reconciler": reconciler},
                api,
                intake,
                topic,
            ),
        )
        outputs(
            self,
            {
                "ApiUrl": api.api_endpoint,
                "OrderTableName": self._table.table_name,
                "PaymentQueueUrl": self._payments.queue_url,
                "DeadLetterQueueUrl": dead_letters.queue_url,
                "RelayFailureQueueUrl": failures.queue_url,
                "UserPoolId": pool.user_pool_id,
                "UserPoolClientId": client.user_pool_client_id,
                "PaymentSecretArn": self._secret.secret_arn,
                "ReconcilerFunctionName": reconciler.function_name,
                "PaymentConsumerFunctionName": consumer.function_name,
            },
        )

    def _relay(self, failures: sqs.Queue) -> lambda_.Function:
        relay, log_group = function(
            self, "Relay", handler="relay_orders", seconds=30,
            description="Sends a payment message for each order that became PENDING.",
            environment={"PAYMENT_QUEUE_URL": self._payments.queue_url},
        )  # fmt: skip
        relay.add_event_source(
            event_sources.DynamoEventSource(
                self._table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=100,
                parallelization_factor=10,
                filters=[lambda_.FilterCriteria.filter(each) for each in FILTERS],
                report_batch_item_failures=True,
                bisect_batch_on_error=True,
                max_record_age=cdk.Duration.hours(6),
                retry_attempts=10,
                on_failure=event_sources.SqsDlq(failures),
            )
        )
        allow(relay, ["sqs:SendMessage"], self._payments.queue_arn)
        for counted, event in EVERYWHERE.items():
            count_records(self, log_group, counted, event)
        return relay

    def _consumer(self, environment: Mapping[str, str]) -> lambda_.Function:
        consumer, log_group = function(
            self, "Consumer", handler="process_payments", seconds=30,
            description="Claims orders, charges them, and stores the outcome.",
            environment=environment,
        )  # fmt: skip
        consumer.add_event_source(
            event_sources.SqsEventSource(
                self._payments, batch_size=10, report_batch_item_failures=True, max_concurrency=10
            )
        )
        allow(consumer, ["dynamodb:UpdateItem"], self._table.table_arn)
        allow(consumer, ["secretsmanager:GetSecretValue"], self._secret.secret_arn)
        for counted, event in CONSUMER_EVENTS.items():
            count_records(self, log_group, counted, event)
        count_records(self, log_group, "ChargeMilliseconds", "charge_answered", "$.charge_ms")
        return consumer

    def _reconciler(self, environment: Mapping[str, str]) -> lambda_.Function:
        reconciler, log_group = function(
            self, "Reconciler", handler="reconcile_orders", seconds=300,
            description="Settles, resends or hands to a person the orders unsettled for too long.",
            environment={**environment, "RECONCILE_AFTER_SECONDS": "360"},
        )  # fmt: skip
        reconciler.configure_async_invoke(retry_attempts=0)
        allow(reconciler, ["dynamodb:Query"], f"{self._table.table_arn}/index/unsettled")
        allow(
            reconciler,
            ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"],
            self._table.table_arn,
        )
        allow(reconciler, ["sqs:SendMessage"], self._payments.queue_arn)
        allow(reconciler, ["secretsmanager:GetSecretValue"], self._secret.secret_arn)
        events.Rule(
            self, "Schedule",
            description="Starts the reconciler of a checkout.",
            schedule=events.Schedule.rate(cdk.Duration.minutes(5)),
            targets=[targets.LambdaFunction(reconciler)],
        )  # fmt: skip
        for counted, event in RECONCILER_EVENTS.items():
            count_records(self, log_group, counted, event)
        for gauge, field in GAUGES.items():
            count_records(self, log_group, gauge, "checkout_gauge", field)
        return reconciler

    def _intake(self) -> dict[str, lambda_.Function]:
        intake: dict[str, lambda_.Function] = {}
        namespace = f"{self.account}/{self.region}/Checkout"
        environments = intake_environment(self._table.table_name, namespace)
        for name, (_, _, handler, action) in ROUTES.items():
            intake[name], log_group = function(
                self, name, handler=handler, seconds=10,
                description=f"{name} of the checkout.", environment=environments[name],
                megabytes=512,
            )  # fmt: skip
            allow(intake[name], [action], self._table.table_arn)
            of_placing = INTAKE_EVENTS if name == "PlaceOrder" else {}
            for counted, event in {**of_placing, **EVERYWHERE}.items():
                count_records(self, log_group, counted, event)
        return intake

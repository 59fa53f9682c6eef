"""The checkout of Solutions Constructs, watched by cdk-monitoring-constructs.

Each part that they have is theirs, with their defaults; what they have not (an HTTP API, Cognito)
is the L2 that the hand-written stack takes. They bring more resources of their own (a table that
is not global, alarms a function), and lack others (metric filters of log records).
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_solutions_constructs.aws_dynamodbstreams_lambda import (  # type: ignore[import-not-found]
    DynamoDBStreamsToLambda,
)
from aws_solutions_constructs.aws_eventbridge_lambda import (  # type: ignore[import-not-found]
    EventbridgeToLambda,
)
from aws_solutions_constructs.aws_lambda_dynamodb import (  # type: ignore[import-not-found]
    LambdaToDynamoDB,
)
from aws_solutions_constructs.aws_sqs_lambda import SqsToLambda  # type: ignore[import-not-found]
from cdk_monitoring_constructs import (  # type: ignore[import-not-found]
    ErrorCountThreshold,
    MaxMessageAgeThreshold,
    MaxMessageCountThreshold,
    MonitoringFacade,
)

from bench.peers.synth import by_hand_storage as storage
from bench.peers.synth.by_hand import payment_environment
from bench.peers.synth.by_hand_api import ROUTES, http_api, intake_environment, outputs
from bench.peers.synth.by_hand_function import ASSET, LEFT_OUT, allow


def _function(handler: str, environment: dict[str, str], seconds: int) -> lambda_.FunctionProps:
    return lambda_.FunctionProps(
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset(str(ASSET), exclude=LEFT_OUT),
        handler=f"checkout_runtime.handlers.{handler}.handler",
        memory_size=512,
        timeout=cdk.Duration.seconds(seconds),
        environment=environment,
    )


class BoughtInStack(cdk.Stack):
    """One checkout of others' constructs."""

    def __init__(
        self, scope: cdk.App, construct_id: str, *, payment_service_url: str, **properties: Any
    ) -> None:
        """Create the stack."""
        super().__init__(scope, construct_id, **properties)
        secret = storage.payment_secret(self)
        pool, client = storage.buyers(self)
        consumed = SqsToLambda(
            self,
            "Payments",
            lambda_function_props=_function("process_payments", {}, 30),
            queue_props={
                "fifo": True,
                "content_based_deduplication": True,
                "visibility_timeout": cdk.Duration.seconds(180),
            },
            dead_letter_queue_props={"fifo": True},
            max_receive_count=37,
            sqs_event_source_props={"batch_size": 10, "report_batch_item_failures": True},
        )
        queue = consumed.sqs_queue
        table, intake = self._intake()
        relayed = DynamoDBStreamsToLambda(
            self,
            "Relay",
            lambda_function_props=_function(
                "relay_orders", {"PAYMENT_QUEUE_URL": queue.queue_url}, 30
            ),
            existing_table_interface=table,
        )
        queue.grant_send_messages(relayed.lambda_function)
        environment = payment_environment(
            table.table_name, queue.queue_url, secret.secret_arn, payment_service_url
        )
        reconciled = EventbridgeToLambda(
            self,
            "Reconcile",
            lambda_function_props=_function("reconcile_orders", environment, 300),
            event_rule_props={"schedule": events.Schedule.rate(cdk.Duration.minutes(5))},
        )
        consumer, reconciler = consumed.lambda_function, reconciled.lambda_function
        for name, value in environment.items():
            consumer.add_environment(name, value)
        for each in (consumer, reconciler):
            table.grant_read_write_data(each)
            secret.grant_read(each)
        allow(reconciler, ["sqs:SendMessage"], queue.queue_arn)
        namespace = f"{self.account}/{self.region}/Checkout"
        for name, variables in intake_environment(table.table_name, namespace).items():
            for variable, value in variables.items():
                intake[name].add_environment(variable, value)
        api = http_api(self, intake, pool, client)
        self._watch(api, {**intake, "Relay": relayed.lambda_function, "Consumer": consumer,
                          "Reconciler": reconciler}, table, consumed)  # fmt: skip
        outputs(self, {"ApiUrl": api.api_endpoint, "OrderTableName": table.table_name})

    def _intake(self) -> tuple[Any, dict[str, lambda_.Function]]:
        """The order table, and the functions behind the API."""
        placed = LambdaToDynamoDB(
            self,
            "PlaceOrder",
            lambda_function_props=_function("place_order", {}, 10),
            dynamo_table_props={
                "partition_key": {"name": "pk", "type": dynamodb.AttributeType.STRING},
                "stream": dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            },
            table_environment_variable_name="ORDER_TABLE_NAME",
            table_permissions="Write",
        )
        table = placed.dynamo_table
        table.add_global_secondary_index(
            index_name="unsettled",
            partition_key={"name": "unsettled_shard", "type": dynamodb.AttributeType.STRING},
            sort_key={"name": "unsettled_since", "type": dynamodb.AttributeType.NUMBER},
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        intake: dict[str, lambda_.Function] = {"PlaceOrder": placed.lambda_function}
        for name, (_, _, handler, action) in ROUTES.items():
            if name not in intake:
                intake[name] = LambdaToDynamoDB(
                    self,
                    name,
                    lambda_function_props=_function(handler, {}, 10),
                    existing_table_obj=table,
                    table_environment_variable_name="ORDER_TABLE_NAME",
                    table_permissions="Read" if action == "dynamodb:GetItem" else "Write",
                ).lambda_function
        return table, intake

    def _watch(
        self, api: Any, functions: dict[str, lambda_.Function], table: Any, consumed: SqsToLambda
    ) -> None:
        monitoring = MonitoringFacade(self, "Monitoring")
        once = {"Warning": ErrorCountThreshold(max_error_count=1)}
        for name, each in functions.items():
            monitoring.monitor_lambda_function(
                lambda_function=each,
                human_readable_name=name,
                alarm_friendly_name=name,
                add_fault_count_alarm=once,
                add_throttles_count_alarm={"Warning": ErrorCountThreshold(max_error_count=1)},
            )
        monitoring.monitor_sqs_queue_with_dlq(
            queue=consumed.sqs_queue,
            dead_letter_queue=consumed.dead_letter_queue.queue,
            add_queue_max_message_age_alarm={
                "Warning": MaxMessageAgeThreshold(max_age_in_seconds=360)
            },
            add_dead_letter_queue_max_size_alarm={
                "Warning": MaxMessageCountThreshold(max_message_count=1)
            },
        )
        monitoring.monitor_dynamo_table(table=table)
        monitoring.monitor_api_gateway_v2_http_api(api=api, add5xx_count_alarm=once)

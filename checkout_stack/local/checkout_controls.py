"""What operators, and accidents, do to a deployed checkout: its queues, functions and workers."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.problem import LocalRunProblem
from checkout_stack.local.process_table import running_processes
from checkout_stack.local.processes import Children

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SECONDS_TO_RECEIVE = 15.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Acts on one deployed checkout, by the calls that an operator would use."""

    aws: LocalAws
    sqs: SQSClient
    functions: LambdaClient
    outputs: dict[str, str]
    children: Children
    directory: Path
    python: Path
    """The Python that the functions run on."""

    def send(self, body: str, group: str) -> None:
        """Put a message on the payment queue that no deduplication swallows."""
        self.sqs.send_message(
            QueueUrl=self.outputs["PaymentQueueUrl"],
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=uuid.uuid4().hex,
        )

    def receive(self, group: str) -> MessageTypeDef:
        """Receive a group's next payment message, and hand every other one back at once."""
        return self._receive("PaymentQueueUrl", group)

    def show_again(self, message: MessageTypeDef) -> None:
        """Make a received payment message visible at once."""
        self.sqs.change_message_visibility(
            QueueUrl=self.outputs["PaymentQueueUrl"],
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=0,
        )

    def lose(self, message: MessageTypeDef) -> None:
        """Delete a payment message that nobody has processed."""
        self.sqs.delete_message(
            QueueUrl=self.outputs["PaymentQueueUrl"], ReceiptHandle=message["ReceiptHandle"]
        )

    def take_dead_letter(self, group: str) -> str:
        """Take a group's message off the dead-letter queue; returns its body."""
        letter = self._receive("DeadLetterQueueUrl", group)
        self.sqs.delete_message(
            QueueUrl=self.outputs["DeadLetterQueueUrl"], ReceiptHandle=letter["ReceiptHandle"]
        )
        return letter["Body"]

    def redrive(self, group: str) -> None:
        """Move a dead letter back to the payment queue; MiniStack has no StartMessageMoveTask."""
        self.send(self.take_dead_letter(group), group)

    def make_look_up_due(self, order_id: str) -> bool:
        """Bring forward the next look-up of an order that the payment service is processing.

        Returns whether it is ``PROCESSING``. By the table, as if the minutes were over.
        """
        dynamodb = self.aws.dynamodb()
        try:
            dynamodb.update_item(
                TableName=self.outputs["OrderTableName"],
                Key={"pk": {"S": order_id}},
                UpdateExpression="SET unsettled_since = :now",
                ConditionExpression="#status = :processing",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":now": {"N": str(int(time.time() * 1000))},
                    ":processing": {"S": "PROCESSING"},
                },
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def reconcile(self) -> dict[str, Any]:
        """Run the reconciler now; returns its answer."""
        answer = self.functions.invoke(FunctionName=self.outputs["ReconcilerFunctionName"])
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        return said

    def kill_consumer(self) -> int:
        """End every worker process of the consumer by SIGKILL; returns how many there were."""
        mark = f"ministack-lambda-{self.outputs['PaymentConsumerFunctionName']}-"
        ours = str(self.directory)
        killed = 0
        for process in running_processes():
            if mark in process.command and ours in process.command:
                os.kill(process.number, signal.SIGKILL)
                killed += 1
        return killed

    @contextmanager
    def consumer_paused(self) -> Iterator[None]:
        """Let messages stay on the payment queue: the consumer's mapping is disabled."""
        mapping = self._mapping(function=self.outputs["PaymentConsumerFunctionName"])
        self.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
        try:
            yield
        finally:
            self.functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    @contextmanager
    def relay_misconfigured(self) -> Iterator[None]:
        """Take the queue's address away from the relay, so that each of its batches fails."""
        name = self._relay()
        before = self.environment_of(name)
        broken = {key: value for key, value in before.items() if key != "PAYMENT_QUEUE_URL"}
        self._configure(name, broken)
        try:
            yield
        finally:
            self._configure(name, before)

    def relay_has_failed(self) -> bool:
        """Whether the relay's last batch failed."""
        return self._relay_mapping().get("LastProcessingResult") == "FAILED"

    def reconcile_after_seconds(self) -> int:
        """Age at which the deployed reconciler takes an order for stuck."""
        environment = self.environment_of(self.outputs["ReconcilerFunctionName"])
        return int(environment["RECONCILE_AFTER_SECONDS"])

    def environment_of(self, function: str) -> dict[str, str]:
        """The environment variables of a deployed function."""
        configuration = self.functions.get_function_configuration(FunctionName=function)
        return dict(configuration["Environment"]["Variables"])

    def _configure(self, function: str, environment: dict[str, str]) -> None:
        self.functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": environment}
        )

    def _relay(self) -> str:
        return self._relay_mapping()["FunctionArn"].rpartition(":")[2]

    def _relay_mapping(self) -> EventSourceMappingConfigurationTypeDef:
        table = f":table/{self.outputs['OrderTableName']}/stream/"
        for mapping in self.functions.list_event_source_mappings()["EventSourceMappings"]:
            if table in mapping["EventSourceArn"]:
                return mapping
        raise LocalRunProblem(f"no mapping reads the stream of {self.outputs['OrderTableName']}")

    def _mapping(self, *, function: str) -> str:
        for mapping in self.functions.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["FunctionArn"].rpartition(":")[2] == function:
                return mapping["UUID"]
        raise LocalRunProblem(f"no mapping invokes {function}")

    def _receive(self, queue: str, group: str) -> MessageTypeDef:
        url = self.outputs[queue]
        deadline = time.monotonic() + SECONDS_TO_RECEIVE
        while time.monotonic() < deadline:
            received = self.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=60,
                MessageSystemAttributeNames=["All"],
            ).get("Messages", [])
            wanted = None
            for message in received:
                if wanted is None and message["Attributes"]["MessageGroupId"] == group:
                    wanted = message
                else:
                    self.sqs.change_message_visibility(
                        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                    )
            if wanted is not None:
                return wanted
            time.sleep(POLL_SECONDS)
        raise TimeoutError(f"no message of {group} came within {SECONDS_TO_RECEIVE:.0f} s")

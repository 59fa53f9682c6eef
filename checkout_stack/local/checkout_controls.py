"""What operators and accidents do to a deployed checkout: to queues, functions and workers."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.cdk_cli import CdkCli
from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.payment_service_process import PaymentControls
from checkout_stack.local.processes import running_processes
from checkout_stack.local.stale_worker import StaleWorker

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import (
        EventSourceMappingConfigurationTypeDef,
        FunctionConfigurationResponseTypeDef,
    )
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SECONDS_TO_RECEIVE = 15.0
POLL_SECONDS = 0.05


class CheckoutControls:
    """Acts on one deployed checkout, by the calls that an operator would use."""

    def __init__(
        self, run: LocalRun, aws: LocalAws, outputs: Mapping[str, str], payments: PaymentControls
    ) -> None:
        self._run = run
        self._aws = aws
        self._outputs = outputs
        self._payments = payments
        self._sqs = aws.sqs()
        self._functions = aws.functions()

    def send(self, body: str, group: str) -> None:
        """Put a message on the payment queue that no deduplication swallows."""
        self._sqs.send_message(
            QueueUrl=self._outputs["PaymentQueueUrl"],
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=uuid.uuid4().hex,
        )

    def receive(self, group: str) -> MessageTypeDef:
        """Receive a group's next payment message, and make every other one visible at once."""
        return self._receive("PaymentQueueUrl", group)

    def show_again(self, message: MessageTypeDef) -> None:
        """Make a received payment message visible at once."""
        self._sqs.change_message_visibility(
            QueueUrl=self._outputs["PaymentQueueUrl"],
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=0,
        )

    def lose(self, message: MessageTypeDef) -> None:
        """Delete a payment message that nobody has processed."""
        self._sqs.delete_message(
            QueueUrl=self._outputs["PaymentQueueUrl"], ReceiptHandle=message["ReceiptHandle"]
        )

    def take_dead_letter(self, group: str) -> str:
        """Take a group's message off the dead-letter queue; returns its body."""
        letter = self._receive("DeadLetterQueueUrl", group)
        self._sqs.delete_message(
            QueueUrl=self._outputs["DeadLetterQueueUrl"], ReceiptHandle=letter["ReceiptHandle"]
        )
        return letter["Body"]

    def redrive(self, group: str) -> None:
        """Move a dead letter back to the payment queue; MiniStack has no StartMessageMoveTask."""
        self.send(self.take_dead_letter(group), group)

    def make_look_up_due(self, item_id: str, attempt: int = 1) -> bool:
        """Bring forward the next look-up of an order or refund that takes days.

        Returns whether it is ``PROCESSING``, or ``AUTHORIZED`` in this attempt. By the table, as if
        the minutes were over.
        """
        look_at, look_in = (f"attempt_{attempt}_{name}" for name in ("look_at", "look_in"))
        held = f"SET unsettled_since = :now, {look_at} = :now, unsettled_shard = {look_in}"
        return (
            self._changed_in("PROCESSING", item_id, "SET unsettled_since = :now")
            or self._changed_in("AUTHORIZED", item_id, held, "attribute_not_exists(owed)")
            # It owes an announcement. Once that is confirmed, it is due at the stored time.
            or self._changed_in("AUTHORIZED", item_id, f"SET {look_at} = :now")
        )

    def end_wait_for_requests(self, order_id: str) -> bool:
        """Let no request be on its way any more for an order that somebody asked to cancel.

        Returns whether it waited for one, and had for a minute. By the table, as if the day were
        over (``ChargePolicy.may_request_arrive``).
        """
        return self._changed_in(
            "UNKNOWN",
            order_id,
            "SET cancel_asked_at = cancel_asked_at - :day",
            "cancel_asked_at BETWEEN :day_ago AND :minute_ago",
        )

    def _changed_in(self, status: str, item_id: str, change: str, *when: str) -> bool:
        """Change an item that is in this state; return whether it was."""
        dynamodb = self._aws.dynamodb()
        now, minute = int(time.time() * 1000), 60_000
        day = 25 * 60 * minute
        times = {":now": now, ":day": day, ":day_ago": now - day, ":minute_ago": now - minute}
        named = " ".join((change, *when))
        try:
            dynamodb.update_item(
                TableName=self._outputs["OrderTableName"],
                Key={"pk": {"S": item_id}},
                UpdateExpression=change,
                ConditionExpression=" AND ".join(("#status = :status", *when)),
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":status": {"S": status},
                    **{name: {"N": str(at)} for name, at in times.items() if name in named},
                },
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def announce_again(self, order: StoredOrder, event_id: str) -> None:
        """Put the event of a paid order on the bus once more, as a replay of its archive does."""
        detail = {
            "id": event_id,
            "version": 1,
            "ordinal": int(event_id.rpartition("#")[2]),
            "order_id": order.order_id,
            "attempt": order.attempt,
            "amount": order.amount,
            "currency": "EUR",
            "occurred_at": "2026-11-27T20:00:00.000Z",
            "charge_id": order.charge_id,
        }
        entry = {
            "EventBusName": self._outputs["EventBusName"],
            "Source": "idempotent-checkout",
            "DetailType": "OrderPaid",
            "Detail": json.dumps(detail),
        }
        self._aws.event_bus().put_events(Entries=[entry])

    def reconcile(self) -> dict[str, Any]:
        """Run the reconciler now; returns its answer."""
        answer = self._functions.invoke(FunctionName=self._outputs["ReconcilerFunctionName"])
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        return said

    def refund(self, order_id: str, key: str, **wanted: object) -> dict[str, Any]:
        """Ask for a refund as ``checkout orders refund --yes`` does; returns what came of it."""
        wish = {"order_id": order_id, "key": key, "by": "the local run", "dry_run": False, **wanted}
        answer = self._functions.invoke(
            FunctionName=self._outputs["ReconcilerFunctionName"],
            Payload=json.dumps({"refund": wish}).encode(),
        )
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        return said

    def kill_consumer(self) -> int:
        """End every worker process of the consumer by SIGKILL; returns how many there were."""
        mark = f"ministack-lambda-{self._outputs['PaymentConsumerFunctionName']}-"
        ours = str(self._run.directory)
        killed = 0
        for process in running_processes():
            if mark in process.command and ours in process.command:
                os.kill(process.number, signal.SIGKILL)
                killed += 1
        return killed

    @contextmanager
    def consumer_paused(self) -> Iterator[None]:
        """Let messages stay on the payment queue: the consumer's mapping is disabled."""
        mapping = self._consumer_mapping()
        self._functions.update_event_source_mapping(UUID=mapping, Enabled=False)
        try:
            yield
        finally:
            self._functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    @contextmanager
    def relay_misconfigured(self) -> Iterator[None]:
        """Take the queue's address away from the relay, so that each of its batches fails."""
        name = self._relay_mapping()["FunctionArn"].rpartition(":")[2]
        before = self._environment_of(name)
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
        environment = self._environment_of(self._outputs["ReconcilerFunctionName"])
        return int(environment["RECONCILE_AFTER_SECONDS"])

    def _environment_of(self, function: str) -> dict[str, str]:
        """The environment variables of a deployed function."""
        configuration = self._functions.get_function_configuration(FunctionName=function)
        return dict(configuration["Environment"]["Variables"])

    def start_stale_worker(self, message: MessageTypeDef) -> StaleWorker:
        """Give a received message to a worker that stops itself once it knows the answer."""
        return StaleWorker.start(
            self._run,
            message,
            self._consumer(),
            asset=self.code_asset(),
            aws=self._aws,
            payment_port=self._payments.port,
        )

    def code_asset(self) -> Path:
        """The asset with the functions' code, in the cloud assembly that was deployed.

        It is the one that holds the package of the consumer's handler.
        """
        package = self._consumer()["Handler"].partition(".")[0]
        assembly = CdkCli(self._run).assembly
        for asset in sorted(assembly.glob("asset.*")):
            if (asset / package).is_dir():
                return asset
        raise LocalRunError(f"no asset in {assembly} holds {package}")

    def _consumer(self) -> FunctionConfigurationResponseTypeDef:
        return self._functions.get_function_configuration(
            FunctionName=self._outputs["PaymentConsumerFunctionName"]
        )

    def _configure(self, function: str, environment: dict[str, str]) -> None:
        self._functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": environment}
        )

    def _relay_mapping(self) -> EventSourceMappingConfigurationTypeDef:
        return self._mapping("EventSourceArn", f":table/{self._outputs['OrderTableName']}/stream/")

    def _consumer_mapping(self) -> str:
        function = f":function:{self._outputs['PaymentConsumerFunctionName']}"
        return self._mapping("FunctionArn", function)["UUID"]

    def _mapping(
        self, attribute: Literal["EventSourceArn", "FunctionArn"], part: str
    ) -> EventSourceMappingConfigurationTypeDef:
        for mapping in self._functions.list_event_source_mappings()["EventSourceMappings"]:
            if part in mapping[attribute]:
                return mapping
        raise LocalRunError(f"no event source mapping has {part} in its {attribute}")

    def _receive(self, queue: str, group: str) -> MessageTypeDef:
        url = self._outputs[queue]
        deadline = time.monotonic() + SECONDS_TO_RECEIVE
        while time.monotonic() < deadline:
            received = self._sqs.receive_message(
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
                    self._sqs.change_message_visibility(
                        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                    )
            if wanted is not None:
                return wanted
            time.sleep(POLL_SECONDS)
        raise TimeoutError(f"no message of {group} came within {SECONDS_TO_RECEIVE:.0f} s")

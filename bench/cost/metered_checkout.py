"""The real handlers on the simulator's models, without faults, and a meter at every call.

Orders pass in batches: as many are placed, relayed in one invocation, and charged in one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from bench.cost.meter import LogMeter, Meter
from bench.cost.metered_client import INDEX, MeteredClient
from checkout_runtime.adapters.http_exchange import HttpAnswer
from tests.simulation.cases import SECOND, SERVICES
from tests.simulation.deployment import (
    ORDER_TABLE,
    PAYMENT_QUEUE,
    make_queues,
    settings_for,
    wants_a_message,
)
from tests.simulation.execution import HANDLERS, Environment, inside
from tests.simulation.models.dynamodb import DynamoDbModel
from tests.simulation.models.secrets_manager import SecretsManagerModel
from tests.simulation.models.sqs import SqsModel
from tests.simulation.payment_service import PaymentServiceModel

T = TypeVar("T")

START_MS = 1_750_000_000_000
SHARDS = 16
REMAINING_MS = 300 * SECOND


class MeteredCheckout:
    """One deployed checkout, as the handlers see it, each with one warm environment."""

    def __init__(
        self, dynamodb: Callable[[MeteredCheckout], DynamoDbModel] = DynamoDbModel
    ) -> None:
        """Make it empty. ``dynamodb`` makes another model of the tables than the simulator's."""
        self.settings: Mapping[str, str] = {
            **settings_for(SERVICES["keys and look-up"], quarantine_before=0),
            "UNSETTLED_SHARDS": str(SHARDS),
        }
        self.meter = Meter()
        self._now = START_MS
        self._numbers = 0
        self._relayed = 0
        self._environments: dict[str, Environment] = {}
        self._environment: Environment | None = None
        self.dynamodb = dynamodb(self)
        self.dynamodb.create_table(
            ORDER_TABLE, key="pk", indexes={"unsettled": INDEX}, stream_shards=1
        )
        self.sqs = SqsModel(self)
        make_queues(self.sqs, max_receives=37)
        self.payments = PaymentServiceModel(
            SERVICES["keys and look-up"], self.now, on_charge=lambda _charge: None
        )
        self._models: dict[str, Any] = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "secretsmanager": SecretsManagerModel({"arn:secret": "sk_test"}),
        }

    # What orders go through --------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[MeteredCheckout]:
        """Let the handlers run here, and weigh what they log."""
        runtime = logging.getLogger("checkout_runtime")
        level, spread, meter = runtime.level, runtime.propagate, LogMeter(self.meter)
        runtime.setLevel(logging.INFO)
        runtime.propagate = False
        runtime.addHandler(meter)
        try:
            with inside(self):
                yield self
        finally:
            runtime.removeHandler(meter)
            runtime.setLevel(level)
            runtime.propagate = spread

    def pass_orders(self, orders: int, *, batch: int) -> None:
        """Let so many orders be placed and charged, ``batch`` of them at a time."""
        for first in range(0, orders, batch):
            for _ in range(min(batch, orders - first)):
                self.place()
            self.relay()
            self.charge(batch)
            self._now += SECOND

    def place(self) -> None:
        """Place one order: three lines, ids as long as a shop's are."""
        self._numbers += 1
        self._submit(f"{self._numbers:08}")

    def resubmit(self) -> None:
        """Submit the order that was placed last once more."""
        self._submit(f"{self._numbers:08}")

    def _submit(self, number: str) -> None:
        body = {
            "amount": 12_999,
            "currency": "EUR",
            "customer": f"customer-{number}-4f7e-9d2b",
            "lines": [{"sku": f"sku-{each}-large-blue", "quantity": each} for each in (1, 2, 3)],
            "payment_method": "ok.pm_1QK2mC2eZvKYlo2C",
        }
        answer = self.invoke(
            "place_order",
            {
                "headers": {"content-type": "application/json", "idempotency-key": f"key-{number}"},
                "requestContext": {
                    "requestId": f"Req{number}=",
                    "authorizer": {"jwt": {"claims": {"sub": f"buyer-{number}"}}},
                },
                "body": json.dumps(body),
            },
        )
        if answer["statusCode"] not in (200, 202):
            raise RuntimeError(f"the order was not accepted: {answer}")

    def relay(self) -> None:
        """Relay what the stream has, in one invocation."""
        records = self.dynamodb.stream_records(ORDER_TABLE, 0, self._relayed)
        self._relayed += len(records)
        wanted = [record for record in records if wants_a_message(record)]
        if wanted:
            self.invoke("relay_orders", {"Records": wanted})

    def charge(self, batch: int) -> None:
        """Do what a queue mapping does once: receive, invoke, delete."""
        received = self.sqs.receive_message(QueueUrl=PAYMENT_QUEUE, MaxNumberOfMessages=batch)
        self.meter.count("queue mapping", "receive_message")
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in received["Messages"]
        ]
        answer = self.invoke("process_payments", {"Records": records})
        if answer["batchItemFailures"]:
            raise RuntimeError(f"not charged: {answer}")
        self.meter.count("queue mapping", "delete_message_batch")
        self.sqs.delete_message_batch(
            QueueUrl=PAYMENT_QUEUE,
            Entries=[
                {"Id": str(place), "ReceiptHandle": record["receiptHandle"]}
                for place, record in enumerate(records)
            ],
        )

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Run one handler, and meter its processor time without that of the models."""
        self._environment = self._environments.setdefault(function, Environment(function, 1))
        self.meter.invoked(function)
        self.deadline = self._now + REMAINING_MS
        with self.meter.working(function):
            return HANDLERS[function](event, self)

    def pass_time(self, milliseconds: int) -> None:
        """Let the clock go on."""
        self._now += milliseconds

    # What execution environments see -----------------------------------------------------------

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's context has it."""
        return self.deadline - self._now

    def now(self) -> int:
        """Milliseconds UTC."""
        return self._now

    def environment(self) -> Environment:
        """The environment of the current invocation."""
        assert self._environment is not None, "only an invocation has an environment"
        return self._environment

    def aws_client(self, service: str) -> Any:
        """A client with a meter."""
        return MeteredClient(
            self._models[service], self.meter, self.environment().function, self.stored
        )

    def stored(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """An item of the order table as it is, without a call."""
        found: Mapping[str, Any] | None = self.dynamodb.get_item(
            TableName=ORDER_TABLE, Key=dict(key)
        ).get("Item")
        return found

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, _timeout: float
    ) -> HttpAnswer:
        """Send one request to the payment service."""
        function = self.environment().function
        self.meter.count(function, "payment")
        with self.meter.resting(function):
            answer: HttpAnswer = self.payments.handle(method, url, headers, body)
        return answer

    def unique_id(self) -> str:
        """An id as long as the ones that handlers draw."""
        self._numbers += 1
        return f"{self._numbers:016x}"

    def run_side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run one after the other: who waits for whom costs nothing here."""
        return [task() for task in tasks]

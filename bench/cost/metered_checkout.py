"""The real handlers on the simulator's models, without faults, and a meter at every call.

Orders pass in batches: as many are placed, relayed in one invocation, and charged in one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.cost.meter import LogMeter
from bench.cost.metered_surroundings import MeteredSurroundings
from simulator.cases import SECOND
from simulator.deployment import (
    ORDER_TABLE,
    PAYMENT_QUEUE,
    owes,
    wants_a_message,
)
from simulator.execution import Environment, inside
from simulator.models.dynamodb import Clock, DynamoDbModel

REMAINING_MS = 300 * SECOND


class MeteredCheckout(MeteredSurroundings):
    """Takes orders through the handlers."""

    def __init__(
        self,
        dynamodb: Callable[[Clock], DynamoDbModel] = DynamoDbModel,
        *,
        announces: bool = False,
    ) -> None:
        """Make it empty; the parameters are those of its surroundings."""
        super().__init__(dynamodb, announces=announces)
        self._relayed = 0

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
            if self.announces:
                self.relay()
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
        wanted = [each for each in records if wants_a_message(each) or self._is_announced(each)]
        if wanted:
            self.invoke("relay_orders", {"Records": wanted})

    def _is_announced(self, record: dict[str, Any]) -> bool:
        return self.announces and owes(record)

    def charge(self, batch: int) -> None:
        """Do what a queue mapping does once: receive, invoke, delete."""
        received = self.sqs.call(
            "ReceiveMessage", {"QueueUrl": PAYMENT_QUEUE, "MaxNumberOfMessages": batch}
        )
        self.meter.count("queue mapping", "ReceiveMessage")
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
        self.meter.count("queue mapping", "DeleteMessageBatch")
        entries = [
            {"Id": str(place), "ReceiptHandle": record["receiptHandle"]}
            for place, record in enumerate(records)
        ]
        self.sqs.call("DeleteMessageBatch", {"QueueUrl": PAYMENT_QUEUE, "Entries": entries})

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Run one handler, and meter its processor time without that of the models."""
        self._environment = self._environments.setdefault(function, Environment(function, 1))
        self.meter.invoked(function)
        self.deadline = self._now + REMAINING_MS
        with self.meter.working(function):
            return self._environment.runtime.handlers[function](event, self)

    def pass_time(self, milliseconds: int) -> None:
        """Let the clock go on."""
        self._now += milliseconds

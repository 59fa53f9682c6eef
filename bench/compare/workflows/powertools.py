"""Powertools idempotency as documented: around put and send, and around the charge.

``@idempotent`` on intake and ``@idempotent_function`` around the charge in the consumer, both keyed
on the buyer's idempotency key (``bench/compare/idempotency_records.py`` is the library's protocol
written by hand). The order's number is made inside, as in the library's examples.

Granted: everything that D is granted, the Lambda context registered in both places so that records
of a crashed invocation expire, and the buyer's key as the payment service's idempotency key.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from bench.compare.idempotency_records import AlreadyInProgressError, IdempotencyRecords
from bench.compare.shop import Shop, accepted, cart_of, try_again
from bench.compare.stage import Stage, WorkflowError
from checkout_runtime.adapters.http_exchange import NoAnswerError
from simulator.deployment import CONSUMER_TIMEOUT_MS, PAYMENT_QUEUE
from simulator.world import Context


def deploy(stage: Stage) -> None:
    """Two functions, a queue between them, and a table of idempotency records beside them."""
    shop, records = Shop(stage), IdempotencyRecords(stage)

    def place_order(request: Any, context: Context) -> Any:
        key = request["headers"]["idempotency-key"]

        def put_and_send() -> Any:
            order_id = stage.order_number(request)
            shop.store(order_id, cart_of(request))
            stage.aws_client("sqs").send_message(
                QueueUrl=PAYMENT_QUEUE,
                MessageBody=json.dumps({"order_id": order_id, "key": key}),
                MessageGroupId=order_id,
            )
            return accepted(order_id)

        try:
            return records.once(f"place_order#{key}", context, put_and_send)
        except AlreadyInProgressError:
            return try_again()

    def process_payments(event: Any, context: Context) -> Any:
        failed = []
        for record in event["Records"]:
            try:
                pay(**json.loads(record["body"]), context=context)
            except (ClientError, ReadTimeoutError, NoAnswerError, WorkflowError):
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    def pay(order_id: str, key: str, context: Context) -> None:
        cart = shop.unpaid(order_id)
        if cart is not None:
            status = records.once(
                f"charge#{key}", context, lambda: shop.charge(order_id, cart, key)
            )
            shop.settle(order_id, status)

    stage.deploy("place_order", place_order)
    stage.deploy("process_payments", process_payments, CONSUMER_TIMEOUT_MS)

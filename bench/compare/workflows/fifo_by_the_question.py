"""D: the order is stored, its number goes to an SQS FIFO queue, the consumer deletes the message.

As a careful engineer writes it from the question alone: the number is new at each submission.

Granted: content-based deduplication, a message group for each order, ``ReportBatchItemFailures``,
a FIFO dead-letter queue after as many receives as ours, a visibility timeout of six function
timeouts, a consistent read of the order's state before the charge, a conditional update after it,
and the order's number as the payment service's idempotency key.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from bench.compare.shop import Shop, accepted, cart_of
from bench.compare.stage import Stage
from checkout_runtime.adapters.http_exchange import NoAnswerError
from simulator.deployment import CONSUMER_TIMEOUT_MS, PAYMENT_QUEUE
from simulator.world import Context


def deploy(stage: Stage) -> None:
    """Two functions and a queue between them."""
    shop = Shop(stage)

    def place_order(request: Any, context: Context) -> Any:
        del context
        order_id = stage.order_number(request)
        shop.store(order_id, cart_of(request))
        stage.aws_client("sqs").send_message(
            QueueUrl=PAYMENT_QUEUE, MessageBody=order_id, MessageGroupId=order_id
        )
        return accepted(order_id)

    def process_payments(event: Any, context: Context) -> Any:
        del context
        failed = []
        for record in event["Records"]:
            try:
                shop.pay(record["body"])
            except (ClientError, ReadTimeoutError, NoAnswerError):
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    stage.deploy("place_order", place_order)
    stage.deploy("process_payments", process_payments, CONSUMER_TIMEOUT_MS)

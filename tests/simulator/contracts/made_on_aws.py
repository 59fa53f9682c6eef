"""The order table and the queues on an AWS endpoint, deleted when the contracts are done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checkout_runtime.adapters.aws import AwsService
from tests.simulator.contracts.backends import (
    DEAD_LETTER_RECEIVES,
    INDEX,
    PK,
    VISIBILITY_SECONDS,
    OrderTable,
    PaymentQueue,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

__all__ = ["made_queues", "made_table"]


@contextmanager
def made_table(client: DynamoDBClient, dynamodb: AwsService, name: str) -> Iterator[OrderTable]:
    """A table with the keys and the index of ``checkout_stack.pipeline.order_table``.

    ``client`` makes and deletes it; ``dynamodb`` is the adapter of the port that is held to it.
    """
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": PK, "AttributeType": "S"},
            {"AttributeName": "unsettled_shard", "AttributeType": "S"},
            {"AttributeName": "unsettled_since", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": PK, "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [
                    {"AttributeName": "unsettled_shard", "KeyType": "HASH"},
                    {"AttributeName": "unsettled_since", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    try:
        client.get_waiter("table_exists").wait(TableName=name)
        yield OrderTable(dynamodb, name)
    finally:
        client.delete_table(TableName=name)


@contextmanager
def made_queues(client: SQSClient, sqs: AwsService, prefix: str) -> Iterator[PaymentQueue]:
    """A FIFO queue like the payment queue, and its dead-letter queue; see :func:`made_table`."""
    urls: list[str] = []
    try:
        dead_letters = client.create_queue(
            QueueName=f"{prefix}-dead.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        urls.append(dead_letters)
        arn = client.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
            "maxReceiveCount": DEAD_LETTER_RECEIVES,
        }
        url = client.create_queue(
            QueueName=f"{prefix}.fifo",
            Attributes={
                "FifoQueue": "true",
                "ContentBasedDeduplication": "true",
                "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId",
                "VisibilityTimeout": str(VISIBILITY_SECONDS),
                "RedrivePolicy": json.dumps(redrive),
            },
        )["QueueUrl"]
        urls.append(url)
        yield PaymentQueue(sqs, url, dead_letters)
    finally:
        for url in urls:
            client.delete_queue(QueueUrl=url)

"""What the tests of the Lambda code share: names, tables and queues of a test's own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.application.in_memory_checkout import Checkout

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def checkout() -> Checkout:
    """A checkout whose ports are all in memory."""
    return Checkout()


@pytest.fixture
def aws_environment(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process as Lambda would set it up: Region, credentials and endpoint by environment."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in local_aws.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def sqs(local_aws: LocalAws) -> SQSClient:
    """The local SQS."""
    return local_aws.sqs()


@pytest.fixture(scope="session")
def fresh_name() -> Callable[[str], str]:
    """Names that no other test of this session has."""
    numbers = itertools.count()
    return lambda beginning: f"{beginning}-{next(numbers)}"


@pytest.fixture
def own_table(
    dynamodb: BotocoreService, order_table: str, fresh_name: Callable[[str], str]
) -> Iterator[str]:
    """A table like the shared one, for what looks at all orders of an index."""
    like = dynamodb.client.describe_table(TableName=order_table)["Table"]
    name = fresh_name("own-orders")
    dynamodb.client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=like["KeySchema"],
        AttributeDefinitions=like["AttributeDefinitions"],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index["IndexName"],
                "KeySchema": index["KeySchema"],
                "Projection": index["Projection"],
            }
            for index in like["GlobalSecondaryIndexes"]
        ],
    )
    yield name
    dynamodb.client.delete_table(TableName=name)


@pytest.fixture
def payment_queue_url(sqs: SQSClient, fresh_name: Callable[[str], str]) -> Iterator[str]:
    """A queue that deduplicates by content, as production's does."""
    url = sqs.create_queue(
        QueueName=f"{fresh_name('payments')}.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)

"""One order table and one pair of queues, on a model, on the local AWS, or on a real account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from tests.checkout_runtime.factories import NOW

__all__ = [
    "DEAD_LETTER_RECEIVES",
    "INDEX",
    "PK",
    "VISIBILITY_SECONDS",
    "OrderTable",
    "PaymentQueue",
    "VirtualClock",
    "number",
    "outcome",
    "text",
]

INDEX = "unsettled"
PK = "pk"
DEAD_LETTER_RECEIVES = 2
"""Receives before a message moves to the dead letters: few, so that a contract gets there."""
VISIBILITY_SECONDS = 60
"""Longer than any contract takes on a real queue."""


@dataclass(slots=True)
class VirtualClock:
    """Time of a model, in milliseconds since 1970-01-01 UTC."""

    time_ms: int = NOW

    def now(self) -> int:
        """Return the time."""
        return self.time_ms


@dataclass(frozen=True, slots=True)
class OrderTable:
    """DynamoDB behind the port, and a table with the keys and the index of the order table."""

    dynamodb: AwsService
    name: str

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation on this table."""
        return self.dynamodb.call(operation, {"TableName": self.name, **parameters})

    def put(self, item: dict[str, Any], **options: Any) -> Any:
        """Put an item."""
        return self.call("PutItem", Item=item, **options)

    def update(self, pk: str, expression: str, **options: Any) -> Any:
        """Update an item."""
        return self.call("UpdateItem", Key={PK: text(pk)}, UpdateExpression=expression, **options)

    def delete(self, pk: str, **options: Any) -> Any:
        """Delete an item."""
        return self.call("DeleteItem", Key={PK: text(pk)}, **options)

    def get(self, pk: str) -> dict[str, Any] | None:
        """Read an item consistently."""
        return self.call("GetItem", Key={PK: text(pk)}, ConsistentRead=True).get("Item")

    def query(self, condition: str, **options: Any) -> Any:
        """Query the index."""
        return self.call("Query", IndexName=INDEX, KeyConditionExpression=condition, **options)

    def scan(self, **options: Any) -> Any:
        """Scan the table."""
        return self.call("Scan", **options)

    def transact(self, *actions: dict[str, Any], **options: Any) -> Any:
        """Write all of the actions, or none; each as ``{"Put": ...}`` without the table."""
        named = [
            {kind: {"TableName": self.name, **request} for kind, request in action.items()}
            for action in actions
        ]
        return self.dynamodb.call("TransactWriteItems", {"TransactItems": named, **options})


@dataclass(frozen=True, slots=True)
class PaymentQueue:
    """SQS behind the port, a FIFO queue that deduplicates by content, and its dead letters."""

    sqs: AwsService
    url: str
    dead_letters: str

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation on this queue, unless ``QueueUrl`` names another."""
        return self.sqs.call(operation, {"QueueUrl": self.url, **parameters})

    def send(self, body: str, group: str = "g") -> Any:
        """Send one message."""
        return self.call("SendMessage", MessageBody=body, MessageGroupId=group)

    def receive(self, most: int = 10, url: str | None = None) -> list[Any]:
        """Receive what is visible now."""
        answer = self.call(
            "ReceiveMessage",
            QueueUrl=url or self.url,
            MaxNumberOfMessages=most,
            MessageSystemAttributeNames=["All"],
        )
        found: list[Any] = answer.get("Messages", [])
        return found

    def delete(self, message: Any) -> None:
        """Delete a message under the receipt that it came with."""
        self.call("DeleteMessage", ReceiptHandle=message["ReceiptHandle"])

    def return_to_queue(self, messages: list[Any], seconds: int = 0) -> Any:
        """Make messages visible again after a time."""
        return self.call(
            "ChangeMessageVisibilityBatch",
            Entries=[
                {
                    "Id": str(place),
                    "ReceiptHandle": message["ReceiptHandle"],
                    "VisibilityTimeout": seconds,
                }
                for place, message in enumerate(messages)
            ],
        )


def text(value: str) -> dict[str, str]:
    """A string as DynamoDB writes it."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """A number as DynamoDB writes it."""
    return {"N": str(value)}


def outcome(act: Callable[[], Any]) -> Any:
    """What a call answered, or the code of its error and the item that came with it."""
    try:
        return act()
    except AwsRefusedError as error:
        return error.code, error.item

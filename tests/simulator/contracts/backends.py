"""One order table and one pair of queues, on a model, on the local AWS, or on a real account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.checkout_runtime.making import NOW

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
"""Receives before a message is given up: few, so that a contract gets there."""
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
    """A client of DynamoDB and a table with the keys and the index of the order table."""

    client: Any
    name: str

    def put(self, item: dict[str, Any], **options: Any) -> Any:
        """Put an item."""
        return self.client.put_item(TableName=self.name, Item=item, **options)

    def update(self, pk: str, expression: str, **options: Any) -> Any:
        """Update an item."""
        return self.client.update_item(
            TableName=self.name, Key={PK: text(pk)}, UpdateExpression=expression, **options
        )

    def delete(self, pk: str, **options: Any) -> Any:
        """Delete an item."""
        return self.client.delete_item(TableName=self.name, Key={PK: text(pk)}, **options)

    def get(self, pk: str) -> dict[str, Any] | None:
        """Read an item consistently."""
        answer = self.client.get_item(TableName=self.name, Key={PK: text(pk)}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def query(self, condition: str, **options: Any) -> Any:
        """Query the index."""
        return self.client.query(
            TableName=self.name, IndexName=INDEX, KeyConditionExpression=condition, **options
        )

    def scan(self, **options: Any) -> Any:
        """Scan the table."""
        return self.client.scan(TableName=self.name, **options)

    def transact(self, *actions: dict[str, Any], **options: Any) -> Any:
        """Write all of the actions, or none; each as ``{"Put": ...}`` without the table."""
        named = [
            {kind: {"TableName": self.name, **request} for kind, request in action.items()}
            for action in actions
        ]
        return self.client.transact_write_items(TransactItems=named, **options)


@dataclass(frozen=True, slots=True)
class PaymentQueue:
    """A client of SQS, a FIFO queue that deduplicates by content, and its dead-letter queue."""

    client: Any
    url: str
    dead_letters: str

    def send(self, body: str, group: str = "g") -> Any:
        """Send one message."""
        return self.client.send_message(QueueUrl=self.url, MessageBody=body, MessageGroupId=group)

    def receive(self, most: int = 10, url: str | None = None) -> list[Any]:
        """Receive what is visible now."""
        answer = self.client.receive_message(
            QueueUrl=url or self.url, MaxNumberOfMessages=most, AttributeNames=["All"]
        )
        found: list[Any] = answer.get("Messages", [])
        return found

    def delete(self, message: Any) -> None:
        """Delete a message under the receipt that it came with."""
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hand_back(self, messages: list[Any], seconds: int = 0) -> Any:
        """Make messages visible again after a time."""
        return self.client.change_message_visibility_batch(
            QueueUrl=self.url,
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
        answer = act()
    except ClientError as error:
        response: dict[str, Any] = dict(error.response)
        return response["Error"]["Code"], response.get("Item")
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

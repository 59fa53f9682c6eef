"""A deployed checkout that a test makes up: its table, dead letters, and functions."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from checkout_runtime.adapters.order_item import order_to_item
from checkout_stack.operations.deployed_checkout import DeployedCheckout
from tests.checkout_runtime.factories import new_order

Event = dict[str, Any]


def denied(operation: str, code: str = "AccessDeniedException") -> ClientError:
    """What boto3 raises where a permission is missing."""
    return ClientError({"Error": {"Code": code, "Message": "not allowed"}}, operation)


def stored_item(key: str = "k1", **attributes: Any) -> dict[str, Any]:
    """An order as an item of the table."""
    return {**order_to_item(new_order(key), 1), **attributes}


@dataclass
class Queue:
    """A dead-letter queue: visible letters, those that this command holds, those of others."""

    visible: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    in_flight: int = 0
    deleted: list[str] = field(default_factory=list)
    may_be_counted: bool = True
    when_empty: Callable[[], None] = lambda: None
    """What happens each time that nothing could be received."""

    def put(self, *bodies: str) -> None:
        for body in bodies:
            name = f"m{len(self.visible) + len(self.held) + len(self.deleted)}"
            self.visible.append({"MessageId": name, "ReceiptHandle": name, "Body": body})

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        batch, self.visible = (
            self.visible[:MaxNumberOfMessages],
            self.visible[MaxNumberOfMessages:],
        )
        self.held.update({each["ReceiptHandle"]: each for each in batch})
        if not batch:
            self.when_empty()
        return {"Messages": batch} if batch else {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        if ReceiptHandle not in self.held:
            raise denied("DeleteMessage", "ReceiptHandleIsInvalid")
        del self.held[ReceiptHandle]
        self.deleted.append(ReceiptHandle)

    def change_message_visibility_batch(self, *, Entries: list[Any], **_: Any) -> None:  # noqa: N803
        for entry in Entries:
            if entry["ReceiptHandle"] in self.held:
                self.visible.append(self.held.pop(entry["ReceiptHandle"]))

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        if not self.may_be_counted:
            raise denied("GetQueueAttributes")
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(len(self.visible)),
                "ApproximateNumberOfMessagesNotVisible": str(len(self.held) + self.in_flight),
                "ApproximateNumberOfMessagesDelayed": "0",
            }
        }


@dataclass
class Deployment:
    """Stands in for a session: every client is this object, but for the queue's."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    queue: Queue = field(default_factory=Queue)
    reconciler: Callable[[Event], dict[str, Any]] = lambda _: {}
    functions: dict[str, dict[str, str]] = field(default_factory=dict)
    """Environment variables of the stack's functions by logical id."""
    arn: str | None = "arn:aws:iam::1:user/ada"
    events: list[Event] = field(default_factory=list)
    """What the reconciler was asked."""
    region_name = "eu-west-1"

    def store(self, key: str = "k1", **attributes: Any) -> str:
        """Put an order into the table; returns its id."""
        item = stored_item(key, **attributes)
        order_id = str(item["pk"]["S"])
        self.items[order_id] = item
        return order_id

    def client(self, service: str, **_: Any) -> Any:
        return self.queue if service == "sqs" else self

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(Key["pk"]["S"])
        return {} if item is None else {"Item": item}

    def get_caller_identity(self) -> dict[str, str]:
        if self.arn is None:
            raise denied("GetCallerIdentity")
        return {"Arn": self.arn}

    def invoke(self, *, Payload: bytes, **_: Any) -> dict[str, Any]:  # noqa: N803
        event = json.loads(Payload)
        self.events.append(event)
        return {"Payload": io.BytesIO(json.dumps(self.reconciler(event)).encode())}

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, **options: Any) -> Iterator[dict[str, Any]]:
        if "IndexName" in options:
            shard = options["ExpressionAttributeValues"][":shard"]["S"]
            found = [
                {"pk": item["pk"]}
                for item in self.items.values()
                if item.get("unsettled_shard", {}).get("S") == shard
            ]
            yield {"Items": found}
            return
        yield {
            "StackResourceSummaries": [
                {
                    "ResourceType": "AWS::Lambda::Function",
                    "LogicalResourceId": name,
                    "PhysicalResourceId": name,
                }
                for name in self.functions
            ]
        }

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        return {"Environment": {"Variables": self.functions[FunctionName]}}

    def checkout(self) -> DeployedCheckout:
        """What ``find_checkout`` would find."""
        session: Any = self
        return DeployedCheckout(
            stack="Shop",
            name="Checkout",
            resources={
                "order_table": "orders",
                "dead_letter_queue": "https://sqs/letters",
                "reconciler": "Reconciler",
            },
            session=session,
        )

"""SQS FIFO queues with content-based deduplication, behind the runtime's port to AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError
from simulator.models.dynamodb import Clock

__all__ = ["SqsModel"]

DEDUPLICATION_MS = 5 * 60 * 1000
"""SQS remembers a deduplication id for five minutes from the first send, also after the message was
deleted (developer guide, "Exactly-once processing")."""
MOST_IN_A_BATCH = 10
"""Entries of a batch call, and messages of a receive (developer guide, "Quotas")."""
_BATCH = "AWS.SimpleQueueService"


@dataclass(slots=True)
class _Message:
    number: int
    body: str
    group: str
    sent_at: int
    deduplication_id: str
    receives: int = 0
    first_received_at: int = 0
    visible_at: int = 0
    receipt: str = ""


@dataclass(slots=True)
class _Queue:
    name: str
    visibility_ms: int
    retention_ms: int
    dead_letter_queue: str | None
    max_receives: int
    messages: list[_Message] = field(default_factory=list)
    """In the order in which they were sent."""
    remembered: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Group and deduplication id, to when the first was sent and its number."""


class SqsModel:
    """One account's FIFO queues; a queue's URL is its name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._numbers = 0
        self._operations: dict[str, Callable[..., dict[str, Any]]] = {
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_message_batch,
            "ReceiveMessage": self._receive_message,
            "DeleteMessage": self._delete_message,
            "DeleteMessageBatch": self._delete_message_batch,
            "ChangeMessageVisibilityBatch": self._change_message_visibility_batch,
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation, as ``AwsService`` has it."""
        return self._operations[operation](**parameters)

    # For those who run the world ---------------------------------------------------------------

    def create_queue(
        self,
        name: str,
        *,
        visibility_ms: int,
        retention_ms: int,
        dead_letter_queue: str | None = None,
        max_receives: int = 0,
    ) -> None:
        """Create a FIFO queue that deduplicates by content, in each message group."""
        self._queues[name] = _Queue(
            name, visibility_ms, retention_ms, dead_letter_queue, max_receives
        )

    def length(self, name: str) -> int:
        """How many messages a queue holds, visible or not."""
        queue = self._queues[name]
        self._expire(queue)
        return len(queue.messages)

    def next_visible_at(self, name: str) -> int | None:
        """When a receive would get something, or None while the queue is empty."""
        heads: dict[str, int] = {}
        for message in self._queues[name].messages:
            # A group waits for the last of its messages that are in flight.
            heads[message.group] = max(heads.get(message.group, 0), message.visible_at)
        return min(heads.values()) if heads else None

    def redrive(self, name: str) -> None:
        """Move every message of a dead-letter queue back (``StartMessageMoveTask``)."""
        dead_letters = self._queues[name]
        self._expire(dead_letters)
        for queue in self._queues.values():
            if queue.dead_letter_queue == name:
                for message in dead_letters.messages:
                    self._move(message, queue)
                dead_letters.messages = []

    # Operations --------------------------------------------------------------------------------

    def _send_message(
        self,
        *,
        QueueUrl: str,
        MessageBody: str,
        MessageGroupId: str,
    ) -> dict[str, Any]:
        """Send a message, unless its content was sent to its group in the last five minutes."""
        queue, now = self._queues[QueueUrl], self._clock.now()
        digest = hashlib.sha256(MessageBody.encode()).hexdigest()
        known = queue.remembered.get((MessageGroupId, digest))
        if known is not None and now < known[0] + DEDUPLICATION_MS:
            return {"MessageId": f"m{known[1]}", "SequenceNumber": str(known[1])}
        self._numbers += 1
        number = self._numbers
        queue.remembered[MessageGroupId, digest] = (now, number)
        queue.messages.append(_Message(number, MessageBody, MessageGroupId, now, digest))
        return {"MessageId": f"m{number}", "SequenceNumber": str(number)}

    def _send_message_batch(
        self,
        *,
        QueueUrl: str,
        Entries: Sequence[dict[str, Any]],
    ) -> dict[str, Any]:
        """Send up to ten messages."""
        _check_batch(Entries)
        sent = [
            {
                "Id": entry["Id"],
                **self._send_message(
                    QueueUrl=QueueUrl,
                    MessageBody=entry["MessageBody"],
                    MessageGroupId=entry["MessageGroupId"],
                ),
            }
            for entry in Entries
        ]
        return {"Successful": sent}

    def _receive_message(
        self,
        *,
        QueueUrl: str,
        MaxNumberOfMessages: int = 1,
        VisibilityTimeout: int | None = None,
        **_options: Any,
    ) -> dict[str, Any]:
        """Receive messages in order; a group with a message in flight waits."""
        if not 1 <= MaxNumberOfMessages <= MOST_IN_A_BATCH:
            raise AwsRefusedError("InvalidParameterValue", "1 to 10 messages")
        queue, now = self._queues[QueueUrl], self._clock.now()
        visibility_ms = queue.visibility_ms
        if VisibilityTimeout is not None:
            visibility_ms = VisibilityTimeout * 1000
        self._expire(queue)
        blocked = {message.group for message in queue.messages if message.visible_at > now}
        received: list[_Message] = []
        for message in list(queue.messages):
            if len(received) == MaxNumberOfMessages:
                break
            if message.group in blocked:
                continue
            if queue.dead_letter_queue is not None and message.receives >= queue.max_receives:
                queue.messages.remove(message)
                self._move(message, self._queues[queue.dead_letter_queue])
                continue
            message.receives += 1
            message.first_received_at = message.first_received_at or now
            message.visible_at = now + visibility_ms
            message.receipt = f"{queue.name}/{message.number}/{message.receives}"
            received.append(message)
        return {"Messages": [_received(message) for message in received]} if received else {}

    def _delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
        """Delete a message under its latest receipt, while that has not expired.

        "The receipt handle has expired" is what FIFO queues answer once the message is visible
        again (re:Post, "How do I resolve the receipt handle error"). What was deleted before is
        deleted.
        """
        queue = self._queues[QueueUrl]
        message = self._in_flight(queue, ReceiptHandle)
        if message is not None:
            queue.messages.remove(message)
        elif self._is_of_a_message(queue, ReceiptHandle):
            raise AwsRefusedError("InvalidParameterValue", "The receipt handle has expired")
        return {}

    def _delete_message_batch(
        self,
        *,
        QueueUrl: str,
        Entries: Sequence[dict[str, Any]],
    ) -> dict[str, Any]:
        """Delete up to ten messages."""
        _check_batch(Entries)
        answer: dict[str, Any] = {"Successful": []}
        for entry in Entries:
            try:
                self._delete_message(QueueUrl=QueueUrl, ReceiptHandle=entry["ReceiptHandle"])
            except AwsRefusedError as problem:
                failure = {
                    "Id": entry["Id"],
                    "SenderFault": True,
                    "Code": problem.code,
                    "Message": problem.message,
                }
                answer.setdefault("Failed", []).append(failure)
            else:
                answer["Successful"].append({"Id": entry["Id"]})
        return answer

    def _change_message_visibility_batch(
        self,
        *,
        QueueUrl: str,
        Entries: Sequence[dict[str, Any]],
    ) -> dict[str, Any]:
        """Hand messages back, or keep them longer; what is not in flight fails by itself."""
        _check_batch(Entries)
        queue, now = self._queues[QueueUrl], self._clock.now()
        answer: dict[str, Any] = {"Successful": []}
        for entry in Entries:
            message = self._in_flight(queue, entry["ReceiptHandle"])
            if message is None:
                failure = {"Id": entry["Id"], "Code": "MessageNotInflight", "SenderFault": True}
                answer.setdefault("Failed", []).append(failure)
                continue
            message.visible_at = now + entry["VisibilityTimeout"] * 1000
            answer["Successful"].append({"Id": entry["Id"]})
        return answer

    # Inside ------------------------------------------------------------------------------------

    def _in_flight(self, queue: _Queue, receipt: str) -> _Message | None:
        """The message that this receipt is the latest of, while it is hidden."""
        for message in queue.messages:
            if message.receipt == receipt and message.visible_at > self._clock.now():
                return message
        return None

    def _is_of_a_message(self, queue: _Queue, receipt: str) -> bool:
        """Whether this was once a receipt of a message that the queue still has."""
        name, _, rest = receipt.rpartition("/")[0].rpartition("/")
        return name == queue.name and any(rest == str(each.number) for each in queue.messages)

    def _move(self, message: _Message, queue: _Queue) -> None:
        """Move a message: it counts from the beginning, under a deduplication id of its own."""
        self._numbers += 1
        moved = _Message(
            self._numbers,
            message.body,
            message.group,
            self._clock.now(),
            f"moved-{self._numbers}",
        )
        queue.messages.append(moved)

    def _expire(self, queue: _Queue) -> None:
        oldest = self._clock.now() - queue.retention_ms
        if queue.messages and queue.messages[0].sent_at <= oldest:
            queue.messages = [message for message in queue.messages if message.sent_at > oldest]


def _received(message: _Message) -> dict[str, Any]:
    return {
        "MessageId": f"m{message.number}",
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "Attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "ApproximateFirstReceiveTimestamp": str(message.first_received_at),
            "SentTimestamp": str(message.sent_at),
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.deduplication_id,
            "SequenceNumber": str(message.number),
        },
    }


def _check_batch(entries: Sequence[dict[str, Any]]) -> None:
    """Refuse what SQS refuses as a whole (API reference, ``SendMessageBatch``, "Errors")."""
    if not entries:
        raise AwsRefusedError(f"{_BATCH}.EmptyBatchRequest", "no entries")
    if len(entries) > MOST_IN_A_BATCH:
        raise AwsRefusedError(f"{_BATCH}.TooManyEntriesInBatchRequest", "more than 10")
    if len({entry["Id"] for entry in entries}) != len(entries):
        raise AwsRefusedError(f"{_BATCH}.BatchEntryIdsNotDistinct", "an id stands twice")

"""Messages in the dead-letter queue: held while a command works, then returned or deleted.

A letter that another command, or a reader in the console, has received is in flight: it cannot be
received, and it is not gone. So what a command did not get is counted too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from checkout_stack.operations.deployed_checkout import (
    DeployedCheckout,
    OperationError,
    told_in_one_line,
)
from checkout_stack.operations.stored_orders import is_order_id, utc

#: How long a letter stays hidden from another command while this one works on it.
HELD_SECONDS = 120
#: SQS's quota for one batch.
BATCH = 10
_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
#: What SQS answers where a receipt handle's time is over.
_EXPIRED = frozenset(
    {"InvalidParameterValue", "InvalidParameterValueException", "ReceiptHandleIsInvalid"}
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that was received too often."""

    message_id: str
    receipt_handle: str
    body: str
    sent_at: str | None
    receives: int
    #: The order that it names; ``None`` if it names none.
    order_id: str | None

    def summary(self) -> dict[str, Any]:
        """What is shown of it."""
        return {
            "message_id": self.message_id,
            "order_id": self.order_id,
            "sent_at": self.sent_at,
            "receives": self.receives,
            "body": self.body[:200],
        }


@dataclass(frozen=True, slots=True)
class NotHeld:
    """Letters of the queue that a command did not receive, by SQS's approximate count."""

    visible: int = 0
    in_flight: int = 0
    problem: str | None = None
    """Why they could not be counted."""

    def __bool__(self) -> bool:
        return self.problem is not None or self.visible + self.in_flight > 0

    def __str__(self) -> str:
        if self.problem is not None:
            return f"what others hold is not known: {self.problem}"
        told = f"{self.visible} visible, {self.in_flight} in flight"
        if self.in_flight:
            return (
                f"{told}: another redrive or reader holds them, or SQS's count is up to a minute "
                f"old; wait {HELD_SECONDS} s, then run this again"
            )
        return f"{told}: run this again, or with a larger --most"


@dataclass
class HeldLetters:
    """The letters that one command holds; others cannot receive them meanwhile."""

    checkout: DeployedCheckout
    most: int
    """Letters to receive at most."""
    _held: dict[str, DeadLetter] = field(default_factory=dict)
    _received: set[str] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        """Whether it received as many as it may."""
        return len(self._received) >= self.most

    def take(self) -> list[DeadLetter]:
        """Receive letters that this command did not see yet: a batch, or none at the end."""
        while not self.is_full:
            batch = self._receive(min(BATCH, self.most - len(self._received)))
            new = [each for each in batch if each.message_id not in self._received]
            # Of one that came again, because the time was over, only the new handle counts.
            self._held.update({each.message_id: each for each in batch})
            self._received.update(each.message_id for each in new)
            if new or not batch:
                return new
        return []

    def take_all(self) -> list[DeadLetter]:
        """Receive letters until there is none left to receive."""
        letters: list[DeadLetter] = []
        while batch := self.take():
            letters += batch
        return letters

    def delete(self, letters: Sequence[DeadLetter]) -> None:
        """Delete letters whose orders need them no more.

        One that was held for too long is visible again and stays: it is counted as not held.
        """
        sqs = self.checkout.client("sqs")
        with told_in_one_line():
            for letter in letters:
                held = self._held.pop(letter.message_id)
                try:
                    sqs.delete_message(QueueUrl=self._url, ReceiptHandle=held.receipt_handle)
                except ClientError as problem:
                    if problem.response["Error"].get("Code") not in _EXPIRED:
                        raise

    def not_held(self) -> NotHeld:
        """Count the letters that others hold, or that are left to receive."""
        try:
            with told_in_one_line():
                attributes = self.checkout.client("sqs").get_queue_attributes(
                    QueueUrl=self._url, AttributeNames=list(_DEPTHS)
                )["Attributes"]
        except OperationError as problem:
            return NotHeld(problem=str(problem))
        visible, hidden, delayed = (int(attributes.get(name, 0)) for name in _DEPTHS)
        # The held ones are among the sum, whichever of the counts is behind.
        left = max(0, visible + hidden + delayed - len(self._held))
        in_flight = min(left, max(0, hidden + delayed - len(self._held)))
        return NotHeld(left - in_flight, in_flight)

    def give_back(self) -> None:
        """Return what is still held to the queue, visible at once."""
        letters = list(self._held.values())
        sqs = self.checkout.client("sqs")
        for begin in range(0, len(letters), BATCH):
            # Where a letter is visible again already its entry fails, and that is as well.
            sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {
                        "Id": str(place),
                        "ReceiptHandle": letter.receipt_handle,
                        "VisibilityTimeout": 0,
                    }
                    for place, letter in enumerate(letters[begin : begin + BATCH])
                ],
            )
        self._held.clear()

    @property
    def _url(self) -> str:
        return self.checkout.resources["dead_letter_queue"]

    def _receive(self, most: int) -> list[DeadLetter]:
        with told_in_one_line():
            answer = self.checkout.client("sqs").receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=most,
                VisibilityTimeout=HELD_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["All"],
            )
        return [_letter(message) for message in answer.get("Messages", [])]


@contextmanager
def held(checkout: DeployedCheckout, *, most: int) -> Iterator[HeldLetters]:
    """Hold dead letters; those that are not deleted are returned to the queue at the end."""
    letters = HeldLetters(checkout, most)
    try:
        yield letters
    finally:
        with told_in_one_line():
            letters.give_back()


def _letter(message: dict[str, Any]) -> DeadLetter:
    attributes = message.get("Attributes", {})
    sent = attributes.get("SentTimestamp")
    return DeadLetter(
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=None if sent is None else utc(int(sent)),
        receives=int(attributes.get("ApproximateReceiveCount", 0)),
        order_id=_order_named(message["Body"]),
    )


def _order_named(body: str) -> str | None:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    order_id = fields.get("order_id") if isinstance(fields, dict) else None
    return order_id if isinstance(order_id, str) and is_order_id(order_id) else None

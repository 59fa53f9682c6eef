"""Messages in the dead-letter queue: held while a person decides, then handed back or deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.problem import told_in_one_line
from checkout_stack.operations.stored_orders import utc

#: How long a message stays hidden from another person's command while this one runs.
HELD_SECONDS = 120
#: SQS's quota for one batch.
BATCH = 10
_ORDER_ID = re.compile(r"ord_[a-z2-7]{52}")


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


@contextmanager
def held(checkout: DeployedCheckout, *, most: int) -> Iterator[list[DeadLetter]]:
    """Hold the dead letters; those that are not deleted are handed back at the end."""
    letters: list[DeadLetter] = []
    try:
        with told_in_one_line():
            while len(letters) < most:
                batch = _receive(checkout, min(BATCH, most - len(letters)))
                if not batch:
                    break
                letters += batch
        yield list(letters)
    finally:
        _hand_back(checkout, letters)


def delete(checkout: DeployedCheckout, letters: Sequence[DeadLetter]) -> None:
    """Delete letters whose orders are on their way again."""
    with told_in_one_line():
        for letter in letters:
            checkout.client("sqs").delete_message(
                QueueUrl=checkout.resources["dead_letter_queue"],
                ReceiptHandle=letter.receipt_handle,
            )


def _receive(checkout: DeployedCheckout, most: int) -> list[DeadLetter]:
    answer = checkout.client("sqs").receive_message(
        QueueUrl=checkout.resources["dead_letter_queue"],
        MaxNumberOfMessages=most,
        VisibilityTimeout=HELD_SECONDS,
        WaitTimeSeconds=1,
        MessageSystemAttributeNames=["All"],
    )
    return [_letter(message) for message in answer.get("Messages", [])]


def _hand_back(checkout: DeployedCheckout, letters: Sequence[DeadLetter]) -> None:
    sqs, url = checkout.client("sqs"), checkout.resources["dead_letter_queue"]
    for begin in range(0, len(letters), BATCH):
        # Of a deleted message the entry fails, and nothing else comes of it.
        sqs.change_message_visibility_batch(
            QueueUrl=url,
            Entries=[
                {
                    "Id": str(place),
                    "ReceiptHandle": letter.receipt_handle,
                    "VisibilityTimeout": 0,
                }
                for place, letter in enumerate(letters[begin : begin + BATCH])
            ],
        )


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
    return order_id if isinstance(order_id, str) and _ORDER_ID.fullmatch(order_id) else None

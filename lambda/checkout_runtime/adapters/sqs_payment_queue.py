"""The payment queue on SQS FIFO."""

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_runtime.domain.message import PaymentMessage

__all__ = ["SqsPaymentQueue"]

MAX_BATCH = 10
"""Entries of one batch call (SQS developer guide, "Quotas")."""
MAX_VISIBILITY_SECONDS = 12 * 60 * 60
"""Longest visibility timeout (SQS API reference, ChangeMessageVisibility)."""


class SqsPaymentQueue:
    """Sends without a deduplication id: the queue takes the body's digest for it."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, messages: Sequence[PaymentMessage]) -> list[PaymentMessage]:
        """Send messages, each in its order's group; return those that were not taken."""
        refused = []
        for batch in _batches(messages):
            answer = self._client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {
                        "Id": str(position),
                        "MessageBody": message.to_body(),
                        "MessageGroupId": message.order_id,
                    }
                    for position, message in enumerate(batch)
                ],
            )
            refused += [batch[int(entry["Id"])] for entry in answer.get("Failed", ())]
        return refused

    def make_visible_after(self, delays: Mapping[str, int]) -> None:
        """Hand messages back: receipt handle to seconds until they are visible again."""
        for batch in _batches(list(delays.items())):
            self._client.change_message_visibility_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {
                        "Id": str(position),
                        "ReceiptHandle": receipt_handle,
                        "VisibilityTimeout": min(delay, MAX_VISIBILITY_SECONDS),
                    }
                    for position, (receipt_handle, delay) in enumerate(batch)
                ],
            )


def _batches(entries: Sequence[Any]) -> list[Sequence[Any]]:
    return [entries[start : start + MAX_BATCH] for start in range(0, len(entries), MAX_BATCH)]

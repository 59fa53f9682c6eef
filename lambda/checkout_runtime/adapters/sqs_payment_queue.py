"""The payment queue on SQS FIFO."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.domain.message import QueueMessage

__all__ = ["SqsPaymentQueue"]

MAX_BATCH = 10
"""Entries of one batch call (SQS developer guide, "Quotas")."""
MAX_RECEIVE_SECONDS = 12 * 60 * 60
"""How long a message may stay hidden after one receive; the time that has passed since counts
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html)."""
MAX_HELD_SECONDS = 6 * 15 * 60
"""How long a worker can have held a message: the queue's visibility timeout is six times that of
the function, and Lambda's longest is 15 minutes."""
MAX_DELAY_SECONDS = MAX_RECEIVE_SECONDS - MAX_HELD_SECONDS
"""SQS takes this delay from every worker. 12 hours would be refused, and the delay lost."""
_JITTER_DIVISOR = 5
"""A delay grows by up to a fifth."""

_log = logging.getLogger(__name__)
M = TypeVar("M", bound=QueueMessage)


class SqsPaymentQueue:
    """Sends without a deduplication id: the queue takes the body's digest for it.

    ``random_below`` returns a whole number from 0 to below its argument, by default from the
    operating system's randomness: execution environments that start as copies of one snapshot share
    the state of a seeded generator, and would draw the same delays.
    """

    def __init__(
        self,
        sqs: AwsService,
        queue_url: str,
        *,
        random_below: Callable[[int], int] | None = None,
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._random_below = random_below or secrets.randbelow

    def send(self, messages: Sequence[M]) -> list[M]:
        """Send messages, each in its order's group; return those that were not taken."""
        refused = []
        for batch in _batches(messages):
            entries = [
                {
                    "Id": str(position),
                    "MessageBody": message.to_body(),
                    "MessageGroupId": message.order_id,
                }
                for position, message in enumerate(batch)
            ]
            answer = self._call("SendMessageBatch", entries)
            refused += [batch[int(entry["Id"])] for entry in answer.get("Failed", ())]
        return refused

    def make_visible_after(self, delays: Mapping[str, int]) -> None:
        """Return messages to the queue: receipt handle to seconds until they are visible again.

        A delay is never shortened, as it may be what is left of a lease; only SQS's limit is
        shorter. It grows by up to a fifth, at random, so that the orders that an outage returned
        together do not come back together. Zero stays zero. A message whose change is refused is
        logged, and comes back after the queue's own visibility timeout.
        """
        for batch in _batches(list(delays.items())):
            entries = [
                {
                    "Id": str(position),
                    "ReceiptHandle": receipt_handle,
                    "VisibilityTimeout": min(self._with_jitter(delay), MAX_DELAY_SECONDS),
                }
                for position, (receipt_handle, delay) in enumerate(batch)
            ]
            answer = self._call("ChangeMessageVisibilityBatch", entries)
            _log_refused(answer.get("Failed", ()))

    def _call(self, operation: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
        return self._sqs.call(operation, {"QueueUrl": self._queue_url, "Entries": entries})

    def _with_jitter(self, delay: int) -> int:
        most = -(-delay // _JITTER_DIVISOR)
        return delay + self._random_below(most + 1)


def _log_refused(failed: Sequence[Mapping[str, Any]]) -> None:
    if failed:
        extra = {
            "event": "retry_delay_refused",
            "messages": len(failed),
            "codes": sorted({str(entry.get("Code")) for entry in failed}),
        }
        _log.warning("retry_delay_refused", extra=extra)


def _batches(entries: Sequence[Any]) -> list[Sequence[Any]]:
    return [entries[start : start + MAX_BATCH] for start in range(0, len(entries), MAX_BATCH)]

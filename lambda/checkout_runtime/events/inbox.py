"""A consumer's work, done once for each event, however often the event comes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.domain.record import Record
from checkout_runtime.events.order_events import Event

__all__ = ["AlreadyHandled", "Handled", "Inbox", "WriteRefused"]

KEEP_FOR_DAYS = 90
"""How long an id is remembered by default. An event that comes after its id was forgotten is
handled a second time, so this has to outlast every way in which one can come late: a day in which
EventBridge tries a target again, 14 days in a queue, 14 more in its dead-letter queue, and the age
of the oldest event that anybody ever replays from an archive."""
SHORTEST_KEEP_FOR_DAYS = 30
"""The same without a replay, rounded up."""
MOST_WRITES = 99
"""Beside the id: a transaction of DynamoDB has at most 100 actions (DynamoDB API reference)."""
SECONDS_OF_A_DAY = 24 * 60 * 60


class Handled(Record):
    """The writes were carried out now, and the event's id with them."""


class AlreadyHandled(Record):
    """An earlier delivery of the event was handled; nothing was written now."""


class WriteRefused(Record):
    """The condition of one of the consumer's own writes did not hold; nothing was written.

    The event counts as not handled. Whether that is an error is the consumer's to say: a write
    that asks for a higher ordinal than the stored one is refused for an event that is overtaken.
    """

    place: int
    """Which of the writes, from 0."""
    item: Mapping[str, Any] | None
    """The stored item, where the write asked for ``ReturnValuesOnConditionCheckFailure``."""


class Inbox:
    """Makes the work of one consumer happen once for each event.

    The event's id and the consumer's own writes are one transaction of DynamoDB: both are stored,
    or neither. A consumer that dies in the middle has written nothing, and the next delivery finds
    no id.

    **What it cannot do**: work outside of DynamoDB, such as a mail or a call to a carrier, is in no
    transaction. Do that work first, with ``event.id`` as its idempotency key, so that whoever
    carries it out recognises a repetition; then store here what came of it. Storing the id first
    would lose the work where the consumer dies between the two.

    The table has the partition key ``event_id`` (text) and no sort key, and expires by
    ``expires_at``. Several consumers may share one. The consumer needs ``dynamodb:PutItem`` on it.
    """

    def __init__(
        self,
        dynamodb: Any,
        table_name: str,
        *,
        consumer: str,
        keep_for_days: int = KEEP_FOR_DAYS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make an inbox.

        Args:
            dynamodb: A DynamoDB client of boto3. It is called from the thread of the caller.
            table_name: Name or ARN of the table.
            consumer: Whose work this is, such as ``warehouse``: each consumer handles each event.
                Changing it handles every event that still comes a second time.
            keep_for_days: Days for which an id is remembered, at least 30. Longer than the oldest
                event that is ever replayed. Default 90.
            clock: Seconds since 1970-01-01 UTC. Default: the system's.

        Raises:
            ValueError: ``consumer`` is empty, or ``keep_for_days`` is too short.
        """
        # Whoever only reads events needs no botocore.
        from checkout_runtime.adapters.botocore_aws import BotocoreService

        if not consumer:
            raise ValueError("consumer is empty: name whose work this is, such as 'warehouse'")
        if keep_for_days < SHORTEST_KEEP_FOR_DAYS:
            raise ValueError(
                f"keep_for_days is {keep_for_days}; at least {SHORTEST_KEEP_FOR_DAYS}: an event "
                "can be so old when it comes out of a dead-letter queue"
            )
        self._dynamodb = BotocoreService(dynamodb)
        self._table_name = table_name
        self._consumer = consumer
        self._keep_for_seconds = keep_for_days * SECONDS_OF_A_DAY
        self._clock = clock

    def handle(
        self, event: Event, writes: Sequence[Mapping[str, Any]]
    ) -> Handled | AlreadyHandled | WriteRefused:
        """Carry out the consumer's writes unless the event was handled before.

        A write that meets another one on its item is tried again for three seconds. A repetition
        after a lost answer is the same transaction, by a token.

        Args:
            event: What was read.
            writes: 1 to 99 actions as ``TransactWriteItems`` takes them, such as
                ``{"Put": {"TableName": ..., "Item": ...}}``, on items of this Region.

        Raises:
            ValueError: There is no write, or there are too many.
            AwsError: DynamoDB refused for another reason, or did not answer: whether anything was
                written is then unknown. Let the event be delivered again, and this finds out.
        """
        if not 1 <= len(writes) <= MOST_WRITES:
            raise ValueError(f"{len(writes)} writes; 1 to {MOST_WRITES} fit into one transaction")
        transaction = {
            "TransactItems": [self._first_time(event), *writes],
            "ClientRequestToken": uuid.uuid4().hex,
        }
        try:
            call_past_conflicts(self._dynamodb, "TransactWriteItems", transaction)
        except AwsRefusedError as error:
            return _judged(error)
        return Handled()

    def _first_time(self, event: Event) -> dict[str, Any]:
        expires_at = int(self._clock()) + self._keep_for_seconds
        item = {
            "event_id": {"S": f"{self._consumer}:{event.id}"},
            "expires_at": {"N": str(expires_at)},
        }
        return {
            "Put": {
                "TableName": self._table_name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(event_id)",
            }
        }


def _judged(error: AwsRefusedError) -> AlreadyHandled | WriteRefused:
    """Return whose condition did not hold: the id's own one says more than any other.

    Where the first that failed did so for another reason, as a conflict, nothing is known of it.
    """
    failed = [
        (place, reason)
        for place, reason in enumerate(error.cancellation_reasons)
        if reason.get("Code") != "None"
    ]
    if not failed or failed[0][1].get("Code") != "ConditionalCheckFailed":
        raise error
    place, reason = failed[0]
    return AlreadyHandled() if place == 0 else WriteRefused(place - 1, reason.get("Item"))

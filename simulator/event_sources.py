"""Lambda's event source mappings: at least once, also after success."""

from __future__ import annotations

from functools import partial
from typing import Any

from simulator.boundaries import boundary_named
from simulator.cases import MINUTE, SECOND
from simulator.deployment import (
    ORDER_TABLE,
    PAYMENT_QUEUE,
    RELAY_BATCH,
    RELAY_RETRIES,
    STREAM_SHARDS,
    owes,
    wants_a_message,
)
from simulator.faults import Fault
from simulator.invariants import Invariants
from simulator.world_state import Invoke, WorldState

__all__ = ["AGAIN_AFTER_MS", "QueueMapping", "StreamMapping"]

_INVOKE_RELAY = boundary_named("stream mapping: relay_orders")
_INVOKE_CONSUMER = boundary_named("queue mapping: process_payments")
_DELETE = boundary_named("queue mapping: delete")
RETRY_PAUSE_MS = SECOND
AGAIN_AFTER_MS = 10 * MINUTE
"""Later than SQS remembers a deduplication id."""


class StreamMapping:
    """Reads each shard of the stream in order, and goes on only when a batch was taken."""

    def __init__(self, world: WorldState, invoke: Invoke) -> None:
        self._world = world
        self._invoke = invoke
        self._positions: list[int] = [0] * STREAM_SHARDS
        self._reading = [False] * STREAM_SHARDS

    @property
    def is_quiet(self) -> bool:
        """Whether every record was taken."""
        table = self._world.dynamodb
        return not any(self._reading) and all(
            position == table.stream_length(ORDER_TABLE, shard)
            for shard, position in enumerate(self._positions)
        )

    def wake(self) -> None:
        """Something may have been written."""
        for shard in range(STREAM_SHARDS):
            if not self._reading[shard] and self._positions[
                shard
            ] < self._world.dynamodb.stream_length(ORDER_TABLE, shard):
                self._reading[shard] = True
                self._world.scheduler.at(self._world.now(), partial(self._read, shard))

    def _read(self, shard: int) -> None:
        position = self._positions[shard]
        records = self._world.dynamodb.stream_records(ORDER_TABLE, shard, position)
        self._positions[shard] = position + len(records)
        self._deliver(shard, [record for record in records if self._passes(record)], 0)

    def _passes(self, record: dict[str, Any]) -> bool:
        return wants_a_message(record) or (self._world.is_announcing and owes(record))

    def _is_dead(self) -> bool:
        events = self._world.case.events
        return events is not None and self._world.since_start() < events.relay_dead_until_ms

    def _deliver(self, shard: int, records: list[dict[str, Any]], tries: int) -> None:
        """Deliver records in order; then read on."""
        if not records or tries > RELAY_RETRIES or self._is_dead():
            # Beyond the retries they go to the on-failure queue: the reconciler is their net.
            self._reading[shard] = False
            self.wake()
            return
        batch, rest = records[:RELAY_BATCH], records[RELAY_BATCH:]
        world = self._world
        fault = world.fault_at(_INVOKE_RELAY)
        if fault is Fault.LOST:
            self._deliver(shard, rest, 0)
            return
        if fault is Fault.PAUSE:
            world.scheduler.at(world.now() + MINUTE, lambda: self._relay(shard, batch, rest, tries))
            return
        if fault is Fault.TWICE:
            self._invoke("relay_orders", {"Records": batch}, lambda _answer: None)
        if fault is Fault.AGAIN:
            world.scheduler.at(
                world.now() + AGAIN_AFTER_MS,
                lambda: self._invoke("relay_orders", {"Records": batch}, lambda _answer: None),
            )
        self._relay(shard, batch, rest, tries)

    def _relay(
        self, shard: int, batch: list[dict[str, Any]], rest: list[dict[str, Any]], tries: int
    ) -> None:
        def ended(answer: Any) -> None:
            left = batch if answer is None else _from_first_failure(batch, answer)
            if left:
                self._world.scheduler.at(
                    self._world.now() + RETRY_PAUSE_MS,
                    lambda: self._deliver(shard, [*left, *rest], tries + 1),
                )
            else:
                self._deliver(shard, rest, 0)

        self._invoke("relay_orders", {"Records": batch}, ended)


class QueueMapping:
    """Takes batches from the payment queue and deletes what is not reported as failed."""

    def __init__(self, world: WorldState, invariants: Invariants, invoke: Invoke) -> None:
        self._world = world
        self._invariants = invariants
        self._invoke = invoke
        self._due_at: int | None = None
        self._delivered = 0

    @property
    def is_quiet(self) -> bool:
        """Whether the queue is empty and no batch is under way."""
        return self._delivered == 0 and self._world.sqs.length(PAYMENT_QUEUE) == 0

    def wake(self) -> None:
        """Something may have been sent, deleted or returned to the queue."""
        due = self._world.sqs.next_visible_at(PAYMENT_QUEUE)
        if due is None:
            return
        due = max(due, self._world.now())
        if self._due_at is None or due < self._due_at:
            self._due_at = due
            self._world.scheduler.at(due, lambda: self._receive(due))

    def _receive(self, due: int) -> None:
        if self._due_at != due:
            return
        self._due_at = None
        asked = {"QueueUrl": PAYMENT_QUEUE, "MaxNumberOfMessages": 10}
        messages = self._world.sqs.call("ReceiveMessage", asked).get("Messages", [])
        if messages:
            records = [_record(message) for message in messages]
            fault = self._world.fault_at(_INVOKE_CONSUMER)
            if fault is not Fault.BURNED:
                # A poller that is throttled has received all the same, and that counts.
                self._process(records)
            if fault is Fault.TWICE:
                self._process(records)
            if fault is Fault.AGAIN:
                self._delivered += 1
                self._world.scheduler.at(
                    self._world.now() + AGAIN_AFTER_MS, lambda: self._process_again(records)
                )
        self.wake()

    def _process_again(self, records: list[dict[str, Any]]) -> None:
        self._delivered -= 1
        self._process(records)

    def _process(self, records: list[dict[str, Any]]) -> None:
        since = self._invariants.moment

        def ended(answer: Any) -> None:
            self._delivered -= 1
            if answer is not None:
                failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
                self._delete([r for r in records if r["messageId"] not in failed], since)
            self.wake()

        self._delivered += 1
        self._invoke("process_payments", {"Records": records}, ended)

    def _delete(self, records: list[dict[str, Any]], since: int) -> None:
        for record in records:
            self._invariants.acknowledged(record["body"], since)
        if records and self._world.fault_at(_DELETE) is None:
            entries = [
                {"Id": str(place), "ReceiptHandle": record["receiptHandle"]}
                for place, record in enumerate(records)
            ]
            self._world.sqs.call(
                "DeleteMessageBatch", {"QueueUrl": PAYMENT_QUEUE, "Entries": entries}
            )


def _from_first_failure(batch: list[dict[str, Any]], answer: dict[str, Any]) -> list[Any]:
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for place, record in enumerate(batch):
        if record["dynamodb"]["SequenceNumber"] in failed:
            return batch[place:]
    return []


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
    }

"""How the peers take a batch: Powertools' FIFO processor, or threads over groups by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from types import ModuleType
from typing import Any

from aws_lambda_powertools.utilities.batch import (  # type: ignore[import-not-found]
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import (  # type: ignore[import-not-found]
    SQSRecord,
)

from bench.peers.batches import MESSAGES, batch, names_in
from bench.peers.lambda_context import LambdaContext

Event = dict[str, Any]
_events: dict[str, Event] = {}


def prepared(charging: ModuleType, names: Sequence[str]) -> None:
    """Store the orders, and make the events that ask for their payment."""
    for name in names:
        orders = names_in(name)
        for order in orders:
            charging.store(order)
        _events[name] = batch([charging.message(order) for order in orders])


def stock(charging: ModuleType) -> Callable[[str], None]:
    """Powertools' own processor for FIFO queues: one message after the other."""
    processor = SqsFifoPartialProcessor(skip_group_on_error=True)

    def record_handler(record: SQSRecord) -> None:
        charging.charge(order=json.loads(record.body))

    def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
        charging.config.register_lambda_context(context)
        answer: dict[str, Any] = process_partial_response(
            event=event, record_handler=record_handler, processor=processor, context=context
        )
        return answer

    return _consuming(handler)


def hand_threaded(charging: ModuleType) -> Callable[[str], None]:
    """A thread for each group, as a careful engineer writes it; failures are reported."""
    pool = ThreadPoolExecutor(MESSAGES)

    def take_group(records: Sequence[dict[str, Any]]) -> list[str]:
        for position, record in enumerate(records):
            try:
                charging.charge(order=json.loads(record["body"]))
            except Exception:  # noqa: BLE001 - this group is delivered again, the others are not
                return [failed["messageId"] for failed in records[position:]]
        return []

    def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
        charging.config.register_lambda_context(context)

        def group_of(record: dict[str, Any]) -> str:
            group: str = record["attributes"]["MessageGroupId"]
            return group

        by_group = groupby(sorted(event["Records"], key=group_of), group_of)
        failed = pool.map(take_group, [list(records) for _, records in by_group])
        return {
            "batchItemFailures": [
                {"itemIdentifier": message_id} for ids in failed for message_id in ids
            ]
        }

    return _consuming(handler)


def _consuming(
    handler: Callable[[Event, LambdaContext], dict[str, Any]],
) -> Callable[[str], None]:
    context = LambdaContext()

    def consume(name: str) -> None:
        answer = handler(_events[name], context)
        if answer != {"batchItemFailures": []}:
            raise SystemExit(f"the handler answered {answer}")

    return consume

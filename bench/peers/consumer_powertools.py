"""Powertools' FIFO processor, or threads over groups by hand; messages charged as documented or
tuned. A variant names both: ``stock.documented``, ``stock.tuned``, ``threads.documented``,
``threads.tuned``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import groupby
from typing import Any

from aws_lambda_powertools.utilities.batch import (  # type: ignore[import-not-found]
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import (  # type: ignore[import-not-found]
    SQSRecord,
)

from bench.peers.invocations import (
    MESSAGES,
    Event,
    Handler,
    LambdaContext,
    batch,
    consuming,
    names_in,
)

_events: dict[str, Event] = {}


def prepare(names: Sequence[str], variant: str) -> None:
    """Store the orders, and make the events that ask for their payment."""
    charging = _charging(variant)
    for name in names:
        orders = names_in(name)
        for order in orders:
            charging.store(order)
        _events[name] = batch([charging.message(order) for order in orders])


def program(variant: str) -> Callable[[str], None]:
    """Takes one batch."""
    handler = _stock if variant.startswith("stock.") else _threads
    return consuming(handler(_charging(variant)), _events)


def _charging(variant: str) -> Any:
    return import_module(f"bench.peers.charging_{variant.partition('.')[2]}")


def _stock(charging: Any) -> Handler:
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

    return handler


def _threads(charging: Any) -> Handler:
    """A thread for each group, as a careful engineer writes it; failures are reported."""
    pool = ThreadPoolExecutor(MESSAGES)

    def take_group(records: Sequence[dict[str, Any]]) -> list[str]:
        for position, record in enumerate(records):
            try:
                charging.charge(order=json.loads(record["body"]))
            except Exception:  # noqa: BLE001 - this group is delivered again, the others are not
                return [failed["messageId"] for failed in records[position:]]
        return []

    def group_of(record: dict[str, Any]) -> str:
        group: str = record["attributes"]["MessageGroupId"]
        return group

    def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
        charging.config.register_lambda_context(context)
        by_group = groupby(sorted(event["Records"], key=group_of), group_of)
        failed = pool.map(take_group, [list(records) for _, records in by_group])
        return {
            "batchItemFailures": [
                {"itemIdentifier": message_id} for ids in failed for message_id in ids
            ]
        }

    return handler

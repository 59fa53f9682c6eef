"""Ships each paid order once, however often its event comes and in whatever order.

The shipment and the event's id are one transaction, so a delivery that is repeated, by the queue,
by EventBridge or by a replay, changes nothing. The shipment is the warehouse's own record: whoever
packs works it off. A carrier that is called over the network is in no transaction; give it
``event.id`` as its idempotency key, and call it before the transaction.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3

from checkout_runtime.events import (
    AwsError,
    Event,
    Inbox,
    NotAnOrderEventError,
    OrderPaid,
    read_event,
)

_log = logging.getLogger(__name__)


@cache
def inbox() -> Inbox:
    """Return the inbox of this environment."""
    return Inbox(boto3.client("dynamodb"), os.environ["INBOX_TABLE_NAME"], consumer="warehouse")


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handle a batch of the queue; what could not be handled is delivered again."""
    failed = []
    for record in event["Records"]:
        try:
            ship(read_event(record["body"]))
        except (NotAnOrderEventError, AwsError):
            _log.exception("not shipped")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def ship(event: Event) -> None:
    """Ship what was paid. Any other event, also of a newer checkout, is none of the warehouse's."""
    if not isinstance(event, OrderPaid):
        return
    done = inbox().handle(event, [_one_parcel(event)])
    _log.info("%s: %s", event.order_id, done)


def _one_parcel(paid: OrderPaid) -> dict[str, Any]:
    """Return the write of a shipment. It counts, so that a second parcel would be seen."""
    return {
        "Update": {
            "TableName": os.environ["SHIPMENT_TABLE_NAME"],
            "Key": {"order_id": {"S": paid.order_id}},
            "UpdateExpression": "SET event_id = :event, charge_id = :charge ADD parcels :one",
            "ExpressionAttributeValues": {
                ":event": {"S": paid.id},
                ":charge": {"S": paid.charge_id},
                ":one": {"N": "1"},
            },
        }
    }

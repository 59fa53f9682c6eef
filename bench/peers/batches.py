"""Batches of the payment queue as Lambda hands them over: ten messages of ten orders."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

MESSAGES = 10
"""The most that a FIFO mapping hands over at once."""


def names_in(batch_name: str) -> list[str]:
    """Names of the orders of one batch."""
    return [f"{batch_name}-{position}" for position in range(MESSAGES)]


def batch(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An event; the group of a message is its order."""
    now = str(time.time_ns() // 1_000_000)
    return {
        "Records": [
            {
                "messageId": f"message-{body['order_id']}",
                "receiptHandle": f"receipt-{body['order_id']}",
                "body": json.dumps(body, sort_keys=True, separators=(",", ":")),
                "attributes": {
                    "ApproximateFirstReceiveTimestamp": now,
                    "ApproximateReceiveCount": "1",
                    "MessageDeduplicationId": body["order_id"],
                    "MessageGroupId": body["order_id"],
                    "SenderId": "sender",
                    "SentTimestamp": now,
                    "SequenceNumber": "1",
                },
                "messageAttributes": {},
                "md5OfBody": "0",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:payments.fifo",
                "awsRegion": "us-east-1",
            }
            for body in bodies
        ]
    }

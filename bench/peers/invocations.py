"""Invocations as Lambda makes them: its context, requests of API Gateway, batches of the queue."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Event = dict[str, Any]
Handler = Callable[[Event, Any], dict[str, Any]]

MESSAGES = 10
"""The largest batch that an event source mapping delivers from a FIFO queue."""
ORDER: dict[str, Any] = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}, {"sku": "tea", "quantity": 1}],
    "payment_method": "pm_ok",
}
_BODY = json.dumps(ORDER)


class LambdaContext:
    """An invocation that has its whole time left."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation would be ended."""
        return 30_000


def placing(handler: Handler) -> Callable[[str], None]:
    """Return a program that places one order under a key."""
    context = LambdaContext()

    def place(key: str) -> None:
        answer = handler(request(key), context)
        if answer["statusCode"] != 202:
            raise SystemExit(f"the handler answered {answer}")

    return place


def consuming(handler: Handler, events: Mapping[str, Event]) -> Callable[[str], None]:
    """Return a program that takes the batch of a name."""
    context = LambdaContext()

    def consume(name: str) -> None:
        answer = handler(events[name], context)
        if answer != {"batchItemFailures": []}:
            raise SystemExit(f"the handler answered {answer}")

    return consume


def request(key: str) -> Event:
    """``POST /orders`` under an idempotency key (HTTP API, payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": {
            "accept": "application/json",
            "content-type": "application/json",
            "host": "shop.example.com",
            "idempotency-key": key,
            "user-agent": "Mozilla/5.0",
        },
        "requestContext": {
            "authorizer": {"jwt": {"claims": {"iss": "https://id.example.com", "sub": "alice"}}},
            "http": {"method": "POST", "path": "/orders", "protocol": "HTTP/1.1"},
            "requestId": "request",
            "stage": "$default",
        },
        "body": _BODY,
        "isBase64Encoded": False,
    }


def names_in(batch_name: str) -> list[str]:
    """Names of the orders of one batch."""
    return [f"{batch_name}-{position}" for position in range(MESSAGES)]


def batch(bodies: Sequence[Mapping[str, Any]]) -> Event:
    """An event of the payment queue; the group of a message is its order."""
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

"""Ours, behind the buyer's request: the stream's record becomes a message. A batch of one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from bench.peers.invocations import LambdaContext
from checkout_runtime.handlers.relay_orders import handler


def program() -> Callable[[str], None]:
    """Relays one order: the smallest batch, so the dearest an order."""
    context = LambdaContext()

    def relay(key: str) -> None:
        answer = handler({"Records": [_record(order_id(key))]}, context)
        if answer != {"batchItemFailures": []}:
            raise SystemExit(f"relay_orders answered {answer}")

    return relay


def order_id(name: str) -> str:
    """A well-formed order id that follows from a name."""
    digest = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()
    return f"ord_{digest.rstrip('=').lower()}"


def _record(order: str) -> dict[str, Any]:
    image = {"pk": {"S": order}, "attempt": {"N": "1"}, "resend": {"N": "0"}}
    return {
        "eventID": order,
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"pk": {"S": order}}, "NewImage": image, "SequenceNumber": order},
    }

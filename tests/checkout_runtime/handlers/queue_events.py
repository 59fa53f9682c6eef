"""What Lambda gives the handlers behind the queue, and the payment service of their tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checkout_runtime.handlers.http_requests import body_of, placement

if TYPE_CHECKING:
    from tests.checkout_runtime.handlers.conftest import Functions

CAPTURED = {"status": "captured", "charge_id": "ch_1", "amount": 4200, "currency": "EUR"}
SECRET = "sk_test_secret"


class Context:
    """What Lambda tells a handler about its time."""

    def __init__(self, seconds: float = 30) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def record(body: str, number: int = 1, group: str = "g") -> dict[str, Any]:
    attributes = {
        "MessageGroupId": group,
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1800000000000",
    }
    return {
        "messageId": f"m{number}",
        "receiptHandle": f"r{number}",
        "body": body,
        "attributes": attributes,
    }


def placed(functions: Functions, key: str = "k1") -> str:
    order_id: str = body_of(functions.place_order(placement(key)))["order_id"]
    return order_id

"""The message on the payment queue: an order's number and the payment attempt it asks for.

Deduplication covers the body only, so the body is canonical JSON with nothing volatile in it. It
carries the attempt: after a decline, a second attempt inside SQS's five minutes would otherwise be
swallowed. A resend of the reconciler carries its ordinal, because SQS remembers a deduplication id
even after the message was deleted.
"""

from __future__ import annotations

import json
from typing import Protocol

from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.record import Record

__all__ = ["PaymentMessage", "QueueMessage", "UnreadableMessageError"]


class QueueMessage(Protocol):
    """What is sent by the payment queue, in its order's message group."""

    @property
    def order_id(self) -> str:
        """Whose group it is in."""
        ...

    def to_body(self) -> str:
        """Return the canonical body: equal messages have equal bytes."""
        ...


class UnreadableMessageError(ValueError):
    """The body is no payment message; it can only go to the dead-letter queue."""


class PaymentMessage(Record):
    """Asks for one payment attempt of one order."""

    order_id: str
    attempt: int
    resend: int = 0

    def to_body(self) -> str:
        """Return the canonical body: equal messages have equal bytes.

        >>> PaymentMessage("ord_a", 1).to_body()
        '{"attempt":1,"order_id":"ord_a"}'
        """
        fields: dict[str, object] = {"attempt": self.attempt, "order_id": self.order_id}
        if self.resend:
            fields["resend"] = self.resend
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_body(cls, body: str) -> PaymentMessage:
        """Read a body back.

        Raises:
            UnreadableMessageError: not JSON, or not an order id with a positive attempt.
        """
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError):
            raise UnreadableMessageError("not JSON") from None
        if not isinstance(fields, dict):
            raise UnreadableMessageError("not a JSON object")
        order_id = fields.get("order_id")
        if not is_order_id(order_id):
            raise UnreadableMessageError("no order id")
        attempt, resend = fields.get("attempt"), fields.get("resend", 0)
        if type(attempt) is not int or attempt < 1 or type(resend) is not int or resend < 0:
            raise UnreadableMessageError("no payment attempt from 1 up")
        return cls(order_id, attempt, resend)

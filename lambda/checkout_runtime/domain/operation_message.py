"""The message about an operation on an order: in the order's message group, under its own body.

``PaymentMessage`` asks for a payment attempt. A consumer tells the two by their members: only this
one has ``operation``, only the other one ``attempt``.
"""

from __future__ import annotations

import json

from checkout_runtime.domain.identity import is_operation_id, is_order_id
from checkout_runtime.domain.message import UnreadableMessageError
from checkout_runtime.domain.record import Record

__all__ = ["OperationMessage"]


class OperationMessage(Record):
    """Asks for one operation of one order."""

    order_id: str
    operation_id: str
    resend: int = 0

    def to_body(self) -> str:
        """Return the canonical body: equal messages have equal bytes.

        >>> OperationMessage("ord_a", "op_b").to_body()
        '{"operation":"op_b","order_id":"ord_a"}'
        """
        fields: dict[str, object] = {"operation": self.operation_id, "order_id": self.order_id}
        if self.resend:
            fields["resend"] = self.resend
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_body(cls, body: str) -> OperationMessage | None:
        """Read a body back; None if it asks for no operation.

        Raises:
            UnreadableMessageError: it asks for one, and not as :meth:`to_body` writes it.
        """
        if '"operation"' not in body:
            return None  # Nearly every message: it is parsed once, as what it is.
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(fields, dict) or "operation" not in fields:
            return None
        order_id, operation_id = fields.get("order_id"), fields["operation"]
        resend = fields.get("resend", 0)
        if not is_order_id(order_id):
            raise UnreadableMessageError("no order id")
        if not isinstance(operation_id, str) or not is_operation_id(operation_id):
            raise UnreadableMessageError("no operation id")
        if type(resend) is not int or resend < 0:
            raise UnreadableMessageError("no resend from 0 up")
        return cls(order_id, operation_id, resend)

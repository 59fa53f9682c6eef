"""Orders as they are compared with charges, on DynamoDB: a batch by id, and a scan by payment."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.order_item import status_of
from checkout_runtime.adapters.refund_item import refund_status_of
from checkout_runtime.application.audit_ports import PaidOrders
from checkout_runtime.domain.charge_audit import AuditedOrder, Window
from checkout_runtime.domain.identity import is_operation_id
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.refund import RefundStatus
from checkout_runtime.domain.refund_audit import AuditedRefund

__all__ = ["DynamoDbAuditedOrders"]

_log = logging.getLogger(__name__)

KEYS_AT_ONCE = 100
"""DynamoDB's quota for one BatchGetItem."""
TRIES = 6
"""Of a batch whose keys DynamoDB leaves over, which it does while it throttles."""
FIRST_PAUSE_SECONDS = 0.1
_NAMES = (
    *("pk", "status", "attempt", "amount", "currency", "charge_id", "stray_charges"),
    *("first_claimed_at", "accepted_at", "correlation_id", "payment_reference"),
    *("refunded_charges", "captured_amount"),
)
_OF_REFUNDS = ("pk", "status", "order_id", "amount", "currency", "charge_id", "accepted_at")
_PAID = "(#status = :paid AND #paid_at >= :begin AND #paid_at < :end)"
_REFUNDED = "(#status = :refunded AND #settled_at >= :begin AND #settled_at < :end)"


class DynamoDbAuditedOrders:
    """Reads what is compared of the orders in one table, and nothing about the buyer."""

    def __init__(
        self,
        dynamodb: AwsService,
        table_name: str,
        pause: Callable[[float], None] = time.sleep,
        *,
        with_refunds: bool = False,
    ) -> None:
        """Take the table; ``with_refunds``: whether pages hold refunds too. Default: no."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._pause = pause
        self._with_refunds = with_refunds

    def by_id(self, order_ids: Sequence[str]) -> dict[str, AuditedOrder]:
        """Return those of the orders that exist, as of now (strongly consistent).

        Raises:
            TimeoutError: DynamoDB kept leaving keys over.
        """
        found: dict[str, AuditedOrder] = {}
        for begin in range(0, len(order_ids), KEYS_AT_ONCE):
            for item in self._items(order_ids[begin : begin + KEYS_AT_ONCE], _NAMES):
                order = _readable(item)
                if order is not None:
                    found[order.order_id] = order
        return found

    def refunds_by_id(self, refund_ids: Sequence[str]) -> dict[str, AuditedRefund]:
        """Return those of the refunds that exist, as of now (strongly consistent).

        Raises:
            TimeoutError: as above.
        """
        found: dict[str, AuditedRefund] = {}
        for begin in range(0, len(refund_ids), KEYS_AT_ONCE):
            for item in self._items(refund_ids[begin : begin + KEYS_AT_ONCE], _OF_REFUNDS):
                refund = _readable_refund(item)
                if refund is not None:
                    found[refund.refund_id] = refund
        return found

    def paid_in(self, window: Window, after: str | None) -> PaidOrders:
        """Return the orders of one page of the table that were paid in the window, and its refunds.

        Eventually consistent: a window that is audited ended long before.
        """
        names = dict.fromkeys((*_NAMES, *_OF_REFUNDS)) if self._with_refunds else _NAMES
        projection, asked = _projection(names)
        values = {
            ":paid": {"S": OrderStatus.PAID.value},
            ":begin": {"N": str(window.begin)},
            ":end": {"N": str(window.end)},
        }
        scan: dict[str, Any] = {
            "TableName": self._table_name,
            "FilterExpression": _PAID,
            "ProjectionExpression": projection,
            "ExpressionAttributeNames": {**asked, "#paid_at": "paid_at"},
            "ExpressionAttributeValues": values,
        }
        if self._with_refunds:
            scan["FilterExpression"] = f"{_PAID} OR {_REFUNDED}"
            scan["ExpressionAttributeNames"]["#settled_at"] = "settled_at"
            values[":refunded"] = {"S": RefundStatus.REFUNDED.value}
        if after is not None:
            scan["ExclusiveStartKey"] = {"pk": {"S": after}}
        answer = self._dynamodb.call("Scan", scan)
        of_refunds = [each for each in answer["Items"] if is_operation_id(each["pk"]["S"])]
        of_orders = [each for each in answer["Items"] if each not in of_refunds]
        orders = [order for order in map(_readable, of_orders) if order is not None]
        refunds = [refund for refund in map(_readable_refund, of_refunds) if refund is not None]
        last = answer.get("LastEvaluatedKey")
        return PaidOrders(orders, last["pk"]["S"] if last else None, refunds)

    def _items(self, ids: Sequence[str], names: Iterable[str]) -> list[dict[str, Any]]:
        projection, asked = _projection(names)
        wanted: dict[str, Any] = {
            self._table_name: {
                "Keys": [{"pk": {"S": each}} for each in ids],
                "ConsistentRead": True,
                "ProjectionExpression": projection,
                "ExpressionAttributeNames": asked,
            }
        }
        items: list[dict[str, Any]] = []
        for tried in range(TRIES):
            if tried:
                self._pause(FIRST_PAUSE_SECONDS * 2 ** (tried - 1))
            answer = self._dynamodb.call("BatchGetItem", {"RequestItems": wanted})
            items += answer["Responses"].get(self._table_name, [])
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return items
        raise TimeoutError(f"DynamoDB left keys over {TRIES} times: the table is throttled")


def _projection(names: Iterable[str]) -> tuple[str, dict[str, str]]:
    asked = {f"#{name}": name for name in names}
    return ", ".join(asked), asked


def _readable_refund(item: dict[str, Any]) -> AuditedRefund | None:
    """Return the refund of an item; one that was damaged by hand must not hide the others."""
    try:
        return AuditedRefund(
            refund_id=item["pk"]["S"],
            order_id=item["order_id"]["S"],
            status=refund_status_of(item["status"]["S"]),
            amount=int(item["amount"]["N"]),
            currency=item["currency"]["S"],
            charge_id=item["charge_id"]["S"],
            accepted_at=int(item["accepted_at"]["N"]),
        )
    except (KeyError, TypeError, ValueError):
        extra = {"event": "refund_unreadable", "refund_id": item["pk"]["S"]}
        _log.exception("refund_unreadable", extra=extra)
        return None


def _readable(item: dict[str, Any]) -> AuditedOrder | None:
    """Return the order of an item; one that was damaged by hand must not hide the others."""
    try:
        tried_since = item.get("first_claimed_at", item["accepted_at"])
        return AuditedOrder(
            order_id=item["pk"]["S"],
            status=status_of(item["status"]["S"]),
            attempt=int(item["attempt"]["N"]),
            # Of a hold a part may have been captured.
            amount=int(item.get("captured_amount", item["amount"])["N"]),
            currency=item["currency"]["S"],
            charge_id=item.get("charge_id", {}).get("S"),
            stray_charges=frozenset(item.get("stray_charges", {}).get("SS", ())),
            tried_since=int(tried_since["N"]),
            correlation_id=item.get("correlation_id", {}).get("S"),
            payment_reference=item.get("payment_reference", {}).get("S"),
            refunded_charges=frozenset(item.get("refunded_charges", {}).get("SS", ())),
        )
    except (KeyError, TypeError, ValueError):
        extra = {"event": "order_unreadable", "order_id": item["pk"]["S"]}
        _log.exception("order_unreadable", extra=extra)
        return None

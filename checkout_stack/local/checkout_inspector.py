"""What really happened: the orders in the table and the charges in the payment service's ledger.

The API's responses are not used as evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.payment_service_process import PaymentControls

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

SETTLED = frozenset({"PAID", "DECLINED", "CANCELLED", "NEEDS_REVIEW"})
_DEPTHS: tuple[QueueAttributeNameType, ...] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_QUEUES = {
    "payment queue": "PaymentQueueUrl",
    "dead-letter queue": "DeadLetterQueueUrl",
    "relay failure queue": "RelayFailureQueueUrl",
}
"""Outputs of the stack by what the queue is for."""


@dataclass(frozen=True)
class Shipment:
    """What the warehouse ships for one order, as it is in its table."""

    order_id: str
    event_id: str
    """Of the event that said so last."""
    parcels: int
    """Counts the times that the warehouse did its work: one, or it shipped twice."""


@dataclass(frozen=True)
class StoredOrder:
    """An order as it is in the table."""

    order_id: str
    status: str
    attempt: int
    amount: int
    customer: str
    charge_id: str | None
    stray_charges: frozenset[str]
    refunded_charges: frozenset[str] = frozenset()
    claim_epoch: int = 0
    lease_expires_at: int | None = None
    """Milliseconds UTC."""

    owed: frozenset[str] = frozenset()
    """Outcomes that were not announced yet."""

    refundable: int | None = None
    """What is left to refund of its own charge. ``None`` before its first refund."""

    captured_amount: int | None = None
    """What was captured of its hold. ``None``: all, or nothing so far."""

    @property
    def to_be_charged(self) -> int:
        """What its charge has to be in the ledger."""
        return self.amount if self.captured_amount is None else self.captured_amount


@dataclass(frozen=True)
class StoredRefund:
    """A refund as it is in the table."""

    refund_id: str
    order_id: str
    status: str
    amount: int

    @property
    def payment_key(self) -> str:
        """Its key at the payment service."""
        return f"{self.refund_id}:1"


class CheckoutInspector:
    """Reads the table, the ledger and the queues of one deployed checkout."""

    def __init__(
        self, aws: LocalAws, outputs: Mapping[str, str], payments: PaymentControls
    ) -> None:
        self._dynamodb = aws.dynamodb()
        self._sqs = aws.sqs()
        self._outputs = outputs
        self._payments = payments

    def orders(self, customer: str) -> list[StoredOrder]:
        """Every order in the table that was placed for a customer."""
        return [_stored(item) for item in self.items(customer)]

    def every_order(self) -> list[StoredOrder]:
        """Every order in the table."""
        # The reconciler keeps its bookmark in the same table.
        items = self._scan("OrderTableName")
        return [_stored(item) for item in items if item["pk"].startswith("ord_")]

    def every_refund(self) -> list[StoredRefund]:
        """Every refund in the table."""
        return [
            StoredRefund(item["pk"], item["order_id"], item["status"], int(item["amount"]))
            for item in self._scan("OrderTableName")
            if item["pk"].startswith("op_")
        ]

    def shipments(self) -> dict[str, Shipment]:
        """What the warehouse ships, by the order that it is for."""
        found = map(_shipment, self._scan("ShipmentTableName"))
        return {each.order_id: each for each in found}

    def shipment(self, order_id: str) -> Shipment | None:
        """What the warehouse ships for one order; None: nothing so far."""
        item = self._item("ShipmentTableName", order_id=order_id)
        return None if item is None else _shipment(item)

    def refund(self, refund_id: str) -> dict[str, Any] | None:
        """Every attribute of a refund in the table."""
        return self._item("OrderTableName", pk=refund_id)

    def items(self, customer: str) -> list[dict[str, Any]]:
        """Every attribute of a customer's orders.

        By a consistent scan: an order under another id would be found too.
        """
        return self._scan(
            "OrderTableName",
            FilterExpression="customer = :customer",
            ExpressionAttributeValues={":customer": {"S": customer}},
        )

    def charges(self, customer: str) -> list[dict[str, Any]]:
        """Every charge that the payment service really made for a customer."""
        return self._payments.charges(customer)

    def refunds(self, customer: str) -> list[dict[str, Any]]:
        """Every refund that the payment service really made of a customer's charges."""
        return self._payments.refunds(customer)

    def refund_states(self, customer: str) -> list[str]:
        """The state of each refund in the table that is one of a customer's orders'."""
        ours = {item["pk"] for item in self.items(customer)}
        items = self._scan("OrderTableName")
        return sorted(item["status"] for item in items if item.get("order_id") in ours)

    def messages(self, queue: str) -> int:
        """How many messages a queue holds, visible or not."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._outputs[_QUEUES[queue]], AttributeNames=list(_DEPTHS)
        )
        return sum(int(answer["Attributes"].get(depth, "0")) for depth in _DEPTHS)

    def _item(self, table: str, **key: str) -> dict[str, Any] | None:
        answer = self._dynamodb.get_item(
            TableName=self._outputs[table],
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
        )
        return _read(answer["Item"]) if "Item" in answer else None

    def _scan(self, table: str, **only: Any) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._outputs[table], ConsistentRead=True, **only
        )
        return [_read(item) for page in pages for item in page["Items"]]


def states(orders: Iterable[StoredOrder]) -> list[str]:
    """The different states that orders are in."""
    return sorted({order.status for order in orders})


def _read(item: Mapping[str, Any]) -> dict[str, Any]:
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


def _shipment(item: Mapping[str, Any]) -> Shipment:
    return Shipment(str(item["order_id"]), str(item["event_id"]), int(item["parcels"]))


def _stored(item: Mapping[str, Any]) -> StoredOrder:
    lease = item.get("lease_expires_at")
    return StoredOrder(
        order_id=str(item["pk"]),
        status=str(item["status"]),
        attempt=int(item["attempt"]),
        amount=int(item["amount"]),
        customer=str(item["customer"]),
        charge_id=item.get("charge_id"),
        stray_charges=frozenset(item.get("stray_charges", ())),
        refunded_charges=frozenset(item.get("refunded_charges", ())),
        claim_epoch=int(item.get("claim_epoch", 0)),
        lease_expires_at=int(lease) if lease else None,
        owed=frozenset(item.get("owed", ())),
        refundable=int(item["refundable"]) if "refundable" in item else None,
        captured_amount=int(item["captured_amount"]) if "captured_amount" in item else None,
    )

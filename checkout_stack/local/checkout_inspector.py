"""What really happened: the orders in the table and the charges in the payment service's ledger.

The API's own word counts for nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from checkout_stack.local.payment_service_process import PaymentControls

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

SETTLED = frozenset({"PAID", "DECLINED", "NEEDS_REVIEW"})
_DEPTHS: tuple[QueueAttributeNameType, ...] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


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
    claim_epoch: int = 0
    lease_expires_at: int | None = None
    """Milliseconds UTC."""


@dataclass(frozen=True)
class Evidence:
    """Reads the table, the ledger and the queues of one deployed checkout."""

    dynamodb: DynamoDBClient
    sqs: SQSClient
    payments: PaymentControls
    table: str
    queues: Mapping[str, str]
    """Queue URLs by what the queue is for."""

    def orders(self, customer: str) -> list[StoredOrder]:
        """Every order in the table that was placed for a customer, by a consistent scan."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table,
            ConsistentRead=True,
            FilterExpression="customer = :customer",
            ExpressionAttributeValues={":customer": {"S": customer}},
        )
        return [_stored(item) for page in pages for item in page["Items"]]

    def every_order(self) -> list[StoredOrder]:
        """Every order in the table, by a consistent scan."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table, ConsistentRead=True
        )
        items = (item for page in pages for item in page["Items"])
        # The reconciler keeps its bookmark in the same table.
        return [_stored(item) for item in items if item["pk"]["S"].startswith("ord_")]

    def charges(self, customer: str) -> list[dict[str, Any]]:
        """Every charge that the payment service really made for a customer."""
        return self.payments.charges(customer)

    def messages(self, queue: str) -> int:
        """How many messages a queue holds, visible or not."""
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.queues[queue], AttributeNames=list(_DEPTHS)
        )
        return sum(int(answer["Attributes"].get(depth, "0")) for depth in _DEPTHS)


def states(orders: Iterable[StoredOrder]) -> list[str]:
    """The different states that orders are in."""
    return sorted({order.status for order in orders})


def _stored(item: Mapping[str, Any]) -> StoredOrder:
    read = TypeDeserializer().deserialize
    fields = {name: read(value) for name, value in item.items()}
    return StoredOrder(
        order_id=str(fields["pk"]),
        status=str(fields["status"]),
        attempt=int(fields["attempt"]),
        amount=int(fields["amount"]),
        customer=str(fields["customer"]),
        charge_id=fields.get("charge_id"),
        stray_charges=frozenset(fields.get("stray_charges", ())),
        claim_epoch=int(fields.get("claim_epoch", 0)),
        lease_expires_at=int(lease) if (lease := fields.get("lease_expires_at")) else None,
    )

"""Orders as they stand in the table, read only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.problem import OperationProblem, told_in_one_line

UNSETTLED_INDEX = "unsettled"
ORDER_ID_BEGINS = "ord_"
SETTLED = ("PAID", "DECLINED")


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """One item of the order table."""

    item: dict[str, Any]

    @property
    def order_id(self) -> str:
        """``ord_`` and 52 characters."""
        return self.text("pk") or ""

    @property
    def status(self) -> str:
        """Its state."""
        return self.text("status") or "?"

    @property
    def attempt(self) -> int:
        """The current payment attempt, from 1."""
        return self.number("attempt") or 0

    def text(self, name: str) -> str | None:
        """An attribute that is text."""
        value = self.item.get(name, {}).get("S")
        return None if value is None else str(value)

    def number(self, name: str) -> int | None:
        """An attribute that is a number."""
        value = self.item.get(name, {}).get("N")
        return None if value is None else int(value)

    def time(self, name: str) -> str | None:
        """An attribute that is a time, as RFC 3339 in UTC."""
        value = self.number(name)
        return None if value is None else utc(value)

    @property
    def strays(self) -> list[str]:
        """Captures that the order did not ask for: ``attempt:charge id:amount:currency``."""
        return sorted(self.item.get("stray_charges", {}).get("SS", ()))

    def summary(self) -> dict[str, Any]:
        """What a finance team and a person on call want to see; nothing about the buyer."""
        return {
            "order_id": self.order_id,
            "status": self.status,
            "attempt": self.attempt,
            "amount": self.number("amount"),
            "currency": self.text("currency"),
            "accepted_at": self.time("accepted_at"),
            "unsettled_since": self.time("unsettled_since") if self.is_open else None,
            "charge_id": self.text("charge_id"),
            "decline_code": self.text("decline_code"),
            "review_reason": self.text("review_reason"),
            "stray_charges": self.strays,
        }

    @property
    def is_open(self) -> bool:
        """Whether the buyer has no final answer yet."""
        return self.status not in SETTLED


def utc(milliseconds: int) -> str:
    """Write a time as RFC 3339 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def read_order(checkout: DeployedCheckout, order_id: str) -> StoredOrder:
    """Read one order as it stands now.

    :raises OperationProblem: if there is none.
    """
    with told_in_one_line():
        answer = checkout.client("dynamodb").get_item(
            TableName=checkout.resources["order_table"],
            Key={"pk": {"S": order_id}},
            ConsistentRead=True,
        )
    if "Item" not in answer or not order_id.startswith(ORDER_ID_BEGINS):
        raise OperationProblem(f"{order_id}: no such order in {checkout.resources['order_table']}")
    return StoredOrder(answer["Item"])


def all_orders(checkout: DeployedCheckout) -> Iterator[StoredOrder]:
    """Every order of the table, page by page, in no order."""
    with told_in_one_line():
        pages = checkout.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=checkout.resources["order_table"]):
            for item in page["Items"]:
                order = StoredOrder(item)
                if order.order_id.startswith(ORDER_ID_BEGINS) and "status" in item:
                    yield order


def open_orders(checkout: DeployedCheckout) -> Iterator[StoredOrder]:
    """Orders that are on their way or need a person, oldest first in each shard."""
    with told_in_one_line():
        dynamodb, table = checkout.client("dynamodb"), checkout.resources["order_table"]
        for shard in range(_shards(checkout)):
            for kind in ("open", "review"):
                pages = dynamodb.get_paginator("query").paginate(
                    TableName=table,
                    IndexName=UNSETTLED_INDEX,
                    KeyConditionExpression="unsettled_shard = :shard",
                    ExpressionAttributeValues={":shard": {"S": f"{kind}#{shard}"}},
                )
                for page in pages:
                    for entry in page["Items"]:
                        answer = dynamodb.get_item(
                            TableName=table, Key={"pk": entry["pk"]}, ConsistentRead=True
                        )
                        order = StoredOrder(answer.get("Item", {}))
                        if answer.get("Item") and order.is_open:
                            yield order


def _shards(checkout: DeployedCheckout) -> int:
    told = checkout.client("lambda").get_function_configuration(
        FunctionName=checkout.resources["reconciler"]
    )
    return int(told["Environment"]["Variables"]["UNSETTLED_SHARDS"])

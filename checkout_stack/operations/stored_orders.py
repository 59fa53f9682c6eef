"""Stored orders, read only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from checkout_stack.operations.deployed_checkout import (
    DeployedCheckout,
    OperationError,
    told_in_one_line,
)

UNSETTLED_INDEX = "unsettled"
ORDER_ID_BEGINS = "ord_"
SETTLED = ("PAID", "DECLINED", "CANCELLED")
#: Partitions of the index: on their way, for an operator, decided by the payment service in days,
#: held money, and what is to be announced first, held money among it.
PARTITIONS = ("open", "review", "processing", "lapsing", "held", "announce")
_ORDER_ID = re.compile(r"ord_[a-z2-7]{52}")


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

    @property
    def refunds(self) -> list[str]:
        """Ids of the refunds that were asked for, whatever came of them."""
        return sorted(self.item.get("refunds", {}).get("SS", ()))

    def summary(self) -> dict[str, Any]:
        """What a finance team and an operator want to see; nothing about the buyer."""
        return {
            "order_id": self.order_id,
            "status": self.status,
            "attempt": self.attempt,
            "amount": self.number("amount"),
            "currency": self.text("currency"),
            "accepted_at": self.time("accepted_at"),
            "unsettled_since": self.unsettled_since,
            "next_look_up_at": self.time("unsettled_since") if self.is_processing else None,
            "charge_id": self.text("charge_id"),
            "decline_code": self.text("decline_code"),
            "cancel_asked_at": self.time("cancel_asked_at"),
            "cancel_reason": self.text("cancel_reason"),
            "review_reason": self.text("review_reason"),
            "stray_charges": self.strays,
            **self._money(),
        }

    def _money(self) -> dict[str, int | None]:
        """What was captured of a paid order, and how much of that is neither refunded nor being
        refunded; None of any other."""
        if self.status != "PAID":
            return {"captured": None, "left_to_refund": None}
        captured, left = self.number("captured_amount"), self.number("refundable")
        captured = self.number("amount") if captured is None else captured
        return {"captured": captured, "left_to_refund": captured if left is None else max(0, left)}

    @property
    def unsettled_since(self) -> str | None:
        """Since when the buyer waits for an answer; None where there is one."""
        if not self.is_open:
            return None
        began = f"attempt_{self.attempt}_processing_since"
        return self.time(began if self.is_processing else "unsettled_since")

    @property
    def is_open(self) -> bool:
        """Whether the buyer has no final answer yet."""
        return self.status not in SETTLED

    @property
    def is_processing(self) -> bool:
        """Whether the payment service decides in days. ``unsettled_since`` is then the time of the
        next look-up, by which the index is sorted."""
        return self.status == "PROCESSING"

    @property
    def needs_operator(self) -> bool:
        """Whether it is in review, or has a charge that it did not ask for, in any state."""
        return self.status == "NEEDS_REVIEW" or bool(self.strays)


def utc(milliseconds: int) -> str:
    """Write a time as RFC 3339 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def is_order_id(text: str) -> bool:
    """Whether an order can have this id."""
    return _ORDER_ID.fullmatch(text) is not None


def read_order(checkout: DeployedCheckout, order_id: str) -> StoredOrder:
    """Read one order from the table.

    :raises OperationError: if there is none.
    """
    order = find_order(checkout, order_id)
    if order is None:
        raise OperationError(f"{order_id}: no such order in {checkout.resources['order_table']}")
    return order


def find_order(checkout: DeployedCheckout, order_id: str) -> StoredOrder | None:
    """Read one order from the table; None if there is none."""
    with told_in_one_line():
        answer = checkout.client("dynamodb").get_item(
            TableName=checkout.resources["order_table"],
            Key={"pk": {"S": order_id}},
            ConsistentRead=True,
        )
    if "Item" not in answer or not order_id.startswith(ORDER_ID_BEGINS):
        return None
    return StoredOrder(answer["Item"])


def refunds_of(checkout: DeployedCheckout, order: StoredOrder) -> list[dict[str, Any]]:
    """What the table says of the refunds of an order."""
    names = ("pk", "status", "amount", "currency", "charge_id", "review_reason", "code")
    found = []
    with told_in_one_line():
        dynamodb, table = checkout.client("dynamodb"), checkout.resources["order_table"]
        for refund_id in order.refunds:
            answer = dynamodb.get_item(
                TableName=table, Key={"pk": {"S": refund_id}}, ConsistentRead=True
            )
            item = answer.get("Item", {"pk": {"S": refund_id}})
            found.append({name: next(iter(item.get(name, {"": None}).values())) for name in names})
    return [{"refund_id": each.pop("pk"), **each} for each in found]


def tell_order(order: StoredOrder) -> None:
    """Print what the table says of an order."""
    stored = order.summary()
    click.echo(f"{stored['order_id']}: {stored['status']}, attempt {stored['attempt']}")
    click.echo(f"  {stored['amount']} {stored['currency']} (minor units)")
    if stored["captured"] not in (None, stored["amount"]):
        click.echo(f"  captured: {stored['captured']} of it")
    for name in ("charge_id", "decline_code", "review_reason"):
        if stored[name]:
            click.echo(f"  {name.replace('_', ' ')}: {stored[name]}")
    for stray in stored["stray_charges"]:
        click.echo(f"  stray charge: {stray}")
    if order.refunds:
        left = stored["left_to_refund"]
        told = "" if left is None else f", {left} left to refund"
        click.echo(f"  refunds asked for: {len(order.refunds)}{told}")


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
    """Orders without a final answer, and those that need an operator, in each shard by age."""
    with told_in_one_line():
        dynamodb, table = checkout.client("dynamodb"), checkout.resources["order_table"]
        for shard in range(_shards(checkout)):
            for kind in PARTITIONS:
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
                        if answer.get("Item") and (order.is_open or order.needs_operator):
                            yield order


def _shards(checkout: DeployedCheckout) -> int:
    told = checkout.client("lambda").get_function_configuration(
        FunctionName=checkout.resources["reconciler"]
    )
    return int(told["Environment"]["Variables"]["UNSETTLED_SHARDS"])

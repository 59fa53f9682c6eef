"""One order for one cart, and so many orders for one buyer: all in one transaction, or nothing.

The order and the cart's name are put, and the buyer's counter is raised. Resubmissions are counted
for nobody, however many come at once, as their order is there. The transaction needs
``dynamodb:PutItem``, and ``UpdateItem`` for a counter, as single writes do, and costs twice their
units (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.item_update import Update
from checkout_runtime.adapters.order_item import order_from_item, order_to_item
from checkout_runtime.application.order_records import CartTaken, OrderLimit, OrdersLimited
from checkout_runtime.domain.order import Order

__all__ = ["accept_counted", "accept_with_cart"]

_ONLY_IF_NEW = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


class _Acceptance:
    """One order, and its cart if that is guarded, about to be stored."""

    def __init__(
        self, dynamodb: AwsService, table_name: str, order: Order, cart: str | None, shards: int
    ) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name
        items = [order_to_item(order, shards)]
        if cart is not None:
            items.append({"pk": {"S": cart}, "order_id": {"S": order.order_id}})
        self._puts = [
            {"Put": {"TableName": table_name, "Item": item, **_ONLY_IF_NEW}} for item in items
        ]
        self.met: Order | CartTaken | None = None
        """What had the order's id, or its cart, so that nothing was stored."""

    def write(self, key: Mapping[str, Any], counted: Update) -> Mapping[str, Any] | None:
        """Store it and change its counter, or nothing; return the counter only if that refused."""
        action = {"TableName": self._table_name, "Key": key, **counted.request()}
        action["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        refused = self.store({"Update": action})
        if refused is None or self.met is not None:
            return None
        return _item(refused, len(self._puts)) or {}

    def store(self, *more: Mapping[str, Any]) -> AwsRefusedError | None:
        """Store it with more writes, or nothing; then return why."""
        actions = {"TransactItems": [*self._puts, *more]}
        try:
            call_past_conflicts(self._dynamodb, "TransactWriteItems", actions)
        except AwsRefusedError as error:
            if "ConditionalCheckFailed" not in error.cancellation_codes:
                raise
            order, cart = _item(error, 0), _item(error, 1) if len(self._puts) > 1 else None
            # The order comes first: a resubmission finds both, and is answered by its order.
            if order:
                self.met = order_from_item(order)
            elif cart:
                self.met = CartTaken(cart["order_id"]["S"])
            return error
        return None


def accept_with_cart(
    dynamodb: AwsService, table_name: str, order: Order, cart: str, shards: int
) -> Order | CartTaken | None:
    """Store a new order with its cart; else return the stored order, or who has the cart.

    Two submissions of one cart at the same instant conflict: one of them is tried again until it
    finds the order of the other.
    """
    acceptance = _Acceptance(dynamodb, table_name, order, cart, shards)
    refused = acceptance.store()
    if refused is not None and acceptance.met is None:
        raise refused
    return acceptance.met


def accept_counted(
    dynamodb: AwsService,
    table_name: str,
    order: Order,
    cart: str | None,
    shards: int,
    limit: OrderLimit,
) -> Order | CartTaken | OrdersLimited | None:
    """Store a new order, with its cart if there is one, and count it as its buyer's."""
    # Only where orders are counted.
    from checkout_runtime.adapters.attempt_counters import count_once, counter_key

    acceptance = _Acceptance(dynamodb, table_name, order, cart, shards)
    key = counter_key(f"orders_{order.principal}")
    full_until = count_once(
        lambda counted: acceptance.write(key, counted),
        limit.per_buyer,
        window_ms=limit.window_seconds * 1000,
        now=order.accepted_at,
    )
    return acceptance.met if full_until is None else OrdersLimited(full_until)


def _item(error: AwsRefusedError, place: int) -> Mapping[str, Any] | None:
    reasons = error.cancellation_reasons
    return reasons[place].get("Item") if place < len(reasons) else None

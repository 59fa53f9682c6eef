"""One order for one cart: the order and the cart's name are put in one transaction, or neither.

The transaction needs ``dynamodb:PutItem`` alone, as a single put does, and costs four write units
instead of one (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.order_item import order_from_item, order_to_item
from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.domain.order import Order

__all__ = ["accept_with_cart"]

_ONLY_IF_NEW = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


def accept_with_cart(
    dynamodb: AwsService, table_name: str, order: Order, cart: str, shards: int
) -> Order | CartTaken | None:
    """Store a new order with its cart; else return the stored order, or who has the cart.

    Two submissions of one cart at the same instant conflict: one of them is tried again until it
    finds the order of the other.
    """
    items = (
        order_to_item(order, shards),
        {"pk": {"S": cart}, "order_id": {"S": order.order_id}},
    )
    puts = [{"Put": {"TableName": table_name, "Item": item, **_ONLY_IF_NEW}} for item in items]
    try:
        call_past_conflicts(dynamodb, "TransactWriteItems", {"TransactItems": puts})
    except AwsRefusedError as error:
        order_there, cart_there = (_item(error, place) for place in range(2))
        # The order comes first: a resubmission finds both, and is answered by its order.
        if order_there:
            return order_from_item(order_there)
        if cart_there:
            return CartTaken(cart_there["order_id"]["S"])
        raise
    return None


def _item(error: AwsRefusedError, place: int) -> Mapping[str, Any] | None:
    reasons = error.cancellation_reasons
    return reasons[place].get("Item") if place < len(reasons) else None

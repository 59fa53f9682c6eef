"""One order for one cart: the order and the cart's name are put in one transaction, or neither.

The transaction needs ``dynamodb:PutItem`` alone, as a single put does, and costs four write units
instead of one (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
"""

from typing import Any

from botocore.exceptions import ClientError

from checkout_runtime.adapters.conflicts import retrying_conflicts
from checkout_runtime.adapters.order_item import order_from_item, order_to_item
from checkout_runtime.application.ports import CartTaken
from checkout_runtime.domain.order import Order

__all__ = ["accept_with_cart"]

_ONLY_IF_NEW = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


def accept_with_cart(
    client: Any, table_name: str, order: Order, cart: str, shards: int
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
        retrying_conflicts(lambda: client.transact_write_items(TransactItems=puts))
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        order_there, cart_there = (_item(reasons, place) for place in range(2))
        # The order comes first: a resubmission finds both, and is answered by its order.
        if order_there:
            return order_from_item(order_there)
        if cart_there:
            return CartTaken(cart_there["order_id"]["S"])
        raise
    return None


def _item(reasons: Any, place: int) -> Any:
    return reasons[place].get("Item") if place < len(reasons) else None

"""Whether a purchase was accepted before, asked with the permission to accept it and no other.

A function that places orders may put items and not read them. A conditional put says what it met,
so a put whose condition never holds is a read: it stores nothing, and is as consistent as a write.
It costs what a write costs, one unit for each KB of the item; it is made only where a submission
cannot become an order any more.
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.domain.order import Order

__all__ = ["find_order"]

_NEVER = "attribute_exists(pk) AND attribute_not_exists(pk)"


def find_order(
    dynamodb: AwsService, table_name: str, order_id: str, cart: str | None
) -> Order | CartTaken | None:
    """Return the order of this id, else who has the cart, else None; nothing is stored."""
    order = _stored(dynamodb, table_name, order_id)
    if order is not None:
        return order_from_item(order)
    taken = None if cart is None else _stored(dynamodb, table_name, cart)
    return None if taken is None else CartTaken(taken["order_id"]["S"])


def _stored(dynamodb: AwsService, table_name: str, name: str) -> Mapping[str, Any] | None:
    put = {
        "TableName": table_name,
        "Item": {"pk": {"S": name}},
        "ConditionExpression": _NEVER,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        call_past_conflicts(dynamodb, "PutItem", put)
    except AwsRefusedError as error:
        if not error.is_failed_condition:
            raise
        return error.item
    raise AssertionError(f"a put under the condition {_NEVER!r} was made")

"""``GET /orders/{order_id}``: the order as of now, for the principal who placed it."""

from functools import cache
from typing import Any

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.read_order import ReadOrder
from checkout_runtime.handlers.buyers import buyer_of
from checkout_runtime.handlers.dependencies import dynamodb, make_at_start
from checkout_runtime.handlers.http_api import (
    http_handler,
    order_id_in_path,
    order_not_found,
)
from checkout_runtime.handlers.order_answers import order_answer
from checkout_runtime.handlers.problems import OF_EVERY_ROUTE, ORDER_NOT_FOUND
from checkout_runtime.handlers.settings import Settings

__all__ = ["PROBLEMS", "handler"]

PROBLEMS = (*OF_EVERY_ROUTE, ORDER_NOT_FOUND)


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    buyer = buyer_of(event, Settings())
    order = _read_order()(buyer, order_id_in_path(event))
    if order is None:
        raise order_not_found()
    return order_answer(order, attempt_limit=Settings().attempt_limit, accepted=False)


@cache
def _read_order() -> ReadOrder:
    return ReadOrder(DynamoDbOrders(dynamodb(), Settings().order_table_name))


make_at_start(_read_order)

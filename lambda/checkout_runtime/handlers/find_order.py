"""``GET /orders?key=…``: the order that the caller's idempotency key names.

For a buyer who lost the order's id, or never saw the answer that held it. The id follows from who
asks and from the key, so it is one read, and nobody finds another principal's order.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.read_order import ReadOrder
from checkout_runtime.domain.fields import FieldError
from checkout_runtime.domain.idempotency_key import MalformedKeyError, parse_idempotency_key
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.handlers.buyers import buyer_of
from checkout_runtime.handlers.dependencies import dynamodb, make_at_start
from checkout_runtime.handlers.http_api import http_handler, order_not_found
from checkout_runtime.handlers.order_answers import order_answer
from checkout_runtime.handlers.problems import (
    INVALID_FIELDS,
    OF_EVERY_ROUTE,
    ORDER_NOT_FOUND,
    invalid_fields,
)
from checkout_runtime.handlers.settings import Settings

__all__ = ["PROBLEMS", "handler"]

PROBLEMS = (*OF_EVERY_ROUTE, INVALID_FIELDS, ORDER_NOT_FOUND)


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    settings = Settings()
    buyer = buyer_of(event, settings)
    order_id = order_id_for(settings.namespace, buyer, _key_in(event))
    order = _read_order()(buyer, order_id)
    if order is None:
        raise order_not_found()
    return order_answer(order, attempt_limit=settings.attempt_limit, accepted=False)


@cache
def _read_order() -> ReadOrder:
    return ReadOrder(DynamoDbOrders(dynamodb(), Settings().order_table_name))


def _key_in(event: dict[str, Any]) -> str:
    key = (event.get("queryStringParameters") or {}).get("key")
    if not isinstance(key, str):
        raise invalid_fields([FieldError("key", "is required: ?key= and the Idempotency-Key")])
    try:
        return parse_idempotency_key(key)
    except MalformedKeyError as problem:
        raise invalid_fields([FieldError("key", str(problem))]) from None


make_at_start(_read_order)

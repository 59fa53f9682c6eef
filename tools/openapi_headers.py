"""Parameters and headers of the HTTP API, as its description has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.domain.idempotency_key import MAX_KEY_LENGTH
from checkout_runtime.handlers.buyers import CART_HEADER
from tools.openapi_answers import ORDER_ID, Schema

_TEXT: Schema = {"type": "string"}
_KEY: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH}
PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Names the purchase; one for each, kept until it is paid. Required, unless "
        "the body is a `SignedCart`: then `cart_id` is the key where this is absent. Bare or as a "
        "quoted string.",
        "schema": {**_KEY, "pattern": "^[!-~]+$"},
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    },
    "RefundKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Names the refund; one for each. A return's number is one.",
        "schema": {**_KEY, "pattern": "^[!-~]+$"},
        "example": "rma-17",
    },
    "CorrelationId": {
        "name": "X-Correlation-Id",
        "in": "header",
        "required": False,
        "description": "What the order is called in every log record, up to the charge. Default: "
        "API Gateway's request id.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:=+/-]{1,64}$"},
    },
    "CartToken": {
        "name": CART_HEADER,
        "in": "header",
        "required": False,
        "description": "Only where the API has guests: the cart that your shop signed. It says "
        "whose the order is, in place of a sign-in. It may be a short token with the same "
        "`cart_id`, and its time may have run out.",
        "schema": {"type": "string"},
    },
    "OrderId": {
        "name": "order_id",
        "in": "path",
        "required": True,
        "description": "As `POST /orders` answered it.",
        "schema": {"type": "string", "pattern": ORDER_ID},
    },
    "Key": {
        "name": "key",
        "in": "query",
        "required": True,
        "description": "The `Idempotency-Key` under which the order was placed.",
        "schema": {**_KEY, "pattern": "^[!-~]+$"},
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    },
}
_LOCATION = {"description": "The order's own path.", "schema": _TEXT}
_RETRY_AFTER = {
    "description": "Seconds after which to ask again: on every order that is not settled, and on "
    "problems that pass.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}
HEADERS: Mapping[str, Any] = {
    "LocationAlways": {**_LOCATION, "required": True},
    "RetryAfterAlways": {**_RETRY_AFTER, "required": True},
    "RetryAfter": _RETRY_AFTER,
    "IdempotentReplayed": {
        "description": "`true` where an earlier request made it so, and this one changed nothing.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "CorrelationId": {"description": "The order's name in the logs.", "schema": _TEXT},
}
WIRE_NAME = {
    "Location": "Location",
    "RetryAfter": "Retry-After",
    "IdempotentReplayed": "Idempotent-Replayed",
    "CorrelationId": "X-Correlation-Id",
}

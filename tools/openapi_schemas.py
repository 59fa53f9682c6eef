"""JSON Schemas of the HTTP API's bodies, made of the declarations by which the runtime reads them.

What a request has to be is written once, in ``checkout_runtime``; here are only the words about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.application.next_step import NextStep
from checkout_runtime.domain.fields import MAX_TEXT, Check, Integer, Text
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.signed_cart import MAX_TOKEN_LENGTH
from checkout_runtime.domain.submission import (
    LINE_FIELDS,
    NOT_MONEY,
    ORDER_FIELDS,
    PAYMENT_METHOD,
    Currency,
    Lines,
)
from checkout_runtime.handlers import resume_payment, signed_carts, start_payment_attempt
from checkout_runtime.handlers.problems import TYPE_PREFIX, ProblemType

Schema = dict[str, Any]

ORDER_ID = "^ord_[a-z2-7]{52}$"
#: Words about the fields of requests; a field without any fails the generation.
MEANING = {
    "amount": "In minor units of `currency`: 4200 is 42.00 EUR.",
    "currency": "Code of ISO 4217, in capitals. Metals, units of account and test codes are not "
    "money; which currencies can be charged only the payment service knows.",
    "customer": "Your own id of the customer.",
    "lines": "What is bought. Their sequence does not matter; two lines of one article are two.",
    "payment_method": "The payment service's own token. What looks like a card number is refused.",
    "sku": "Your own number of the article.",
    "quantity": "How many of it.",
    "cart": "A cart that your shop signed, as a JSON Web Token (HS256) with the claims `cart_id`, "
    "`amount`, `currency`, `customer`, `lines`, `exp` and `aud`.",
    "replaces": "The declined attempt that the new one replaces, so that a second click is the "
    "same attempt and not one more.",
    "attempt": "The attempt for which the buyer acted.",
}


def schemas() -> dict[str, Schema]:
    """Return the named schemas of the document."""
    signed = {name: _SIGNED[name] for name in signed_carts.FIELDS}
    return {
        "PricedOrder": _object(ORDER_FIELDS, "An order at a price that your own server computed."),
        "SignedCart": {
            **_object({"payment_method": PAYMENT_METHOD}, "A cart that your shop signed."),
            "required": list(signed),
            "properties": signed,
        },
        "Line": _object(LINE_FIELDS, "An article of an order."),
        "PaymentAttempt": _object(start_payment_attempt.FIELDS, "Another payment method."),
        "Resumption": _object(resume_payment.FIELDS, "The buyer acted."),
        "Order": _order(),
        "Problem": _problem(),
        "GatewayMessage": {
            "type": "object",
            "description": "What API Gateway says by itself, before or instead of the checkout.",
            "required": ["message"],
            "properties": {"message": {"type": ["string", "null"]}},
        },
    }


def problem_types(kinds: list[ProblemType]) -> Schema:
    """Return the schema of a problem that is one of these."""
    types = [f"{TYPE_PREFIX}{kind.slug}" for kind in kinds]
    own = {"properties": {"type": {"enum": types}}}
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, own]}


def _object(fields: Mapping[str, Check], description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "required": list(fields),
        "additionalProperties": False,
        "properties": {name: _described(name, check) for name, check in fields.items()},
    }


def _described(name: str, check: Check) -> Schema:
    return {"description": MEANING[name], **_of_check(check)}


def _of_check(check: Check) -> Schema:
    match check:
        case Integer(low, high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case Text():
            # Printable, with no space at either end.
            ends = r"^\S(.*\S)?$"
            return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": ends}
        case Currency():
            return {
                "type": "string",
                "pattern": "^[A-Z]{3}$",
                "not": {"enum": sorted(NOT_MONEY)},
            }
        case Lines(most):
            line = {"$ref": "#/components/schemas/Line"}
            return {"type": "array", "minItems": 1, "maxItems": most, "items": line}
    raise TypeError(f"{check!r}: there is no schema for such a check")


_SIGNED: dict[str, Schema] = {
    "cart": {
        "description": MEANING["cart"],
        "type": "string",
        "maxLength": MAX_TOKEN_LENGTH,
        "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
    },
    "payment_method": _described("payment_method", PAYMENT_METHOD),
}


def _order() -> Schema:
    shown = [status.value for status in OrderStatus if status is not OrderStatus.NEWER]
    line = {"$ref": "#/components/schemas/Line"}
    always: dict[str, Schema] = {
        "order_id": {
            "type": "string",
            "pattern": ORDER_ID,
            "description": "The same for the same purchase.",
        },
        "status": {
            "type": "string",
            "enum": shown,
            "description": "Only `PAID` and `DECLINED` are final for the current attempt.",
        },
        "next": {
            "type": "string",
            "enum": [step.value for step in NextStep],
            "description": "What the buyer can do: `wait` and ask again after `Retry-After`; "
            "`act` at `action_url`, then resume; `pay_again` by another payment attempt; `none`.",
        },
        "attempt": {
            "type": "integer",
            "minimum": 1,
            "description": "The current payment attempt.",
        },
        "payment_method": {
            "type": "string",
            "pattern": "^….{0,4}$",
            "description": "The end of the token in use: 4 characters at most, and never more "
            "than half of it.",
        },
        "amount": {"type": "integer", "description": MEANING["amount"]},
        "currency": {"type": "string", "description": "Code of ISO 4217."},
        "lines": {"type": "array", "items": line, "description": "What is bought."},
    }
    sometimes: dict[str, Schema] = {
        "attempts_left": {
            "type": "integer",
            "minimum": 0,
            "description": "How many more payment attempts the order may have.",
        },
        "payment_method_ignored": {
            "const": True,
            "description": "The order was there before, and the payment method of this request is "
            "not the one in use.",
        },
        "charge_id": {
            "type": ["string", "null"],
            "description": "Of a `PAID` order: the payment service's id of the charge.",
        },
        "decline_code": {
            "type": ["string", "null"],
            "description": "Of a `DECLINED` order: why, in the payment service's words.",
        },
        "action_url": {
            "type": ["string", "null"],
            "description": "Of an order that is `ACTION_REQUIRED`: where the buyer confirms.",
        },
    }
    return {
        "type": "object",
        "description": "An order as it is now. Later versions may add fields.",
        "required": list(always),
        "properties": {**always, **sometimes},
    }


def _problem() -> Schema:
    return {
        "type": "object",
        "description": "What is wrong (RFC 9457). Nothing was stored.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "description": "Compare this, not the title."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "description": "Of `invalid-fields`: every wrong, missing or unknown field.",
                "items": {
                    "type": "object",
                    "required": ["field", "detail"],
                    "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                },
            },
            "order_status": {
                "type": "string",
                "description": "Where the payment has moved on: the order's state.",
            },
            "current_attempt": {
                "type": "integer",
                "description": "Where the payment has moved on: the current attempt.",
            },
        },
    }

"""JSON Schemas of the HTTP API's bodies, made of the declarations by which the runtime reads them.

What a request has to be is written once, in ``checkout_runtime``; here are only the words about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.application.capture_order import WhyNotCaptured
from checkout_runtime.application.next_step import NextStep
from checkout_runtime.application.place_refund import WhyNotRefunded
from checkout_runtime.domain.capture_request import CAPTURE_FIELDS
from checkout_runtime.domain.fields import MAX_NAME, MAX_TEXT, Check, Integer, Text
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.refund import RefundStatus
from checkout_runtime.domain.refund_request import REFUND_FIELDS, ChargeId
from checkout_runtime.domain.signed_cart import MAX_TOKEN_LENGTH
from checkout_runtime.domain.submission import (
    LINE_FIELDS,
    NOT_MONEY,
    ORDER_FIELDS,
    PAYMENT_METHOD,
    Currency,
    Lines,
)
from checkout_runtime.domain.transitions import CancelReason
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
    "charge_id": "A stray charge of the order, which is refunded as a whole. Default: the charge "
    "that paid the order.",
    "reason": "Why, in your own words. It is kept with the refund, and changes nothing.",
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
        "CaptureRequest": _capture_request(),
        "RefundRequest": _refund_request(),
        "Order": _order(),
        "Capture": _capture(),
        "Refund": _refund(),
        "Refunds": _refunds(),
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
        case ChargeId():
            return {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
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
            "description": "Only `PAID`, `DECLINED` and `CANCELLED` are final for the current "
            "attempt; after `PAID` and `CANCELLED` there is no other.",
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
    return {
        "type": "object",
        "description": "An order as it is now. Later versions may add fields.",
        "required": list(always),
        "properties": {**always, **_sometimes_of_an_order()},
    }


def _sometimes_of_an_order() -> dict[str, Schema]:
    return {
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
        "cancel_asked": {
            "const": True,
            "description": "Somebody asked to cancel the order. It becomes `CANCELLED`, or `PAID` "
            "if the charge wins.",
        },
        "cancel_reason": {
            "type": "string",
            "enum": [reason.value for reason in CancelReason],
            "description": "Of a `CANCELLED` order: somebody asked for it, nobody paid in time, or "
            "money that was held is free again.",
        },
        "action_url": {
            "type": ["string", "null"],
            "description": "Of an order that is `ACTION_REQUIRED`: where the buyer confirms.",
        },
    }


def _capture_request() -> Schema:
    fields = _object(CAPTURE_FIELDS, "Held money to take.")
    amount = fields["properties"]["amount"]
    meaning = "In minor units of the order's currency. Default, or null: all of it."
    properties = {"amount": {**amount, "type": ["integer", "null"], "description": meaning}}
    return {**fields, "required": [], "properties": properties}


def _capture() -> Schema:
    shown = [status.value for status in OrderStatus if status is not OrderStatus.NEWER]
    text, number = {"type": "string"}, {"type": "integer"}
    always: dict[str, Schema] = {
        "order_id": {**text, "pattern": ORDER_ID, "description": "The order."},
        "status": {**text, "enum": shown, "description": "The order's. `PAID` once it is taken."},
        "amount": {**number, "description": "What was asked for, in minor units of `currency`."},
        "currency": {**text, "description": "The order's."},
        "charge_id": {**text, "description": "The hold's, and once it is taken the charge's."},
        "asked_at": {**number, "description": "When it was asked for, in ms since 1970 UTC."},
    }
    captured = {**number, "description": "Of a `PAID` order: what was taken, in minor units."}
    return {
        "type": "object",
        "description": "A capture as it is now. Later versions may add fields.",
        "required": list(always),
        "properties": {**always, "captured_amount": captured},
    }


def _refund_request() -> Schema:
    fields = _object(REFUND_FIELDS, "Money to give back. Every field may be left out, or be null.")
    properties = {
        name: {**each, "type": [each["type"], "null"]}
        for name, each in fields["properties"].items()
    }
    properties["amount"]["description"] = (
        "In minor units of the order's currency. Default: all that is left to refund."
    )
    return {**fields, "required": [], "properties": properties}


def _refund() -> Schema:
    shown = [status.value for status in RefundStatus if status is not RefundStatus.NEWER]
    text, time = {"type": "string"}, {"type": "integer"}
    always: dict[str, Schema] = {
        "refund_id": {**text, "description": "The same for the same refund."},
        "order_id": {**text, "pattern": ORDER_ID, "description": "The order."},
        "status": {
            **text,
            "enum": shown,
            "description": "Only `REFUNDED` and `NOT_REFUNDED` are final.",
        },
        "amount": {"type": "integer", "description": "In minor units of `currency`."},
        "currency": {**text, "description": "The order's."},
        "charge_id": {**text, "description": "The charge that is refunded."},
        "accepted_at": {**time, "description": "When it was asked for, in ms since 1970 UTC."},
    }
    sometimes: dict[str, Schema] = {
        "settled_at": {**time, "description": "When it was settled, in ms since 1970 UTC."},
        "reference": {**text, "description": "The payment service's id of the refund."},
        "code": {**text, "description": "Of a `NOT_REFUNDED` one: why."},
        "review_reason": {**text, "description": "Of one in `NEEDS_REVIEW`: why."},
        "reason": {**text, "description": "Why, in the words of who asked."},
    }
    return {
        "type": "object",
        "description": "A refund as it is now. Later versions may add fields.",
        "required": list(always),
        "properties": {**always, **sometimes},
    }


def _refunds() -> Schema:
    refund = {"$ref": "#/components/schemas/Refund"}
    properties: dict[str, Schema] = {
        "order_id": {"type": "string", "pattern": ORDER_ID, "description": "The order."},
        "refundable": {
            "type": "integer",
            "minimum": 0,
            "description": "What is left to refund of the order's charge, in minor units.",
        },
        "refunds": {"type": "array", "items": refund, "description": "The oldest first."},
    }
    return {
        "type": "object",
        "description": "An order's refunds. Later versions may add fields.",
        "required": list(properties),
        "properties": properties,
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
            "why": {
                "type": "string",
                "enum": sorted({why.value for why in (*WhyNotRefunded, *WhyNotCaptured)}),
                "description": "Of `refund-refused` and `capture-refused`: what the order does not "
                "allow.",
            },
            "refundable": {
                "type": "integer",
                "description": "Of `refund-refused`: what is left to refund.",
            },
        },
    }

"""JSON Schemas of the HTTP API's bodies.

Those of requests are made of the declarations by which the runtime reads them: what a request has
to be is written once, in ``checkout_runtime``; here are only the words about it.
"""

from __future__ import annotations

from collections.abc import Mapping

from checkout_runtime.domain.capture_request import CAPTURE_FIELDS
from checkout_runtime.domain.fields import MAX_NAME, MAX_TEXT, Check, Integer, Text
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
from checkout_runtime.handlers import resume_payment, signed_carts, start_payment_attempt
from tools.openapi_answers import AMOUNT, LINE, Schema, answers

#: Words about the fields of requests; a field without any fails the generation.
MEANING = {
    "amount": AMOUNT,
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
        **answers(),
    }


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
            return {"type": "array", "minItems": 1, "maxItems": most, "items": LINE}
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


def _capture_request() -> Schema:
    fields = _object(CAPTURE_FIELDS, "Held money to take.")
    amount = fields["properties"]["amount"]
    meaning = "In minor units of the order's currency. Default: all of it; null is refused."
    properties = {"amount": {**amount, "description": meaning}}
    return {**fields, "required": [], "properties": properties}


def _refund_request() -> Schema:
    meaning = "Money to give back. Every field may be left out; all but amount may be null."
    fields = _object(REFUND_FIELDS, meaning)
    properties = {
        name: {**each, "type": [each["type"], "null"]}
        for name, each in fields["properties"].items()
    }
    properties["amount"] = {
        **fields["properties"]["amount"],
        "description": "In minor units of the order's currency. Default: all that is left to "
        "refund; null is refused.",
    }
    return {**fields, "required": [], "properties": properties}

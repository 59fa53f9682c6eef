"""JSON Schemas of what the HTTP API answers."""

from __future__ import annotations

from enum import Enum
from typing import Any

from checkout_runtime.application.capture_order import WhyNotCaptured
from checkout_runtime.application.next_step import NextStep
from checkout_runtime.application.place_refund import WhyNotRefunded
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.refund import RefundStatus
from checkout_runtime.domain.transitions import CancelReason
from checkout_runtime.handlers.problems import TYPE_PREFIX, ProblemType

__all__ = ["AMOUNT", "LINE", "ORDER_ID", "Schema", "answers", "problem_types"]

Schema = dict[str, Any]
AMOUNT = "In minor units of `currency`: 4200 is 42.00 EUR."
LINE: Schema = {"$ref": "#/components/schemas/Line"}
ORDER_ID = "^ord_[a-z2-7]{52}$"


def answers() -> dict[str, Schema]:
    """Return the named schemas of answers."""
    return {
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


def _answer(
    description: str, always: dict[str, Schema], sometimes: dict[str, Schema] | None = None
) -> Schema:
    return {
        "type": "object",
        "description": f"{description} Later versions may add fields.",
        "required": list(always),
        "properties": {**always, **(sometimes or {})},
    }


def _text(description: str, **limits: object) -> Schema:
    return {"type": "string", **limits, "description": description}


def _number(description: str, **limits: object) -> Schema:
    return {"type": "integer", **limits, "description": description}


def _text_or_null(description: str) -> Schema:
    return {"type": ["string", "null"], "description": description}


def _flag(description: str) -> Schema:
    return {"const": True, "description": description}


def _shown(states: type[Enum]) -> list[str]:
    """Name the states; what a newer version stored is shown as one of them."""
    return [state.value for state in states if state.name != "NEWER"]


def _order() -> Schema:
    return _answer(
        "An order as it is now.",
        {
            "order_id": _text("The same for the same purchase.", pattern=ORDER_ID),
            "status": _text(
                "Only `PAID`, `DECLINED` and `CANCELLED` are final for the current attempt; after "
                "`PAID` and `CANCELLED` there is no other.",
                enum=_shown(OrderStatus),
            ),
            "next": _text(
                "What the buyer can do: `wait` and ask again after `Retry-After`; `act` at "
                "`action_url`, then resume; `pay_again` by another payment attempt; `none`.",
                enum=_shown(NextStep),
            ),
            "attempt": _number("The current payment attempt.", minimum=1),
            "payment_method": _text(
                "The end of the token in use: 4 characters at most, and never more than half of "
                "it.",
                pattern="^….{0,4}$",
            ),
            "amount": _number(AMOUNT),
            "currency": _text("Code of ISO 4217."),
            "lines": {"type": "array", "items": LINE, "description": "What is bought."},
        },
        {
            "attempts_left": _number(
                "How many more payment attempts the order may have.", minimum=0
            ),
            "payment_method_ignored": _flag(
                "The order was there before, and the payment method of this request is not the one "
                "in use."
            ),
            "charge_id": _text_or_null(
                "Of a `PAID` order: the payment service's id of the charge."
            ),
            "decline_code": _text_or_null(
                "Of a `DECLINED` order: why, in the payment service's words."
            ),
            "cancel_asked": _flag(
                "Somebody asked to cancel the order. It becomes `CANCELLED`, or `PAID` if the "
                "charge wins."
            ),
            "cancel_reason": _text(
                "Of a `CANCELLED` order: somebody asked for it, nobody paid in time, or money that "
                "was held is free again.",
                enum=_shown(CancelReason),
            ),
            "action_url": _text_or_null(
                "Of an order that is `ACTION_REQUIRED`: where the buyer confirms."
            ),
        },
    )


def _capture() -> Schema:
    return _answer(
        "A capture as it is now.",
        {
            "order_id": _text("The order.", pattern=ORDER_ID),
            "status": _text("The order's. `PAID` once it is taken.", enum=_shown(OrderStatus)),
            "amount": _number("What was asked for, in minor units of `currency`."),
            "currency": _text("The order's."),
            "charge_id": _text("The hold's, and once it is taken the charge's."),
            "asked_at": _number("When it was asked for, in ms since 1970 UTC."),
        },
        {"captured_amount": _number("Of a `PAID` order: what was taken, in minor units.")},
    )


def _refund() -> Schema:
    return _answer(
        "A refund as it is now.",
        {
            "refund_id": _text("The same for the same refund."),
            "order_id": _text("The order.", pattern=ORDER_ID),
            "status": _text(
                "Only `REFUNDED` and `NOT_REFUNDED` are final.", enum=_shown(RefundStatus)
            ),
            "amount": _number("In minor units of `currency`."),
            "currency": _text("The order's."),
            "charge_id": _text("The charge that is refunded."),
            "accepted_at": _number("When it was asked for, in ms since 1970 UTC."),
        },
        {
            "settled_at": _number("When it was settled, in ms since 1970 UTC."),
            "reference": _text("The payment service's id of the refund."),
            "code": _text("Of a `NOT_REFUNDED` one: why."),
            "review_reason": _text("Of one in `NEEDS_REVIEW`: why."),
            "reason": _text("Why, in the words of who asked."),
        },
    )


def _refunds() -> Schema:
    refund = {"$ref": "#/components/schemas/Refund"}
    return _answer(
        "An order's refunds.",
        {
            "order_id": _text("The order.", pattern=ORDER_ID),
            "refundable": _number(
                "What is left to refund of the order's charge, in minor units.", minimum=0
            ),
            "refunds": {"type": "array", "items": refund, "description": "The oldest first."},
        },
    )


def _problem() -> Schema:
    text: Schema = {"type": "string"}
    return {
        "type": "object",
        "description": "What is wrong (RFC 9457). Nothing was stored.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": _text("Compare this, not the title."),
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {
                "type": "array",
                "description": "Of `invalid-fields`: every wrong, missing or unknown field.",
                "items": {
                    "type": "object",
                    "required": ["field", "detail"],
                    "properties": {"field": text, "detail": text},
                },
            },
            "order_status": _text("Where the payment has moved on: the order's state."),
            "current_attempt": _number("Where the payment has moved on: the current attempt."),
            "why": _text(
                "Of `refund-refused` and `capture-refused`: what the order does not allow.",
                enum=sorted({why.value for why in (*WhyNotRefunded, *WhyNotCaptured)}),
            ),
            "refundable": _number("Of `refund-refused`: what is left to refund."),
        },
    }

"""``POST /orders``: accept an order, or show the order that this intent already is."""

from functools import cache
from typing import Any

from checkout_runtime.application.place_order import Mismatch, PlaceOrder, Replayed
from checkout_runtime.domain.idempotency_key import MalformedKey, parse_idempotency_key
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from checkout_runtime.handlers.http_api import (
    header,
    http_handler,
    json_body,
    order_answer,
    principal,
)
from checkout_runtime.handlers.parts import orders, system_clock
from checkout_runtime.handlers.problems import Problem, invalid_fields
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; exactly one AWS call is made for a well-formed one."""
    buyer = principal(event, Settings().scope_from)
    key = _idempotency_key(event)
    submission = parse_submission(json_body(event))
    if not isinstance(submission, OrderSubmission):
        raise invalid_fields(submission)
    placement = _place_order()(buyer, key, submission)
    if isinstance(placement, Mismatch):
        raise Problem(
            422,
            "idempotency-key-reused",
            "This Idempotency-Key belongs to an order with other content",
            "A new purchase needs a new key; amount, currency, customer and lines make the content",
        )
    return order_answer(placement.order, replayed=isinstance(placement, Replayed))


@cache
def _place_order() -> PlaceOrder:
    return PlaceOrder(orders(), system_clock(), Settings().namespace)


def _idempotency_key(event: dict[str, Any]) -> str:
    value = header(event, "idempotency-key")
    if value is None:
        raise Problem(
            400, "idempotency-key-missing", "Send an Idempotency-Key header: one for each purchase"
        )
    try:
        return parse_idempotency_key(value)
    except MalformedKey as problem:
        raise Problem(
            400,
            "idempotency-key-malformed",
            "The Idempotency-Key header is malformed",
            str(problem),
        ) from None

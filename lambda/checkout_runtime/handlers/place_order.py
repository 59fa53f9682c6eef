"""``POST /orders``: accept an order, or show the order that this intent already is."""

from functools import cache
from typing import Any

from checkout_runtime.application.place_order import Mismatch, PlaceOrder, Replayed
from checkout_runtime.application.ports import CartTaken
from checkout_runtime.domain.idempotency_key import MalformedKey, parse_idempotency_key
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from checkout_runtime.handlers.http_api import (
    header,
    http_handler,
    json_body,
    order_answer,
    principal,
    request_id,
)
from checkout_runtime.handlers.parts import cart_secret, orders, system_clock
from checkout_runtime.handlers.problems import Problem, invalid_fields
from checkout_runtime.handlers.settings import Settings
from checkout_runtime.handlers.signed_carts import order_in_cart

__all__ = ["handler"]


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; exactly one AWS call is made for a well-formed one."""
    settings = Settings()
    buyer = principal(event, settings.scope_from)
    given = header(event, "idempotency-key")
    if settings.cart_secret_arn is None:
        key, cart_id, body = _idempotency_key(given), None, json_body(event)
    else:
        secret = cart_secret(settings.cart_secret_arn)
        body, cart_id = order_in_cart(json_body(event), secret, system_clock())
        # A cart is one purchase: its id is the key of a request that names none.
        key = _idempotency_key(cart_id if given is None else given)
    submission = parse_submission(body)
    if not isinstance(submission, OrderSubmission):
        raise invalid_fields(submission)
    guarded = cart_id if settings.guards_carts else None
    placement = _place_order()(
        buyer, key, submission, cart_id=guarded, request_id=request_id(event)
    )
    if isinstance(placement, CartTaken):
        raise Problem(
            409,
            "cart-already-ordered",
            "This cart is another order already",
            "A new purchase needs a new cart; the first submission of this one stands",
        )
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


def _idempotency_key(value: str | None) -> str:
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

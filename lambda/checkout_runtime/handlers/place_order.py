"""``POST /orders``: accept an order, or show the order that this intent already is."""

from functools import cache
from typing import Any

from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.application.place_order import (
    Created,
    Mismatch,
    Placement,
    PlaceOrder,
    Replayed,
    TooManyOrders,
)
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from checkout_runtime.handlers.buyers import guest
from checkout_runtime.handlers.dependencies import cart_secrets, make_at_start, orders, system_clock
from checkout_runtime.handlers.http_api import (
    header,
    http_handler,
    idempotency_key,
    json_body,
    principal,
    request_id,
)
from checkout_runtime.handlers.order_answers import order_answer
from checkout_runtime.handlers.problems import (
    CART_ALREADY_ORDERED,
    IDEMPOTENCY_KEY_MALFORMED,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    OF_A_BODY,
    OF_EVERY_ROUTE,
    TOO_MANY_ATTEMPTS,
    invalid_fields,
)
from checkout_runtime.handlers.settings import Settings
from checkout_runtime.handlers.signed_carts import (
    CartRequest,
    cart_expired,
    cart_in,
    key_of_cart,
)

__all__ = ["PROBLEMS", "handler"]

PROBLEMS = (
    *OF_EVERY_ROUTE,
    *OF_A_BODY,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_MALFORMED,
    IDEMPOTENCY_KEY_REUSED,
    CART_ALREADY_ORDERED,
    TOO_MANY_ATTEMPTS,
)


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; exactly one AWS call is made for a well-formed one.

    A cart whose time has run out makes no new order, but it is one or two calls to find that it
    made one before.
    """
    settings = Settings()
    is_guest = settings.knows_guests_by_cart
    signed_in = None if is_guest else principal(event, settings.scope_from)
    given = header(event, "idempotency-key")
    if settings.cart_secret_arn is None:
        key, cart, body = idempotency_key(given), None, json_body(event)
    else:
        secrets = cart_secrets(settings.cart_secret_arn)
        cart = cart_in(json_body(event), secrets, system_clock(), settings.namespace)
        key = key_of_cart(cart.cart_id) if given is None else idempotency_key(given)
        body = cart.order
    submission = parse_submission(body)
    if not isinstance(submission, OrderSubmission):
        raise invalid_fields(submission)
    if signed_in is None:
        assert cart is not None  # synth refuses guests where carts are not signed
        buyer = guest(cart.cart_id)
    else:
        buyer = signed_in
    return _answer(_place(event, buyer, key, submission, cart), submission.payment_method)


def _place(
    event: dict[str, Any],
    buyer: str,
    key: str,
    submission: OrderSubmission,
    cart: CartRequest | None,
) -> Placement:
    guarded = cart.cart_id if cart is not None and Settings().guards_carts else None
    place_order, named = _place_order(), request_id(event)
    if cart is None or not cart.is_expired:
        return place_order(buyer, key, submission, cart_id=guarded, request_id=named)
    known = place_order.replay(buyer, key, submission, cart_id=guarded, request_id=named)
    if known is None:
        raise cart_expired()
    return known


def _answer(placement: Placement, offered: str) -> dict[str, Any]:
    limit = Settings().attempt_limit
    match placement:
        case Created(order):
            return order_answer(order, attempt_limit=limit)
        case Replayed(order):
            return order_answer(order, attempt_limit=limit, replayed=True, offered=offered)
        case CartTaken():
            raise CART_ALREADY_ORDERED.error(
                "A new purchase needs a new cart; the first submission of this one stands",
            )
        case TooManyOrders(seconds):
            raise TOO_MANY_ATTEMPTS.error(
                "Nothing was stored; send the same request with the same key later",
                headers={"Retry-After": str(seconds)},
            )
        case Mismatch():
            raise IDEMPOTENCY_KEY_REUSED.error(
                "A new purchase needs a new key;"
                " amount, currency, customer and lines make the content",
            )


@cache
def _place_order() -> PlaceOrder:
    settings = Settings()
    return PlaceOrder(orders(), system_clock(), settings.namespace, settings.order_limit)


make_at_start(_place_order)

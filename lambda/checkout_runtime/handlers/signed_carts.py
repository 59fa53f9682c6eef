"""Requests with a signed cart in place of a price: ``{"cart": token, "payment_method": …}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.fields import FieldError, unknown_fields
from checkout_runtime.domain.idempotency_key import (
    KEY_FORM,
    MalformedKeyError,
    parse_idempotency_key,
)
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.signed_cart import CartRefused, ExpiredCart, read_signed_cart
from checkout_runtime.handlers.problems import HttpError, invalid_fields

__all__ = ["FIELDS", "CartRequest", "cart_expired", "cart_in", "key_of_cart"]

FIELDS = ("cart", "payment_method")
"""What a request with a signed cart has, and nothing else."""


class CartRequest(Record):
    """A cart that the shop signed, with the buyer's payment method."""

    cart_id: str
    order: Mapping[str, object]
    """The fields of a submission."""
    is_expired: bool
    """It makes no new order."""


def cart_in(body: object, secrets: Iterable[bytes], clock: Clock, namespace: str) -> CartRequest:
    """Return the signed cart of a request's body, for the checkout of this namespace.

    Raises:
        HttpError: The body is not a signed cart with a payment method.
        SecretUnavailableError: The signature cannot be checked.
    """
    if not isinstance(body, Mapping) or "cart" not in body:
        raise invalid_fields([FieldError("cart", "is required: prices are the shop's to sign")])
    errors = unknown_fields(body, FIELDS)
    if errors:
        raise invalid_fields(errors)
    cart = read_signed_cart(body["cart"], secrets=secrets, now=clock.now(), audience=namespace)
    if isinstance(cart, CartRefused):
        raise invalid_fields([FieldError("cart", cart.reason)])
    method = {name: body[name] for name in ("payment_method",) if name in body}
    return CartRequest(cart.cart_id, {**cart.order, **method}, isinstance(cart, ExpiredCart))


def key_of_cart(cart_id: str) -> str:
    """Return the idempotency key of a request that sends none: a cart is one purchase.

    Raises:
        HttpError: The id cannot be a key.
    """
    try:
        return parse_idempotency_key(cart_id)
    except MalformedKeyError:
        raise invalid_fields(
            [
                FieldError(
                    "cart.cart_id",
                    f"cannot be the idempotency key, which is {KEY_FORM};"
                    " sign such an id, or send an Idempotency-Key header",
                )
            ]
        ) from None


def cart_expired() -> HttpError:
    """Return the answer to a cart whose time has run out, and that is no order."""
    return invalid_fields([FieldError("cart", "its price has run out; ask the shop for a new one")])

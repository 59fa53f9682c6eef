"""Requests with a signed cart in place of a price: ``{"cart": token, "payment_method": …}``."""

from collections.abc import Mapping

from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailable
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.signed_cart import CartRefused, read_signed_cart
from checkout_runtime.domain.submission import FieldError
from checkout_runtime.handlers.problems import Problem, invalid_fields

__all__ = ["order_in_cart"]

_FIELDS = frozenset({"cart", "payment_method"})


def order_in_cart(
    body: object, secret: CachedSecret, clock: Clock
) -> tuple[dict[str, object], str]:
    """Return the order that the shop signed, with the buyer's payment method, and the cart's id.

    Raises:
        Problem: The body is not a signed cart with a payment method, or the secret is not there.
    """
    if not isinstance(body, Mapping) or "cart" not in body:
        raise invalid_fields([FieldError("cart", "is required: prices are the shop's to sign")])
    unknown = [name for name in body if name not in _FIELDS]
    if unknown:
        raise invalid_fields([FieldError(name[:128], "is not a known field") for name in unknown])
    try:
        key = secret.value().encode()
    except SecretUnavailable:
        raise Problem(
            503,
            "try-again",
            "The cart cannot be checked now; send the same request again",
            headers={"Retry-After": "1"},
        ) from None
    cart = read_signed_cart(body["cart"], secret=key, now=clock.now())
    if isinstance(cart, CartRefused):
        raise invalid_fields([FieldError("cart", cart.reason)])
    method = {name: body[name] for name in ("payment_method",) if name in body}
    return {**cart.order, **method}, cart.cart_id

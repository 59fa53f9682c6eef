"""Who asks: a person whom the authorizer vouches for, or a guest whom the shop's cart vouches for.

A guest has no sign-in. What the shop signed for this one cart says who they are: it is the same
after a reload, on another device that has the cart, and never two buyers'.
"""

from __future__ import annotations

from typing import Any

from checkout_runtime.domain.identity import guest_claims, principal_of
from checkout_runtime.handlers.http_api import header, principal
from checkout_runtime.handlers.problems import UNIDENTIFIED_PRINCIPAL
from checkout_runtime.handlers.settings import Settings

__all__ = ["CART_HEADER", "buyer_of", "guest"]

CART_HEADER = "Cart-Token"
"""The request header of a guest's cart, on every route but the one that has it in the body."""


def buyer_of(event: dict[str, Any], settings: Settings) -> str:
    """Return the principal who asks.

    The time of a guest's cart may have run out: it then makes no new order, and still says whose
    the order is that it made.

    Raises:
        HttpError: The credentials, or the cart, name nobody.
        SecretUnavailableError: The cart's signature cannot be checked.
    """
    if not settings.knows_guests_by_cart:
        return principal(event, settings.scope_from)
    token = header(event, CART_HEADER.lower())
    if token is None:
        raise UNIDENTIFIED_PRINCIPAL.error(f"send the cart that the shop signed, as {CART_HEADER}")
    # Only where there are guests: it verifies signatures, which other functions never do.
    from checkout_runtime.domain.signed_cart import CartRefused, read_signed_cart
    from checkout_runtime.handlers.dependencies import cart_secrets, system_clock

    assert settings.cart_secret_arn is not None
    cart = read_signed_cart(
        token,
        secrets=cart_secrets(settings.cart_secret_arn),
        now=system_clock().now(),
        audience=settings.namespace,
    )
    if isinstance(cart, CartRefused):
        raise UNIDENTIFIED_PRINCIPAL.error(f"{CART_HEADER}: {cart.reason}")
    return guest(cart.cart_id)


def guest(cart_id: str) -> str:
    """Return the principal of the guest of a cart."""
    return principal_of(guest_claims(cart_id))

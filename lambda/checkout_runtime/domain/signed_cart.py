"""A cart that the shop has priced and signed: the buyer carries it and cannot change it.

A JSON Web Token (RFC 7519) in the compact form of RFC 7515, signed by HMAC with SHA-256 (``HS256``,
RFC 7518), so that a shop in any language signs it with the JWT library that it has. Only this one
algorithm is read, so there is none to be confused with. Claims: ``cart_id``, ``amount``,
``currency``, ``customer``, ``lines``, ``exp`` (seconds since 1970-01-01 UTC) and ``aud``, the
namespace of the checkout that the cart is for, or a list of such. A cart that names another
checkout is refused: in two checkouts it would be two orders. One without ``aud``, as the version
before signed it, is taken by every checkout that has the secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping

from checkout_runtime.domain.card_numbers import contains_card_number
from checkout_runtime.domain.fields import is_name
from checkout_runtime.domain.record import Record

__all__ = [
    "FEWEST_SECRET_BYTES",
    "CartRefused",
    "ExpiredCart",
    "SignedCart",
    "cart_id_error",
    "read_signed_cart",
    "sign_cart",
]

FEWEST_SECRET_BYTES = 32
"""As long as the hash, or longer (RFC 7518, section 3.2)."""
MAX_CART_ID = 128
"""Characters."""
MAX_TOKEN_LENGTH = 60_000
"""Characters; a request body has at most 64 KiB."""
_HEADER = {"alg": "HS256", "typ": "JWT"}


class SignedCart(Record):
    """A cart whose signature holds and whose time has not run out."""

    cart_id: str
    order: Mapping[str, object]
    """``amount``, ``currency``, ``customer`` and ``lines``, as the shop signed them."""


class ExpiredCart(Record):
    """A cart that the shop signed and whose time has run out: it makes no new order.

    It may have made one while its time ran, whose answer was lost.
    """

    cart_id: str
    order: Mapping[str, object]
    """As in :class:`SignedCart`."""


class CartRefused(Record):
    """The cart is not one that the shop signed, or cannot be read."""

    reason: str


def sign_cart(
    cart_id: str,
    order: Mapping[str, object],
    *,
    expires_at: int,
    secret: bytes,
    audience: str | None,
) -> str:
    """Return the token of a cart.

    Args:
        cart_id: What the shop calls the cart, 1 to 128 characters; the same for the same cart.
        order: ``amount`` (minor units), ``currency``, ``customer`` and ``lines``.
        expires_at: Until when the price holds, in seconds since 1970-01-01 UTC.
        secret: At least 32 bytes that the shop and the checkout share.
        audience: The namespace of the checkout that the cart is for (``CHECKOUT_NAMESPACE`` of the
            construct's ``intake_environment``). None only while a checkout of the version before
            is deployed, which refuses the claim.

    Raises:
        ValueError: The secret is too short.
    """
    _check_length(secret)
    bound = {} if audience is None else {"aud": audience}
    claims = {**order, "cart_id": cart_id, "exp": expires_at, **bound}
    signed = f"{_encoded(_HEADER)}.{_encoded(claims)}"
    return f"{signed}.{_base64url(_signature(signed.encode(), secret))}"


def read_signed_cart(
    token: object, *, secrets: Iterable[bytes], now: int, audience: str
) -> SignedCart | ExpiredCart | CartRefused:
    """Return the cart of a token, or why it is refused.

    Args:
        token: What the buyer sent.
        secrets: Those that the shop may have signed with. Each is asked for only once the ones
            before it did not match, so that they may be read from afar.
        now: Milliseconds since 1970-01-01 UTC.
        audience: The namespace of the checkout that reads it.

    Raises:
        ValueError: A secret is too short.
    """
    if not isinstance(token, str) or len(token) > MAX_TOKEN_LENGTH or token.count(".") != 2:
        return CartRefused("not a signed cart")
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    try:
        data, given = signed.encode(), _decoded(signature)
    except ValueError:
        return CartRefused("not a signed cart")
    if not _is_signed(data, given, secrets):
        return CartRefused("the signature is not the shop's")
    try:
        claims, said = json.loads(_decoded(payload)), json.loads(_decoded(header))
    except (ValueError, RecursionError):
        return CartRefused("not a signed cart")
    if not isinstance(said, dict) or said.get("alg") != "HS256" or "crit" in said:
        return CartRefused("signed by another algorithm than HS256")
    return _cart(claims, now, audience)


def cart_id_error(value: object) -> str | None:
    """Return what is wrong with a cart's id, or None."""
    if not is_name(value, MAX_CART_ID):
        return f"is not 1 to {MAX_CART_ID} printable characters in UTF-8, with no space at an end"
    if contains_card_number(value):
        return "looks like a card number; it has to be the shop's own name of the cart"
    return None


def _is_signed(data: bytes, signature: bytes, secrets: Iterable[bytes]) -> bool:
    for secret in secrets:
        _check_length(secret)
        if hmac.compare_digest(signature, _signature(data, secret)):
            return True
    return False


def _cart(claims: object, now: int, audience: str) -> SignedCart | ExpiredCart | CartRefused:
    if not isinstance(claims, dict):
        return CartRefused("its claims are not an object")
    if "aud" in claims and not _names(claims.pop("aud"), audience):
        return CartRefused("signed for another checkout")
    cart_id, expires_at = claims.pop("cart_id", None), claims.pop("exp", None)
    problem = cart_id_error(cart_id)
    if problem is not None:
        return CartRefused(f"its cart_id {problem}")
    if type(expires_at) is not int:
        return CartRefused("its exp is not a number of seconds")
    # What a JWT library adds by itself says nothing about the order.
    order = {name: value for name, value in claims.items() if name not in ("iat", "iss", "nbf")}
    kind = ExpiredCart if now >= expires_at * 1000 else SignedCart
    return kind(cart_id, order)


def _names(claim: object, audience: str) -> bool:
    """Tell whether an ``aud`` claim names the audience (RFC 7519, section 4.1.3)."""
    return claim == audience or (isinstance(claim, list) and audience in claim)


def _check_length(secret: bytes) -> None:
    if len(secret) < FEWEST_SECRET_BYTES:
        raise ValueError(f"the cart secret has {len(secret)} bytes; {FEWEST_SECRET_BYTES} or more")


def _signature(signed: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, signed, hashlib.sha256).digest()


def _encoded(part: Mapping[str, object]) -> str:
    return _base64url(json.dumps(part, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as problem:
        raise ValueError("not base64url") from problem

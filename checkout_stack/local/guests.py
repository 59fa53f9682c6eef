"""The part of a shop that signs the carts of guests, who do not sign in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from checkout_stack.local.checkout_client import CheckoutClient

PRICE_HOLDS_SECONDS = 600


@dataclass(frozen=True)
class GuestShop:
    """The deployed API for guests, and the secret under which their carts are signed."""

    client: CheckoutClient
    secret: str
    namespace: str
    """Of the checkout, which takes carts for itself alone."""

    def sign(self, cart_id: str, order: Mapping[str, object]) -> str:
        """Sign a cart, as a JSON Web Token (RFC 7519) by HS256; a new token each second.

        :param order: Amount, currency, customer and lines.
        """
        expires_at = int(time.time()) + PRICE_HOLDS_SECONDS
        claims = {**order, "cart_id": cart_id, "exp": expires_at, "aud": self.namespace}
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        signature = hmac.digest(self.secret.encode(), signed.encode(), hashlib.sha256)
        return f"{signed}.{_base64url(signature)}"


def _part(fields: Mapping[str, object]) -> str:
    return _base64url(json.dumps(fields).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

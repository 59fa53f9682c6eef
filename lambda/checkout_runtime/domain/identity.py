"""Names that follow from content: order id, principal, fingerprint, payment key.

The same purchase intent names the same order, so a second order cannot be created, even by two
requests at the same instant in two places that know nothing of each other.
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Sequence
from typing import TypeGuard

from checkout_runtime.domain.fields import is_name

__all__ = [
    "capture_key",
    "cart_name",
    "guest_claims",
    "is_operation_id",
    "is_order_id",
    "operation_id_for",
    "order_id_for",
    "payment_key",
    "principal_of",
    "read_payment_key",
    "read_refund_key",
    "unsettled_shard",
]

MAX_CLAIM = 2048
"""Characters of what an authorizer says of a person; a subject has at most 255 (OpenID Connect)."""
_GUEST = "guest of a cart"
_ORDER_ID = re.compile(r"ord_[a-z2-7]{52}")
_OPERATION_ID = re.compile(r"op_[a-z2-7]{52}")
_REFUND_KEY = re.compile(r"(op_[a-z2-7]{52}):1")
_PAYMENT_KEY = re.compile(r"(ord_[a-z2-7]{52})(?::([1-9][0-9]{0,8})|:.*)?", re.DOTALL)


def order_id_for(namespace: str, principal: str, idempotency_key: str) -> str:
    """Return the id of the order that this intent names.

    ``namespace`` is the deployed checkout's own (never shared by two checkouts on one payment
    account), ``principal`` who asks, ``idempotency_key`` what the client calls the intent.

    >>> order_id_for("shop", "alice", "k1") == order_id_for("shop", "alice", "k1")
    True
    >>> order_id_for("shop", "alice", "k1") == order_id_for("shop", "alicek", "1")
    False
    """
    return f"ord_{_digest(namespace, principal, idempotency_key)}"


def cart_name(namespace: str, cart_id: str) -> str:
    """Return the name under which the order table remembers which order holds this cart.

    ``cart_id`` is the shop's own word, so it is one cart for every sender.
    """
    return f"cart_{_digest(namespace, cart_id)}"


def operation_id_for(order_id: str, kind: str, idempotency_key: str) -> str:
    """Return the id of the operation that this request names, such as a refund.

    ``kind`` is what is done, ``idempotency_key`` what the caller calls the request.

    >>> operation_id_for("ord_a", "refund", "k1") == operation_id_for("ord_a", "refund", "k2")
    False
    """
    return f"op_{_digest(order_id, kind, idempotency_key)}"


def principal_of(claims: Sequence[str]) -> str:
    """Return the name under which orders remember who placed them: a digest of stable claims.

    The claims themselves (a subject, an e-mail address) are not stored.

    Raises:
        TypeError: The claims are one text, or are not all text. A text is a sequence too, of its
            characters, and would name another principal than the list that holds it.
        ValueError: There is no claim, or one names nobody: it is blank, holds control characters
            or half a surrogate pair, or some of it was lost (U+FFFD).
    """
    if isinstance(claims, str) or not isinstance(claims, Sequence):
        raise TypeError(f"the claims are a {type(claims).__name__}; give a list of texts")
    strangers = [type(claim).__name__ for claim in claims if not isinstance(claim, str)]
    if strangers:
        raise TypeError(f"the claims hold a {strangers[0]}; each of them must be a text")
    if not claims or not all(is_name(claim, MAX_CLAIM) for claim in claims):
        raise ValueError("each of the claims must be printable text that names somebody")
    return _digest(*claims)


def guest_claims(cart_id: str) -> list[str]:
    """Return what :func:`principal_of` knows the guest of a cart by, whom no sign-in names.

    ``cart_id`` is the shop's own word for the cart, and one buyer's.
    """
    return [_GUEST, cart_id]


def is_order_id(value: object) -> TypeGuard[str]:
    """Tell whether a value, of any JSON, is an order id: ``ord_`` and 52 base32 characters."""
    return isinstance(value, str) and _ORDER_ID.fullmatch(value) is not None


def is_operation_id(text: str) -> bool:
    """Tell whether ``text`` has the form of an operation's id: ``op_`` and 52 base32 characters."""
    return _OPERATION_ID.fullmatch(text) is not None


def payment_key(order_id: str, attempt: int) -> str:
    """Return the idempotency key under which the payment service knows this payment attempt."""
    return f"{order_id}:{attempt}"


def capture_key(order_id: str, attempt: int, refusals: int = 0) -> str:
    """Return the idempotency key under which the hold of a payment attempt is captured.

    After each of so many ``refusals`` it is another one: a service that honours keys answers a key
    as before, whatever is asked for under it.

    >>> capture_key("ord_1", 2), capture_key("ord_1", 2, 1)
    ('ord_1:2:capture', 'ord_1:2:capture:2')
    """
    key = f"{payment_key(order_id, attempt)}:capture"
    return f"{key}:{refusals + 1}" if refusals else key


def read_payment_key(text: str) -> tuple[str, int] | None:
    """Return order id and attempt of a payment key, or None where it names no order at all.

    No checkout makes an attempt 0: such a key names an order, and is not one of its keys.

    >>> key = payment_key(order_id_for("shop", "alice", "k1"), 2)
    >>> read_payment_key(key) == (order_id_for("shop", "alice", "k1"), 2)
    True
    >>> read_payment_key("invoice-7") is None
    True
    """
    found = _PAYMENT_KEY.fullmatch(text)
    return None if found is None else (found[1], int(found[2] or 0))


def read_refund_key(text: str) -> str | None:
    """Return the refund's id in its payment key, or None where it is no refund's.

    >>> refund_id = operation_id_for("ord_a", "refund", "k1")
    >>> read_refund_key(f"{refund_id}:1") == refund_id
    True
    >>> read_refund_key(refund_id) is None
    True
    """
    found = _REFUND_KEY.fullmatch(text)
    return None if found is None else found[1]


def unsettled_shard(order_id: str, shards: int) -> int:
    """Return the shard, 0 to ``shards - 1``, of the unsettled index that holds this order."""
    return zlib.crc32(order_id.encode()) % shards


def _digest(*parts: str) -> str:
    """Hash the parts, each behind its length, so that no two lists of parts look alike."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode()
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return base64.b32encode(state.digest()).decode().rstrip("=").lower()

"""What is in the cart, and what is switched on to go wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

CURRENCY = "EUR"
PLAIN_PAYMENT = "pm_slow_600ms"
"""As long as a payment service takes; also long enough to see the order on its way."""
FLAKY_PAYMENT = "pm_error_503_after_capture_once"
"""Takes the money and answers 503, the first time that it is asked under a payment key."""

_CART_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class CartLine:
    """Some pieces of one article."""

    sku: str
    name: str
    quantity: int
    unit_price: int
    """In cents."""


LINES = (
    CartLine(sku="mug", name="Stoneware mug", quantity=2, unit_price=1600),
    CartLine(sku="coffee", name="Coffee, 250 g", quantity=1, unit_price=1000),
)
"""The price is the seller's: the page shows it and never sends it."""

TOTAL = sum(line.quantity * line.unit_price for line in LINES)


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong with a press of the pay button."""

    answer_lost: bool = False
    """The request is worked on, and its answer comes after the buyer's browser gave up."""

    payment_service_flaky: bool = False
    """The first payment request of a cart captures the money and is answered with 503."""


def is_cart_id(text: str) -> bool:
    """Whether it is a UUID as a browser writes it.

    >>> is_cart_id("0b8c3c1e-5d9a-4f57-9d5e-2a4a1c7f0e11")
    True
    >>> is_cart_id("../orders")
    False
    """
    return _CART_ID.fullmatch(text) is not None


def naive_customer(cart: str) -> str:
    """The customer by whom the naive shop's charges for a cart are counted."""
    return f"naive-{cart}"


def checkout_customer(cart: str) -> str:
    """The customer by whom the checkout's orders and charges for a cart are counted."""
    return f"ours-{cart}"

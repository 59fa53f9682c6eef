"""Amounts as Stripe writes them: ISO 4217's minor units, as in an order, but not always.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special cases).
"""

__all__ = ["from_stripe", "to_stripe"]

_HUNDREDFOLD = frozenset({"ISK"})
"""No minor unit in ISO 4217; Stripe wants two decimals, which have to be zero."""
_LAST_DIGIT_ZERO = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Three decimals in ISO 4217 and at Stripe, whose partners know two."""
_AMBIGUOUS = frozenset({"MGA", "UGX"})
"""ISO 4217 and Stripe differ on the minor unit: refused, rather than charged a hundredfold."""


def to_stripe(amount: int, currency: str) -> int | None:
    """Return the amount to ask Stripe for, or None where there is none that is beyond doubt.

    :param amount: In minor units of ISO 4217.
    :param currency: Three capital letters.

    >>> to_stripe(4200, "EUR"), to_stripe(500, "JPY"), to_stripe(5, "ISK")
    (4200, 500, 500)
    >>> to_stripe(5120, "KWD"), to_stripe(5124, "KWD"), to_stripe(5, "UGX")
    (5120, None, None)
    """
    if currency in _AMBIGUOUS or (currency in _LAST_DIGIT_ZERO and amount % 10):
        return None
    return amount * 100 if currency in _HUNDREDFOLD else amount


def from_stripe(amount: int, currency: str) -> int | None:
    """Return what Stripe says in minor units of ISO 4217, or None where it is no such amount.

    >>> from_stripe(4200, "EUR"), from_stripe(500, "ISK"), from_stripe(550, "ISK")
    (4200, 5, None)
    """
    if currency in _AMBIGUOUS:
        return None
    if currency not in _HUNDREDFOLD:
        return amount
    return None if amount % 100 else amount // 100

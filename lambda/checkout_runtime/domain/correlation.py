"""The correlation id: one name in every log record, from the buyer's request to the charge."""

import re

from checkout_runtime.domain.card_numbers import contains_card_number

__all__ = ["MAX_CORRELATION_ID", "is_correlation_id"]

MAX_CORRELATION_ID = 64
"""Characters: a UUID (36), a W3C trace id (32) and API Gateway's request ids (16) all fit."""

_CORRELATION_ID = re.compile(rf"[A-Za-z0-9._:=+/-]{{1,{MAX_CORRELATION_ID}}}")


def is_correlation_id(value: object) -> bool:
    """Tell whether a value may stand in logs and headers: plain, short, nothing to break a line.

    A card number may not: the value is stored with the order, and logged.

    >>> is_correlation_id("0af7651916cd43dd8448eb211c80319c")
    True
    >>> is_correlation_id("two words")
    False
    >>> is_correlation_id("4242-4242-4242-4242")
    False
    """
    return (
        isinstance(value, str)
        and _CORRELATION_ID.fullmatch(value) is not None
        and not contains_card_number(value)
    )

"""Values out of a payment service's answers: believed in a form that is safe to keep and show."""

import logging
from typing import Any
from urllib.parse import unquote, urlsplit

from checkout_runtime.domain.card_numbers import contains_card_number

__all__ = ["code_of", "is_currency", "is_name", "page_to_act_on"]

_log = logging.getLogger(__name__)
_MAX_NAME = 255
"""Characters of a charge id or a currency; far above those of payment services."""
_MAX_CODE = 200
_MAX_URL = 2048
REDACTED = "card_number_redacted"
"""In the place of a reason that quotes a card number."""


def is_name(value: Any) -> bool:
    """Tell whether a value can be a charge id or a currency: printable, and not endless."""
    # Exactly text: a subclass may be anything. Half a surrogate pair is not printable.
    return _is_text(value, _MAX_NAME)


def is_currency(value: Any) -> bool:
    """Tell whether a value can be a currency: three letters, whatever their case."""
    return type(value) is str and len(value) == 3 and value.isascii() and value.isalpha()


def code_of(value: Any, *, otherwise: str) -> str:
    """Return a reason or a decline code, cut short; ``otherwise`` for what is none.

    A card number in it is not repeated: the answer still counts.
    """
    if not (type(value) is str and value and value.isprintable()):
        return otherwise
    return REDACTED if contains_card_number(value) else value[:_MAX_CODE]


def page_to_act_on(url: Any) -> str | None:
    """Return where the buyer acts: a link on the shop's page, so ``https`` alone is safe.

    One with a card number in it is none: it would be stored, and with the number taken out it
    leads nowhere. Only numbers of the usual lengths count, as addresses hold ids of any.
    """
    usable = _is_text(url, _MAX_URL) and _is_https(url)
    if usable and not contains_card_number(unquote(url), usual_lengths=True):
        return str(url)
    if url is not None:
        _log.error("action_url_unusable", extra={"event": "action_url_unusable"})
    return None


def _is_text(value: Any, longest: int) -> bool:
    return type(value) is str and 0 < len(value) <= longest and value.isprintable()


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)

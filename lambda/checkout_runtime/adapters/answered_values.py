"""Values read from a payment service's answers, in a form that is safe to store and to show."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from checkout_runtime.domain.card_numbers import contains_card_number, storable_charge_id
from checkout_runtime.domain.fields import is_name
from checkout_runtime.domain.outcomes import Captured

if TYPE_CHECKING:
    from checkout_runtime.domain.outcomes import Authorized
    from checkout_runtime.domain.refund_outcomes import Refunded

__all__ = [
    "authorized_of",
    "captured_of",
    "charge_id_of",
    "code_of",
    "currency_of",
    "page_to_act_on",
    "reference_of",
    "refunded_of",
]

_log = logging.getLogger(__name__)
_MAX_CODE = 200
_MAX_URL = 2048
LARGEST_AMOUNT = 10**15
"""In minor units, a thousand times the largest order; what is above is no amount."""
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999, the last that RFC 3339 can write; what is above is no time."""
REDACTED = "card_number_redacted"
"""In the place of a reason that quotes a card number."""


def captured_of(charge_id: Any, amount: Any, currency: Any) -> Captured | None:
    """Return the capture, its currency in capitals; None where it cannot be kept as proof."""
    code = currency_of(currency)
    # Exactly text and a number: a subclass may be anything, and True is an int.
    if type(charge_id) is not str or type(amount) is not int or code is None:
        return None
    if not is_name(charge_id) or not 0 < amount <= LARGEST_AMOUNT:
        return None
    return Captured(storable_charge_id(charge_id), amount, code)


def authorized_of(
    charge_id: Any, amount: Any, currency: Any, capture_before: Any
) -> Authorized | None:
    """Return the hold, as :func:`captured_of` does a capture; ``capture_before`` is in ms UTC."""
    from checkout_runtime.domain.outcomes import Authorized

    said = captured_of(charge_id, amount, currency)
    if said is None or type(capture_before) is not int or not 0 < capture_before <= LATEST_MS:
        return None
    return Authorized(said.charge_id, said.amount, said.currency, capture_before)


def refunded_of(reference: Any, amount: Any, currency: Any) -> Refunded | None:
    """Return the refund, as :func:`captured_of` does a capture: the same values prove it."""
    from checkout_runtime.domain.refund_outcomes import Refunded

    said = captured_of(reference, amount, currency)
    return None if said is None else Refunded(said.charge_id, said.amount, said.currency)


def reference_of(value: Any) -> str | None:
    """Return a payment service's own id of a thing, or None where the value is no such text."""
    return storable_charge_id(value) if type(value) is str and is_name(value) else None


def charge_id_of(value: Any, *, otherwise: str) -> str:
    """Return a charge's id as captures have it; ``otherwise`` where the value is no id."""
    return storable_charge_id(value) if is_name(value) else otherwise


def currency_of(value: Any) -> str | None:
    """Return the code of a currency, ISO 4217's three letters in any case, in capitals."""
    is_code = type(value) is str and len(value) == 3 and value.isascii() and value.isalpha()
    return value.upper() if is_code else None


def code_of(value: Any, *, otherwise: str) -> str:
    """Return a reason or a decline code, cut short; ``otherwise`` where the value is no such text.

    A card number in it is replaced, and the answer still counts.
    """
    code = value[:_MAX_CODE].strip() if type(value) is str else ""
    if not is_name(code):
        return otherwise
    return REDACTED if contains_card_number(value) else code


def page_to_act_on(url: Any) -> str | None:
    """Return where the buyer acts: a link on the shop's page, so ``https`` alone is safe.

    None for an address with a card number: the number must not be stored, and without it the link
    leads nowhere. Only numbers of the usual lengths count, as addresses hold ids of any length.
    """
    usable = type(url) is str and is_name(url, _MAX_URL) and _is_https(url)
    if usable and not contains_card_number(unquote(url), usual_lengths=True):
        return str(url)
    if url is not None:
        _log.error("action_url_unusable", extra={"event": "action_url_unusable"})
    return None


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)

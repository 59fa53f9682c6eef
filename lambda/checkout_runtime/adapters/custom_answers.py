"""Reads the answers of a module that is not ours: exactly the documented values, or ``Unknown``."""

import logging
from typing import Any
from urllib.parse import urlsplit

from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)

__all__ = ["believed_cancel", "believed_charge", "believed_look_up"]

_log = logging.getLogger(__name__)
_MAX_CHARGE_ID = 255
"""Characters; far above the ids of payment services."""
_MAX_DETAIL = 200
_MAX_URL = 2048


def believed_charge(answer: object) -> Outcome:
    """Return what an answer to a charge says about the money."""
    if type(answer) is NotCharged:
        return NotCharged(_code(answer.code, otherwise="not_charged"))
    return _believed(answer)


def believed_look_up(answer: object) -> Outcome | NotFound:
    """Return what an answer to a look-up says; a refused look-up says nothing about the money."""
    return NotFound() if type(answer) is NotFound else _believed(answer)


def believed_cancel(answer: object) -> Outcome | Cancelled:
    """Return what an answer to a cancellation says."""
    return Cancelled() if type(answer) is Cancelled else _believed(answer)


def _believed(answer: object) -> Outcome:
    # Exact types: a subclass may be anything, and True is an int.
    if type(answer) is Captured:
        if type(answer.amount) is not int or not _is_text(answer.currency, _MAX_CHARGE_ID):
            return Unknown("answered_nonsense:Captured")
        if not _is_text(answer.charge_id, _MAX_CHARGE_ID):
            return Unknown("answered_nonsense:Captured")
        return answer
    if type(answer) is Declined:
        return Declined(_code(answer.code, otherwise="declined"))
    if type(answer) is ActionRequired:
        return ActionRequired(_page(answer.action_url))
    if type(answer) is Unknown:
        return Unknown(_code(answer.reason, otherwise="unknown"), answer.unavailable is True)
    return Unknown(f"answered_nonsense:{type(answer).__name__}"[:_MAX_DETAIL])


def _is_text(value: Any, longest: int) -> bool:
    return type(value) is str and 0 < len(value) <= longest and value.isprintable()


def _code(value: Any, *, otherwise: str) -> str:
    return (
        value[:_MAX_DETAIL] if type(value) is str and value.isprintable() and value else otherwise
    )


def _page(url: Any) -> str | None:
    """Return where the buyer acts: a link on the shop's page, so ``https`` alone is safe."""
    if _is_text(url, _MAX_URL) and _is_https(url):
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

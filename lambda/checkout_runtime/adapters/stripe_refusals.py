"""What Stripe's errors say about an order, and what they leave unknown.

A refusal ends an order only where Stripe documents it as the end of this request: status 400 or
402 (404 for a payment method), with an error object about a card or about what was asked, and not
about the set-up. Everything else is unknown.
https://docs.stripe.com/api/errors, https://docs.stripe.com/error-codes
"""

import logging
from collections.abc import Mapping
from typing import Any

import stripe

from checkout_runtime.adapters.answered_values import code_of
from checkout_runtime.adapters.bare_answers import bare_answer
from checkout_runtime.domain.outcomes import Unknown

__all__ = [
    "REFUSED",
    "error_code",
    "is_about_account",
    "is_final",
    "refusal_code",
    "unknown_after",
]

_log = logging.getLogger(__name__)

REFUSED = (stripe.CardError, stripe.InvalidRequestError)
"""What the SDK makes of status 400, 402 and 404; whether it is final, :func:`is_final` tells."""

_FINAL_TYPES = ("card_error", "invalid_request_error")
_NOT_FOUND = 404
_PAYMENT_METHOD = "payment_method"
_ACCOUNT_STATUSES = (401, 403)
_ACCOUNT_CODES = frozenset(
    {
        "account_invalid",
        "api_key_expired",
        "platform_account_required",
        "platform_api_key_expired",
        "secret_key_required",
        "testmode_charges_only",
        "tls_version_unsupported",
    }
)
"""Nobody can be charged before an operator mends the key or the account. ``account_closed`` is
none of them: that is the buyer's bank account."""
_SETUP_CODES = frozenset({"livemode_mismatch", "parameter_unknown", "payment_method_unactivated"})
_SETUP_PARAMETERS = frozenset(
    {
        "automatic_payment_methods",
        "capture_method",
        "confirmation_method",
        "metadata",
        "payment_method_options",
        "payment_method_types",
        "return_url",
    }
)
"""What this adapter or the operator chose, and no buyer."""
_WRONG_KIND = "payment_intent_incompatible_payment_method"
"""The buyer's payment method is of another kind than ``payment_method_types``."""
_BUSY = frozenset({"idempotency_key_in_use", "lock_timeout"})
"""Another request holds this one intent. https://docs.stripe.com/rate-limits#object-lock-timeouts"""
_RATE_LIMIT = "rate_limit"
_SERVER_ERRORS = 500


def is_final(refusal: stripe.CardError | stripe.InvalidRequestError) -> bool:
    """Tell whether Stripe refused the request because of this order, and would again."""
    said = _said(refusal)
    if said.get("type") not in _FINAL_TYPES or said.get("code") in (*_BUSY, _RATE_LIMIT):
        return False
    return not _is_about_setup(refusal)


def refusal_code(refusal: stripe.CardError | stripe.InvalidRequestError) -> str:
    """Return why an order was refused; never Stripe's message, which may quote what was sent.

    Stripe gives no code where, for one, a card that was declined is used again. Such a refusal is
    logged: an account that Stripe closed may be refused without a code, too.
    """
    said = _said(refusal)
    code = code_of(said.get("decline_code") or said.get("code"), otherwise="")
    if code:
        return code
    parameter = _parameter(refusal)
    extra = {
        "event": "payment_refused_without_code",
        "param": parameter or None,
        "http_status": refusal.http_status,
    }
    _log.warning("payment_refused_without_code", extra=extra)
    about_payment_method = parameter in ("", _PAYMENT_METHOD)
    return "payment_method_unusable" if about_payment_method else "invalid_request"


def error_code(problem: stripe.StripeError) -> str:
    """Return Stripe's own code, or the HTTP status where it gave none."""
    return code_of(_said(problem).get("code"), otherwise=f"http_{problem.http_status}")


def unknown_after(problem: stripe.StripeError) -> Unknown:
    """Return what is left to say after an error that decides nothing; raise the alarm it needs."""
    if isinstance(problem, stripe.APIConnectionError):
        return _unknown_without_word(problem)
    code, status = error_code(problem), problem.http_status or 0
    if code in _BUSY:
        return Unknown(code, later=True)
    if is_about_account(problem):
        _raise_alarm(problem, code)
        return Unknown(code, unavailable=True)
    if _is_about_setup(problem):
        _raise_alarm(problem, code)
        return Unknown(code)
    rate_limited = isinstance(problem, stripe.RateLimitError)
    down = rate_limited or status >= _SERVER_ERRORS
    return Unknown(code, unavailable=down, later=not down)


def is_about_account(problem: stripe.StripeError) -> bool:
    """Tell whether Stripe refused the API key or the account, and so every order."""
    code = _said(problem).get("code")
    return problem.http_status in _ACCOUNT_STATUSES or _is_one_of(code, _ACCOUNT_CODES)


def _is_about_setup(problem: stripe.StripeError) -> bool:
    """Tell whether an operator has to mend the set-up: no payment method would be accepted.

    Also where Stripe does not know the intent, or the address: the key is another account's, or of
    the other mode.
    """
    code = _said(problem).get("code")
    if is_about_account(problem) or _is_one_of(code, _SETUP_CODES):
        return True
    parameter = _parameter(problem)
    if problem.http_status == _NOT_FOUND:
        return parameter != _PAYMENT_METHOD
    return parameter in _SETUP_PARAMETERS and code != _WRONG_KIND


def _unknown_without_word(problem: stripe.APIConnectionError) -> Unknown:
    """No answer, or one that is not Stripe's: a gateway, a proxy or a firewall wrote it."""
    status = problem.http_status
    reason = problem.user_message or "no_answer"
    if status is None:
        return Unknown(reason, unavailable=True)
    return bare_answer(status, reason)


def _raise_alarm(problem: stripe.StripeError, code: str) -> None:
    extra = {
        "event": "payment_account_refused",
        "code": code,
        "param": _parameter(problem) or None,
        "http_status": problem.http_status,
    }
    _log.error("payment_account_refused", extra=extra)


def _parameter(problem: stripe.StripeError) -> str:
    """Return the refused parameter without its index, as in ``metadata[order_id]``; or nothing."""
    return code_of(_said(problem).get("param"), otherwise="").partition("[")[0]


def _said(problem: stripe.StripeError) -> Mapping[str, Any]:
    """Return the error object. The SDK leaves some of its members out of its exceptions."""
    body = problem.json_body
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _is_one_of(code: Any, codes: frozenset[str]) -> bool:
    return type(code) is str and code in codes

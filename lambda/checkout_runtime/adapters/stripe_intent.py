"""What a PaymentIntent says about the money, in the words of the domain.

Only what Stripe says about the intent as it stands is read, never what an error says about it.
https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.stripe_amounts import from_stripe
from checkout_runtime.domain.outcomes import ActionRequired, Captured, NotFound, Unknown

__all__ = [
    "CANCELED",
    "CLIENT_ACTION",
    "NOT_PAID",
    "UNCONFIRMED",
    "Intent",
    "action_of",
    "capture_of",
    "decline_code",
    "open_outcome",
]

Intent = Mapping[str, Any]

CLIENT_ACTION = "stripe:"
"""Before the client secret, where the buyer's page has to act by ``stripe.handleNextAction``."""
UNCONFIRMED = "requires_confirmation"
NOT_PAID = "requires_payment_method"
"""A payment method was tried and refused, or its owner failed to authenticate."""
CANCELED = "canceled"
_MAX_CODE = 200


def open_outcome(intent: Intent) -> Captured | ActionRequired | NotFound | Unknown:
    """Return what an intent means that is neither refused nor cancelled.

    ``NotFound`` where nobody has confirmed it so far, as far as Stripe knows.
    """
    match intent.get("status"):
        case "succeeded":
            return capture_of(intent)
        case "requires_action":
            return action_of(intent)
        case "requires_confirmation":
            return NotFound()
        case status:
            # "processing" is a bank that has not answered yet, "requires_capture" an account
            # that was told to authorise only.
            return Unknown(f"intent_{str(status)[:_MAX_CODE]}")


def capture_of(intent: Intent) -> Captured | Unknown:
    """Return what was received, not what was asked for."""
    currency = str(intent.get("currency", "")).upper()
    received = intent.get("amount_received", intent.get("amount"))
    charge = intent.get("latest_charge")
    charge_id = charge.get("id") if isinstance(charge, Mapping) else charge
    amount = from_stripe(received, currency) if type(received) is int else None
    if amount is None or not isinstance(charge_id, str) or not charge_id:
        return Unknown("intent_succeeded_unreadable")
    return Captured(charge_id, amount, currency)


def action_of(intent: Intent) -> ActionRequired:
    """Return where the buyer has to go, or what the buyer's page has to be given."""
    action = intent.get("next_action")
    redirect = action.get("redirect_to_url") if isinstance(action, Mapping) else None
    url = redirect.get("url") if isinstance(redirect, Mapping) else None
    if isinstance(url, str) and url:
        return ActionRequired(url)
    secret = intent.get("client_secret")
    return ActionRequired(f"{CLIENT_ACTION}{secret}" if isinstance(secret, str) else None)


def decline_code(intent: Intent) -> str:
    """Return why the last payment method was refused; ``cancelled`` where none was."""
    error = intent.get("last_payment_error")
    if not isinstance(error, Mapping):
        return "cancelled" if intent.get("status") == CANCELED else "declined"
    code = error.get("decline_code") or error.get("code")
    return code[:_MAX_CODE] if isinstance(code, str) and code else "declined"

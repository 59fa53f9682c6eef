"""What a PaymentIntent says about the money, in the words of the domain.

Only the intent itself is read, never what an error says about it.
https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.answered_values import captured_of, code_of, page_to_act_on
from checkout_runtime.adapters.stripe_amounts import from_stripe
from checkout_runtime.domain.fields import is_name
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace

__all__ = [
    "CANCELED",
    "CLIENT_ACTION",
    "EXPANDED_CHARGE",
    "HELD",
    "INTENT_ID",
    "NOT_PAID",
    "UNCONFIRMED",
    "Intent",
    "UnreadableIntentError",
    "action_of",
    "capture_of",
    "decline_code",
    "intent_in",
    "is_hold",
    "open_outcome",
]

Intent = Mapping[str, Any]

INTENT_ID = "pi_"
CLIENT_ACTION = "stripe:"
"""Before the client secret, where the buyer's page has to act by ``stripe.handleNextAction``."""
UNCONFIRMED = "requires_confirmation"
NOT_PAID = "requires_payment_method"
"""A payment method was tried and refused, or its owner failed to authenticate."""
CANCELED = "canceled"
HELD = "requires_capture"
EXPANDED_CHARGE = ["latest_charge"]
"""What of an answer is to be written out: the charge says when a hold lapses."""


class UnreadableIntentError(Exception):
    """An answer is not the intent that was asked about. The message quotes nothing of it."""


def intent_in(answer: Any, reference: str | None = None) -> Intent:
    """Return the intent in an answer of the SDK's.

    :param reference: Whose answer it has to be; None where the intent has just been made.

    Raises:
        UnreadableIntentError: it is something else, or another intent: a proxy mixed answers up.
    """
    intent: Intent = answer.to_dict()
    found: Any = intent.get("id")
    if intent.get("object") != "payment_intent" or not is_name(found):
        raise UnreadableIntentError("no_intent")
    is_asked_for = found.startswith(INTENT_ID) if reference is None else found == reference
    if not is_asked_for:
        raise UnreadableIntentError("another_intent")
    if not is_name(intent.get("status")):
        raise UnreadableIntentError("intent_without_status")
    return intent


def open_outcome(
    intent: Intent,
) -> Captured | ActionRequired | Processing | NotFound | Unknown:
    """Return what an intent means that is neither refused nor cancelled.

    ``NotFound`` where nobody has confirmed it so far, as far as Stripe knows.
    """
    match intent["status"]:
        case "succeeded":
            return capture_of(intent)
        case "requires_action":
            return action_of(intent)
        case "processing":
            return Processing()
        case "requires_confirmation":
            return NotFound()
        case status:
            # Also "requires_capture" where no hold was asked for.
            return Unknown(f"intent_{code_of(status, otherwise='unreadable')}", later=True)


def is_hold(intent: Intent) -> bool:
    """Whether the intent holds money, and was opened for that."""
    return intent["status"] == HELD and intent.get("capture_method") == "manual"


def capture_of(intent: Intent) -> Captured | Unknown:
    """Return what was received, not what was asked for."""
    charge = intent.get("latest_charge")
    charge_id = charge.get("id") if isinstance(charge, Mapping) else charge
    said = captured_of(charge_id, intent.get("amount_received"), intent.get("currency"))
    amount = None if said is None else from_stripe(said.amount, said.currency)
    if said is None or amount is None:
        return Unknown("intent_succeeded_unreadable", without_word=True)
    return replace(said, amount=amount)


def action_of(intent: Intent) -> ActionRequired | Unknown:
    """Return where the buyer has to go, or what the buyer's page has to be given.

    Unknown where the buyer has no safe way to act: an order must not wait for that.
    """
    action = intent.get("next_action")
    redirect = action.get("redirect_to_url") if isinstance(action, Mapping) else None
    url = redirect.get("url") if isinstance(redirect, Mapping) else None
    if url is not None:
        page = page_to_act_on(url)
        unusable = Unknown("action_url_unusable", later=True)
        return unusable if page is None else ActionRequired(page)
    secret = intent.get("client_secret")
    if not is_name(secret):
        return Unknown("no_way_to_act", later=True)
    return ActionRequired(f"{CLIENT_ACTION}{secret}")


def decline_code(intent: Intent, *, otherwise: str) -> str:
    """Return why the last payment method was refused; ``otherwise`` where the intent says none."""
    error = intent.get("last_payment_error")
    if not isinstance(error, Mapping):
        return otherwise
    return code_of(error.get("decline_code") or error.get("code"), otherwise="declined")

"""What is asked of Stripe about one intent.

Each function is given the SDK's service for PaymentIntents. Where Stripe refuses, the intent is
retrieved: the intent knows what happened, the error does not.
"""

from typing import Any

import stripe

from checkout_runtime.adapters.stripe_intent import (
    CANCELED,
    NOT_PAID,
    UNCONFIRMED,
    Intent,
    decline_code,
    intent_in,
    open_outcome,
)
from checkout_runtime.adapters.stripe_refusals import is_final
from checkout_runtime.domain.outcomes import Declined, NotFound, Outcome, Unknown

__all__ = ["cancel_intent", "outcome_of", "refused_outcome", "retrieve"]


def outcome_of(intents: Any, intent: Intent, refused_as: str = "declined") -> Outcome | NotFound:
    """Return what an intent means. A decline is final once nobody can confirm the intent again.

    ``refused_as`` is the decline's code where the intent does not say why it was refused.
    """
    if intent["status"] == NOT_PAID:
        code = decline_code(intent, otherwise=refused_as)
        intent = cancel_intent(intents, intent["id"])
        if intent["status"] == CANCELED:
            return Declined(code)
        if intent["status"] == NOT_PAID:
            return Unknown("declined_not_cancelled")
    elif intent["status"] == CANCELED:
        return Declined(decline_code(intent, otherwise="cancelled"))
    return open_outcome(intent)


def refused_outcome(intents: Any, reference: str, code: str) -> Outcome:
    """Return what became of an intent whose confirmation Stripe refused with ``code``.

    One that is left unconfirmed would be refused as often as it is confirmed, so it is cancelled.
    Where another worker's confirmation comes first, the cancellation is refused and the intent says
    what that came to.
    """
    intent = retrieve(intents, reference)
    if intent["status"] == UNCONFIRMED:
        intent = cancel_intent(intents, reference)
        if intent["status"] == CANCELED:
            return Declined(code)
    outcome = outcome_of(intents, intent, refused_as=code)
    return Unknown(f"confirmation_refused:{code}") if isinstance(outcome, NotFound) else outcome


def cancel_intent(intents: Any, reference: str) -> Intent:
    """Cancel the intent and return it; where it is too late, return it as it is."""
    try:
        intent = intent_in(intents.cancel(reference), reference)
    except stripe.InvalidRequestError as refusal:
        if not is_final(refusal):
            raise
        return retrieve(intents, reference)
    return intent if intent["status"] == CANCELED else retrieve(intents, reference)


def retrieve(intents: Any, reference: str) -> Intent:
    """Return the intent as it is now."""
    return intent_in(intents.retrieve(reference), reference)

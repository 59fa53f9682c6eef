"""What is asked of Stripe about one intent, and what its refusals are about.

Each function is given the SDK's service for PaymentIntents. Where Stripe refuses, the intent is
retrieved: the intent knows what happened, the error does not.
"""

from typing import Any

import stripe

from checkout_runtime.adapters.stripe_intent import (
    CANCELED,
    NOT_PAID,
    Intent,
    decline_code,
    open_outcome,
)
from checkout_runtime.domain.outcomes import Declined, NotFound, Outcome, Unknown

__all__ = ["error_code", "give_up_intent", "is_about_the_order", "outcome_of", "retrieve"]

_OF_THE_ORDER = frozenset({"amount", "currency", "payment_method"})
"""Parameters whose refusal is about this order; any other is about our set-up, for a person."""
_MAX_CODE = 200


def outcome_of(intents: Any, intent: Intent) -> Outcome | NotFound:
    """Return what an intent means. A decline is final once nobody can confirm the intent again."""
    if intent["status"] == NOT_PAID:
        code = decline_code(intent)
        intent = give_up_intent(intents, intent["id"])
        if intent["status"] == CANCELED:
            return Declined(code)
        if intent["status"] == NOT_PAID:
            return Unknown("declined_not_cancelled")
    elif intent["status"] == CANCELED:
        return Declined(decline_code(intent))
    return open_outcome(intent)


def give_up_intent(intents: Any, reference: str) -> Intent:
    """Cancel the intent and return it, or as it stands where it can no longer be cancelled."""
    try:
        cancelled: Intent = intents.cancel(reference).to_dict()
    except stripe.InvalidRequestError:
        return retrieve(intents, reference)
    return cancelled


def retrieve(intents: Any, reference: str) -> Intent:
    """Return the intent as it stands."""
    intent: Intent = intents.retrieve(reference).to_dict()
    return intent


def is_about_the_order(refusal: stripe.CardError | stripe.InvalidRequestError) -> bool:
    """Whether another order might be accepted. A wrong address or account is a person's matter."""
    return isinstance(refusal, stripe.CardError) or refusal.param in _OF_THE_ORDER


def error_code(problem: stripe.StripeError) -> str:
    """Return Stripe's own code; never its message, which may quote what was sent."""
    return problem.code[:_MAX_CODE] if problem.code else f"http_{problem.http_status}"

"""What is asked of Stripe about one intent.

Each function is given the SDK's service for PaymentIntents. Where Stripe refuses, the intent is
retrieved: the intent knows what happened, the error does not.
"""

from typing import Any

import stripe

from checkout_runtime.adapters.stripe_amounts import to_stripe
from checkout_runtime.adapters.stripe_intent import (
    CANCELED,
    NOT_PAID,
    UNCONFIRMED,
    Intent,
    decline_code,
    intent_in,
    is_hold,
    open_outcome,
)
from checkout_runtime.adapters.stripe_refusals import REFUSED, is_final, refusal_code
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Declined,
    NotCharged,
    NotFound,
    Opened,
    Outcome,
    Unknown,
)

__all__ = [
    "cancel_intent",
    "hold_or_open",
    "open_intent",
    "outcome_of",
    "refused_outcome",
    "retrieve",
]


def open_intent(
    intents: Any, order: Order, *, capture_method: str
) -> Opened | NotCharged | Unknown:
    """Make an intent for the order's current attempt, and leave it unconfirmed."""
    amount = to_stripe(order.amount, order.currency)
    if amount is None:
        return NotCharged("amount_not_representable")
    asked = {
        "amount": amount,
        "currency": order.currency.lower(),
        "payment_method": order.payment_method,
        "payment_method_types": ["card"],
        "capture_method": capture_method,
        "metadata": {"order_id": order.order_id, "attempt": str(order.attempt)},
    }
    try:
        intent = intent_in(intents.create(asked))
    except REFUSED as refusal:
        # An intent that was refused was not made, whatever became of other requests.
        if is_final(refusal):
            return NotCharged(refusal_code(refusal))
        raise
    if intent.get("metadata") != asked["metadata"]:
        # Another order's, which a proxy mixed up with ours: left alone.
        return Unknown("opened_for_another_order", without_word=True)
    made = (intent["status"], intent.get("amount"), intent.get("currency"))
    if made == (UNCONFIRMED, amount, asked["currency"]):
        return Opened(intent["id"])
    cancel_intent(intents, intent["id"])
    return Unknown("opened_otherwise_than_asked", later=True)


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
    return hold_or_open(intents, intent)


def hold_or_open(intents: Any, intent: Intent) -> Outcome | NotFound:
    """Return what an intent means that is neither refused nor cancelled."""
    if not is_hold(intent):
        return open_outcome(intent)
    from checkout_runtime.adapters.stripe_holds import hold_of

    return hold_of(intents, intent)


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

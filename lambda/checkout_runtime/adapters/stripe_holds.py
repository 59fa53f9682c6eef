"""What is asked of Stripe about an intent that holds money, and what its charge says of the hold.

A hold is captured once, with whatever key it is asked for: Stripe refuses any further capture, and
the intent says what the first one came to. So each request has a fresh key of the SDK's here, too;
a key of the order's would only replay an old error of Stripe's for a day.
https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.answered_values import authorized_of
from checkout_runtime.adapters.stripe_amounts import from_stripe, to_stripe
from checkout_runtime.adapters.stripe_intent import (
    CANCELED,
    EXPANDED_CHARGE,
    HELD,
    Intent,
    capture_of,
    decline_code,
    intent_in,
)
from checkout_runtime.adapters.stripe_refusals import REFUSED, is_final, refusal_code
from checkout_runtime.domain.outcomes import Authorized, Captured, Declined, NotCharged, Unknown
from checkout_runtime.domain.record import replace

__all__ = ["capture_hold", "hold_of"]

SHORTEST_HOLD_SECONDS = (4 * 24 + 18) * 60 * 60
"""The shortest that any card network keeps a hold of an online payment (Visa, asked for by the
shop; see above). Used where a charge does not say when its own one lapses."""


def hold_of(intents: Any, intent: Intent) -> Authorized | Unknown:
    """Return the hold of an intent that ``is_hold``; its charge is asked for where it is left out.

    ``intents`` is the SDK's service.
    """
    reference = intent["id"]
    if not isinstance(intent.get("latest_charge"), Mapping):
        asked = intents.retrieve(reference, {"expand": EXPANDED_CHARGE})
        intent = intent_in(asked, reference)
        if intent["status"] != HELD:
            # Captured or cancelled between the two answers: the next look-up says which.
            return Unknown("hold_ended_meanwhile", later=True)
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, Mapping) else {}
    said = authorized_of(
        charge.get("id"),
        intent.get("amount_capturable"),
        intent.get("currency"),
        _lapses_at_ms(charge),
    )
    amount = None if said is None else from_stripe(said.amount, said.currency)
    if said is None or amount is None:
        return Unknown("hold_unreadable", without_word=True)
    return replace(said, amount=amount)


def capture_hold(
    intents: Any, reference: str, amount: int, currency: str
) -> Captured | Declined | NotCharged | Unknown:
    """Capture so much of an intent's hold. Where Stripe refuses, the intent says what happened."""
    asked = to_stripe(amount, currency)
    if asked is None:
        return NotCharged("amount_not_representable")
    refused_as = None
    try:
        intent = intent_in(intents.capture(reference, {"amount_to_capture": asked}), reference)
    except REFUSED as refusal:
        if not is_final(refusal):
            raise
        refused_as = refusal_code(refusal)
        intent = intent_in(intents.retrieve(reference), reference)
    match intent["status"]:
        case "succeeded":
            return capture_of(intent)
        case status if status == CANCELED:
            return Declined(decline_code(intent, otherwise="cancelled"))
        case status if status == HELD and refused_as is not None:
            return NotCharged(refused_as)
    return Unknown("not_captured", later=True)


def _lapses_at_ms(charge: Mapping[str, Any]) -> int | None:
    details = charge.get("payment_method_details")
    card = details.get("card") if isinstance(details, Mapping) else None
    before = card.get("capture_before") if isinstance(card, Mapping) else None
    if type(before) is int:
        return before * 1000
    made = charge.get("created")
    if before is None and type(made) is int:
        return (made + SHORTEST_HOLD_SECONDS) * 1000
    return None

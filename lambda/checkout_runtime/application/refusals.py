"""How long the payment service has said no word about something that is claimed.

The rules are the same for a payment attempt and for a refund.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout_runtime.application.ask_payment_service import tell_without_word
from checkout_runtime.application.order_records import Refusal
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NotRequested
from checkout_runtime.domain.outcomes import NotFound, Unknown

if TYPE_CHECKING:
    from checkout_runtime.domain.claimed import Claimed

__all__ = ["nobody_knows", "refusal_after", "unanswered_look_up"]


def refusal_after(
    claimed: Claimed, decision: Unknown | NotRequested, policy: ChargePolicy, now: int
) -> Refusal | None:
    """Return what is stored of refusals with a decision; None: the service has not refused."""
    refused = decision.refuses if isinstance(decision, Unknown) else decision.refused
    if refused:
        return Refusal(decision.reason, claimed.refused_since or now)
    if isinstance(decision, Unknown) and policy.is_refused_for_good(claimed, now):
        # A blip, and then an outage: what is refused after it is another blip until it lasts.
        return None
    if claimed.refused_since is None:
        return None
    # Silence in between does not say that the route was mended.
    return Refusal(claimed.refused_as or "refused", claimed.refused_since)


def unanswered_look_up(
    operation: str, claimed: Claimed, reason: str, policy: ChargePolicy, now: int
) -> Refusal:
    """Return since when look-ups of what is processing have said no word; tell after a day."""
    unanswered = Refusal(reason, claimed.refused_since or now)
    if policy.is_unasked_too_long(unanswered.since, now):
        tell_without_word(operation, claimed, f"processing_unanswered:{reason}")
    return unanswered


def nobody_knows(found: object, *, can_look_up: bool) -> bool:
    """Tell whether the payment service cannot say what became of a request.

    It says that it knows of none, or cannot be asked, or refuses the question without a word. One
    that refuses our secret will say it to the right one: an operator is told of the secret, and not
    of each order.
    """
    refused_too = isinstance(found, Unknown) and found.without_word and not found.refuses_us
    return isinstance(found, NotFound) or refused_too or not can_look_up

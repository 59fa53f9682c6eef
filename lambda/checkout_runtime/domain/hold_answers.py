"""What an answer about a hold means for its order."""

from __future__ import annotations

from checkout_runtime.domain.decisions import HoldEnded, NeedsReview, NotRequested
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Authorized, Declined

__all__ = ["after_hold", "may_be_answered_by_hold"]


def may_be_answered_by_hold(order: Order, *, captures_later: bool, knows_holds: bool) -> bool:
    """Whether the payment service may answer a request for the current attempt by a hold.

    ``captures_later``: requests ask for one. ``knows_holds``: the payment service has them, as an
    earlier request may have asked for the hold that a repeated one is answered by.
    """
    return captures_later or (knows_holds and order.attempt_claims > 1)


def after_hold(
    order: Order, hold: Authorized | Declined
) -> Authorized | HoldEnded | NeedsReview | NotRequested:
    """Return what it means for the order that the payment service holds so much money, or that it
    holds no more of what it held."""
    if isinstance(hold, Declined):
        return HoldEnded(hold.code)
    if (hold.amount, hold.currency) != (order.amount, order.currency):
        return NeedsReview("hold_mismatch")
    # Somebody asked for the money, or to let it go: that is still to be done.
    is_asked_for = order.capture_asked_at is not None or order.cancel_asked_at is not None
    return NotRequested("left_to_queue") if is_asked_for else hold

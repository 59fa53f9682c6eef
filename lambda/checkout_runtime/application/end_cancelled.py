"""End the attempt of an order that somebody asked to cancel: the claim is held, nothing is charged.

The payment service is asked, and told to cancel where it can be. Where it can neither, a request
that may be on its way is found out about by the usual rules: if it captures, the charge has won.
"""

from __future__ import annotations

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.ports import PaymentIntents
from checkout_runtime.domain.charging import RESTORED, ChargePolicy
from checkout_runtime.domain.decisions import Decision, NeedsReview, NotRequested
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    NOTHING_CAPTURED,
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import Record, replace

__all__ = ["EndCancelled"]

_IS_THERE = (ActionRequired, Authorized, Processing)
"""What a look-up says of an attempt that the service knows: that it does not is no end then."""
_WAS_NO_END = (*_IS_THERE, NotFound)
"""What a look-up says of an attempt that was neither declined nor cancelled before."""
_NOT_CANCELLED = "not_cancelled"


class EndCancelled(Record):
    """Ends the attempts of single orders."""

    ask: AskPaymentService
    policy: ChargePolicy
    intents: PaymentIntents | None

    def __call__(
        self, order: Order, found: Outcome | NotFound | None, deadline: int
    ) -> Decision | None:
        """Return what is to be stored, or None where the usual rules say what is to be done.

        They never request what was not requested before. ``found`` is what a look-up said, None
        where there was none; ``deadline`` (ms UTC) is when the worker is stopped. What is declined
        of such an order is stored as cancelled.
        """
        if self.policy.is_first_request(order) and not order.has_hold:
            return self._unrequested(order)
        if isinstance(found, (Captured, Declined)):
            return None
        if not self.ask.payment_service.can_cancel:
            is_unknown_there = isinstance(found, NotFound) and not order.has_hold
            return self._unless_on_its_way(order) if is_unknown_there else None
        if not self.policy.has_time_for_request(self.ask.clock.now(), deadline):
            return NotRequested("no_time_left")
        may_have_ended = self.policy.may_have_forgotten(order) and not isinstance(
            found, _WAS_NO_END
        )
        if may_have_ended and isinstance(found, Unknown) and not found.without_word:
            # Once it is cancelled, nothing tells any more whether it had ended before.
            return self._not_cancelled(order, found, found)
        answer = self.ask.cancel(order)
        match answer:
            case Cancelled() if may_have_ended:
                return NeedsReview(RESTORED)
            case Cancelled():
                return Declined(NOTHING_CAPTURED)
            case Captured() | Declined() | Processing():
                return self.policy.after_answer(order, answer, looked_up=True)
            case NotFound() if not (order.has_hold or isinstance(found, _IS_THERE)):
                return self._unless_on_its_way(order)
        return self._not_cancelled(order, found, answer)

    def _unrequested(self, order: Order) -> Declined:
        """Nobody requested the attempt, and nobody will: later claims meet the mark, too."""
        if order.payment_reference is not None and self.intents is not None:
            self.intents.abandon(order.payment_reference)
        return Declined(NOTHING_CAPTURED)

    def _unless_on_its_way(self, order: Order) -> Decision:
        """The payment service knows of no request so far, and did not promise to refuse a late one.

        If it came after all, a cancelled order would be charged, and nobody would look.
        """
        if self.policy.may_request_arrive(order, self.ask.clock.now()):
            return NotRequested("request_may_be_on_its_way")
        return Declined(NOTHING_CAPTURED)

    def _not_cancelled(
        self, order: Order, found: Outcome | NotFound | None, answer: Outcome | NotFound
    ) -> Decision | None:
        if isinstance(found, Processing):
            return found
        if isinstance(answer, Unknown) and answer.without_word:
            # Waiting would not mend the route.
            return None
        # The service has its time from when somebody asked, whenever the attempt was requested.
        asked = replace(order, first_claimed_at=order.cancel_asked_at, action_deadline=None)
        if self.policy.may_try_to_cancel(asked, self.ask.clock.now()):
            return NotRequested.after(_NOT_CANCELLED, answer)
        return NeedsReview(_NOT_CANCELLED)
